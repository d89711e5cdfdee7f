import 'reflect-metadata';
import type { INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Access, REGISTRY_TOPIC, RegistryCopy } from '#access';
import { withArchiveIn } from '#archive';
import { DEFAULT_TOKEN_SETTINGS, accessTokenMachine, findConnection, type ConnectionRecord, type TokenCommand, type TokenEvent, type TokenReply, type TokenState } from '#access-token';
import { CLUSTER_SERVICE, CONNECTION_SERVICE, TOKEN_PACKAGES, TOKEN_SERVICE } from '#contracts';
import { DocketError } from '#errors';
import { GrantKeys, KafkaEventLog, Ledger, openKeys, openPool, PostgresEventLog, PostgresSnapshotStore, systemRuntime } from '#ledger';
import type { EventLog, LedgerLimits, Membership, Runtime } from '#ledger';
import { alarmCounter, assertReachSafely, ClusterApi, DocketGrpcServer, GrpcErrorFilter, NodeTls, Peers, readTls, serveOperations, startApp, startTracing, warnOfUnprovenNodes, withPort } from '#platform';
import type { Address, AppBase, BroughtAlong, Logger, Onward } from '#platform';
import { openHeadSigning } from '#proof';
import { ConnectionApi } from './api/connection-api.js';
import { TokenApi } from './api/token-api.js';
import { TokenDesk } from './api/token-desk.js';
import type { TokenBrokerConfig } from './config.js';
import { BrokerHandovers } from './handles/broker-handovers.js';
import { GrantAccess } from './grants/grant-access.js';
import { HeldTokens } from './grants/held-tokens.js';
import { createIssuers } from './issuers/create-issuers.js';
import { guardedFetch } from './issuers/guarded-fetch.js';
import { tracedIssuers } from './issuers/traced-issuers.js';
import { BrokerMetrics } from './metrics/broker-metrics.js';
import { TokenMinter } from './minting/token-minter.js';
import { registryCreated } from './node/registry-created.js';
import { Replicas } from './node/replicas.js';
import { TokenChanges } from './node/token-changes.js';
import { TokenNode } from './node/token-node.js';
import { LiveTokens } from './scanner/live-tokens.js';
import { TokenScanner } from './scanner/token-scanner.js';
import { UpstreamRevoker } from './revoking/upstream-revoker.js';
import { StandIns } from './stand-ins/stand-ins.js';
import { TokenBrokerModule } from './token-broker.module.js';
import { UsageReporter } from './usage/usage-reporter.js';
import { usageRequest, withoutDeadline } from './usage/usage-request.js';
import { PostgresTokenVault } from './vault/postgres.token-vault.js';
import { Pruning } from './vault/pruning.js';
import { WarmUp } from './warm-up/warm-up.js';

export const TOKENS_TOPIC = 'docket.tokens';
/** Nodes that share the topic's partitions. */
const GROUP = 'docket.token-broker';

const HEALTH_EVERY_MS = 250;
/** What a grant that is unknown here is looked for. */
const REGISTRY_HEARD_MS = 2_000;
const MINTS_END_MS = 10_000;
const HAND_OVER_MS = 5_000;

/** What a process that holds several apps, or a spec, brings along itself. What is brought is not closed here. */
export interface TokenBrokerOverrides extends BroughtAlong {
  readonly runtime?: Runtime;
  readonly log?: EventLog;
  readonly membership?: Membership;
  readonly limits?: Partial<LedgerLimits>;
  /** false: somebody else serves the metrics. */
  readonly http?: false;
}

export interface TokenBrokerApp {
  readonly grpcAddress: Address;
  /** Undefined where somebody else serves the metrics. */
  readonly httpAddress: Address | undefined;
  /** Whether it takes traffic now. */
  readonly isServing: () => boolean;
  /** Health NOT_SERVING → mints end → ownership is handed over → drain → close. Resolves to whether all of it went well. */
  stop(): Promise<boolean>;
}

/**
 * Starts a token broker: resolves when it serves. This is the one place that names adapters. Rejects with a DocketError,
 * after everything that was already up has been stopped.
 */
export async function createApp(config: TokenBrokerConfig, overrides: TokenBrokerOverrides = {}): Promise<TokenBrokerApp> {
  return startApp({ app: 'token-broker', node: config.node, level: config.logging.level }, overrides, (base) => start(config, overrides, base));
}

