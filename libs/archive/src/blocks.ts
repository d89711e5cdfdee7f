import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { DocketError } from '#errors';
import { LINE_BYTES_MAX, damaged, type Compression } from './log-file.format.js';

const CHUNK_BYTES = 1024 * 1024;
const LINE_FEED = 0x0a;

export interface Block {
  /** Whole lines, each with its line feed; but see `isCut`. */
  readonly lines: Buffer;
  /** Where they begin in the (uncompressed) file. */
  readonly byte: number;
  /** The end of the file without a line feed: what is left of a line. */
  readonly isCut: boolean;
}

/** How a file is compressed, by its first bytes. Rejects with DocketError failed_precondition / LOG_FILE_UNREADABLE. */
export async function compressionOf(path: string): Promise<Compression> {
  const handle = await open(path, 'r').catch((cause: NodeJS.ErrnoException) => { throw unreadable(path, cause); });
  try {
    const start = Buffer.alloc(4);
    await handle.read(start, 0, 4, 0).catch((cause: NodeJS.ErrnoException) => { throw unreadable(path, cause); });
    return start.readUInt16BE(0) === 0x1f8b ? 'gzip' : start.readUInt32BE(0) === 0x28b52ffd ? 'zstd' : 'none';
  } finally {
    await handle.close();
  }
}

/**
 * A file as blocks of whole lines, of about a mebibyte; a single line is at most LINE_BYTES_MAX. `isReused`: a block is
 * there only until the next one is asked for, which may take its memory.
 */
export function blocksOf(path: string, compression: Compression, fromByte: number, isReused = false): AsyncGenerator<Block> {
  return compression === 'none' ? plainBlocks(path, fromByte, isReused) : packedBlocks(path, compression, fromByte);
}

/** Reads one block ahead. By hand: a stream takes new memory for every chunk, which costs more than reading into it. */
async function* plainBlocks(path: string, fromByte: number, isReused: boolean): AsyncGenerator<Block> {
  const failed = (cause: NodeJS.ErrnoException): never => { throw unreadable(path, cause); };
  const handle = await open(path, 'r').catch(failed);
  let reading: Promise<number> | undefined;
  try {
    let position = fromByte;
    let byte = fromByte;
    const readBehind = (memory: Buffer, from: number): Promise<number> => handle.read(memory, from, memory.length - from, position).then(({ bytesRead }) => bytesRead, failed);
    let memory: Buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    let spare: Buffer | undefined;
    /** What of a line the block before has left. */
    let rest = 0;
    reading = readBehind(memory, 0);
    for (let bytesRead = await reading; bytesRead > 0; bytesRead = await reading) {
      position += bytesRead;
      const filled = memory.subarray(0, rest + bytesRead);
      const end = filled.lastIndexOf(LINE_FEED) + 1;
      rest = filled.length - end;
      if (rest > LINE_BYTES_MAX) throw damaged(path, undefined, `the line at byte ${byte + end} is longer than ${LINE_BYTES_MAX} bytes`);
      // Room for as much again: a long line is not looked through many times.
      const next = spare !== undefined && spare.length >= rest * 2 ? spare : Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, rest * 2));
      filled.copy(next, 0, end);
      reading = readBehind(next, rest);
      // Whoever is asked for no more does not wait for it.
      reading.catch(() => undefined);
      if (end > 0) yield { lines: filled.subarray(0, end), byte, isCut: false };
      byte += end;
      spare = isReused ? memory : undefined;
      memory = next;
    }
    if (rest > 0) yield { lines: memory.subarray(0, rest), byte, isCut: true };
  } finally {
    await reading?.catch(() => undefined);
    await handle.close();
  }
}

async function* packedBlocks(path: string, compression: Compression, fromByte: number): AsyncGenerator<Block> {
  const file = createReadStream(path, { start: fromByte, highWaterMark: CHUNK_BYTES });
  let rest: Buffer[] = [];
  let restBytes = 0;
  let byte = fromByte;
  try {
    for await (const chunk of unpacked(file, compression)) {
      const end = chunk.lastIndexOf(LINE_FEED) + 1;
      if (end === 0) {
        restBytes += chunk.length;
        if (restBytes > LINE_BYTES_MAX) throw damaged(path, undefined, `the line at byte ${byte} is longer than ${LINE_BYTES_MAX} bytes`);
        rest.push(chunk);
        continue;
      }
      const whole = chunk.subarray(0, end);
      const lines = rest.length === 0 ? whole : Buffer.concat([...rest, whole]);
      yield { lines, byte, isCut: false };
      byte += lines.length;
      rest = end === chunk.length ? [] : [chunk.subarray(end)];
      restBytes = chunk.length - end;
    }
  } catch (error) {
    if (error instanceof DocketError) throw error;
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code.startsWith('Z_') || code.startsWith('ZSTD_')) throw damaged(path, undefined, `behind byte ${byte} of its content it cannot be unpacked (${code}): it was cut or changed`);
    throw unreadable(path, error as NodeJS.ErrnoException);
  } finally {
    file.destroy();
  }
  if (restBytes > 0) yield { lines: Buffer.concat(rest), byte, isCut: true };
}

function unpacked(file: Readable, compression: Compression): AsyncIterable<Buffer> {
  const unpack = compression === 'gzip' ? createGunzip({ chunkSize: CHUNK_BYTES }) : createZstdDecompress({ chunkSize: CHUNK_BYTES });
  file.on('error', (error) => unpack.destroy(error));
  return file.pipe(unpack);
}

function unreadable(path: string, cause: NodeJS.ErrnoException): DocketError {
  const why = cause.code === 'ENOENT' ? 'there is no such file' : cause.code ?? cause.message;
  return new DocketError('failed_precondition', { reason: 'LOG_FILE_UNREADABLE', message: `${path} cannot be read: ${why}`, cause });
}
