import type { Registry } from 'prom-client';
import { Lifecycle } from './lifecycle.js';
import { createLogger } from './logger.js';
import type { Logger, LoggerOptions } from './logger.js';
import { createMetrics } from './metrics.js';
import { OperationsHttp } from './operations-http.js';
import type { OperationsHttpOptions } from './operations-http.js';
import { assertReachSafely, readTls } from './transport-security.js';
import type { TransportSecurityOptions } from './transport-security.js';
import { Tracing } from './tracing/tracing.js';
import type { TracingConfig } from './tracing/tracing-settings.js';

/** What an app is made on: `createApp` of every app gets it from `startApp`. */
export interface AppBase {
  /** `decider`, and so on; with `node` what names the app in logs and traces. */
  readonly app: string;
  readonly node: string;
  readonly logger: Logger;
  readonly metrics: Registry;
  /** What is started is given to it, so that it stops in the other order; also if the rest of the start fails. */
  readonly lifecycle: Lifecycle;
}

/** What a process that holds several apps, or a spec, brings along itself. What is brought is not closed by the app. */
export interface BroughtAlong {
  readonly logger?: Logger;
  readonly metrics?: Registry;
}

/** Runs an app's start. Rejects with what the start rejects with, after everything that was already up has been stopped. */
export async function startApp<A>(named: LoggerOptions, brought: BroughtAlong, start: (base: AppBase) => Promise<A>): Promise<A> {
  const logger = brought.logger ?? createLogger(named);
  const lifecycle = new Lifecycle(logger);
  try {
    return await start({ app: named.app, node: named.node ?? '', logger, metrics: brought.metrics ?? createMetrics(), lifecycle });
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}

export interface OperationsOptions extends Pick<OperationsHttpOptions, 'listen' | 'listenName' | 'ready' | 'degraded'> {
  readonly transport: TransportSecurityOptions;
}

/** Listens for who asks for metrics and health, until the app stops. Rejects with a DocketError that names the setting to change. */
export async function serveOperations({ logger, metrics, lifecycle }: AppBase, { transport, ...options }: OperationsOptions): Promise<OperationsHttp> {
  assertReachSafely(options.listenName, options.listen, transport, logger);
  const http = await OperationsHttp.start({ ...options, tls: readTls(transport), metrics });
  lifecycle.onStop('http', () => http.close());
  return http;
}

/** Sends spans, until the app has stopped; undefined where tracing is off. */
export async function startTracing({ app, node, logger, lifecycle }: AppBase, config: TracingConfig | undefined): Promise<Tracing | undefined> {
  if (config === undefined) return undefined;
  const tracing = await Tracing.start({ ...config, service: `docket-${app}`, node, onTrouble: (message) => logger.warn(message) });
  lifecycle.onStop('tracing', () => tracing.stop());
  return tracing;
}
