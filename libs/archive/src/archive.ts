import { existsSync, readdirSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { DocketError } from '#errors';
import type { LogRecord, ReadOptions, ResumeState, TopicPartition } from '#ledger';
import { ArchivedPart } from './archived-part.js';
import { damaged } from './log-file.format.js';
import { LogFile } from './log-file.reader.js';
import { MANIFEST, readManifest, unreadable } from './manifest.js';

export interface OpenArchiveOptions {
  /** Public keys (PEM), one of which must have signed the manifests; any may have if there are none. */
  readonly trusted?: readonly string[];
  /** Log files by themselves may be damaged: for `readAsIs`. */
  readonly isTolerant?: boolean;
}

/** A file that is not what was written. */
export interface DamagedFile {
  readonly path: string;
  /** Where, as closely as the file tells by itself: the last is `throughOffset`. */
  readonly offset: number;
  readonly throughOffset: number;
  readonly problem: DocketError;
}

/** What archives and log files hold of one partition. */
export interface ArchivedRange extends TopicPartition {
  readonly firstOffset: number;
  /** The offset behind the last record. */
  readonly endOffset: number;
  /** Where a reader stands before the first record and behind the last one; undefined where nobody has judged the records. */
  readonly start: ResumeState | undefined;
  readonly end: ResumeState | undefined;
  /** SHA-256 of the last record's value, where a manifest says it: an archive ends with a valid event. */
  readonly lastHash: string | undefined;
}

/**
 * Opens archives, each a folder with a manifest, or a folder of such folders, or single log files. What belongs to one
 * partition must be contiguous. Manifests are checked now, each file before anything of it is handed out. Rejects with
 * DocketError data_loss (LOG_FILE_DAMAGED, ARCHIVE_GAP) or failed_precondition (ARCHIVE_UNREADABLE, ARCHIVE_NOT_TRUSTED).
 */
export async function openArchive(paths: string | readonly string[], options: OpenArchiveOptions = {}): Promise<Archive> {
  const parts: ArchivedPart[] = [];
  for (const path of typeof paths === 'string' ? [paths] : paths) parts.push(...await partsIn(path, options, true));
  return new Archive(parts);
}

async function partsIn(path: string, options: OpenArchiveOptions, isOutermost: boolean): Promise<ArchivedPart[]> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => { throw unreadable(path, cause); });
  if (!found.isDirectory()) return [await ArchivedPart.ofFile(await LogFile.open(path), options.isTolerant)];
  const names = await readdir(path);
  if (names.includes(MANIFEST)) {
    const { manifest } = await readManifest(path, options.trusted);
    return Promise.all(manifest.files.map((file) => ArchivedPart.ofManifest(join(path, file.file), file)));
  }
  const parts: ArchivedPart[] = [];
  if (isOutermost) for (const name of names.sort()) if (await isArchive(join(path, name))) parts.push(...await partsIn(join(path, name), options, false));
  if (parts.length > 0 || !isOutermost) return parts;
  throw new DocketError('failed_precondition', { reason: 'ARCHIVE_UNREADABLE', message: `${path} is no archive: there is no ${MANIFEST} in it, nor in a folder in it` });
}

/** Whether a folder is an archive or has one in it. */
export function holdsArchive(folder: string): boolean {
  if (!existsSync(folder)) return false;
  return ['', ...readdirSync(folder)].some((name) => existsSync(join(folder, name, MANIFEST)));
}

async function isArchive(folder: string): Promise<boolean> {
  return (await stat(join(folder, MANIFEST)).catch(() => undefined))?.isFile() === true;
}

/** Archived records by topic, partition and offset. */
export class Archive {
  readonly #parts = new Map<string, ArchivedPart[]>();

  constructor(parts: readonly ArchivedPart[]) {
    for (const part of parts.toSorted((a, b) => a.firstOffset - b.firstOffset || a.endOffset - b.endOffset)) {
      const before = this.#parts.get(keyOf(part));
      if (before === undefined) this.#parts.set(keyOf(part), [part]);
      else if (follows(before.at(-1)!, part)) before.push(part);
    }
  }

