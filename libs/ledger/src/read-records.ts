import { DocketError } from '#errors';
import type { EventLog, LogRecord, TopicPartition } from './event-log.js';
import type { LedgerLimits } from './limits.js';
import type { Runtime } from './resume-state.js';

interface ReadingOptions {
  readonly limits: Pick<LedgerLimits, 'readBytesMax' | 'readRecordsMax' | 'claimTimeoutMs'>;
  readonly runtime: Runtime;
  readonly isStopped: () => boolean;
}

const WAIT_MS = 250;

/** Chunks of records from an offset to the end as far as it can be seen now. An empty read proves nothing about the true end. */
export async function* readRecords(log: EventLog, tp: TopicPartition, fromOffset: number, options: ReadingOptions): AsyncGenerator<LogRecord[]> {
  const { limits, isStopped } = options;
  for (let offset = fromOffset; !isStopped(); ) {
    const records = await log.read(tp, offset, { maxBytes: limits.readBytesMax, maxRecords: limits.readRecordsMax });
    if (records.length === 0) return;
    yield records;
    offset = records.at(-1)!.offset + 1;
  }
}

/**
 * Chunks of records from an offset up to `through`, exclusive, which the log has acknowledged: so it waits for them.
 * Rejects with `unavailable` when they do not come.
 */
export async function* readThrough(log: EventLog, tp: TopicPartition, fromOffset: number, through: number, options: ReadingOptions): AsyncGenerator<LogRecord[]> {
  const { limits, runtime, isStopped } = options;
  let progressAtMs = runtime.monotonicMs();
  for (let offset = fromOffset; offset < through; ) {
    if (isStopped()) throw behind(tp, offset, 'reading was stopped');
    const records = await log.read(tp, offset, { maxBytes: limits.readBytesMax, maxRecords: Math.min(limits.readRecordsMax, through - offset), maxWaitMs: WAIT_MS });
    if (records.length === 0) {
      if (runtime.monotonicMs() - progressAtMs > limits.claimTimeoutMs) throw behind(tp, offset, `acknowledged up to ${through}, but cannot be read yet`);
      // A log that does not wait for records itself must not be asked in a tight loop.
      await new Promise<void>((resolve) => runtime.after(10, resolve));
      continue;
    }
    const wanted = records.filter((record) => record.offset < through);
    yield wanted;
    offset = wanted.at(-1)!.offset + 1;
    progressAtMs = runtime.monotonicMs();
  }
}

function behind(tp: TopicPartition, offset: number, what: string): DocketError {
  return new DocketError('unavailable', { reason: 'LOG_BEHIND', message: `${tp.topic}/${tp.partition} at offset ${offset}: ${what}` });
}