async function start(config: TokenBrokerConfig, overrides: TokenBrokerOverrides, base: AppBase): Promise<TokenBrokerApp> {
  const { logger, lifecycle, metrics } = base;
  const runtime = overrides.runtime ?? systemRuntime();
  const random = (): number => Number.parseInt(runtime.randomHex(6), 16) / 2 ** 48;
  const alarms = alarmCounter(metrics);
  const tls = readTls(config.transport);
  let isServing = false;
  assertReachSafely('TOKEN_BROKER_LISTEN', config.grpc.listen, config.transport, logger);
  const http = overrides.http === false ? undefined : await serveOperations(base, { listen: config.http.listen, listenName: 'TOKEN_BROKER_HTTP_LISTEN', transport: config.transport, ready: () => isServing });

  const onIdleError = (error: Error): void => logger.warn({ code: (error as { code?: string }).code }, 'an idle database connection was lost');
  const pool = openPool({ connectionString: config.databaseUrl.reveal(), name: 'docket token broker', connectMs: 5_000, queryMs: 30_000, onIdleError });
  lifecycle.onStop('database', () => pool.end());
  const keyring = await openKeys({ pool, config: config.keyring });
  const keys = new GrantKeys({ pool, keyring });
  await keys.prepare();
  const vault = new PostgresTokenVault({ pool, keys });
  await vault.prepare();
  const snapshots = new PostgresSnapshotStore({ pool });
  await snapshots.prepare();

  const stored = overrides.log ?? openLog(config, logger, alarms);
  if (overrides.log === undefined) lifecycle.onStop('event log', () => stored.close());
  const archived = config.archiveDir === undefined ? undefined : withArchiveIn(stored, config.archiveDir);
  await archived?.open();
  const log = archived ?? stored;
  await log.prepare([{ topic: REGISTRY_TOPIC, partitions: 1 }]);

  const tracing = await startTracing(base, config.tracing);
  const onAlarm = ({ message, ...alarm }: { readonly message: string; readonly kind?: string }): void => {
    alarms(alarm.kind ?? 'other');
    logger.error({ alarm }, message);
  };
  const registry = new RegistryCopy({ log, runtime, snapshots, onAlarm: (message) => onAlarm({ message }) });
  lifecycle.onStop('registry', () => registry.stop());
  await registry.start();
  const partitions = (await registryCreated(registry, runtime)).tokens_partitions;
  await log.prepare([{ topic: TOKENS_TOPIC, partitions }]);

  const brokerMetrics = new BrokerMetrics(metrics, runtime);
  const live = new LiveTokens({ monotonicMs: () => runtime.monotonicMs() });
  const changes = new TokenChanges();
  const replicas = new Replicas({
    log, topic: TOKENS_TOPIC, partitions, runtime, snapshots, onChanged: changes.tell,
    onEvent: (event, timeMs) => {
      brokerMetrics.heard(event, timeMs);
      if (event.type === 'TokenMinted') live.hear(event.tenant, event.fingerprint, event.expires_at_ms - runtime.wallMs());
    },
    onEnded: (key, generation) => desk.cache.end(key, generation), onForgiven: (key) => desk.cache.forgive(key), onAlarm: (message) => onAlarm({ message }),
  });
  lifecycle.onStop('replicas', () => replicas.stop());

  const heads = await openHeadSigning({ config: config.heads, keyring, onTrouble: (message) => onAlarm({ kind: 'head_not_signed', message }), onNotice: (message) => logger.info(message) });
  lifecycle.onStop('signed heads', async () => heads?.close());
  // Claims name where others reach this node, before it listens.
  const listen = stored instanceof KafkaEventLog && config.grpc.address === undefined ? await withPort(config.grpc.listen) : config.grpc.listen;
  const address = config.grpc.address ?? listen;
  const membership = overrides.membership ?? (stored instanceof KafkaEventLog
    ? stored.membership({ groupId: GROUP, self: { node: config.node, address }, onProblem: (message) => logger.warn(message) }) : undefined);
  const ledger = new Ledger<TokenState, TokenCommand, TokenEvent, TokenReply>({
    log, topic: TOKENS_TOPIC, partitions, machine: accessTokenMachine({ ...DEFAULT_TOKEN_SETTINGS, mintsPerMinuteMax: config.mintsPerMinuteMax }), runtime, snapshots, onAlarm, node: { name: config.node, address },
    ...(membership && { membership }), ...(overrides.limits && { limits: overrides.limits }), ...(heads && { heads: heads.signing }),
  });
  lifecycle.onStop('ledger', () => ledger.stop());

  const nodes = config.nodes && new NodeTls({ ...config.nodes, wallMs: () => Date.now(), onTrouble: (message) => logger.warn(message) });
  if (membership !== undefined && nodes === undefined) warnOfUnprovenNodes(address, logger);
  const peers = new Peers({
    tls: tls !== undefined, caFile: config.nodesCaFile ?? config.transport.tlsCertFile, nodes, tracing, wallMs: () => runtime.wallMs(), onTrouble: (message) => logger.warn(message),
  });
  lifecycle.onStop('peers', () => peers.close());
  const untraced = createIssuers({ fetch: guardedFetch({ allowLoopback: config.issuersOnLoopback }), wallMs: () => runtime.wallMs() });
  const issuers = tracing === undefined ? untraced : tracedIssuers(untraced, tracing);
  const revoker: UpstreamRevoker = new UpstreamRevoker({
    vault, issuers, runtime, random,
    owned: (tenant, connectionId) => (node.isHere(connectionId) ? ledger.peek(node.partitionOf(connectionId), (state) => findConnection(state, tenant, connectionId)) : undefined),
    onOutcome: (facts) => logger[facts.outcome === 'revoked' ? 'info' : 'warn'](facts, 'revocation at the issuer'),
  });
  const node: TokenNode = new TokenNode({ ledger: revoker.watching(ledger), replicas: replicas.all, peers, address, runtime });
  const minter = new TokenMinter({
    submit: (command) => ledger.submit(node.partitionOf(command.connection_id), command), describe: (tenant, connectionId) => node.find(tenant, connectionId),
    issuers, vault, onDiscarded: (of, mintId, token, expiresAtMs) => void revoker.discard(of, mintId, token, expiresAtMs),
     runtime, random, owner: runtime.randomHex(8), mintsElsewhere: (connectionId) => node.mintsElsewhere(connectionId),
    onMint: ({ tenant, connectionId, reason, outcome, failure, detail, tookMs }) => {
      brokerMetrics.minted({ reason, outcome, tookMs });
      logger[outcome === 'failed' ? 'warn' : 'info']({ tenant, connectionId, reason, outcome, tookMs, ...(failure && { failure }), ...(detail && { detail }) }, 'mint');
    },
  });
  const desk = new TokenDesk({ node, minter, runtime, random, onCacheEvent: (event) => brokerMetrics.cacheEvent(event), onHeld: (token, expiresInMs) => live.hold(token, expiresInMs) });
  replicas.start();
  await ledger.start();
  await replicas.caughtUp();
  // Replicas that began at a snapshot have not heard of the tokens in it.
  for (const { state } of replicas.all) {
    for (const { tenant, slots } of state?.connections.values() ?? []) {
      for (const { token } of slots.values()) if (token) live.hear(tenant, token.fingerprint, token.expires_at_ms - runtime.wallMs());
    }
  }
  brokerMetrics.watch(() => node.owned());

  const server = new DocketGrpcServer({
    listen, listenName: 'TOKEN_BROKER_LISTEN', tls, nodes, transport: config.grpc.transport, packages: TOKEN_PACKAGES, services: [TOKEN_SERVICE, CONNECTION_SERVICE, CLUSTER_SERVICE], logger, tracing,
  });
  const access = new Access((token) => registry.authenticate(token));
  const grants = new GrantAccess({
    registry, isBarred: (tenant, grantId) => node.isBarred(tenant, grantId), wallMs: () => runtime.wallMs(),
    heardAll: async () => {
      const end = await log.endOffset({ topic: REGISTRY_TOPIC, partition: 0 }).catch(() => Infinity);
      if (await registry.passed(end - 1, runtime.monotonicMs() + REGISTRY_HEARD_MS)) return;
      throw new DocketError('unavailable', { reason: 'REGISTRY_BEHIND', message: 'this node has not heard everything of the registry just now, so it cannot tell whether there is such a grant', retryAfterMs: 1_000 });
    },
  });
  const handovers = new BrokerHandovers({ submit: (connectionId, command, caller) => node.submit(connectionId, command, caller.onward), assertGrant: (tenant, grantId) => grants.assertGood(tenant, grantId), vault, standIns: new StandIns({ vault, wallMs: () => runtime.wallMs() }), runtime });
  const onFailed = (method: string, { kind, reason, message }: { readonly kind: string; readonly reason: string; readonly message: string }): void => {
    brokerMetrics.failed(method, kind);
    logger.info({ method, kind, reason }, message);
  };
  const usage = new UsageReporter<Onward>({
    runtime, onError: (error) => logger.debug({ reason: (error as { reason?: string }).reason }, 'what was served could not be reported yet'),
    submit: (command, onward) => (node.isHere(command.connection_id) ? node.submit(command.connection_id, command) : node.handOn(command.connection_id, 'token', 'ReportUsage', usageRequest(command), withoutDeadline(onward))),
  });
  const scanner = new TokenScanner({ live, fingerprint: (tenant, text) => vault.tokenFingerprint(tenant, text) });
  const apis = {
    tokens: new TokenApi({ desk, node, vault, changes, handovers, grants, scanner, usage, metrics: brokerMetrics, access, runtime, logger, draining: server.draining, onFailed }),
    cluster: new ClusterApi({
      self: { node: config.node, address }, members: () => membership?.members() ?? [], peers, wallMs: () => runtime.wallMs(), require: (metadata, roles) => access.require(metadata, roles),
      topics: [{ topic: TOKENS_TOPIC, status: () => ledger.status(), places: () => ledger.places }],
    }),
    connections: new ConnectionApi({ node, vault, onEdited: (connection) => desk.forgive(connection), issuersOnLoopback: config.issuersOnLoopback, access, runtime, logger, onFailed }),
  };
  const app: INestMicroservice = await NestFactory.createMicroservice(TokenBrokerModule.with(apis), { strategy: server, logger: false });
  app.useGlobalFilters(new GrpcErrorFilter(logger));
  lifecycle.onStop('gRPC', async () => {
    const finished = await server.drain(config.drainTimeoutMs);
    await app.close();
    await minter.drain(MINTS_END_MS);
    if (!finished) throw new Error(`some calls did not end within ${config.drainTimeoutMs} ms and were cut`);
  });
  // While others take over, this node hands their calls on.
  lifecycle.onStop('ownership', async () => {
    await minter.drain(MINTS_END_MS);
    await usage.stop();
    await ledger.handOver(HAND_OVER_MS);
  });
  await app.listen();

  const warming = new AbortController();
  const warmUp = new WarmUp({ connections: (partition) => node.ownedOf(partition), obtain: (of, ask, cause) => minter.obtain(of, ask, cause), runtime, random, actor: `broker/${config.node}` });
  lifecycle.onStop('warm-up', () => warming.abort());

  const held = new HeldTokens({
    owned: () => node.owned(), grants, submit: (command) => node.submit(command.connection_id, command), actor: `broker/${config.node}`, wallMs: () => runtime.wallMs(),
    onError: (error) => logger.warn({ reason: (error as { reason?: string }).reason }, 'tokens of a grant that has ended could not be ended yet; it is tried again'),
  });
  lifecycle.onStop('grants', registry.onChange(({ event }) => {
    if (event?.type === 'GrantRevoked' || event?.type === 'GrantErased') held.look();
  }));
  const pruning = new Pruning({ vault, runtime, logger, owned: () => ownedOf(ledger) });
  pruning.start();
  revoker.start();
  lifecycle.onStop('revocation at issuers', () => revoker.stop());
  lifecycle.onStop('pruning', () => pruning.stop());

  // What this node owns it must be able to decide; what others own they answer for.
  const look = (): void => setServing(replicas.problem === undefined && ledger.status().every(({ role, isLogReachable }) => role !== 'stopped' && isLogReachable));
  const setServing = (serving: boolean): void => {
    if (serving !== isServing) logger.info({ serving }, serving ? 'serving' : 'not serving');
    isServing = serving;
    // How the nodes fare is told whatever they can do.
    server.setServing(new Set([...(serving ? [TOKEN_SERVICE, CONNECTION_SERVICE] : []), CLUSTER_SERVICE]));
  };
  const watch = setInterval(() => {
    look();
    held.look();
    warmUp.look(ledger.status().filter(({ role }) => role === 'owner').map(({ partition }) => partition), warming.signal);
  }, HEALTH_EVERY_MS);
  lifecycle.onStop('health', () => {
    clearInterval(watch);
    setServing(false);
  });
  look();
  return { grpcAddress: server.address, httpAddress: http?.address, isServing: () => isServing, stop: () => lifecycle.stop() };
}

function ownedOf(ledger: Ledger<TokenState, TokenCommand, TokenEvent, TokenReply>): ConnectionRecord[] {
  return ledger.status().filter(({ role }) => role === 'owner').flatMap(({ partition }) => ledger.peek(partition, ({ connections }) => [...connections.values()]) ?? []);
}

function openLog(config: TokenBrokerConfig, logger: Logger, alarms: (kind: string) => void): EventLog {
  return config.log.kind === 'kafka' ? new KafkaEventLog({ ...config.log, onTopicChanged: (message) => {
      alarms('log_settings');
      logger.error({ alarm: { kind: 'log_settings' } }, message);
    } }) : new PostgresEventLog({ connectionString: config.databaseUrl.reveal() });
}
