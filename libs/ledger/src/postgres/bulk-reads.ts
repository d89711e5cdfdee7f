import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { EventLog, LogAppender, LogRecord, ReadOptions, TopicPartition, TopicSettings } from '../event-log.js';
import { openPool } from './pool.js';

/** Who asks for fewer is looking for something, not catching up. */
const BULK_RECORDS_MIN = 64;
/** Of one request, over all its partitions. */
const REQUEST_RECORDS_MAX = 8_000;
const PARTITION_RECORDS_MAX = 2_000;
/** What a request may bring before it is given up, and tried again for fewer records. */
const REQUEST_BYTES_MAX = 48 * 1024 * 1024;
const SHRINK = 8;
/** 2000-01-01, which PostgreSQL counts from. */
const EPOCH_MS = 946_684_800_000;
/** Signature (11), flags (4), length of the extension (4). */
const HEADER_BYTES = 15;

interface Request {
  readonly tp: TopicPartition;
  readonly fromOffset: number;
  readonly maxRecords: number;
  resolve(records: LogRecord[]): void;
}

interface Range {
  readonly headId: number;
  readonly fromOffset: number;
  readonly toOffset: number;
}

/**
 * Reads of several partitions of a PostgreSQL log at once, as one `COPY … (FORMAT binary)`, for who catches up. The
 * partitions' records lie mixed in the table: asked for together, each of its pages is read once and in its order, and
 * nothing is written as hexadecimal digits. What comes is what `log.read` would have returned; where anything is not as
 * it should be, and to wait for records, `log.read` is asked.
 */
export class BulkReads implements EventLog {
  readonly #log: EventLog;
  readonly #pool: pg.Pool;
  readonly #headIds = new Map<string, number>();
  #asked: Request[] = [];
  #recordsMax = REQUEST_RECORDS_MAX;

  constructor(log: EventLog, options: { readonly connectionString: string; readonly connectionsMax?: number }) {
    this.#log = log;
    this.#pool = openPool({ connectionString: options.connectionString, max: options.connectionsMax ?? 2, name: 'docket bulk read' });
  }

