import { isDeepStrictEqual } from 'node:util';
import { DocketError } from '#errors';
import type { LogRecord, ReadOptions, ResumeState, TopicPartition } from '#ledger';
import { damaged } from './log-file.format.js';
import { LogFile } from './log-file.reader.js';
import type { ArchivedFile } from './manifest.js';

const READ_BYTES = 1024 * 1024;
/** Readers that stand at different places of one file, each with its open file. */
const CURSORS_MAX = 2;

/** A place in a file where somebody goes on reading. */
interface Cursor {
  next: number;
  left: LogRecord[];
  readonly batches: AsyncGenerator<LogRecord[]>;
}

/** One file of an archive, or a log file by itself. Nothing of it is handed out before it was read to its end and found whole. */
export class ArchivedPart implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly firstOffset: number;
  readonly start: ResumeState | undefined;
  #verified: Promise<void> | undefined;
  #problem: Promise<DocketError | undefined> | undefined;
  #stop: DocketError | undefined;
  #cursors: Cursor[] = [];

  private constructor(private readonly file: LogFile, readonly endOffset: number, readonly end: ResumeState | undefined, private readonly expected: ArchivedFile | undefined) {
    ({ topic: this.topic, partition: this.partition, firstOffset: this.firstOffset, resume: this.start } = file.header);
  }

  /** As the manifest says; that the file agrees with it is found out by `verify`. */
  static async ofManifest(path: string, expected: ArchivedFile): Promise<ArchivedPart> {
    const file = await LogFile.open(path);
    const { topic, partition, firstOffset, resume } = file.header;
    const { topic: t, partition: p, firstOffset: o, start } = expected;
    if (!isDeepStrictEqual([topic, partition, firstOffset, resume], [t, p, o, start])) throw damaged(path, 1, `it is not the file that the manifest describes: ${t}/${p} from offset ${o}`);
    return new ArchivedPart(file, expected.endOffset, expected.end, expected);
  }

  /** Reads it all, since only its trailer says where it ends. `isTolerant`: it may be damaged, for `readAsIs`. */
  static async ofFile(file: LogFile, isTolerant = false): Promise<ArchivedPart> {
    try {
      const { lastOffset, resume } = await file.verify();
      return new ArchivedPart(file, Math.max(file.header.firstOffset, lastOffset + 1), resume, undefined);
    } catch (error) {
      if (!isTolerant || !isDamage(error)) throw error;
      const { records, resume, stop } = await file.survey();
      const part = new ArchivedPart(file, file.header.firstOffset + records, resume, undefined);
      part.#stop = stop;
      return part;
    }
  }

  get lastHash(): string | undefined {
    return this.endOffset > this.firstOffset ? this.expected?.end.head : undefined;
  }

  get path(): string {
    return this.file.path;
  }

  /** At least one record, if `fromOffset` is in it. */
  async read(fromOffset: number, options: Pick<ReadOptions, 'maxBytes' | 'maxRecords'>): Promise<LogRecord[]> {
    await (this.#verified ??= this.#whole());
    return this.#readOn(fromOffset, options, false);
  }

  /** The same where it is not whole, as far as it can be read; what is wrong with it says `problem`. Rejects where it cannot be read any more. */
  async readAsIs(fromOffset: number, options: Pick<ReadOptions, 'maxBytes' | 'maxRecords'>): Promise<LogRecord[]> {
    const problem = await this.problem();
    const records = await this.#readOn(fromOffset, options, problem !== undefined);
    if (records.length === 0 && problem !== undefined) throw problem;
    return records;
  }

  /** Why nothing of a damaged file can be read behind `endOffset`. */
  get stop(): DocketError | undefined {
    return this.#stop;
  }

  /** What is wrong with the file; undefined: it is whole. */
  problem(): Promise<DocketError | undefined> {
    return (this.#problem ??= (this.#verified ??= this.#whole()).then(() => undefined, (error: unknown) => {
      if (isDamage(error)) return error;
      this.#problem = undefined;
      throw error;
    }));
  }

  async verify(signal?: AbortSignal, onProgress?: (records: number) => void): Promise<void> {
    await this.#whole(signal, onProgress);
    this.#verified = Promise.resolve();
  }

  async close(): Promise<void> {
    const cursors = this.#cursors;
    this.#cursors = [];
    await Promise.all(cursors.map(({ batches }) => batches.return(undefined)));
  }

  /** The trailer binds the content, the manifest binds the trailer. */
  async #whole(signal?: AbortSignal, onProgress?: (records: number) => void): Promise<void> {
    try {
      const { records, sha256, resume } = await this.file.verify(signal, onProgress);
      const { expected } = this;
      if (expected !== undefined && !isDeepStrictEqual([records, sha256, resume], [expected.records, expected.linesSha256, expected.end])) {
        throw damaged(this.path, undefined, 'it is whole, but not the file that the manifest was signed for');
      }
    } catch (error) {
      // Somebody may put the right file in its place.
      this.#verified = undefined;
      throw error;
    }
  }

  async #readOn(fromOffset: number, { maxBytes = READ_BYTES, maxRecords = Number.POSITIVE_INFINITY }: Pick<ReadOptions, 'maxBytes' | 'maxRecords'>, asIs: boolean): Promise<LogRecord[]> {
    const cursor = this.#take(fromOffset, asIs);
    if (cursor.left.length === 0) cursor.left = (await cursor.batches.next()).value ?? [];
    const count = countOf(cursor.left, maxBytes, maxRecords);
    const records = cursor.left.slice(0, count);
    cursor.left = cursor.left.slice(count);
    cursor.next = fromOffset + records.length;
    if (cursor.next < this.endOffset) this.#keep(cursor);
    else await cursor.batches.return(undefined);
    return records;
  }

  #take(fromOffset: number, asIs: boolean): Cursor {
    const index = this.#cursors.findIndex(({ next }) => next === fromOffset);
    if (index !== -1) return this.#cursors.splice(index, 1)[0]!;
    return { next: fromOffset, left: [], batches: this.file.read({ fromOffset, asIs }) };
  }

  #keep(cursor: Cursor): void {
    this.#cursors.push(cursor);
    if (this.#cursors.length > CURSORS_MAX) void this.#cursors.shift()!.batches.return(undefined);
  }
}

function isDamage(error: unknown): error is DocketError {
  return error instanceof DocketError && error.reason === 'LOG_FILE_DAMAGED';
}

function countOf(records: readonly LogRecord[], maxBytes: number, maxRecords: number): number {
  let bytes = 0;
  let count = 0;
  for (const { value } of records) {
    bytes += value.length;
    if (count > 0 && (bytes > maxBytes || count >= maxRecords)) break;
    count += 1;
  }
  return count;
}
