/**
 * The event log port (design.md 2.1). An append-only log of topic partitions. There is no conditional append: safety
 * comes from the claim rules in `fold.ts`, not from the log. Adapters: memory, postgres, kafka; one contract suite.
 */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface NewRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array;
}

export interface LogRecord extends NewRecord {
  readonly offset: number;
  /** The log's own clock when it stored the record, ms since the epoch. */
  readonly timestampMs: number;
}

/** Records for one partition; they get contiguous offsets, or none is acknowledged. */
export interface PartitionAppend extends TopicPartition {
  readonly records: readonly NewRecord[];
}

/**
 * `acknowledged`: stored durably at baseOffset, baseOffset + 1, …; `logTimeMs` is the log's clock at that moment.
 * `unknown`: anything else, whatever the error: the records may be there, or land at any later time.
 */
export type AppendOutcome =
  | { readonly kind: 'acknowledged'; readonly baseOffset: number; readonly logTimeMs: number }
  | { readonly kind: 'unknown'; readonly error: Error };

/**
 * One connection for appending. `append` sends one request and never rejects: the i-th outcome belongs to the i-th
 * partition. A request that is not answered within `timeoutMs` is unknown for all of its partitions, and its connection
 * is destroyed, so that nothing of it leaves this machine later than that. Never re-sends.
 */
export interface LogAppender {
  append(batch: readonly PartitionAppend[], timeoutMs: number): Promise<AppendOutcome[]>;
  /** Opens the connection that an append to this partition would take, if that is not open. Left out: there is nothing that would save time. */
  warm?(tp: TopicPartition): void;
  /** Destroys the connection now, without waiting for pending requests; they end as unknown. The next append opens a new one. */
  reset(): void;
  close(): Promise<void>;
}

export interface ReadOptions {
  /** Stop after about this many bytes of values (at least one record is returned if there is one). */
  readonly maxBytes?: number;
  readonly maxRecords?: number;
  /** Long poll: wait up to this long for a first record. 0 (default): answer at once. */
  readonly maxWaitMs?: number;
  readonly signal?: AbortSignal;
}

export interface TopicSettings {
  readonly topic: string;
  readonly partitions: number;
}

export interface EventLog {
  /**
   * Creates what is missing, then refuses (DocketError failed_precondition, reason LOG_SETTINGS, one violation per
   * setting) a log whose settings would break the promise: number of partitions, replication, retention, timestamps, fsync.
   */
  prepare(topics: readonly TopicSettings[]): Promise<void>;
  /** Partitions with the same lane are appended to by one request (Kafka: led by one broker; PostgreSQL: all of them). */
  laneOf(tp: TopicPartition): string;
  openAppender(): LogAppender;
  /** Acknowledged records from `fromOffset` on, in order; empty if there is none. Rejects with DocketError data_loss / OFFSET_OUT_OF_RANGE below the first or past the end. */
  read(tp: TopicPartition, fromOffset: number, options?: ReadOptions): Promise<LogRecord[]>;
  /** The offset the next record would get. */
  endOffset(tp: TopicPartition): Promise<number>;
  close(): Promise<void>;
}
