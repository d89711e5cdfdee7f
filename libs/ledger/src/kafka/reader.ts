import { DocketError } from '#errors';
import type { LogRecord, ReadOptions, TopicPartition } from '../event-log.js';
import { KafkaConnection, type KafkaSecurity } from './connection.js';
import { within } from './deadline.js';
import { type FetchedRecord, KafkaProtocolError } from './kafkajs-protocol.js';
import type { KafkaLeader, KafkaRoutes } from './routes.js';

const OFFSET_OUT_OF_RANGE = 1;
const UNKNOWN_TOPIC_OR_PARTITION = 3;
const IDLE_CONNECTIONS_MAX = 8;
const RETRY_PAUSE_MS = 100;
const UNKNOWN_PARTITION_TRIES = 5;
const NO_BYTES = Buffer.alloc(0);
const MAX_BYTES_DEFAULT = 1024 * 1024;

export interface KafkaReaderOptions {
  /** One request, beyond what a long poll may wait. */
  readonly requestTimeoutMs: number;
  /** All tries of one call together, beyond what a long poll may wait. */
  readonly readTimeoutMs: number;
}

/**
 * Reads at explicit offsets with Fetch requests. A broker answers one request of a connection after the other, so each
 * read takes a connection for itself: a long poll delays nobody. Reads may be repeated, so errors are tried again elsewhere.
 */
export class KafkaReader {
  readonly #idle = new Map<number, KafkaConnection[]>();
  readonly #busy = new Set<KafkaConnection>();
  #closed = false;

  constructor(private readonly routes: KafkaRoutes, private readonly security: KafkaSecurity, private readonly options: KafkaReaderOptions) {}

