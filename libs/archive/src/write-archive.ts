import { mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DocketError } from '#errors';
import { INITIAL_RESUME_STATE, Judge, type LogRecord, type ResumeState, type TopicPartition } from '#ledger';
import { openArchive } from './archive.js';
import type { LogReader } from './archived-log.js';
import type { Compression } from './log-file.format.js';
import { unwritable, writeLogFile } from './log-file.writer.js';
import { MANIFEST, SIGNATURE, manifestBytes, type ArchivedFile, type ArchiveSigner, type Manifest, type ReadManifest } from './manifest.js';

const READ = { maxBytes: 4 * 1024 * 1024, maxRecords: 10_000 };
/** What counts nowhere, between two valid events, is held back until the second is there. */
const HELD_BYTES_MAX = 256 * 1024 * 1024;
const EXTENSIONS: Readonly<Record<Compression, string>> = { none: 'jsonl', gzip: 'jsonl.gz', zstd: 'jsonl.zst' };

export interface WriteArchiveOptions {
  readonly log: LogReader;
  /** Each becomes one file, also if there is nothing to archive of it. */
  readonly partitions: readonly TopicPartition[];
  /** Only events of before this time, ms since the epoch. */
  readonly beforeMs: number;
  /** A folder that does not exist, or is empty. */
  readonly out: string;
  /** The archive that this one goes on from; `log` must be able to read on from its end. */
  readonly previous?: ReadManifest;
  readonly signer: ArchiveSigner;
  readonly compression: Compression;
  readonly nowMs: number;
  readonly onProgress?: (at: TopicPartition & { readonly records: number }) => void;
  /** Records read back, since it was called last; `of` in all. */
  readonly onReadBack?: (records: number, of: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Writes what happened before a time as an archive: a log file for each partition, then the signed manifest that makes it
 * one; and reads all of it back. Each file ends with a valid event, so that whatever reads on after it knows where it stands.
 * Rejects with DocketError: ARCHIVE_FOLDER_IN_USE, CHAIN_BROKEN, LOG_FILE_UNWRITABLE, or as the log does; then nothing is left.
 */
export async function writeArchive(options: WriteArchiveOptions): Promise<Manifest> {
  const { out, signer, compression, previous, beforeMs, nowMs } = options;
  const isNew = await makeFolder(out);
  const written: string[] = [];
  try {
    const files: ArchivedFile[] = [];
    for (const tp of options.partitions) {
      const name = `${tp.topic}-${tp.partition}.${EXTENSIONS[compression]}`;
      written.push(join(out, name));
      files.push(await writePartition(tp, name, options));
    }
    const manifest: Manifest = {
      format: 'docket.archive', version: 1, createdAt: new Date(nowMs).toISOString(), before: new Date(beforeMs).toISOString(),
      previous: previous?.sha256 ?? null, signedBy: { algorithm: 'Ed25519', keyId: signer.keyId, publicKey: signer.publicKey }, files,
    };
    const bytes = manifestBytes(manifest);
    written.push(join(out, SIGNATURE), join(out, MANIFEST));
    await store(join(out, SIGNATURE), signer.sign(bytes));
    await store(join(out, MANIFEST), bytes);
    const archive = await openArchive(out, { trusted: [signer.publicKey] });
    const all = files.reduce((sum, { records }) => sum + records, 0);
    await archive.verify({ onProgress: (records) => options.onReadBack?.(records, all), ...(options.signal && { signal: options.signal }) });
    await archive.close();
    return manifest;
  } catch (error) {
    for (const path of written) await rm(path, { force: true });
    if (isNew) await rmdir(out).catch(() => undefined);
    throw error;
  }
}

async function writePartition(tp: TopicPartition, name: string, options: WriteArchiveOptions): Promise<ArchivedFile> {
  const { compression, previous, out, onProgress, signal } = options;
  const start = previous?.manifest.files.find(({ topic, partition }) => topic === tp.topic && partition === tp.partition)?.end ?? INITIAL_RESUME_STATE;
  const records = new RecordsBefore(tp, start, options);
  const header = { topic: tp.topic, partition: tp.partition, firstOffset: start.offset, resume: start };
  const { bytes, sha256, trailer, firstOffset, endOffset } = await writeLogFile(join(out, name), header, records, {
    compression, resume: () => records.end, ...(signal && { signal }), onProgress: (count) => onProgress?.({ ...tp, records: count }),
  });
  return {
    file: name, topic: tp.topic, partition: tp.partition, compression, bytes, sha256, linesSha256: trailer.sha256,
    records: trailer.records, firstOffset, endOffset, start, end: records.end,
  };
}

/** The records of a partition up to the last valid event of before a time. */
class RecordsBefore implements AsyncIterable<LogRecord[]> {
  /** Behind the last record that was handed out. */
  end: ResumeState;
  readonly #judge: Judge;

  constructor(private readonly tp: TopicPartition, start: ResumeState, private readonly options: WriteArchiveOptions) {
    this.end = start;
    this.#judge = new Judge(tp.topic, tp.partition, start);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<LogRecord[]> {
    const { log, beforeMs, signal } = this.options;
    const { topic, partition } = this.tp;
    let held: LogRecord[] = [];
    let heldBytes = 0;
    for (;;) {
      signal?.throwIfAborted();
      const records = await log.read(this.tp, this.#judge.resume.offset, READ);
      if (records.length === 0) return;
      const batch: LogRecord[] = [];
      for (const record of records) {
        const judged = this.#judge.judge(record);
        const isEvent = judged.kind !== 'void' && judged.kind !== 'claim';
        if (isEvent && judged.at.timeMs >= beforeMs) {
          if (batch.length > 0) yield batch;
          return;
        }
        held.push(record);
        heldBytes += record.value.length;
        if (!isEvent) continue;
        batch.push(...held);
        [held, heldBytes] = [[], 0];
        this.end = this.#judge.resume;
      }
      const { chainBreak } = this.#judge;
      if (chainBreak?.isFinal === true) {
        throw new DocketError('data_loss', { reason: 'CHAIN_BROKEN', message: `${topic}/${partition} at offset ${chainBreak.offset}: the chain ends there (${chainBreak.reason}); a log that is broken is not archived` });
      }
      if (heldBytes > HELD_BYTES_MAX) throw new DocketError('data_loss', { reason: 'CHAIN_BROKEN', message: `${topic}/${partition}: behind offset ${this.end.offset - 1} there is no valid event in ${HELD_BYTES_MAX} bytes of records` });
      if (batch.length > 0) yield batch;
    }
  }
}

/** Resolves with whether it had to be made. */
async function makeFolder(folder: string): Promise<boolean> {
  const isNew = await mkdirs(folder).catch((cause: NodeJS.ErrnoException) => { throw unwritable(folder, cause); });
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => { throw unwritable(folder, cause); });
  if (names.length === 0) return isNew;
  const what = names.includes(MANIFEST) ? 'it holds an archive' : 'it is not empty';
  throw new DocketError('failed_precondition', { reason: 'ARCHIVE_FOLDER_IN_USE', message: `${folder} cannot take an archive: ${what}; name a folder that does not exist yet` });
}

/** As mkdir does with `recursive`, which never comes back where a file system takes no folders at all (Linux: /proc). */
async function mkdirs(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code !== 'ENOENT' || !(await mkdirs(dirname(folder)))) throw error;
    return mkdirs(folder);
  }
}

async function store(path: string, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.new`;
  try {
    const handle = await open(draft, 'wx');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
    const folder = await open(join(path, '..'), 'r');
    await folder.sync().finally(() => folder.close());
  } catch (cause) {
    await rm(draft, { force: true });
    throw unwritable(path, cause as NodeJS.ErrnoException);
  }
}
