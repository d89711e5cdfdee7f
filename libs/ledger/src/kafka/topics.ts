import { DocketError, type FieldViolation } from '#errors';
import type { TopicSettings } from '../event-log.js';
import { isAuthenticationRefused, type KafkaApis, KafkaProtocolError } from './kafkajs-protocol.js';
import type { KafkaMetadata, KafkaRoutes } from './routes.js';

const TOPIC_ALREADY_EXISTS = 36;
const UNKNOWN_TOPIC_OR_PARTITION = 3;
const INVALID_REPLICATION_FACTOR = 38;
const RESOURCE_TOPIC = 2;
const REQUEST_TIMEOUT_MS = 10_000;
const PAUSE_MS = 100;

/** Arguments are at most 1 MiB; a batch carries many records and must fit as a whole. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

export interface ReplicationSettings {
  readonly replicationFactor: number;
  readonly minInsyncReplicas: number;
  /** For development: one copy is enough. */
  readonly allowSingleReplica: boolean;
}

/** What a topic must be like so that the log keeps what it acknowledged; `create` is what a new topic gets. */
interface Requirement {
  readonly name: string;
  readonly create?: string;
  readonly expected: string;
  readonly holds: (found: string) => boolean;
}

function exactly(name: string, value: string, why = ''): Requirement {
  return { name, create: value, expected: value + why, holds: (found) => found === value };
}

function requirements(replication: ReplicationSettings): Requirement[] {
  const inSyncMin = Math.max(replication.minInsyncReplicas, replication.allowSingleReplica ? 1 : 2);
  return [
    exactly('cleanup.policy', 'delete'),
    exactly('retention.ms', '-1', ' (keep for ever)'),
    exactly('retention.bytes', '-1', ' (keep everything)'),
    exactly('message.timestamp.type', 'LogAppendTime'),
    exactly('unclean.leader.election.enable', 'false'),
    { name: 'max.message.bytes', create: String(MAX_MESSAGE_BYTES), expected: `at least ${MAX_MESSAGE_BYTES}`, holds: (found) => Number(found) >= MAX_MESSAGE_BYTES },
    { name: 'min.insync.replicas', create: String(inSyncMin), expected: `at least ${inSyncMin}`, holds: (found) => Number(found) >= inSyncMin },
    // Readers here decode nothing but plain and gzip batches; `producer` keeps what was sent, which is plain.
    { name: 'compression.type', expected: 'producer, uncompressed or gzip', holds: (found) => ['producer', 'uncompressed', 'gzip'].includes(found) },
  ];
}

/** Creates missing topics and checks all of them; rejects as EventLog.prepare says. */
export async function prepareTopics(routes: KafkaRoutes, topics: readonly TopicSettings[], replication: ReplicationSettings, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  const names = new Set(topics.map(({ topic }) => topic));
  const wanted = requirements(replication);
  let metadata = await untilAnswer(() => routes.refresh(names), deadline);
  const missing = topics.filter(({ topic }) => topicIn(metadata, topic) === undefined);
  if (missing.length > 0) {
    await create(routes, missing, replication, wanted, deadline);
    metadata = await untilServing(routes, names, deadline);
  }
  const configs = await untilAnswer(() => describe(routes, names, wanted), deadline);
  const violations = violationsIn(topics, metadata, configs, replication);
  if (violations.length > 0) throw refused(violations);
}

/**
 * What has become of topics that were good when they were prepared: one line for each that is gone, and for each setting that would break the
 * promise by now. Rejects if the cluster does not answer.
 */
export async function lookAtTopics(routes: KafkaRoutes, topics: readonly TopicSettings[], replication: ReplicationSettings): Promise<string[]> {
  const metadata = await routes.refresh(new Set(topics.map(({ topic }) => topic)));
  const there = topics.filter(({ topic }) => topicIn(metadata, topic) !== undefined);
  const gone = topics.filter((topic) => !there.includes(topic)).map(({ topic }) => `topic ${topic} is gone: what it held is lost, unless it is restored`);
  if (there.length === 0) return gone;
  const configs = await describe(routes, new Set(there.map(({ topic }) => topic)), requirements(replication));
  return [...gone, ...violationsIn(there, metadata, configs, replication).map(({ field, description }) => `${field}: ${description}`)];
}

function violationsIn(topics: readonly TopicSettings[], metadata: KafkaMetadata, configs: ReadonlyMap<string, string>, replication: ReplicationSettings): FieldViolation[] {
  const wanted = requirements(replication);
  return topics.flatMap((topic) => [
    ...layoutViolations(topic, topicIn(metadata, topic.topic)!, replication),
    ...wanted.flatMap(({ name, expected, holds }) => {
      const found = configs.get(`${topic.topic} ${name}`) ?? '(not set)';
      return holds(found) ? [] : [violation(topic.topic, name, found, expected)];
    }),
  ]);
}

