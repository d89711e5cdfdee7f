import { createHash, type Hash } from 'node:crypto';
import { DocketError } from '#errors';
import type { LogRecord, ResumeState } from '#ledger';
import { blocksOf, compressionOf } from './blocks.js';
import { damaged, parseHeader, parseTrailer, type Compression, type LogFileHeader, type LogFileTrailer } from './log-file.format.js';
import { isRecordLine, parseRecordLine } from './record-line.js';

const LINE_FEED = 0x0a;
/** A plain file can be entered at about every so many bytes, once it was read. */
const STEP_BYTES = 1024 * 1024;

export interface ReadLogFileOptions {
  /** The first record wanted; the file's first if absent. */
  readonly fromOffset?: number;
  readonly signal?: AbortSignal;
  /**
   * For who looks for what is wrong with a file: everything that can be read is handed out before the error, and what only
   * the trailer says is none.
   */
  readonly asIs?: boolean;
  /** The records of a batch are there only until the next one is asked for, which may take their memory: for who has read them by then. */
  readonly isReused?: boolean;
  /** Records passed since it was called last, wanted or not. */
  readonly onProgress?: ((records: number) => void) | undefined;
}

/** What a file that is not whole still holds. */
export interface LogFileSurvey {
  /** From the header's offset on, without a gap. */
  readonly records: number;
  /** What its trailer says, if there is one. */
  readonly resume: ResumeState | undefined;
  /** Why nothing behind those records can be read. */
  readonly stop: DocketError | undefined;
}

/** A place to begin reading at: a record's line. */
interface Entry {
  readonly offset: number;
  readonly byte: number;
  readonly line: number;
}

/** Streams the records of one log file; see LogFile. */
export async function* readLogFile(path: string, options: ReadLogFileOptions = {}): AsyncGenerator<LogRecord[]> {
  yield* (await LogFile.open(path)).read(options);
}

/**
 * One log file, plain or compressed. What is read from its beginning is checked line by line and, at its end, against the
 * trailer's hash: whoever got to the end has read what was written. Everything wrong is DocketError data_loss /
 * LOG_FILE_DAMAGED with file, line and what was expected.
 */
export class LogFile {
  #trailer: LogFileTrailer | undefined;
  /** Known once the file was read to its end. */
  #entries: readonly Entry[] = [];

  private constructor(readonly path: string, readonly compression: Compression, readonly header: LogFileHeader) {}

  /** Reads the header. */
  static async open(path: string): Promise<LogFile> {
    const compression = await compressionOf(path);
    for await (const { lines } of blocksOf(path, compression, 0)) {
      return new LogFile(path, compression, parseHeader(path, lines.subarray(0, lines.indexOf(LINE_FEED))));
    }
    throw damaged(path, 1, 'expected the header of a log file, found nothing');
  }

  /** Known once the file was read to its end. */
  get trailer(): LogFileTrailer | undefined {
    return this.#trailer;
  }

  /** Records in order, in batches as they come from the disk. Their values are views of the batch's memory. */
  async *read({ fromOffset = 0, signal, asIs = false, isReused = false, onProgress }: ReadLogFileOptions = {}): AsyncGenerator<LogRecord[]> {
    const { firstOffset } = this.header;
    const entry = this.#entries.findLast(({ offset }) => offset <= fromOffset);
    const check = entry === undefined ? new Check() : undefined;
    let next = entry?.offset ?? firstOffset;
    let number = entry?.line ?? 1;
    let trailer: LogFileTrailer | undefined;
    for await (const { lines, byte, isCut } of blocksOf(this.path, this.compression, entry?.byte ?? 0, isReused)) {
      signal?.throwIfAborted();
      if (isCut) throw damaged(this.path, number, `the file ends in the middle of this line, behind offset ${next - 1}: it was cut`);
      const records: LogRecord[] = [];
      const before = next;
      let start = 0;
      try {
        for (let end = lines.indexOf(LINE_FEED); end !== -1; start = end + 1, end = lines.indexOf(LINE_FEED, start), number += 1) {
          if (number === 1) continue;
          if (trailer !== undefined) throw damaged(this.path, number, 'expected the end of the file behind its trailer');
          if (!isRecordLine(lines, start)) {
            check?.add(lines.subarray(0, start));
            trailer = this.#trailerOf(lines.subarray(start, end), number, next, asIs ? undefined : check, asIs);
            continue;
          }
          check?.entry(next, byte + start, number);
          const record = parseRecordLine(this.path, number, lines, start, end, next, next >= fromOffset);
          if (record !== undefined) records.push(record);
          next += 1;
        }
      } catch (error) {
        if (asIs && records.length > 0) yield records;
        throw error;
      }
      if (trailer === undefined) check?.add(lines);
      onProgress?.(next - before);
      if (records.length > 0) yield records;
    }
    if (trailer === undefined) throw damaged(this.path, undefined, `it ends behind offset ${next - 1} without a trailer: it was cut`);
    this.#trailer = trailer;
    if (check !== undefined && !asIs && this.compression === 'none') this.#entries = check.entries;
  }

  /** Reads it all, to be sure of it. */
  async verify(signal?: AbortSignal, onProgress?: (records: number) => void): Promise<LogFileTrailer> {
    this.#entries = [];
    const records = this.read({ fromOffset: Number.MAX_SAFE_INTEGER, isReused: true, onProgress, ...(signal && { signal }) });
    while ((await records.next()).done !== true);
    return this.#trailer!;
  }

  /** Reads all that can be read, of a file of which `verify` says that it is not whole. */
  async survey(signal?: AbortSignal): Promise<LogFileSurvey> {
    let records = 0;
    let stop: DocketError | undefined;
    this.#trailer = undefined;
    try {
      for await (const batch of this.read({ asIs: true, ...(signal && { signal }) })) records += batch.length;
    } catch (error) {
      if (!(error instanceof DocketError)) throw error;
      stop = error;
    }
    return { records, resume: stop === undefined ? (this.#trailer as LogFileTrailer | undefined)?.resume : undefined, stop };
  }

  #trailerOf(line: Buffer, number: number, next: number, check: Check | undefined, asIs: boolean): LogFileTrailer {
    const trailer = parseTrailer(this.path, number, line);
    if (asIs) return trailer;
    const { firstOffset } = this.header;
    if (trailer.records !== next - firstOffset || trailer.lastOffset !== next - 1) {
      throw damaged(this.path, number, `the trailer counts ${trailer.records} records up to offset ${trailer.lastOffset}, found ${next - firstOffset} up to ${next - 1}`);
    }
    if (check !== undefined && check.digest() !== trailer.sha256) throw damaged(this.path, number, 'a line before it was changed: the SHA-256 of the lines is not the one that the trailer says');
    return trailer;
  }
}

/** What is gathered on the way through a whole file. */
class Check {
  readonly entries: Entry[] = [];
  readonly #hash: Hash = createHash('sha256');

  add(lines: Buffer): void {
    this.#hash.update(lines);
  }

  entry(offset: number, byte: number, line: number): void {
    if (byte - (this.entries.at(-1)?.byte ?? -STEP_BYTES) >= STEP_BYTES) this.entries.push({ offset, byte, line });
  }

  digest(): string {
    return this.#hash.digest('hex');
  }
}
