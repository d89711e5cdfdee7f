import { setPriority } from 'node:os';
import { DemoServer, partnerAccepts } from '#demo-server';
import { ensureDataFolder, EVERYTHING, formatAddress, panel, shownPath, startApp } from '#platform';
import type { AppBase, Demonstration, Lifecycle, Logger } from '#platform';
import type { ConsoleApp } from '../../console/src/create-app.js';
import { deciderConfig } from '../../decider/src/config.js';
import { createApp as createDecider } from '../../decider/src/create-app.js';
import type { DeciderApp } from '../../decider/src/create-app.js';
import { readCredentialsFile, updateCredentialsFile } from '../../decider/src/registry/credentials.file.js';
import { ensureAnalyst } from './analyst.js';
import { appEnvironment } from './config.js';
import type { StandaloneConfig } from './config.js';
import { startConsole } from './console.js';
import { openDatabase } from './database.js';
import { ensureDemonstration } from './demonstration.js';
import { demonstrationServer, everythingServer, startGateway } from './gateway.js';
import type { Gateway } from './gateway.js';
import { ProcessMetrics } from './process-metrics.js';
import { ProjectorThread } from './projector.thread.js';
import { startTokens } from './tokens.js';
import type { Tokens } from './tokens.js';

export interface StandaloneApp {
  readonly decider: DeciderApp;
  readonly tokens: Tokens;
  readonly gateway: Gateway;
  readonly console: ConsoleApp;
  readonly demo: Demonstration;
  /** What to print for the person who started it. */
  readonly panel: string;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
}

/** For specs, which run the sources: a thread runs what is built. */
export interface StandaloneOverrides {
  readonly projectorEntry?: URL;
}

/**
 * The decider with the token broker, the gateway and the console, and the projector, a thread each, in this process, on an embedded PostgreSQL unless another is given.
 * Resolves when it serves and there is something to try. `onLost` is called once if the database goes away under it.
 */
export async function createApp(config: StandaloneConfig, onLost: (error: Error) => void, overrides: StandaloneOverrides = {}): Promise<StandaloneApp> {
  const startedMs = performance.now();
  await ensureDataFolder(config.dataDir);
  const metrics = new ProcessMetrics();
  return startApp({ app: 'standalone', level: config.logLevel, file: config.logFile }, { metrics }, (base) => start(config, metrics, base, onLost, overrides, startedMs).catch((err: unknown) => {
    base.logger.error({ err }, 'did not start');
    throw err;
  }));
}

