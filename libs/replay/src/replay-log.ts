import type { LogRecord, TopicPartition } from '#ledger';
import { streamRecords, type LogReading } from './log-source.js';

/** A log as replay reads it: each partition once from its first record, and single records again. */
export interface ReplayLog {
  /** From the first record to the end that the log has when this begins. A batch is there until the next one is asked for, which may take its memory. */
  records(tp: TopicPartition, signal: AbortSignal): AsyncIterable<readonly LogRecord[]>;
  recordAt(tp: TopicPartition, offset: number): Promise<LogRecord | undefined>;
  /** How many records `records` will give, as far as that can be told beforehand. For progress bars. */
  count(tp: TopicPartition): Promise<number | undefined>;
}

/** A live log, or archives in place of its beginning. */
export function logAsReplayLog(log: LogReading): ReplayLog {
  return {
    records: (tp, signal) => streamRecords(log, tp, { signal }),
    recordAt: async (tp, offset) => (await log.read(tp, offset, { maxRecords: 1 }))[0],
    count: (tp) => log.endOffset(tp),
  };
}
