import 'reflect-metadata';
import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import { withArchiveIn } from '#archive';
import { decisionMachine } from '#decision';
import { BulkReads, KafkaEventLog, PostgresEventLog } from '#ledger';
import type { EventLog } from '#ledger';
import { explainFailure, serveOperations, startApp } from '#platform';
import type { AppBase, BroughtAlong } from '#platform';
import { ALL_PROJECTIONS, DECISION_PROJECTIONS, Generations, ReadModels, registryCreated, REGISTRY_PROJECTIONS, TopicFollower } from '#read-models';
import type { Progress, Projection, TopicFollowerOptions } from '#read-models';
import { decodeRegistryEvent } from '#registry';
import type { ProjectorConfig } from './config.js';

/** What a process that holds several apps, or a spec, brings along itself. What is brought is not closed here. */
export interface ProjectorOverrides extends BroughtAlong {
  readonly log?: EventLog;
  /** false: somebody else serves the metrics. */
  readonly http?: false;
  /** Told when projecting begins (undefined) and when it has ended by itself (why). */
  readonly onHealth?: (problem: string | undefined) => void;
  /** Told the process that serves each connection of the rows, by its id where PostgreSQL runs. */
  readonly onBackend?: (processId: number) => void;
}

export interface ProjectorApp {
  /** Every table that is being filled, and where it stands; empty until the registry was read. */
  progress(): readonly Progress[];
  /** Finishes the batch in hand, then closes. */
  stop(): Promise<boolean>;
}

/** Starts the projector: resolves once it is connected, and goes on in the background. */
export async function createApp(config: ProjectorConfig, overrides: ProjectorOverrides = {}): Promise<ProjectorApp> {
  return startApp({ app: 'projector', node: config.node, level: config.logging.level }, overrides, (base) => start(config, overrides, base));
}

async function start(config: ProjectorConfig, overrides: ProjectorOverrides, base: AppBase): Promise<ProjectorApp> {
  const { logger, lifecycle, metrics } = base;
  let isReady = false;
  if (overrides.http !== false) await serveOperations(base, { listen: config.http.listen, listenName: 'HTTP_LISTEN', transport: config.transport, ready: () => isReady });
  const readModels = await ReadModels.open(config.databaseUrl.reveal(), overrides.onBackend && { onBackend: overrides.onBackend });
  lifecycle.onStop('read models', () => readModels.close());
  const live = overrides.log ?? openLog(config);
  if (overrides.log === undefined) lifecycle.onStop('event log', () => live.close());
  const archived = config.archiveDir === undefined ? undefined : withArchiveIn(live, config.archiveDir);
  await archived?.open();
  const log = archived ?? live;

  await new Generations(readModels).ensure(ALL_PROJECTIONS);
  await new Generations(readModels).resumeStopped();

  const stopping = new AbortController();
  const { signal } = stopping;
  const followers: { readonly progress: readonly Progress[] }[] = [];
  const progress = (): Progress[] => followers.flatMap((follower) => follower.progress);
  watch(metrics, log, progress);
  const problems = new Map<string, string>();
  const report = (): void => {
    isReady = problems.size === 0;
    overrides.onHealth?.(problems.values().next().value);
  };

  /** One topic; what ends it ends no other. */
  const follow = async <E>(topic: string, partitions: number, projections: readonly Projection<E>[], decoding: Pick<TopicFollowerOptions<E>, 'decode' | 'decodePlain'>): Promise<void> => {
    const follower = new TopicFollower<E>({
      readModels, log, topic, partitions, ...decoding, projections, signal,
      onTrouble: trouble((err) => logger.warn({ err, topic }, 'the projections will try again')),
      onSwitched: ({ projection, version, table }) => {
        logger.info({ projection, version, table }, 'a rebuilt projection is live');
        problems.delete(projection);
        report();
      },
      onStopped: ({ projection, version }, at) => {
        logger.error({ projection, version, topic, ...at }, 'a projection has stopped at an event that it cannot apply; the others go on');
        problems.set(projection, `projection ${projection} has stopped at ${topic}/${at.partition}, offset ${at.offset}: ${at.reason}`);
        report();
      },
    });
    followers.push(follower);
    await follower.run().catch((err: unknown) => {
      logger.error({ err, topic }, 'the projections of a topic have stopped: its log cannot be read any further');
      problems.set(topic, explainFailure(err));
      report();
    });
  };
  const run = async (): Promise<void> => {
    const partitions = (await registryCreated(log, signal))?.decisions_partitions;
    if (partitions === undefined) return;
    report();
    const decisions = decisionMachine({ callIdMemoryMs: 0, callIdAheadMs: 0 }, () => undefined);
    await Promise.all([follow('docket.registry', 1, REGISTRY_PROJECTIONS, { decode: decodeRegistryEvent }), follow('docket.decisions', partitions, DECISION_PROJECTIONS, decisions)]);
  };
  const running = run().catch((err: unknown) => {
    logger.error({ err }, 'the registry’s log cannot be read: nothing is projected');
    problems.set('docket.registry', explainFailure(err));
    report();
  });
  lifecycle.onStop('projections', async () => {
    stopping.abort();
    await running;
  });
  return { progress, stop: () => lifecycle.stop() };
}

