import type { AppendOutcome, LogAppender, PartitionAppend, TopicPartition } from '../event-log.js';
import { KafkaConnection, type KafkaSecurity } from './connection.js';
import { within } from './deadline.js';
import { type KafkaApis, KafkaProtocolError } from './kafkajs-protocol.js';
import type { ProduceBody, ProducePartition } from './produce-request.js';
import type { KafkaLeader, KafkaRoutes } from './routes.js';

const WARM_TIMEOUT_MS = 3_000;

/** What `reset` ends: appends of an earlier session must not send anything any more, however far they have come. */
interface Session {
  readonly abort: AbortController;
  /** By node id; a promise while it is being opened. */
  readonly connections: Map<number, Promise<KafkaConnection>>;
  readonly open: Set<KafkaConnection>;
}
interface Item {
  readonly index: number;
  readonly part: PartitionAppend;
}

/**
 * Appends with `acks: all`, without idempotence: the claim rules make sequences of their own. One Produce request per
 * leader and batch, on a connection that this appender alone uses. Nothing is ever sent twice.
 */
export class KafkaAppender implements LogAppender {
  #session = newSession();
  #closed = false;

  constructor(private readonly routes: KafkaRoutes, private readonly security: KafkaSecurity) {}

  async append(batch: readonly PartitionAppend[], timeoutMs: number): Promise<AppendOutcome[]> {
    const session = this.#session;
    const deadline = performance.now() + timeoutMs;
    const outcomes: AppendOutcome[] = batch.map(() => unknown(new Error('no leader is known for the partition')));
    if (this.#closed) return batch.map(() => unknown(new Error('the appender is closed')));
    try {
      await within(this.routes.learn(new Set(batch.map(({ topic }) => topic))), timeoutMs, 'asking who leads the partitions', session.abort.signal);
    } catch (error) {
      return batch.map(() => unknown(error));
    }
    const lanes = this.#byLeader(batch);
    await Promise.all(lanes.map(async ({ leader, items }) => {
      const lane = await this.#send(session, leader, items, deadline).catch((error: unknown) => items.map(() => unknown(error)));
      for (const [i, { index }] of items.entries()) outcomes[index] = lane[i]!;
    }));
    if (outcomes.some(({ kind }) => kind === 'unknown')) this.routes.invalidate();
    return outcomes;
  }

  /** Connects to the partition's leader, if one is known. An append that comes meanwhile waits for the same connection. */
  warm(tp: TopicPartition): void {
    const leader = this.routes.leaderOf(tp);
    if (this.#closed || leader === undefined) return;
    const session = this.#session;
    this.#connect(session, leader, performance.now() + WARM_TIMEOUT_MS).catch(() => session.connections.delete(leader.nodeId));
  }

  reset(): void {
    const { abort, open } = this.#session;
    this.#session = newSession();
    abort.abort();
    for (const connection of open) connection.destroy(new Error('the connection was reset'));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.reset();
  }

  #byLeader(batch: readonly PartitionAppend[]): { leader: KafkaLeader; items: Item[] }[] {
    const lanes = new Map<number, { leader: KafkaLeader; items: Item[] }>();
    for (const [index, part] of batch.entries()) {
      const leader = this.routes.leaderOf(part);
      if (leader === undefined) continue;
      const lane = lanes.get(leader.nodeId) ?? { leader, items: [] };
      lane.items.push({ index, part });
      lanes.set(leader.nodeId, lane);
    }
    return [...lanes.values()];
  }

  async #send(session: Session, leader: KafkaLeader, items: readonly Item[], deadline: number): Promise<AppendOutcome[]> {
    let connection: KafkaConnection | undefined;
    try {
      connection = await this.#connect(session, leader, deadline);
      // Checked after the last wait before the write: what is late or was reset does not leave this machine.
      session.abort.signal.throwIfAborted();
      const remainingMs = deadline - performance.now();
      if (remainingMs <= 0) throw new Error(`no connection to broker ${leader.nodeId} in time`);
      const answer = await connection.request('Produce', produceBody(items, Math.ceil(remainingMs)), remainingMs);
      return items.map(({ part }) => outcomeOf(answer, part));
    } catch (error) {
      session.connections.delete(leader.nodeId);
      if (connection !== undefined) discard(session, connection, error as Error);
      throw error;
    }
  }

  #connect(session: Session, leader: KafkaLeader, deadline: number): Promise<KafkaConnection> {
    const existing = session.connections.get(leader.nodeId);
    const opened = (existing ?? Promise.reject(new Error('none'))).then(
      (connection) => (connection.usable && sameAddress(connection, leader) ? connection : this.#open(session, leader, deadline, connection)),
      () => this.#open(session, leader, deadline),
    );
    session.connections.set(leader.nodeId, opened);
    return opened;
  }

  async #open(session: Session, leader: KafkaLeader, deadline: number, old?: KafkaConnection): Promise<KafkaConnection> {
    if (old !== undefined) discard(session, old, new Error('replaced by a new connection'));
    const { signal } = session.abort;
    const connection = await KafkaConnection.open(leader, this.security, Math.max(1, deadline - performance.now()), signal);
    if (signal.aborted) connection.destroy(new Error('the connection was reset'));
    else session.open.add(connection);
    return connection;
  }
}

function newSession(): Session {
  return { abort: new AbortController(), connections: new Map(), open: new Set() };
}

function discard(session: Session, connection: KafkaConnection, why: Error): void {
  session.open.delete(connection);
  connection.destroy(why);
}

function sameAddress({ address }: KafkaConnection, { host, port }: KafkaLeader): boolean {
  return address.host === host && address.port === port;
}

function produceBody(items: readonly Item[], timeoutMs: number): ProduceBody {
  const topics = new Map<string, ProducePartition[]>();
  for (const { part: { topic, partition, records } } of items) {
    const partitions = topics.get(topic) ?? [];
    partitions.push({ partition, messages: records });
    topics.set(topic, partitions);
  }
  return { acks: -1, timeout: timeoutMs, topicData: [...topics].map(([topic, partitions]) => ({ topic, partitions })) };
}

/** A response names each partition's own result, so an error of one says nothing about the others. */
function outcomeOf(answer: KafkaApis['Produce'][1], { topic, partition }: PartitionAppend): AppendOutcome {
  const name = `${topic}/${partition}`;
  const found = answer.topics.find(({ topicName }) => topicName === topic)?.partitions.find((each) => each.partition === partition);
  if (found === undefined) return unknown(new Error(`appending to ${name}: the broker's answer does not mention it`));
  if (found.errorCode !== 0) return unknown(new KafkaProtocolError(found.errorCode, `appending to ${name}`));
  const logTimeMs = Number(found.logAppendTime);
  if (logTimeMs < 0) return unknown(new Error(`appending to ${name}: no log time, message.timestamp.type must be LogAppendTime`));
  return { kind: 'acknowledged', baseOffset: Number(found.baseOffset), logTimeMs };
}

function unknown(error: unknown): AppendOutcome {
  return { kind: 'unknown', error: error instanceof Error ? error : new Error(String(error)) };
}
