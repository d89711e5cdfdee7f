import { DocketError } from '#errors';
import type { EventLog, LogAppender, LogRecord, ReadOptions, TopicPartition, TopicSettings } from './event-log.js';
import { KafkaAppender } from './kafka/appender.js';
import type { KafkaAddress, KafkaSecurity } from './kafka/connection.js';
import { KafkaGroup, type KafkaGroupOptions } from './kafka/group.js';
import { KafkaReader } from './kafka/reader.js';
import { KafkaRoutes } from './kafka/routes.js';
import type { Membership } from './membership/membership.js';
import { lookAtTopics, prepareTopics, type ReplicationSettings } from './kafka/topics.js';

const REQUEST_TIMEOUT_MS = 5_000;
const READ_TIMEOUT_MS = 10_000;
const PREPARE_TIMEOUT_MS = 60_000;
const LOOK_EVERY_MS = 60_000;
const UNKNOWN_LANE = 'unknown leader';

export interface KafkaEventLogOptions extends KafkaSecurity, ReplicationSettings {
  /** host:port of some brokers; the others are learnt from them. */
  readonly brokers: readonly string[];
  /** One request of a read, beyond what a long poll may wait. */
  readonly requestTimeoutMs?: number;
  /** All tries of one read together, beyond what a long poll may wait; then it is `unavailable`. */
  readonly readTimeoutMs?: number;
  /** How long `prepare` waits for a cluster that is starting. */
  readonly prepareTimeoutMs?: number;
  /** Told once a minute, as long as it is so, what somebody has changed about topics that were good when they were prepared: deleted, other settings. */
  readonly onTopicChanged?: (message: string) => void;
  readonly lookEveryMs?: number;
}

/** The event log on Apache Kafka (design.md 2.8): topics neither compacted nor transactional, acknowledged by all in-sync replicas. */
export class KafkaEventLog implements EventLog {
  readonly #routes: KafkaRoutes;
  readonly #reader: KafkaReader;
  readonly #groups: KafkaGroup[] = [];
  readonly #appenders = new Set<LogAppender>();
  readonly #prepared = new Map<string, TopicSettings>();
  #looking: NodeJS.Timeout | undefined;
  #closed = false;

  /** Throws DocketError invalid_argument for settings that cannot work; connects to nothing yet. */
  constructor(private readonly options: KafkaEventLogOptions) {
    if (options.minInsyncReplicas > options.replicationFactor) {
      throw invalid('minInsyncReplicas', `found ${options.minInsyncReplicas}, expected at most the replication factor ${options.replicationFactor}`);
    }
    this.#routes = new KafkaRoutes(parseBrokers(options.brokers), options);
    this.#reader = new KafkaReader(this.#routes, options, {
      requestTimeoutMs: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
      readTimeoutMs: options.readTimeoutMs ?? READ_TIMEOUT_MS,
    });
  }

  async prepare(topics: readonly TopicSettings[]): Promise<void> {
    await prepareTopics(this.#routes, topics, this.options, this.options.prepareTimeoutMs ?? PREPARE_TIMEOUT_MS);
    // Metadata names the leader of a new partition a moment before that leader serves it.
    for (const { topic, partitions } of topics) {
      for (let partition = 0; partition < partitions; partition += 1) await this.endOffset({ topic, partition });
    }
    for (const each of topics) this.#prepared.set(each.topic, each);
    if (this.options.onTopicChanged !== undefined && !this.#closed) this.#looking ??= setInterval(() => void this.#look(), this.options.lookEveryMs ?? LOOK_EVERY_MS).unref();
  }

  /** What was checked at the start may be changed later, by somebody who knows nothing of this log. */
  async #look(): Promise<void> {
    // A cluster that does not answer is noticed elsewhere.
    const found = await lookAtTopics(this.#routes, [...this.#prepared.values()], this.options).catch(() => []);
    if (found.length > 0 && !this.#closed) this.options.onTopicChanged?.(`the Kafka topics would not keep what they acknowledge: ${found.join('; ')}`);
  }

  /** The leader's node id, as known now; leadership moves, so ask before each batch. */
  laneOf(tp: TopicPartition): string {
    const leader = this.#routes.leaderOf(tp);
    return leader === undefined ? UNKNOWN_LANE : String(leader.nodeId);
  }

  openAppender(): LogAppender {
    const appender = new KafkaAppender(this.#routes, this.options);
    this.#appenders.add(appender);
    return {
      append: (batch, timeoutMs) => appender.append(batch, timeoutMs),
      warm: (tp) => appender.warm(tp),
      reset: () => appender.reset(),
      close: () => {
        this.#appenders.delete(appender);
        return appender.close();
      },
    };
  }

  read(tp: TopicPartition, fromOffset: number, options?: ReadOptions): Promise<LogRecord[]> {
    return this.#reader.read(tp, fromOffset, options);
  }

  endOffset(tp: TopicPartition): Promise<number> {
    return this.#reader.endOffset(tp);
  }

  /** Membership among the nodes of one kind, through a consumer group on this cluster. */
  membership(options: KafkaGroupOptions): Membership {
    const group = new KafkaGroup(this.#routes, this.options, options);
    this.#groups.push(group);
    return group;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#looking);
    for (const group of this.#groups) group.abandon();
    await Promise.all([...this.#appenders].map((appender) => appender.close()));
    this.#reader.close();
    this.#routes.close();
  }
}

function parseBrokers(brokers: readonly string[]): KafkaAddress[] {
  if (brokers.length === 0) throw invalid('brokers', 'found none, expected at least one host:port');
  return brokers.map((broker) => {
    const match = /^(?:\[([0-9a-f:]+)\]|([^\s:[\]]+)):(\d{1,5})$/i.exec(broker.trim());
    const port = Number(match?.[3]);
    if (match === null || port < 1 || port > 65_535) throw invalid('brokers', `found "${broker}", expected host:port`);
    return { host: (match[1] ?? match[2])!, port };
  });
}

function invalid(field: string, description: string): DocketError {
  return new DocketError('invalid_argument', { reason: 'KAFKA_OPTIONS', message: `Kafka options: ${field}: ${description}`, violations: [{ field, description }] });
}
