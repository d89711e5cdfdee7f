import { Envelope, outOfLog, readUpToHole, type EncodedEvent, type LogRecord, type TopicPartition } from '#ledger';
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
    const { records, goesOnAt } = await readOver(log, tp, at, Math.min(READ.maxRecords, end - at));
    if (goesOnAt !== undefined) {
      at = goesOnAt;
      continue;
    }
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

/** Records from an offset on or, where they are missing, where the log goes on: a hole elsewhere says nothing of what is looked for. */
async function readOver(log: ProofLog, tp: TopicPartition, offset: number, maxRecords: number): Promise<{ readonly records: readonly LogRecord[]; readonly goesOnAt?: number }> {
  try {
    return { records: await readUpToHole(log, tp, offset, { ...READ, maxRecords }) };
  } catch (error) {
    const out = outOfLog(error);
    if (out === undefined) throw error;
    const goesOnAt = Math.max(out.firstOffset ?? 0, out.nextOffset ?? 0);
    return goesOnAt > offset ? { records: [], goesOnAt } : { records: [] };
  }
}

/** The first record that the log stored at a time or later. What was deleted is before it. */
async function firstSince(log: ProofLog, tp: TopicPartition, end: number, sinceMs: number): Promise<number> {
  let [low, high] = [0, end];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const { records: [record], goesOnAt } = await readOver(log, tp, middle, 1);
    const [there] = goesOnAt === undefined ? [record] : goesOnAt < high ? (await readOver(log, tp, goesOnAt, 1)).records : [];
    if (there !== undefined && there.timestampMs < sinceMs) low = there.offset + 1;
    else high = middle;
  }
  return low;
}
