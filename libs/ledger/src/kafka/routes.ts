import type { TopicPartition } from '../event-log.js';
import { type KafkaAddress, KafkaConnection, type KafkaSecurity } from './connection.js';
import type { KafkaApis } from './kafkajs-protocol.js';

const METADATA_TIMEOUT_MS = 3_000;

export type KafkaMetadata = KafkaApis['Metadata'][1];
export interface KafkaLeader extends KafkaAddress {
  readonly nodeId: number;
}

/** Who leads which partition, as the cluster said last. Refreshed on errors, on a connection of its own. */
export class KafkaRoutes {
  readonly #topics = new Set<string>();
  #nodes = new Map<number, KafkaLeader>();
  /** Every partition that exists, -1 if it has no leader. */
  #leaders = new Map<string, number>();
  #connection: KafkaConnection | undefined;
  #refreshing: { topics: ReadonlySet<string>; answer: Promise<KafkaMetadata> } | undefined;
  /** The topics that the last answer was about. */
  #answered: ReadonlySet<string> = new Set();
  #stale = true;
  #closed = false;

  constructor(private readonly bootstrap: readonly KafkaAddress[], private readonly security: KafkaSecurity) {}

  /** The leader as far as it is known; undefined if there is none or nobody asked yet. */
  leaderOf({ topic, partition }: TopicPartition): KafkaLeader | undefined {
    const nodeId = this.#leaders.get(`${topic}/${partition}`);
    return nodeId === undefined ? undefined : this.#nodes.get(nodeId);
  }

  /** Whether the cluster said last that there is such a partition. */
  knows({ topic, partition }: TopicPartition): boolean {
    return this.#leaders.has(`${topic}/${partition}`);
  }

  /** Something did not fit what is known here: the next `learn` asks again. */
  invalidate(): void {
    this.#stale = true;
  }

  /** Asks only if these topics are not known or what is known was invalidated. */
  async learn(topics: ReadonlySet<string>): Promise<void> {
    if (this.#stale || !isSubset(topics, this.#answered)) await this.refresh(topics);
  }

  /** Asks the cluster now, or waits for an answer about these topics that is under way: at most one request at a time. */
  async refresh(topics: ReadonlySet<string>): Promise<KafkaMetadata> {
    for (const topic of topics) this.#topics.add(topic);
    if (this.#refreshing !== undefined && !isSubset(topics, this.#refreshing.topics)) await this.#refreshing.answer.catch(() => undefined);
    this.#refreshing ??= this.#ask();
    return this.#refreshing.answer;
  }

  /** A request that any broker can answer. */
  async anyBroker<T>(ask: (connection: KafkaConnection) => Promise<T>): Promise<T> {
    if (this.#connection?.usable === true) {
      const answer = await ask(this.#connection).then((value) => ({ value }), () => undefined);
      if (answer !== undefined) return answer.value;
      this.#connection.destroy(new Error('replaced after an error'));
    }
    let last: unknown = new Error('no broker is known');
    for (const address of this.#addresses()) {
      if (this.#closed) throw new Error('the log is closed');
      try {
        const connection = await KafkaConnection.open(address, this.security, METADATA_TIMEOUT_MS);
        if (this.#closed) connection.destroy(new Error('the log is closed'));
        this.#connection = connection;
        return await ask(connection);
      } catch (error) {
        last = error;
        this.#connection?.destroy(error as Error);
      }
    }
    throw last;
  }

  close(): void {
    this.#closed = true;
    this.#connection?.destroy(new Error('the log is closed'));
  }

  #ask(): { topics: ReadonlySet<string>; answer: Promise<KafkaMetadata> } {
    const topics = new Set(this.#topics);
    const body = { topics: [...topics], allowAutoTopicCreation: false as const };
    const answer = this.anyBroker((connection) => connection.request('Metadata', body, METADATA_TIMEOUT_MS))
      .then((metadata) => this.#remember(metadata, topics))
      .finally(() => { this.#refreshing = undefined; });
    return { topics, answer };
  }

  #remember(metadata: KafkaMetadata, topics: ReadonlySet<string>): KafkaMetadata {
    this.#nodes = new Map(metadata.brokers.map((broker) => [broker.nodeId, broker]));
    this.#leaders = new Map(metadata.topicMetadata.flatMap(({ topic, partitionMetadata }) =>
      partitionMetadata.map(({ partitionId, leader }) => [`${topic}/${partitionId}`, leader] as const)));
    this.#answered = topics;
    this.#stale = false;
    return metadata;
  }

  /** The nodes known last, then the bootstrap addresses; rotated at random so that one dead broker does not delay everyone. */
  #addresses(): KafkaAddress[] {
    const all = [...this.#nodes.values(), ...this.bootstrap];
    const distinct = [...new Map(all.map((address) => [`${address.host}:${address.port}`, address])).values()];
    const start = Math.floor(Math.random() * distinct.length);
    return [...distinct.slice(start), ...distinct.slice(0, start)];
  }
}

function isSubset<T>(part: ReadonlySet<T>, whole: ReadonlySet<T>): boolean {
  for (const each of part) if (!whole.has(each)) return false;
  return true;
}
