import { DocketError } from '#errors';
import { Envelope, type EncodedEvent, type LogRecord, type TopicPartition } from '#ledger';
import type { ProofLog } from './prove-record.js';

const READ = { maxBytes: 1024 * 1024, maxRecords: 2_000 } as const;
/** How far the log's clock may have run backwards, beside the clocks of those who wrote. */
const MARGIN_MS = 60_000;

export interface FindOptions {
  readonly log: ProofLog;
  readonly tp: TopicPartition;
  /** By the log's clock, ms since the epoch; looked for from a minute before to a minute after. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Exclusive. */
  readonly beforeOffset?: number;
  /** Text that its record holds: quick to look for. */
  readonly text: string;
  readonly matches: (encoded: EncodedEvent) => boolean;
  readonly onProgress: (records: number) => void;
  readonly signal: AbortSignal;
}

/** Records that hold an event, in their order; whether one counts is another question. */
export async function* findRecords({ log, tp, fromMs, toMs, beforeOffset = Number.POSITIVE_INFINITY, text, matches, onProgress, signal }: FindOptions): AsyncGenerator<LogRecord> {
  const end = Math.min(beforeOffset, await log.endOffset(tp));
  const envelope = new Envelope(tp.topic, tp.partition);
  const wanted = Buffer.from(text);
  for (let at = await firstSince(log, tp, end, fromMs - MARGIN_MS); at < end;) {
    signal.throwIfAborted();
    const records = await log.read(tp, at, { ...READ, maxRecords: Math.min(READ.maxRecords, end - at) });
    if (records.length === 0) return;
    for (const record of records) {
      if (record.timestampMs > toMs + MARGIN_MS) return;
      if (!Buffer.from(record.value.buffer, record.value.byteOffset, record.value.byteLength).includes(wanted)) continue;
      const parsed = envelope.parse(record.value);
      if (parsed.kind === 'event' && matches(parsed.encoded)) yield record;
    }
    onProgress(records.length);
    at = records.at(-1)!.offset + 1;
  }
}

/** The first record that the log stored at a time or later. What was deleted is before it. */
async function firstSince(log: ProofLog, tp: TopicPartition, end: number, sinceMs: number): Promise<number> {
  let [low, high] = [0, end];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [record] = await log.read(tp, middle, { maxRecords: 1 }).catch((error: unknown) => {
      if (error instanceof DocketError && error.reason === 'OFFSET_OUT_OF_RANGE') return [];
      throw error;
    });
    if (record === undefined || record.timestampMs < sinceMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
