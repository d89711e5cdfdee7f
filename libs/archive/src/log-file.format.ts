import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { DocketError } from '#errors';
import type { NewRecord } from '#ledger';

/**
 * A log file holds the records of one topic partition at contiguous offsets, as lines of JSON (docs/retention.md): a header,
 * a line for each record, a trailer. A record's line is `{"o":OFFSET,"t":MS,"k":KEY,"v":VALUE}`, in this order and without
 * blanks, and VALUE is the record's value byte for byte: it is JSON itself, and what was hashed into the chain can be cut
 * out of the line. A value that is no JSON text on one line (nothing that Docket writes) is `"b":BASE64` instead.
 */
export const LOG_FILE_FORMAT = 'docket.log';
/** A record's value has at most 4 MiB (Kafka's `max.message.bytes`), in base64 a third more. */
export const LINE_BYTES_MAX = 8 * 1024 * 1024;
export type Compression = 'none' | 'gzip' | 'zstd';

const offset = z.int().nonnegative();
const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);

export const resumeSchema = z.strictObject({
  offset, epoch: offset, nonce: z.string().regex(/^([0-9a-f]{32})?$/), sequence: offset, head: sha256Hex, timeMs: z.int().nonnegative(),
});

const headerSchema = z.strictObject({
  format: z.literal(LOG_FILE_FORMAT),
  version: z.literal(1),
  topic: z.string().regex(/^[a-zA-Z0-9._-]{1,249}$/),
  partition: offset,
  firstOffset: offset,
  /** Where a reader stands before the first record; absent if nobody has judged what is below. */
  resume: resumeSchema.optional(),
});

const trailerSchema = z.strictObject({
  records: offset,
  /** -1: there are none and the file would begin at 0. */
  lastOffset: z.int().min(-1),
  /** Of all lines before this one, each with its line feed. */
  sha256: sha256Hex,
  /** Where a reader stands behind the last record. */
  resume: resumeSchema.optional(),
});

export type LogFileHeader = z.infer<typeof headerSchema>;
export type LogFileTrailer = z.infer<typeof trailerSchema>;

/** What is wrong with a log file, and where: DocketError data_loss / LOG_FILE_DAMAGED. */
export function damaged(file: string, line: number | undefined, what: string): DocketError {
  return new DocketError('data_loss', {
    reason: 'LOG_FILE_DAMAGED',
    message: line === undefined ? `${file}: ${what}` : `${file}, line ${line}: ${what}`,
    metadata: { file, ...(line === undefined ? {} : { line: String(line) }) },
  });
}

export function parseHeader(file: string, line: Buffer): LogFileHeader {
  return parseLine(file, 1, line, headerSchema, 'the header of a log file');
}

export function parseTrailer(file: string, at: number, line: Buffer): LogFileTrailer {
  return parseLine(file, at, line, trailerSchema, 'the trailer of a log file');
}

function parseLine<T>(file: string, at: number, line: Buffer, schema: z.ZodType<T>, what: string): T {
  let json: unknown;
  try {
    json = JSON.parse(line.toString('utf8'));
  } catch {
    throw damaged(file, at, `expected ${what}, found something that is not JSON`);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw damaged(file, at, `expected ${what}; see ${parsed.error.issues.map(({ path }) => `/${path.join('/')}`).join(', ')}`);
}

/** The parts of a record's line. The value's bytes are not copied. */
export function encodeRecord(record: NewRecord, at: number, timestampMs: number): readonly Uint8Array[] {
  const key = record.key === null ? 'null' : `"${Buffer.from(record.key).toString('base64')}"`;
  const start = `{"o":${at},"t":${timestampMs},"k":${key},`;
  if (isJsonLine(record.value)) return [Buffer.from(`${start}"v":`), record.value, END_OF_LINE];
  return [Buffer.from(`${start}"b":"${Buffer.from(record.value).toString('base64')}"}\n`)];
}

const END_OF_LINE = Buffer.from('}\n');
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

function isJsonLine(value: Uint8Array): boolean {
  if (value.length === 0 || value.includes(LINE_FEED) || value.includes(CARRIAGE_RETURN) || !isUtf8(value)) return false;
  try {
    JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
