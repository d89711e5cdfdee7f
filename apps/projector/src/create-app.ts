import 'reflect-metadata';
import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import { KafkaEventLog, PostgresEventLog } from '#ledger';
import type { EventLog } from '#ledger';
import { assertReachSafely, createLogger, createMetrics, explainFailure, Lifecycle, OperationsHttp, readTls } from '#platform';
import type { Logger } from '#platform';
import { decisionsProjection, ReadModels } from '#read-models';
import type { ProjectorConfig } from './config.js';
import { PartitionProjector } from './partition.projector.js';
import { decisionsPartitions } from './partitions.js';

/** What a process that holds several apps, or a spec, brings along itself. What is brought is not closed here. */
export interface ProjectorOverrides {
  readonly logger?: Logger;
  readonly metrics?: Registry;
  readonly log?: EventLog;
  /** false: somebody else serves the metrics. */
  readonly http?: false;
  /** Told when projecting begins (undefined) and when it has ended by itself (why). */
  readonly onHealth?: (problem: string | undefined) => void;
}

export interface ProjectorApp {
  /** Committed positions by partition; empty until the registry was read. */
  positions(): readonly number[];
  /** Finishes the batch in hand, then closes. */
  stop(): Promise<boolean>;
}

/** Starts the projector: resolves once it is connected, and goes on in the background. */
export async function createApp(config: ProjectorConfig, overrides: ProjectorOverrides = {}): Promise<ProjectorApp> {
  const logger = overrides.logger ?? createLogger({ level: config.logging.level, app: 'projector', node: config.node });
  const lifecycle = new Lifecycle(logger);
  try {
    return await start(config, overrides, logger, lifecycle);
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}

async function start(config: ProjectorConfig, overrides: ProjectorOverrides, logger: Logger, lifecycle: Lifecycle): Promise<ProjectorApp> {
  const metrics = overrides.metrics ?? createMetrics();
  let isReady = false;
  if (overrides.http !== false) {
    assertReachSafely('HTTP_LISTEN', config.http.listen, config.transport, logger);
    const http = await OperationsHttp.start({ listen: config.http.listen, listenName: 'HTTP_LISTEN', tls: readTls(config.transport), metrics, ready: () => isReady });
    lifecycle.onStop('http', () => http.close());
  }
  const readModels = await ReadModels.open(config.databaseUrl.reveal());
  lifecycle.onStop('read models', () => readModels.close());
  const log = overrides.log ?? openLog(config);
  if (overrides.log === undefined) lifecycle.onStop('event log', () => log.close());

  const stopping = new AbortController();
  const projectors: PartitionProjector[] = [];
  watch(metrics, log, projectors);
  const run = async (): Promise<void> => {
    const partitions = await decisionsPartitions(log, stopping.signal);
    for (let partition = 0; partition < (partitions ?? 0); partition += 1) {
      projectors.push(new PartitionProjector({ log, readModels, projection: decisionsProjection, partition, logger, signal: stopping.signal }));
    }
    isReady = true;
    overrides.onHealth?.(undefined);
    await Promise.all(projectors.map((projector) => projector.run()));
  };
  const running = run().catch((err: unknown) => {
    isReady = false;
    overrides.onHealth?.(explainFailure(err));
    logger.error({ err }, 'the projection has stopped: the log cannot be read any further');
  });
  lifecycle.onStop('projection', async () => {
    stopping.abort();
    await running;
  });
  return { positions: () => projectors.map(({ position }) => position), stop: () => lifecycle.stop() };
}

function watch(metrics: Registry, log: EventLog, projectors: readonly PartitionProjector[]): void {
  const { name: projection, topic } = decisionsProjection;
  const labelNames = ['projection', 'partition'] as const;
  new Gauge({
    name: 'docket_projection_lag_records', help: 'Records in the log that are not in the rows yet', labelNames, registers: [metrics],
    async collect() {
      await Promise.all(projectors.map(async ({ position }, partition) => {
        // A log that is away has no end to tell; the last known lag stays.
        const end = await log.endOffset({ topic, partition }).catch(() => undefined);
        if (end !== undefined) this.set({ projection, partition: String(partition) }, Math.max(0, end - position));
      }));
    },
  });
  new Gauge({
    name: 'docket_projection_event_time_seconds', help: 'Event time of the newest projected event', labelNames, registers: [metrics],
    collect() {
      projectors.forEach(({ eventTimeMs }, partition) => this.set({ projection, partition: String(partition) }, eventTimeMs / 1000));
    },
  });
}

function openLog(config: ProjectorConfig): EventLog {
  // It creates nothing, so what a new topic would get does not matter.
  return config.log.kind === 'kafka'
    ? new KafkaEventLog({ ...config.log, replicationFactor: 1, minInsyncReplicas: 1, allowSingleReplica: true })
    : new PostgresEventLog({ connectionString: config.databaseUrl.reveal() });
}