  async read(tp: TopicPartition, fromOffset: number, options: ReadOptions = {}): Promise<LogRecord[]> {
    const { maxBytes = MAX_BYTES_DEFAULT, maxRecords = Number.POSITIVE_INFINITY, maxWaitMs = 0, signal } = options;
    if (!Number.isSafeInteger(fromOffset) || fromOffset < 0) throw outOfRange(tp, fromOffset);
    const body = { fetchOffset: fromOffset, maxBytes: maxRecords === 1 ? 1 : maxBytes, maxWaitMs };
    try {
      for (;;) {
        const fetched = await this.#withLeader(tp, maxWaitMs, signal, (connection, timeoutMs) => this.#fetch(connection, tp, body, timeoutMs));
        const records = fetched.filter((record) => Number(record.offset) >= fromOffset);
        if (records.length > 0 || fetched.length === 0) return take(records, maxRecords, maxBytes);
        // Nothing but what lies before the place that was asked for: go on behind it.
        body.fetchOffset = Number(fetched.at(-1)!.offset) + 1;
      }
    } catch (error) {
      if (signal?.aborted === true || (this.#closed && maxWaitMs > 0)) return [];
      throw error instanceof DocketError && error.reason === 'OFFSET_OUT_OF_RANGE' ? await this.#beforeFirst(tp, fromOffset, error) : error;
    }
  }

  /** What an operator has deleted is told from what was never there. */
  async #beforeFirst(tp: TopicPartition, offset: number, error: DocketError): Promise<DocketError> {
    const first = await this.#offsetOf(tp, -2).catch(() => undefined);
    if (first === undefined || offset >= first) return error;
    return new DocketError('data_loss', {
      reason: error.reason, metadata: { offset: String(offset), first_offset: String(first) },
      message: `${nameOf(tp)}: offset ${offset} was archived and deleted: the log begins at ${first} now; name the archive (ARCHIVE_DIR, --from-archive)`,
    });
  }

  /** The high watermark: the offset behind the last acknowledged record. */
  endOffset(tp: TopicPartition): Promise<number> {
    return this.#offsetOf(tp, -1);
  }

  /** -1: behind the last record; -2: of the first one. */
  #offsetOf(tp: TopicPartition, timestamp: -1 | -2): Promise<number> {
    return this.#withLeader(tp, 0, undefined, async (connection, timeoutMs) => {
      const topics = [{ topic: tp.topic, partitions: [{ partition: tp.partition, timestamp }] }];
      const answer = await connection.request('ListOffsets', { isolationLevel: 0, topics }, timeoutMs);
      const found = answer.responses[0]?.partitions[0];
      if (found === undefined) throw new Error(`the broker's answer does not mention ${nameOf(tp)}`);
      if (found.errorCode !== 0) throw new KafkaProtocolError(found.errorCode, `asking where ${nameOf(tp)} begins and ends`);
      return Number(found.offset);
    });
  }

  close(): void {
    this.#closed = true;
    for (const connection of [...this.#busy, ...[...this.#idle.values()].flat()]) connection.destroy(new Error('the log is closed'));
    this.#idle.clear();
  }

  async #fetch(connection: KafkaConnection, tp: TopicPartition, options: { fetchOffset: number; maxBytes: number; maxWaitMs: number }, timeoutMs: number): Promise<FetchedRecord[]> {
    const { fetchOffset, maxBytes, maxWaitMs } = options;
    const partitions = [{ partition: tp.partition, fetchOffset: String(fetchOffset), maxBytes }];
    const answer = await connection.request('Fetch', {
      isolationLevel: 0, maxWaitTime: maxWaitMs, minBytes: maxWaitMs > 0 ? 1 : 0, maxBytes, topics: [{ topic: tp.topic, partitions }],
    }, timeoutMs);
    if (answer.errorCode !== undefined && answer.errorCode !== 0) throw new KafkaProtocolError(answer.errorCode, `reading ${nameOf(tp)}`);
    const found = answer.responses[0]?.partitions[0];
    if (found === undefined) throw new Error(`the broker's answer does not mention ${nameOf(tp)}`);
    if (found.errorCode === OFFSET_OUT_OF_RANGE) throw outOfRange(tp, fetchOffset);
    if (found.errorCode !== 0) throw new KafkaProtocolError(found.errorCode, `reading ${nameOf(tp)} at ${fetchOffset}`);
    return found.messages;
  }

  /** Finds the leader and asks it; after an error asks who leads now and tries again, until the time is over. */
  async #withLeader<T>(tp: TopicPartition, maxWaitMs: number, signal: AbortSignal | undefined, ask: (connection: KafkaConnection, timeoutMs: number) => Promise<T>): Promise<T> {
    const deadline = performance.now() + maxWaitMs + this.options.readTimeoutMs;
    const topics = new Set([tp.topic]);
    let missing = 0;
    for (;;) {
      if (this.#closed || signal?.aborted === true) throw unavailable(tp, new Error(this.#closed ? 'the log is closed' : 'the read was given up'));
      try {
        await within(this.routes.learn(topics), deadline - performance.now(), 'asking who leads the partition', signal);
        const leader = this.routes.leaderOf(tp);
        if (leader === undefined) throw new KafkaProtocolError(UNKNOWN_TOPIC_OR_PARTITION, `looking for the leader of ${nameOf(tp)}`);
        const remainingMs = Math.max(1, deadline - performance.now());
        return await this.#onConnection(leader, Math.min(remainingMs, maxWaitMs + this.options.requestTimeoutMs), signal, ask);
      } catch (error) {
        if (error instanceof DocketError) throw error;
        this.routes.invalidate();
        if (error instanceof KafkaProtocolError && error.code === UNKNOWN_TOPIC_OR_PARTITION && ++missing >= UNKNOWN_PARTITION_TRIES && !this.routes.knows(tp)) {
          throw new DocketError('not_found', { reason: 'UNKNOWN_PARTITION', message: `no partition ${nameOf(tp)} in this log`, cause: error });
        }
        if (performance.now() + RETRY_PAUSE_MS > deadline) throw unavailable(tp, error);
        if (!this.#closed) await pause(RETRY_PAUSE_MS, signal);
      }
    }
  }

  async #onConnection<T>(leader: KafkaLeader, timeoutMs: number, signal: AbortSignal | undefined, ask: (connection: KafkaConnection, timeoutMs: number) => Promise<T>): Promise<T> {
    const connection = this.#takeIdle(leader) ?? await KafkaConnection.open(leader, this.security, Math.min(timeoutMs, this.options.requestTimeoutMs), signal);
    const onStop = () => connection.destroy(new Error('the read was given up'));
    this.#busy.add(connection);
    signal?.addEventListener('abort', onStop, { once: true });
    if (signal?.aborted === true || this.#closed) onStop();
    try {
      const answer = await ask(connection, timeoutMs);
      this.#giveBack(leader, connection);
      return answer;
    } catch (error) {
      connection.destroy(error as Error);
      throw error;
    } finally {
      signal?.removeEventListener('abort', onStop);
      this.#busy.delete(connection);
    }
  }

  #takeIdle(leader: KafkaLeader): KafkaConnection | undefined {
    const idle = this.#idle.get(leader.nodeId) ?? [];
    for (let connection = idle.pop(); connection !== undefined; connection = idle.pop()) {
      if (connection.usable && connection.address.port === leader.port && connection.address.host === leader.host) return connection;
      connection.destroy(new Error('no longer usable'));
    }
    return undefined;
  }

  #giveBack(leader: KafkaLeader, connection: KafkaConnection): void {
    const idle = this.#idle.get(leader.nodeId) ?? [];
    if (this.#closed || idle.length >= IDLE_CONNECTIONS_MAX) return connection.destroy(new Error('not needed any more'));
    idle.push(connection);
    this.#idle.set(leader.nodeId, idle);
  }
}

/**
 * Every offset is a record, or its readers would take a stranger's for a gap: one without a value, and the mark that ends a
 * stranger's transaction, are records of no bytes.
 */
function take(records: readonly FetchedRecord[], maxRecords: number, maxBytes: number): LogRecord[] {
  const taken: LogRecord[] = [];
  let bytes = 0;
  for (const { offset, timestamp, key, value: written, isControlRecord } of records) {
    const value = isControlRecord ? NO_BYTES : written ?? NO_BYTES;
    bytes += value.length;
    if (taken.length > 0 && (taken.length >= maxRecords || bytes > maxBytes)) break;
    taken.push({ offset: Number(offset), timestampMs: Number(timestamp), key, value });
  }
  return taken;
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

function outOfRange(tp: TopicPartition, offset: number): DocketError {
  return new DocketError('data_loss', { reason: 'OFFSET_OUT_OF_RANGE', metadata: { offset: String(offset) }, message: `${nameOf(tp)}: offset ${offset} is outside the log` });
}

function unavailable(tp: TopicPartition, cause: unknown): DocketError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new DocketError('unavailable', { reason: 'LOG_UNAVAILABLE', message: `${nameOf(tp)} cannot be read: ${why}`, retryAfterMs: 1_000, cause });
}
