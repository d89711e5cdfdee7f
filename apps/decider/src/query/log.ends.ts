import type { EventLog, LogRecord, PartitionStatus, Runtime } from '#ledger';
import { sha256 } from '#ledger';

/** So old may the ends be that a lag is told from. */
const KNOWN_MS = 500;
const LOOK_MS = 2_000;

export interface TopicEnds {
  readonly topic: string;
  readonly partitions: number;
  readonly status: () => readonly PartitionStatus[];
}

/** What of the log itself a question needs: its ends, and now and then one record. A log that is away is no error here. */
export class LogEnds {
  readonly #known = new Map<string, { readonly atMs: number; readonly ends: Promise<readonly number[] | undefined> }>();

  constructor(private readonly log: EventLog, private readonly topics: readonly TopicEnds[], private readonly runtime: Runtime) {}

  partitionsOf(topic: string): number {
    return this.topics.find((one) => one.topic === topic)?.partitions ?? 0;
  }

  /** The end of each partition, at most half a second old; undefined while the log is away. */
  ends(topic: string): Promise<readonly number[] | undefined> {
    const known = this.#known.get(topic);
    if (known !== undefined && this.runtime.monotonicMs() - known.atMs < KNOWN_MS) return known.ends;
    const ends = this.#within(this.#look(topic));
    this.#known.set(topic, { atMs: this.runtime.monotonicMs(), ends });
    return ends;
  }

  /** The end of one partition now; undefined while the log is away. */
  end(topic: string, partition: number): Promise<number | undefined> {
    return this.#within(this.log.endOffset({ topic, partition }));
  }

  /** The record at an offset, with its hash; undefined if it cannot be had: not yet, not any more, or not now. */
  async record(topic: string, partition: number, offset: number): Promise<{ readonly record: LogRecord; readonly hash: string } | undefined> {
    const ended = new AbortController();
    try {
      const records = await this.#within(this.log.read({ topic, partition }, offset, { maxRecords: 1, maxBytes: 1, signal: ended.signal }));
      const record = records?.[0];
      return record?.offset === offset ? { record, hash: sha256(record.value) } : undefined;
    } finally {
      ended.abort();
    }
  }

  /** What an owner has been acknowledged needs no question. */
  async #look(topic: string): Promise<number[]> {
    const { partitions, status } = this.topics.find((one) => one.topic === topic)!;
    const owned = new Map(status().filter(({ role, isLogReachable }) => role === 'owner' && isLogReachable).map(({ partition, nextOffset }) => [partition, nextOffset]));
    return Promise.all(Array.from({ length: partitions }, async (_, partition) => owned.get(partition) ?? await this.log.endOffset({ topic, partition })));
  }

  #within<T>(answer: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve) => {
      const cancel = this.runtime.after(LOOK_MS, () => resolve(undefined));
      answer.then((value) => resolve(value), () => resolve(undefined)).finally(cancel);
    });
  }
}