/** The same trouble is told once a minute, not at every attempt. */
function trouble(tell: (error: unknown) => void): (error: unknown) => void {
  let last = '';
  let toldMs = 0;
  return (error) => {
    const text = explainFailure(error);
    if (text === last && performance.now() - toldMs < TROUBLE_AGAIN_MS) return;
    last = text;
    toldMs = performance.now();
    tell(error);
  };
}

function watch(metrics: Registry, log: EventLog, progress: () => readonly Progress[]): void {
  const labelNames = ['projection', 'partition'] as const;
  const each = (visit: (labels: { projection: string; partition: string }, position: Progress['positions'][number], topic: string) => unknown): unknown[] =>
    progress().flatMap(({ generation, positions }) => positions.map((position, partition) =>
      visit({ projection: `${generation.projection}_v${generation.version}${generation.state === 'building' ? '_building' : ''}`, partition: String(partition) }, position, generation.topic)));
  new Gauge({
    name: 'docket_projection_lag_records', help: 'Records in the log that are not in the rows yet', labelNames, registers: [metrics],
    async collect() {
      const ends = new Map<string, Promise<number | undefined>>();
      await Promise.all(each(async (labels, { offset }, topic) => {
        // A log that is away has no end to tell; the last known lag stays.
        const key = `${topic}/${labels.partition}`;
        if (!ends.has(key)) ends.set(key, log.endOffset({ topic, partition: Number(labels.partition) }).catch(() => undefined));
        const end = await ends.get(key);
        if (end !== undefined) this.set(labels, Math.max(0, end - offset));
      }));
    },
  });
  new Gauge({
    name: 'docket_projection_event_time_seconds', help: 'Event time of the newest projected event', labelNames, registers: [metrics],
    collect() {
      each((labels, { timeMs }) => this.set(labels, timeMs / 1000));
    },
  });
}

const TROUBLE_AGAIN_MS = 60_000;
/** How often the ends of all partitions are looked at, in one query, while nothing comes. */
const IDLE_POLL_MS = 200;
/** Two topics, and a table that is being built beside the live ones. */
const BULK_CONNECTIONS = 3;

function openLog(config: ProjectorConfig): EventLog {
  // It creates nothing, so what a new topic would get does not matter.
  if (config.log.kind === 'kafka') return new KafkaEventLog({ ...config.log, replicationFactor: 1, minInsyncReplicas: 1, allowSingleReplica: true });
  const connectionString = config.databaseUrl.reveal();
  return new BulkReads(new PostgresEventLog({ connectionString, pollMs: IDLE_POLL_MS }), { connectionString, connectionsMax: BULK_CONNECTIONS });
}
