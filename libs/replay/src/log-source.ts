import { DocketError } from '#errors';
import { readUpToHole, type EventLog, type LogRecord, type TopicPartition } from '#ledger';

/** What replay reads: a live log, or one that is served from archive files. */
export type LogReading = Pick<EventLog, 'read' | 'endOffset'>;

const CHUNK_BYTES = 1024 * 1024;
const CHUNK_RECORDS = 2_000;
/** A log that says it has records, and does not give them within this time, is said to be behind. */
const WAIT_MS = 500;
const WAITS_MAX = 20;

export interface StreamOptions {
  readonly signal: AbortSignal;
  /** The first record wanted. */
  readonly fromOffset?: number;
}

/**
 * The records of one partition up to what was its end when the stream began. The next chunk is on its way while the
 * one before is looked at. Where the log has lost records it gives those before them, and then rejects with DocketError data_loss;
 * `unavailable` where it is behind.
 */
export async function* streamRecords(log: LogReading, tp: TopicPartition, { signal, fromOffset = 0 }: StreamOptions): AsyncGenerator<readonly LogRecord[]> {
  const end = await log.endOffset(tp);
  let next = fromOffset < end ? readChunk(log, tp, fromOffset, end, signal) : undefined;
  while (next !== undefined) {
    const records = await next;
    signal.throwIfAborted();
    const offset = records.at(-1)!.offset + 1;
    next = offset < end ? readChunk(log, tp, offset, end, signal) : undefined;
    // Should nobody ask for it any more, its failure is nobody's.
    next?.catch(() => undefined);
    yield records;
  }
}

async function readChunk(log: LogReading, tp: TopicPartition, offset: number, end: number, signal: AbortSignal): Promise<LogRecord[]> {
  for (let waits = 0; waits < WAITS_MAX; waits += 1) {
    const records = await readUpToHole(log, tp, offset, { maxBytes: CHUNK_BYTES, maxRecords: Math.min(CHUNK_RECORDS, end - offset), maxWaitMs: WAIT_MS, signal });
    signal.throwIfAborted();
    // Some logs give whole chunks, and so more than was asked for.
    const wanted = records.at(-1)?.offset !== undefined && records.at(-1)!.offset >= end ? records.filter((record) => record.offset < end) : records;
    if (wanted.length > 0) return wanted;
  }
  throw new DocketError('unavailable', { reason: 'LOG_BEHIND', message: `${tp.topic}/${tp.partition} should hold records up to offset ${end}, but gives none at ${offset}` });
}