  /** As `EventLog.read`; may return fewer records than fit. Calls of the same moment are answered by one request. */
  async read(tp: TopicPartition, fromOffset: number, options: ReadOptions = {}): Promise<LogRecord[]> {
    const maxRecords = Math.min(options.maxRecords ?? PARTITION_RECORDS_MAX, PARTITION_RECORDS_MAX);
    if (maxRecords >= BULK_RECORDS_MIN && Number.isSafeInteger(fromOffset) && fromOffset >= 0 && options.signal?.aborted !== true) {
      const found = await new Promise<LogRecord[]>((resolve) => {
        if (this.#asked.length === 0) setImmediate(() => void this.#answer());
        this.#asked.push({ tp, fromOffset, maxRecords, resolve });
      });
      if (found.length > 0) return found;
    }
    return this.#log.read(tp, fromOffset, options);
  }

  endOffset(tp: TopicPartition): Promise<number> {
    return this.#log.endOffset(tp);
  }

  prepare(topics: readonly TopicSettings[]): Promise<void> {
    return this.#log.prepare(topics);
  }

  laneOf(tp: TopicPartition): string {
    return this.#log.laneOf(tp);
  }

  openAppender(): LogAppender {
    return this.#log.openAppender();
  }

  /** Closes the log, too. */
  async close(): Promise<void> {
    await this.#pool.end();
    await this.#log.close();
  }

  async #answer(): Promise<void> {
    const asked = this.#asked;
    this.#asked = [];
    const found = await this.#fetch(asked).catch(() => new Map<number, LogRecord[]>());
    for (const { tp, fromOffset, resolve } of asked) {
      const records = found.get(this.#headIds.get(keyOf(tp)) ?? 0) ?? [];
      resolve(contiguous(records, fromOffset));
    }
  }

  async #fetch(asked: readonly Request[]): Promise<Map<number, LogRecord[]>> {
    const client = await this.#pool.connect();
    let broken: Error | undefined;
    try {
      await this.#findHeads(client, asked);
      const each = Math.max(1, Math.floor(this.#recordsMax / asked.length));
      const ranges = asked.flatMap(({ tp, fromOffset, maxRecords }): Range[] => {
        const headId = this.#headIds.get(keyOf(tp));
        return headId === undefined ? [] : [{ headId, fromOffset, toOffset: fromOffset + Math.min(maxRecords, each) }];
      });
      if (ranges.length === 0) return new Map();
      const chunks: Buffer[] = [];
      let bytes = 0;
      const copy = client.query(copyTo(readSql(ranges)));
      try {
        for await (const chunk of copy) {
          chunks.push(chunk as Buffer);
          bytes += (chunk as Buffer).length;
          if (bytes <= REQUEST_BYTES_MAX) continue;
          this.#recordsMax = Math.max(1, Math.floor(this.#recordsMax / SHRINK));
          throw new Error('more than fits');
        }
      } finally {
        // pg waits for this call to put its time-out away, and the stream never makes it.
        (copy as { callback?: () => void }).callback?.();
      }
      if (bytes * 4 < REQUEST_BYTES_MAX) this.#recordsMax = Math.min(REQUEST_RECORDS_MAX, this.#recordsMax * 2);
      return parse(Buffer.concat(chunks));
    } catch (error) {
      // It may be in the middle of a copy: the connection is not used again.
      broken = error as Error;
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async #findHeads(client: pg.PoolClient, asked: readonly Request[]): Promise<void> {
    if (asked.every(({ tp }) => this.#headIds.has(keyOf(tp)))) return;
    const { rows } = await client.query<TopicPartition & { id: number }>('SELECT id, topic, partition FROM ledger.head');
    for (const row of rows) this.#headIds.set(keyOf(row), row.id);
  }
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/** COPY takes no parameters: these are whole numbers of our own. In the order of the table, not of the offsets: sorting would copy every value. */
function readSql(ranges: readonly Range[]): string {
  const where = ranges.map(({ headId, fromOffset, toOffset }) => `(head_id = ${headId} AND "offset" >= ${fromOffset} AND "offset" < ${toOffset})`).join(' OR ');
  return `COPY (SELECT head_id, "offset", stored_at, key, value FROM ledger.record WHERE ${where}) TO STDOUT (FORMAT binary)`;
}

/** By head. Source: "Binary Format" in PostgreSQL's documentation of COPY. Keys and values are views of `bytes`. */
function parse(bytes: Buffer): Map<number, LogRecord[]> {
  const found = new Map<number, LogRecord[]>();
  let at = HEADER_BYTES + 4 + bytes.readInt32BE(HEADER_BYTES);
  while (bytes.readInt16BE(at) === 5) {
    const headId = bytes.readInt32BE(at + 6);
    const offset = Number(bytes.readBigInt64BE(at + 14));
    const timestampMs = Math.floor(Number(bytes.readBigInt64BE(at + 26)) / 1000) + EPOCH_MS;
    const keyBytes = bytes.readInt32BE(at + 34);
    at += 38;
    const key = keyBytes < 0 ? null : bytes.subarray(at, at + keyBytes);
    at += Math.max(0, keyBytes);
    const valueBytes = bytes.readInt32BE(at);
    at += 4;
    const record = { offset, timestampMs, key, value: bytes.subarray(at, at + valueBytes) };
    at += valueBytes;
    const records = found.get(headId);
    if (records === undefined) found.set(headId, [record]);
    else records.push(record);
  }
  return found;
}

/** The records from `fromOffset` on, up to the first that is missing. */
function contiguous(records: LogRecord[], fromOffset: number): LogRecord[] {
  if (records.some(({ offset }, index) => offset !== fromOffset + index)) records.sort((one, other) => one.offset - other.offset);
  let length = 0;
  while (length < records.length && records[length]!.offset === fromOffset + length) length += 1;
  return length === records.length ? records : records.slice(0, length);
}
