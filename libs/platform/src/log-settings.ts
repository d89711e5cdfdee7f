import { z } from 'zod';
import { setting } from './config.js';

/** The variables that say where the event log is; every app that reads it has them. */
export const logSettings = {
  LOG: z.enum(['postgres', 'kafka'], { error: 'expected postgres or kafka' }).default('postgres'),
  KAFKA_BROKERS: setting.list().optional(),
} as const;

/** Beside them, for apps that make topics. */
export const topicSettings = {
  KAFKA_REPLICATION_FACTOR: setting.wholeNumber(0, 0, 9),
  KAFKA_MIN_INSYNC_REPLICAS: setting.wholeNumber(0, 0, 9),
  KAFKA_ALLOW_SINGLE_REPLICA: setting.flag(false),
} as const;

interface GivenLog {
  readonly LOG: 'postgres' | 'kafka';
  readonly KAFKA_BROKERS?: readonly string[] | undefined;
}

interface GivenTopics {
  readonly KAFKA_REPLICATION_FACTOR: number;
  readonly KAFKA_MIN_INSYNC_REPLICAS: number;
  readonly KAFKA_ALLOW_SINGLE_REPLICA: boolean;
}

/** For the schema's `refine`: a Kafka has brokers. */
export const brokersOfKafka = [
  (given: GivenLog): boolean => given.LOG !== 'kafka' || given.KAFKA_BROKERS !== undefined,
  { path: ['KAFKA_BROKERS'], error: 'expected host:port,… because LOG=kafka' },
] satisfies [unknown, { path: PropertyKey[]; error: string }];

/** Where a reader finds the log: the ledger's options, but for PostgreSQL's connection. */
export type ReadLogConfig = { readonly kind: 'postgres' } | { readonly kind: 'kafka'; readonly brokers: readonly string[]; readonly clientId: string };

/** The same for those who make topics, with what a new one gets. */
export type LogConfig = { readonly kind: 'postgres' } | {
  readonly kind: 'kafka';
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly replicationFactor: number;
  readonly minInsyncReplicas: number;
  readonly allowSingleReplica: boolean;
};

/** @param clientId by which brokers name this process in their own logs */
export function readLogOf({ LOG, KAFKA_BROKERS = [] }: GivenLog, clientId: string): ReadLogConfig {
  return LOG === 'kafka' ? { kind: 'kafka', brokers: KAFKA_BROKERS, clientId } : { kind: 'postgres' };
}

/** Three copies, two of them in sync; one of each where a single replica is allowed. */
export function logOf(given: GivenLog & GivenTopics, clientId: string): LogConfig {
  const log = readLogOf(given, clientId);
  if (log.kind === 'postgres') return log;
  const single = given.KAFKA_ALLOW_SINGLE_REPLICA;
  return {
    ...log, allowSingleReplica: single,
    replicationFactor: given.KAFKA_REPLICATION_FACTOR || (single ? 1 : 3),
    minInsyncReplicas: given.KAFKA_MIN_INSYNC_REPLICAS || (single ? 1 : 2),
  };
}
