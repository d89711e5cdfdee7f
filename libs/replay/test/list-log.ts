import { DocketError } from '#errors';
import type { LogRecord, ReadOptions, TopicPartition } from '#ledger';
import type { LogReading } from '../src/log-source.js';

/** A log that was written before: records in lists, read in small chunks. */
export class ListLog implements LogReading {
  readonly #partitions = new Map<string, readonly LogRecord[]>();

  constructor(private readonly chunkRecords = 7) {}

  put({ topic, partition }: TopicPartition, records: readonly LogRecord[]): this {
    this.#partitions.set(`${topic}/${partition}`, records);
    return this;
  }

  read(tp: TopicPartition, fromOffset: number, { maxRecords = Infinity }: ReadOptions = {}): Promise<LogRecord[]> {
    return Promise.resolve().then(() => this.#records(tp).slice(fromOffset, fromOffset + Math.min(maxRecords, this.chunkRecords)));
  }

  endOffset(tp: TopicPartition): Promise<number> {
    return Promise.resolve().then(() => this.#records(tp).length);
  }

  #records({ topic, partition }: TopicPartition): readonly LogRecord[] {
    const found = this.#partitions.get(`${topic}/${partition}`);
    if (found === undefined) throw new DocketError('not_found', { reason: 'UNKNOWN_PARTITION', message: `no partition ${topic}/${partition}` });
    return found;
  }
}
