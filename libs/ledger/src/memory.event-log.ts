import { DocketError } from '#errors';
import type { AppendOutcome, EventLog, LogAppender, LogRecord, PartitionAppend, ReadOptions, TopicPartition, TopicSettings } from './event-log.js';

interface Partition {
  readonly records: LogRecord[];
  /** Long polls waiting for the next record. */
  readonly waiters: Set<() => void>;
}

/** An event log in this process's memory, for tests and trials: it keeps every promise of the port except durability. */
export class MemoryEventLog implements EventLog {
  readonly #topics = new Map<string, Partition[]>();
  readonly #now: () => number;
  #closed = false;

  constructor(options: { readonly now?: () => number } = {}) {
    this.#now = options.now ?? Date.now;
  }

  async prepare(topics: readonly TopicSettings[]): Promise<void> {
    for (const { topic, partitions } of topics) {
      const existing = this.#topics.get(topic);
      if (existing === undefined) {
        this.#topics.set(topic, Array.from({ length: partitions }, () => ({ records: [], waiters: new Set() })));
      } else if (existing.length !== partitions) {
        throw new DocketError('failed_precondition', {
          reason: 'LOG_SETTINGS',
          message: `topic ${topic} does not fit`,
          violations: [{ field: `${topic}.partitions`, description: `found ${existing.length}, expected ${partitions}` }],
        });
      }
    }
  }

  laneOf(): string {
    return 'memory';
  }

  openAppender(): LogAppender {
    const pending = new Set<() => void>();
    return {
      append: (batch, _timeoutMs) =>
        new Promise((resolve) => {
          // Not at once: like a real log, so that the next request collects meanwhile.
          const lost = (): void => resolve(batch.map(() => unknown('the connection was reset')));
          pending.add(lost);
          setImmediate(() => {
            if (pending.delete(lost)) resolve(batch.map((part) => this.#append(part)));
          });
        }),
      reset: () => {
        for (const lose of pending) lose();
        pending.clear();
      },
      close: async () => {
        for (const lose of pending) lose();
        pending.clear();
      },
    };
  }

  async read(tp: TopicPartition, fromOffset: number, options: ReadOptions = {}): Promise<LogRecord[]> {
    const partition = this.#partition(tp);
    const { maxBytes = 1024 * 1024, maxRecords = Number.POSITIVE_INFINITY, maxWaitMs = 0, signal } = options;
    if (fromOffset === partition.records.length && maxWaitMs > 0 && !signal?.aborted && !this.#closed) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          partition.waiters.delete(done);
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, maxWaitMs);
        partition.waiters.add(done);
        signal?.addEventListener('abort', done);
      });
    }
    if (fromOffset < 0 || fromOffset > partition.records.length) {
      throw new DocketError('data_loss', {
        reason: 'OFFSET_OUT_OF_RANGE',
        message: `${tp.topic}/${tp.partition}: offset ${fromOffset} is outside the log, which ends at ${partition.records.length}`,
      });
    }
    const found: LogRecord[] = [];
    let bytes = 0;
    for (let at = fromOffset; at < partition.records.length && found.length < maxRecords; at += 1) {
      const record = partition.records[at]!;
      bytes += record.value.length;
      if (found.length > 0 && bytes > maxBytes) break;
      found.push(record);
    }
    return found;
  }

  async endOffset(tp: TopicPartition): Promise<number> {
    return this.#partition(tp).records.length;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const partitions of this.#topics.values()) for (const { waiters } of partitions) for (const wake of [...waiters]) wake();
  }

  #append(part: PartitionAppend): AppendOutcome {
    if (this.#closed) return unknown('the log is closed');
    const partition = this.#topics.get(part.topic)?.[part.partition];
    if (partition === undefined) return unknown(`no partition ${part.topic}/${part.partition}`);
    const baseOffset = partition.records.length;
    const logTimeMs = this.#now();
    for (const { key, value } of part.records) partition.records.push({ key, value, offset: partition.records.length, timestampMs: logTimeMs });
    for (const wake of [...partition.waiters]) wake();
    return { kind: 'acknowledged', baseOffset, logTimeMs };
  }

  #partition(tp: TopicPartition): Partition {
    const partition = this.#topics.get(tp.topic)?.[tp.partition];
    if (partition === undefined) {
      throw new DocketError('not_found', { reason: 'UNKNOWN_PARTITION', message: `no partition ${tp.topic}/${tp.partition} in this log` });
    }
    return partition;
  }
}

const unknown = (message: string): AppendOutcome => ({ kind: 'unknown', error: new Error(message) });