async function create(routes: KafkaRoutes, topics: readonly TopicSettings[], { replicationFactor }: ReplicationSettings, wanted: readonly Requirement[], deadline: number): Promise<void> {
  const configEntries = wanted.flatMap(({ name, create: value }) => (value === undefined ? [] : [{ name, value }]));
  const body: KafkaApis['CreateTopics'][0] = {
    timeout: REQUEST_TIMEOUT_MS,
    topics: topics.map(({ topic, partitions }) => ({ topic, numPartitions: partitions, replicationFactor, configEntries })),
  };
  const { topicErrors } = await untilAnswer(() => routes.anyBroker((connection) => connection.request('CreateTopics', body, 2 * REQUEST_TIMEOUT_MS)), deadline);
  for (const { topic, errorCode, errorMessage } of topicErrors) {
    if (errorCode === 0 || errorCode === TOPIC_ALREADY_EXISTS) continue;
    const field = errorCode === INVALID_REPLICATION_FACTOR ? 'replication factor' : 'topic';
    throw refused([{ field: `${topic}.${field}`, description: `could not be created: ${errorMessage ?? new KafkaProtocolError(errorCode, topic).message}` }]);
  }
}

async function describe(routes: KafkaRoutes, names: ReadonlySet<string>, wanted: readonly Requirement[]): Promise<Map<string, string>> {
  const configNames = wanted.map(({ name }) => name);
  const body: KafkaApis['DescribeConfigs'][0] = { resources: [...names].map((name) => ({ type: RESOURCE_TOPIC, name, configNames })) };
  const { resources } = await routes.anyBroker((connection) => connection.request('DescribeConfigs', body, REQUEST_TIMEOUT_MS));
  const found = new Map<string, string>();
  for (const { errorCode, resourceName, configEntries } of resources) {
    if (errorCode !== 0) throw new KafkaProtocolError(errorCode, `reading the settings of topic ${resourceName}`);
    for (const { configName, configValue } of configEntries) found.set(`${resourceName} ${configName}`, configValue ?? '(null)');
  }
  return found;
}

function layoutViolations({ topic, partitions }: TopicSettings, found: KafkaMetadata['topicMetadata'][number], replication: ReplicationSettings): FieldViolation[] {
  const copies = Math.min(...found.partitionMetadata.map(({ replicas }) => replicas.length));
  const copiesMin = Math.max(replication.replicationFactor, replication.allowSingleReplica ? 1 : 2);
  const violations: FieldViolation[] = [];
  if (found.partitionMetadata.length !== partitions) violations.push(violation(topic, 'partitions', found.partitionMetadata.length, partitions));
  if (copies < copiesMin) violations.push(violation(topic, 'replication factor', copies, `at least ${copiesMin}`));
  return violations;
}

async function untilServing(routes: KafkaRoutes, names: ReadonlySet<string>, deadline: number): Promise<KafkaMetadata> {
  return untilAnswer(async () => {
    const metadata = await routes.refresh(names);
    for (const name of names) {
      const leaderless = topicIn(metadata, name)?.partitionMetadata.find(({ leader }) => leader < 0);
      if (topicIn(metadata, name) === undefined || leaderless !== undefined) throw new Error(`topic ${name} has no leader yet`);
    }
    return metadata;
  }, deadline);
}

/** The cluster may be starting: errors are tried again until the deadline. */
async function untilAnswer<T>(ask: () => Promise<T>, deadline: number): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (cause) {
      if (isAuthenticationRefused(cause)) {
        throw new DocketError('failed_precondition', { reason: 'LOG_AUTHENTICATION', message: `the Kafka cluster refused the credentials: ${(cause as Error).message}`, cause });
      }
      if (performance.now() + PAUSE_MS > deadline) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new DocketError('unavailable', { reason: 'LOG_UNAVAILABLE', message: `the Kafka cluster does not answer: ${why}`, retryAfterMs: 1_000, cause });
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

function topicIn(metadata: KafkaMetadata, topic: string): KafkaMetadata['topicMetadata'][number] | undefined {
  return metadata.topicMetadata.find((each) => each.topic === topic && each.topicErrorCode !== UNKNOWN_TOPIC_OR_PARTITION);
}

function violation(topic: string, setting: string, found: unknown, expected: unknown): FieldViolation {
  return { field: `${topic}.${setting}`, description: `found ${String(found)}, expected ${String(expected)}` };
}

function refused(violations: readonly FieldViolation[]): DocketError {
  const list = violations.map(({ field, description }) => `${field}: ${description}`).join('; ');
  return new DocketError('failed_precondition', { reason: 'LOG_SETTINGS', message: `the Kafka topics would not keep what they acknowledge: ${list}`, violations });
}
