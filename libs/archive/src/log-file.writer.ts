import { createHash, randomBytes } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip, createZstdCompress } from 'node:zlib';
import { DocketError } from '#errors';
import type { LogRecord, ResumeState } from '#ledger';
import { LOG_FILE_FORMAT, encodeRecord, type Compression, type LogFileHeader, type LogFileTrailer } from './log-file.format.js';

/** Lines are handed on in pieces of about this size. */
const PIECE_BYTES = 256 * 1024;

export interface LogFileSummary {
  readonly path: string;
  readonly records: number;
  readonly firstOffset: number;
  /** The offset behind the last record. */
  readonly endOffset: number;
  /** Of the file as it is stored. */
  readonly bytes: number;
  /** SHA-256 of the file as it is stored, hex. */
  readonly sha256: string;
  readonly trailer: LogFileTrailer;
}

export interface WriteLogFileOptions {
  readonly compression?: Compression;
  /** Told now and then how many records are written. */
  readonly onProgress?: (records: number) => void;
  /** Where a reader stands behind the last record; asked when there are no more. */
  readonly resume?: () => ResumeState;
  readonly signal?: AbortSignal;
}

/**
 * Writes one log file: under another name first, then renamed, so that a file with its name is complete and on disk. Memory
 * is bounded by the batches. Rejects with DocketError failed_precondition / LOG_FILE_UNWRITABLE (the disk is full, say),
 * or as `records` does; nothing is left behind then.
 */
export async function writeLogFile(
  path: string, header: Omit<LogFileHeader, 'format' | 'version'>, records: AsyncIterable<readonly LogRecord[]>, options: WriteLogFileOptions = {},
): Promise<LogFileSummary> {
  const draft = `${path}.new-${randomBytes(6).toString('hex')}`;
  const { compression = 'none', signal } = options;
  const handle = await open(draft, 'wx').catch((cause: NodeJS.ErrnoException) => { throw unwritable(path, cause); });
  try {
    const stored = createHash('sha256');
    const lines = new Lines(path, header, records, options);
    let bytes = 0;
    const store = async (pieces: AsyncIterable<Buffer>): Promise<void> => {
      for await (const piece of pieces) {
        stored.update(piece);
        bytes += piece.length;
        await writeAll(handle, piece).catch((cause: NodeJS.ErrnoException) => { throw unwritable(path, cause); });
      }
    };
    if (compression === 'none') await pipeline(lines.pieces(), store, { signal });
    else await pipeline(lines.pieces(), compression === 'gzip' ? createGzip() : createZstdCompress(), store, { signal });
    await handle.sync();
    await handle.close();
    await rename(draft, path);
    await syncFolder(path);
    const trailer = lines.trailer!;
    return { path, records: trailer.records, firstOffset: header.firstOffset, endOffset: header.firstOffset + trailer.records, bytes, sha256: stored.digest('hex'), trailer };
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(draft, { force: true });
    throw error instanceof Error && 'code' in error && 'syscall' in error ? unwritable(path, error as NodeJS.ErrnoException) : error;
  }
}

/** The lines of one file, in pieces. */
class Lines {
  trailer: LogFileTrailer | undefined;
  readonly #hash = createHash('sha256');

  constructor(
    private readonly path: string, private readonly header: Omit<LogFileHeader, 'format' | 'version'>,
    private readonly records: AsyncIterable<readonly LogRecord[]>, private readonly options: WriteLogFileOptions,
  ) {}

  async *pieces(): AsyncGenerator<Buffer> {
    const { topic, partition, firstOffset, resume } = this.header;
    yield this.#hashed([Buffer.from(`${JSON.stringify({ format: LOG_FILE_FORMAT, version: 1, topic, partition, firstOffset, resume })}\n`)]);
    let next = firstOffset;
    let parts: Uint8Array[] = [];
    let size = 0;
    for await (const batch of this.records) {
      for (const record of batch) {
        if (record.offset !== next) throw new DocketError('data_loss', { reason: 'LOG_GAP', message: `${topic}/${partition} at offset ${record.offset}: expected the record at offset ${next}` });
        next += 1;
        for (const part of encodeRecord(record, record.offset, record.timestampMs)) {
          parts.push(part);
          size += part.length;
        }
        if (size < PIECE_BYTES) continue;
        yield this.#hashed(parts);
        [parts, size] = [[], 0];
      }
      this.options.onProgress?.(next - firstOffset);
    }
    if (size > 0) yield this.#hashed(parts);
    this.trailer = { records: next - firstOffset, lastOffset: next - 1, sha256: this.#hash.digest('hex'), ...(this.options.resume && { resume: this.options.resume() }) };
    yield Buffer.from(`${JSON.stringify(this.trailer)}\n`);
  }

  #hashed(parts: readonly Uint8Array[]): Buffer {
    const piece = Buffer.concat(parts);
    this.#hash.update(piece);
    return piece;
  }
}

/** One `write` may store less than it was given. */
async function writeAll(handle: FileHandle, piece: Buffer): Promise<void> {
  for (let at = 0; at < piece.length; ) at += (await handle.write(piece, at)).bytesWritten;
}

/** A new name is on disk only once its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
}

const WHY: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full', EDQUOT: 'the quota is used up', EACCES: 'it may not be written', EPERM: 'it may not be written', EROFS: 'it may not be written', ENOENT: 'there can be no such folder', ENOTDIR: 'what is to be its folder is a file',
};

export function unwritable(path: string, cause: NodeJS.ErrnoException): DocketError {
  const why = WHY[cause.code ?? ''] ?? cause.code ?? cause.message;
  return new DocketError('failed_precondition', { reason: 'LOG_FILE_UNWRITABLE', message: `${path} cannot be written: ${why}`, cause });
}
