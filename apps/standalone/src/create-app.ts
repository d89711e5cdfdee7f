import { createLogger, createMetrics, ensureDataFolder, formatAddress, Lifecycle, panel, shownPath } from '#platform';
import type { Demonstration, Logger } from '#platform';
import { deciderConfig } from '../../decider/src/config.js';
import { createApp as createDecider } from '../../decider/src/create-app.js';
import type { DeciderApp } from '../../decider/src/create-app.js';
import { readCredentialsFile, updateCredentialsFile } from '../../decider/src/registry/credentials.file.js';
import { projectorConfig } from '../../projector/src/config.js';
import { createApp as createProjector } from '../../projector/src/create-app.js';
import { appEnvironment } from './config.js';
import type { StandaloneConfig } from './config.js';
import { openDatabase } from './database.js';
import { ensureDemonstration } from './demonstration.js';

export interface StandaloneApp {
  readonly decider: DeciderApp;
  readonly demo: Demonstration;
  /** What to print for the person who started it. */
  readonly panel: string;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
}

/**
 * The decider and the projector in this process, on an embedded PostgreSQL unless another is given. Resolves when it
 * serves and there is something to try. `onLost` is called once if the database goes away under it.
 */
export async function createApp(config: StandaloneConfig, onLost: (error: Error) => void): Promise<StandaloneApp> {
  const startedMs = performance.now();
  await ensureDataFolder(config.dataDir);
  const logger = createLogger({ level: config.logLevel, app: 'standalone', file: config.logFile });
  const lifecycle = new Lifecycle(logger);
  try {
    return await start(config, logger, lifecycle, onLost, startedMs);
  } catch (error) {
    logger.error({ err: error }, 'did not start');
    await lifecycle.stop();
    throw error;
  }
}

async function start(config: StandaloneConfig, logger: Logger, lifecycle: Lifecycle, onLost: (error: Error) => void, startedMs: number): Promise<StandaloneApp> {
  const settingsOf = (url: string) => appEnvironment(config.environment, config.dataDir, url);
  const database = await openDatabase(config, onLost);
  lifecycle.onStop('PostgreSQL', () => database.stop());
  const metrics = createMetrics();
  const decider = deciderConfig(settingsOf(database.url.reveal()));
  const running = await createDecider(decider, { logger, metrics });
  lifecycle.onStop('decider', () => cleanly('decider', running.stop()));
  const projector = await createProjector(projectorConfig(settingsOf(database.url.reveal())), { logger, metrics, http: false });
  lifecycle.onStop('projector', () => cleanly('projector', projector.stop()));

  const file = decider.credentialsFile;
  const written = await readCredentialsFile(file);
  const demo = await ensureDemonstration(running.registry, written?.['demo'] as Partial<Demonstration> | undefined);
  const grpc = formatAddress(running.grpcAddress);
  await updateCredentialsFile(file, { grpc, demo, database: database.url.reveal() });

  const tls = decider.transport.tlsCertFile !== undefined;
  const http = `http${tls ? 's' : ''}://${formatAddress(running.httpAddress)}`;
  const text = panel({
    title: database.title,
    addresses: [
      { name: 'gRPC', address: `${grpc} (docket.decision.v1, docket.registry.v1, health, reflection)` },
      { name: 'HTTP', address: `${http}/metrics /healthz /readyz` },
      { name: 'log', address: shownPath(config.logFile) },
    ],
    cautions: running.cautions, credentialsFile: file, grpcAddress: grpc, tls, ...demo, readyInMs: performance.now() - startedMs,
  });
  return { decider: running, demo, panel: text, lifecycle, logger };
}

async function cleanly(name: string, stopping: Promise<boolean>): Promise<void> {
  if (!(await stopping)) throw new Error(`the ${name} did not stop cleanly`);
}
