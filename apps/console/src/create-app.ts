import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { assertReachSafely, formatAddress, readTls, serveOperations, startApp } from '#platform';
import type { Address, AppBase, BroughtAlong, Secret } from '#platform';
import type { ConsoleConfig } from './config.js';
import { ConsoleMetrics } from './console-metrics.js';
import { ConsoleModule } from './console.module.js';
import { deciderChannel } from './docket/channel.js';
import { DocketApi } from './docket/docket-api.js';
import { ConsoleServer } from './http/console.server.js';
import { Pages } from './http/pages.js';
import { approvalsRoutes } from './routes/approvals.routes.js';
import { assetRoutes } from './routes/assets.routes.js';
import { signInRoutes } from './routes/sign-in.routes.js';
import { OneTimeLinks } from './sessions/one-time-links.js';
import { Sessions } from './sessions/sessions.js';
import { Visits } from './sessions/visits.js';

/** What a process that holds several apps, or a spec, brings along itself. What is brought is not closed here. */
export interface ConsoleOverrides extends BroughtAlong {
  /** Milliseconds since the epoch, by which sessions and links end. */
  readonly wallMs?: () => number;
  /** false: somebody else serves the metrics. */
  readonly http?: false;
}

export interface ConsoleApp {
  readonly pageAddress: Address;
  /** As people reach it: `http://127.0.0.1:7430`. */
  readonly url: string;
  /** Undefined where somebody else serves the metrics. */
  readonly httpAddress: Address | undefined;
  /** An address that signs somebody in with this credential: once, within a quarter of an hour. */
  signInLink(credential: Secret): string;
  /** Takes nothing new → pages under way are answered → clients are closed. Resolves to whether all of it went well. */
  stop(): Promise<boolean>;
}

const RANDOM_BYTES = 32;

/**
 * Starts a console: resolves when it listens. This is the one place that names adapters. Rejects with a DocketError, after
 * everything that was already up has been stopped.
 */
export async function createApp(config: ConsoleConfig, overrides: ConsoleOverrides = {}): Promise<ConsoleApp> {
  return startApp({ app: 'console', node: config.node, level: config.logging.level }, overrides, (base) => start(config, overrides, base));
}

async function start(config: ConsoleConfig, overrides: ConsoleOverrides, base: AppBase): Promise<ConsoleApp> {
  const { logger, lifecycle, metrics: registry } = base;
  const tls = readTls(config.transport);
  const wallMs = overrides.wallMs ?? (() => Date.now());
  const random = (): string => randomBytes(RANDOM_BYTES).toString('base64url');
  assertReachSafely('CONSOLE_LISTEN', config.page.listen, config.transport, logger);
  let isServing = false;
  const http = overrides.http === false ? undefined : await serveOperations(base, { listen: config.http.listen, listenName: 'CONSOLE_HTTP_LISTEN', transport: config.transport, ready: () => isServing });

  const docket = new DocketApi({ addresses: config.docket.addresses, channel: deciderChannel(config) });
  lifecycle.onStop('decider clients', () => docket.close());
  const sessions = new Sessions({ ...config.sessions, wallMs, random });
  const links = new OneTimeLinks({ wallMs, random });
  const metrics = new ConsoleMetrics(registry, () => sessions.count);
  const pages = new Pages({
    routes: [...assetRoutes, ...signInRoutes({ docket, sessions, links, metrics, logger }), ...approvalsRoutes({ docket, metrics, wallMs })],
    doors: { publicUrl: config.page.publicUrl, tls: tls !== undefined }, sessions, visits: new Visits(random()), random, metrics, logger, monotonicMs: () => performance.now(),
  });
  const server = new ConsoleServer({ listen: config.page.listen, listenName: 'CONSOLE_LISTEN', tls, pages });
  const app = await NestFactory.createMicroservice(ConsoleModule.with(pages), { strategy: server, logger: false });
  lifecycle.onStop('pages', async () => {
    isServing = false;
    const finished = await server.drain(config.drainTimeoutMs);
    await app.close();
    if (!finished) throw new Error(`some pages were not answered within ${config.drainTimeoutMs} ms and were cut`);
  });
  await app.listen();
  isServing = true;
  const url = (config.page.publicUrl ?? `http${tls === undefined ? '' : 's'}://${formatAddress(server.address)}`).replace(/\/$/, '');
  logger.info({ url }, 'the console listens');
  return {
    pageAddress: server.address, url, httpAddress: http?.address,
    signInLink: (credential) => `${url}/sign-in/once/${links.issue(credential)}`,
    stop: () => lifecycle.stop(),
  };
}