  /** In the order of topic and partition. */
  ranges(): ArchivedRange[] {
    return [...this.#parts.values()].map(rangeOf).sort((a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition));
  }

  /** Undefined: nothing of this partition is archived. */
  range(tp: TopicPartition): ArchivedRange | undefined {
    const parts = this.#parts.get(keyOf(tp));
    return parts && rangeOf(parts);
  }

  /** Like an event log's, for offsets in `range`; empty at its end. */
  async read(tp: TopicPartition, fromOffset: number, options: Pick<ReadOptions, 'maxBytes' | 'maxRecords'> = {}): Promise<LogRecord[]> {
    const part = this.#partAt(tp, fromOffset);
    return part === undefined ? [] : part.read(fromOffset, options);
  }

  /** The same where files are not whole, for who looks for what is wrong with them. */
  async readAsIs(tp: TopicPartition, fromOffset: number, options: Pick<ReadOptions, 'maxBytes' | 'maxRecords'> = {}): Promise<LogRecord[]> {
    const part = this.#partAt(tp, fromOffset);
    return part === undefined ? [] : part.readAsIs(fromOffset, options);
  }

  /** The path of the file that holds a record. */
  pathAt(tp: TopicPartition, offset: number): string | undefined {
    return this.#partAt(tp, offset)?.path;
  }

  /** The files of a partition that are not what was written; reads those that were not read yet. */
  async damagedFiles(tp: TopicPartition): Promise<DamagedFile[]> {
    const damaged: DamagedFile[] = [];
    for (const part of this.#parts.get(keyOf(tp)) ?? []) {
      const problem = await part.problem();
      const { path, stop, firstOffset, endOffset } = part;
      if (stop !== undefined) damaged.push({ path, offset: endOffset, throughOffset: endOffset, problem: stop });
      else if (problem !== undefined) damaged.push({ path, offset: firstOffset, throughOffset: Math.max(firstOffset, endOffset - 1), problem });
    }
    return damaged;
  }

  /** Undefined at the end; DocketError data_loss / OFFSET_OUT_OF_RANGE beyond it. */
  #partAt(tp: TopicPartition, offset: number): ArchivedPart | undefined {
    const parts = this.#parts.get(keyOf(tp)) ?? [];
    const part = parts.find(({ firstOffset, endOffset }) => firstOffset <= offset && offset < endOffset);
    if (part !== undefined || parts.at(-1)?.endOffset === offset) return part;
    throw new DocketError('data_loss', { reason: 'OFFSET_OUT_OF_RANGE', message: `${keyOf(tp)}: offset ${offset} is not archived` });
  }

  /** Reads every file to its end. Resolves with the number of records. */
  async verify(options: { readonly onProgress?: (records: number) => void; readonly signal?: AbortSignal } = {}): Promise<number> {
    let records = 0;
    for (const part of [...this.#parts.values()].flat()) {
      await part.verify(options.signal, options.onProgress);
      records += part.endOffset - part.firstOffset;
    }
    return records;
  }

  /** Gives back open files. */
  async close(): Promise<void> {
    await Promise.all([...this.#parts.values()].flat().map((part) => part.close()));
  }
}

/** False: the same records again. Throws if there are some missing between them, or they are of two logs. */
function follows(before: ArchivedPart, part: ArchivedPart): boolean {
  if (part.firstOffset === part.endOffset && part.firstOffset <= before.endOffset) return false;
  if (part.firstOffset === before.firstOffset && part.endOffset === before.endOffset && isDeepStrictEqual(part.end, before.end)) return false;
  if (part.firstOffset !== before.endOffset) {
    const what = part.firstOffset > before.endOffset ? `records ${before.endOffset} to ${part.firstOffset - 1} are missing: the archive that holds them is not here` : `records from ${part.firstOffset} on are in ${before.path} as well`;
    throw new DocketError('data_loss', { reason: 'ARCHIVE_GAP', message: `${part.path} begins at offset ${part.firstOffset} of ${keyOf(part)}; ${what}` });
  }
  if (before.end !== undefined && part.start !== undefined && !isDeepStrictEqual(before.end, part.start)) {
    throw damaged(part.path, 1, `it does not go on from ${before.path}: the head of ${keyOf(part)} at offset ${part.firstOffset} is another one there`);
  }
  return true;
}

function rangeOf(parts: readonly ArchivedPart[]): ArchivedRange {
  const { topic, partition, firstOffset, start } = parts[0]!;
  const { endOffset, end, lastHash } = parts.at(-1)!;
  return { topic, partition, firstOffset, endOffset, start, end, lastHash };
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