async function start(config: StandaloneConfig, metrics: ProcessMetrics, { logger, lifecycle }: AppBase, onLost: (error: Error) => void, overrides: StandaloneOverrides, startedMs: number): Promise<StandaloneApp> {
  const settingsOf = (url: string) => appEnvironment(config.environment, config.dataDir, url);
  // It loads while the database starts, and begins beside the decider, which needs nothing of it.
  const projector = new ProjectorThread({ entry: overrides.projectorEntry ?? PROJECTOR_ENTRY, logger, metrics });
  // Here as well: it must end if the database does not start.
  lifecycle.onStop('projector’s thread', () => projector.stop());
  const database = await openDatabase(config, onLost);
  lifecycle.onStop('PostgreSQL', () => database.stop());
  lifecycle.onStop('projector', () => projector.stop());
  const environment = settingsOf(database.url.reveal());
  projector.start(environment, database.isOwn);
  metrics.ofThreads = () => projector.metrics();
  const decider = deciderConfig(environment);
  const degraded = (): string | undefined => projector.problem && `rows are not kept up to date: ${projector.problem}`;
  const running = await createDecider(decider, { logger, metrics, degraded, ...(database.isOwn && { onQueryBackend: giveWay }) });
  lifecycle.onStop('decider', async () => {
    if (!(await running.stop())) throw new Error('the decider did not stop cleanly');
  });

  const file = decider.credentialsFile;
  const written = await readCredentialsFile(file);
  const demo = await ensureDemonstration(running.registry, written?.['demo'] as Partial<Demonstration> | undefined);
  const everything = await ensureDemonstration(running.registry, written?.['everything'] as Partial<Demonstration> | undefined, EVERYTHING);
  const grpc = formatAddress(running.grpcAddress);
  const issued = (await readCredentialsFile(file))?.credentials;
  const tokens = await startTokens({ environment, logger, metrics, lifecycle, adminToken: issued?.admin ?? '', serverId: demo.serverId, before: written?.['partners'] });
  const demoServer = await DemoServer.start({ accepts: partnerAccepts(tokens.partners[tokens.connection]!) });
  lifecycle.onStop('demonstration server', () => demoServer.stop());
  const { app: page, link } = await startConsole({ environment, logger, metrics, lifecycle, deciderAddress: grpc, credential: issued?.approver });
  const gateway = await startGateway({
    // Where it sends people that are to decide.
    environment: { ...environment, CONSOLE_PUBLIC_URL: page.url }, logger, metrics, lifecycle, deciderAddress: grpc, tokensAddress: tokens.address, credential: issued?.gateway ?? '',
    servers: new Map([[demo.serverId, demonstrationServer(demoServer.url, tokens.connection)], [everything.serverId, everythingServer()]]), demonstrations: [demo, everything],
  });
  const projectorProblem = await projector.firstStart;
  // One that is late has not made the role's views yet; the role of an earlier start is there.
  const reader = !database.isOwn ? undefined : projectorProblem === undefined ? await ensureAnalyst(database.url, written?.['reader']) : written?.reader;
  await updateCredentialsFile(file, { grpc, tokens: tokens.address, partners: tokens.partners, mcp: gateway.url, console: page.url, demo, everything, database: database.url.reveal(), ...(reader !== undefined && { reader }) });

  const tls = decider.transport.tlsCertFile !== undefined;
  const http = `http${tls ? 's' : ''}://${formatAddress(running.httpAddress)}`;
  const text = panel({
    title: database.title,
    addresses: [
      { name: 'gRPC', address: `${grpc} (docket.decision.v1, docket.approval.v1, docket.registry.v1, docket.query.v1, health, reflection)` },
      { name: 'tokens', address: `${tokens.address} (docket.token.v1, health, reflection)` },
      { name: 'MCP', address: `${gateway.url}/mcp/${demo.serverId}, …/mcp/${everything.serverId} (agents call here)` },
      { name: 'console', address: `${page.url} (approvals, for people)` },
      { name: 'partner', address: `${tokens.partners[tokens.connection]} (a stand-in; what it was asked: /_fake/requests)` },
      { name: 'HTTP', address: `${http}/metrics /healthz /readyz` },
      { name: 'log', address: shownPath(config.logFile) },
      { name: 'head keys', address: `${shownPath(decider.heads.keysFile)} (public: what Docket signs is checked with it)` },
    ],
    cautions: [...running.cautions, ...cautionsOf(projectorProblem)], hasReader: reader !== undefined, credentialsFile: file, grpcAddress: grpc, tls, tokenConnection: tokens.connection, mcpSnippet: gateway.snippet, ...(link !== undefined && { signInLink: link }), ...demo, readyInMs: performance.now() - startedMs,
  });
  return { decider: running, tokens, gateway, console: page, demo, panel: text, lifecycle, logger };
}

/** Where there are too few cores for all, decisions come first and answers to questions later. */
function giveWay(processId: number): void {
  try {
    setPriority(processId, QUERY_NICENESS);
  } catch {
    // Not needed to be right.
  }
}

const QUERY_NICENESS = 10;
const PROJECTOR_ENTRY = new URL('../../projector/src/thread.js', import.meta.url);

function cautionsOf(projectorProblem: string | undefined): string[] {
  return projectorProblem === undefined ? [] : [`the projector did not start (${projectorProblem}): decisions are made and logged, rows are not written; it is tried again`];
}
