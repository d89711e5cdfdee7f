import 'reflect-metadata';
import type { INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { withArchiveIn } from '#archive';
import { APPROVAL_SERVICE, CLUSTER_SERVICE, DECISION_SERVICE, PACKAGES, QUERY_SERVICE, REGISTRY_SERVICE } from '#contracts';
import { decisionMachine } from '#decision';
import type { DecisionCommand, DecisionEvent, DecisionReply, DecisionState } from '#decision';
import { GrantKeys, KafkaEventLog, Ledger, openKeys, openPool, PostgresEventLog, PostgresSnapshotStore, systemRuntime } from '#ledger';
import type { EventLog, LedgerLimits, Membership, PartitionStatus, Runtime } from '#ledger';
import {
  alarmCounter, assertReachSafely, ClusterApi, DocketGrpcServer, GrpcErrorFilter, NodeTls, Peers, readTls, Routing, serveOperations, startApp, startTracing, warnOfUnprovenNodes, withPort, withTracing,
} from '#platform';
import type { Address, AppBase, BroughtAlong, Logger } from '#platform';
import { openHeadSigning } from '#proof';
import { Access } from './access.js';
import { Admission } from './admission/admission.js';
import type { AdmissionLimits } from './admission/admission.js';
import { AdmissionWatch } from './admission/admission-watch.js';
import { decideGate } from './admission/decide-gate.js';
import { ApprovalMetrics } from './approvals/approval-metrics.js';
import { withApprovalTap } from './approvals/approval.tap.js';
import { ApprovalWaiters } from './approvals/approval.waiters.js';
import { ApprovalCards } from './approvals/card/approval-cards.js';
import { CardHistory } from './approvals/card/card-history.js';
import { createApprovals } from './approvals/create-approvals.js';
import type { DeciderConfig } from './config.js';
import { DeciderModule } from './decider.module.js';
import { DecisionApi } from './decision-api.js';
import { DecisionDesk } from './decision-desk.js';
import { DecisionLog } from './decision-log.js';
import { DecisionMetrics } from './decision-metrics.js';
import { Patience } from './patience.js';
import { createQuery } from './query/create-query.js';
import { Erasures } from './registry/erasures.js';
import { ledgerDecisionsPort } from './registry/ledger.decisions.port.js';
import { RegistryTools } from './registry/registry.tools.js';
import { RegistryEdits } from './registry/registry.edits.js';
import { REGISTRY_TOPIC } from './registry/registry.follower.js';
import { RegistryHost } from './registry/registry.host.js';
import { Rivals } from './rivals.js';
import { approvalNodes } from './routing/approval-nodes.js';
import { Routes } from './routing/routes.js';
import { successorsOver } from './routing/successors.js';
import { RoutingInterceptor } from './routing/routing.interceptor.js';
import { createScopes } from './scopes/create-scopes.js';
import { verdictFacts } from './verdict-facts.js';

export const DECISIONS_TOPIC = 'docket.decisions';
/** Nodes that share the partitions. */
const GROUP = 'docket.decider';
/** How long a node that stops goes on serving what nobody has taken over yet. */
const HAND_OVER_MS = 5_000;
/** How long one that is told to take partitions over may take to say that it has; it goes on after that. */
const TAKE_OVER_MS = 3_000;

type DecisionsLedger = Ledger<DecisionState, DecisionCommand, DecisionEvent, DecisionReply>;

/** What a process that holds several apps, or a spec, brings along itself. What is brought is not closed here. */
export interface DeciderOverrides extends BroughtAlong {
  readonly runtime?: Runtime;
  readonly log?: EventLog;
  readonly membership?: Membership;
  readonly limits?: Partial<LedgerLimits>;
  readonly admission?: Partial<AdmissionLimits>;
  /** What of the process does not work beside decisions, for `/healthz`. */
  readonly degraded?: () => string | undefined;
  /** Told the process that serves each connection of the query API, by its id where PostgreSQL runs. */
  readonly onQueryBackend?: (processId: number) => void;
}

export interface DeciderApp {
  readonly grpcAddress: Address;
  readonly httpAddress: Address;
  readonly registry: RegistryEdits;
  readonly decisions: DecisionsLedger;
  readonly decisionsPartitions: number;
  /** What an operator must know of this start, beside that it serves. */
  readonly cautions: readonly string[];
  /** Health NOT_SERVING → drain → flush the ledgers → close. Resolves to whether all of it went well. */
  stop(): Promise<boolean>;
}

/**
 * Starts a decider: resolves when it serves. This is the one place that names adapters. Rejects with a DocketError, after
 * everything that was already up has been stopped.
 */
export async function createApp(config: DeciderConfig, overrides: DeciderOverrides = {}): Promise<DeciderApp> {
  return startApp({ app: 'decider', node: config.node, level: config.logging.level }, overrides, (base) => start(config, overrides, base));
}

async function start(config: DeciderConfig, overrides: DeciderOverrides, base: AppBase): Promise<DeciderApp> {
  const { logger, lifecycle, metrics: registry } = base;
  const runtime = overrides.runtime ?? systemRuntime();
  const metrics = new DecisionMetrics(registry);
  const alarms = alarmCounter(registry);
  const tls = readTls(config.transport);
  assertReachSafely('GRPC_LISTEN', config.grpc.listen, config.transport, logger);

  let isServing = false;
  const http = await serveOperations(base, { listen: config.http.listen, listenName: 'HTTP_LISTEN', transport: config.transport, ready: () => isServing, degraded: overrides.degraded });

  const onIdleError = (error: Error): void => logger.warn({ code: (error as { code?: string }).code }, 'an idle database connection was lost');
  const pool = openPool({ connectionString: config.databaseUrl.reveal(), name: 'docket decider', connectMs: 5_000, queryMs: 30_000, onIdleError });
  lifecycle.onStop('database', () => pool.end());
  const keyring = await openKeys({ pool, config: config.keyring });
  const keys = new GrantKeys({ pool, keyring });
  await keys.prepare();
  const snapshots = new PostgresSnapshotStore({ pool });
  await snapshots.prepare();

  const live = overrides.log ?? openLog(config, logger, alarms);
  if (overrides.log === undefined) lifecycle.onStop('event log', () => live.close());
  const archived = config.archiveDir === undefined ? undefined : withArchiveIn(live, config.archiveDir);
  await archived?.open();
  const tracing = await startTracing(base, config.tracing);
  const read = archived ?? live;
  const log = tracing === undefined ? read : withTracing(read, tracing, config.log.kind, () => runtime.wallMs());

  const onAlarm = ({ message, ...alarm }: { readonly message: string; readonly kind?: string }): void => {
    alarms(alarm.kind ?? 'other');
    logger.error({ alarm }, message);
  };
  const heads = await openHeadSigning({ config: config.heads, keyring, onTrouble: (message) => onAlarm({ kind: 'head_not_signed', message }), onNotice: (message) => logger.info(message) });
  lifecycle.onStop('signed heads', async () => heads?.close());
  const rivals = new Rivals(runtime, registry, onAlarm);
  // Claims name where others reach this node, before it listens.
  const listen = live instanceof KafkaEventLog && config.grpc.address === undefined ? await withPort(config.grpc.listen) : config.grpc.listen;
  const address = config.grpc.address ?? listen;
  const membership = overrides.membership ?? (live instanceof KafkaEventLog
    ? live.membership({ groupId: GROUP, self: { node: config.node, address }, onProblem: (message) => logger.warn(message) }) : undefined);
  const nodes = config.nodes && new NodeTls({ ...config.nodes, wallMs: () => Date.now(), onTrouble: (message) => logger.warn(message) });
  if (membership !== undefined && nodes === undefined) warnOfUnprovenNodes(address, logger);
  const peers = membership && new Peers({
    tls: tls !== undefined, caFile: config.grpc.caFile ?? config.transport.tlsCertFile, nodes, tracing, wallMs: () => runtime.wallMs(), onTrouble: (message) => logger.warn(message),
  });
  lifecycle.onStop('peers', async () => peers?.close());
  // Only where a node is known to be one does this node claim what another says that it leaves.
  const provesNodes = nodes !== undefined && config.grpc.transport === 'fast';
  let routes: Routes | undefined;
  const shared = {
    log, runtime, snapshots, node: { name: config.node, address }, ...(membership && { membership }), ...(peers && provesNodes && { successors: successorsOver(peers, () => runtime.wallMs()) }),
    onMoved: () => routes?.moved(), observer: rivals.watch(metrics.observer()), onAlarm,
    ...(overrides.limits && { limits: overrides.limits }), ...(heads && { heads: heads.signing }),
  };
  const cautions: string[] = [];
  const host = new RegistryHost({
    ...shared,
    ...(peers && { peers }),
    settings: config.decisionsPartitions === undefined ? {} : { decisionsPartitions: config.decisionsPartitions },
    credentialsFile: config.credentialsFile,
    renewCredentials: config.renewCredentials,
    onNotice: (message, urgent = false) => {
      logger[urgent ? 'warn' : 'info'](message);
      if (urgent) cautions.push(message);
    },
  });
  let decisions: DecisionsLedger | undefined;
  lifecycle.onStop('ledgers', async () => {
    // The registry first: it would only go on trying to reach partitions that are gone.
    await host.stop();
    await decisions?.stop();
  });
  const created = await host.start();
  // Before anybody can ask for a value: a database that was brought back from a backup has erased keys again.
  const erasures = new Erasures({ registry: host.follower, keys, runtime, onAlarm });
  lifecycle.onStop('erasures', () => erasures.stop());
  await erasures.start();

  const partitions = created.decisions_partitions;
  await log.prepare([{ topic: DECISIONS_TOPIC, partitions }]);
  const waiters = new ApprovalWaiters(runtime);
  const settings = { callIdMemoryMs: created.call_id_memory_ms, callIdAheadMs: created.call_id_ahead_ms };
  const machine = withApprovalTap(decisionMachine(settings, host.follower.policies.lookup), (approvalId) => waiters.notify(approvalId));
  const ledger = new Ledger<DecisionState, DecisionCommand, DecisionEvent, DecisionReply>({ ...shared, topic: DECISIONS_TOPIC, partitions, machine });
  decisions = ledger;
  await ledger.start();
  host.feed(ledgerDecisionsPort(ledger, partitions));
  metrics.watch([{ topic: DECISIONS_TOPIC, status: () => ledger.status() }, { topic: REGISTRY_TOPIC, status: () => host.ledgerStatus() }]);

  const admissionWatch = new AdmissionWatch(registry, runtime, logger);
  const admission = new Admission({ runtime, ...(overrides.admission && { limits: overrides.admission }), onTurned: admissionWatch.turned });
  const patience = new Patience(runtime);
  const server = new DocketGrpcServer({
    gate: decideGate(admission, patience, metrics),
    listen, listenName: 'GRPC_LISTEN', tls, nodes, transport: config.grpc.transport,
    packages: PACKAGES, services: [DECISION_SERVICE, APPROVAL_SERVICE, REGISTRY_SERVICE, QUERY_SERVICE, CLUSTER_SERVICE], logger, tracing, answerFacts: verdictFacts,
  });
  const access = new Access((token) => host.follower.authenticate(token));
  const approvalMetrics = new ApprovalMetrics(registry);
  const routing = peers && new Routing({ ownerOf: (partition) => ledger.ownerOf(partition), peers, runtime, address, partitions });
  const scopes = await createScopes({ ledger, partitions, keys, runtime, patience, metrics: registry, ...(routing && { routing }) });
  lifecycle.onStop('scopes', () => scopes.stop());
  routes = peers && routing && new Routes({
    partitions, address, decisions: routing,
    registry: new Routing({ ownerOf: () => host.ownerOf(), peers, runtime, address, partitions: 1 }),
  });
  const api = new DecisionApi({
    ...(routes && { routes }), tracing,
    desk: new DecisionDesk({ ledger, partitions, keys, runtime, patience, admission, wider: scopes.calls, onApproval: (action) => approvalMetrics.count(action) }),
    access, follower: host.follower, patience, metrics, log: new DecisionLog(logger, config.logging.decisions), logger, runtime, draining: server.draining,
  });
  const questions = await createQuery({
    connectionString: config.databaseUrl.reveal(), log, keys, access, patience, runtime, logger, errors: metrics, metrics: registry, draining: server.draining,
    ...(overrides.onQueryBackend && { onBackend: overrides.onQueryBackend }),
    topics: [{ topic: DECISIONS_TOPIC, partitions, status: () => ledger.status() }, { topic: REGISTRY_TOPIC, partitions: 1, status: () => host.ledgerStatus() }],
  });
  lifecycle.onStop('questions', () => questions.close());
  const approvals = createApprovals({
    ...(peers && { nodes: approvalNodes(ledger, partitions, peers) }),
    ledger, partitions, keys, runtime, patience, waiters, access, logger, draining: server.draining,
    cards: new ApprovalCards({ registry: host.follower, runtime, history: new CardHistory({ rows: questions.rows, ends: questions.ends, keys }) }),
    metrics: approvalMetrics, errors: metrics,
  });
  const cluster = new ClusterApi({
    self: { node: config.node, address }, members: () => membership?.members() ?? [], ...(peers && { peers }), wallMs: () => runtime.wallMs(),
    topics: [{ topic: DECISIONS_TOPIC, status: () => ledger.status(), places: () => ledger.places }, { topic: REGISTRY_TOPIC, status: () => host.ledgerStatus(), places: () => host.places }],
    require: (metadata, roles) => access.require(metadata, roles),
    ...(provesNodes && {
      takeOver: (topic: string, taken: readonly number[], leaving: string) => (topic === REGISTRY_TOPIC ? host : ledger).takeOver(taken, leaving, TAKE_OVER_MS),
      readyFor: (topic: string, asked: readonly number[]) => (topic === REGISTRY_TOPIC ? host : ledger).readyFor(asked),
    }),
  });
  admissionWatch.watch(registry, admission, [
    { queue: 'grpc', calls: () => server.load?.calls ?? 0, bytes: () => server.load?.heldBytes ?? 0 },
    { queue: 'ledger', calls: () => ledger.load.commands, bytes: () => ledger.load.bytes },
    { queue: 'handed_on', calls: () => peers?.load.calls ?? 0, bytes: () => peers?.load.bytes ?? 0 },
    { queue: 'without_owner', calls: () => routes?.waiting ?? 0 },
    { queue: 'approvals', calls: () => waiters.count },
  ]);
  const edits = new RegistryEdits(host, keys, runtime, erasures);
  const app: INestMicroservice = await NestFactory.createMicroservice(DeciderModule.with({ decisions: api, approvals, query: questions.api, cluster, nodes: scopes.api, registry: { edits, access, runtime }, tools: { tools: new RegistryTools(host, runtime, server.draining), access, runtime } }), { strategy: server, logger: false });
  app.useGlobalFilters(new GrpcErrorFilter(logger));
  if (routes !== undefined) app.useGlobalInterceptors(new RoutingInterceptor(routes, patience));
  lifecycle.onStop('gRPC', async () => {
    const finished = await server.drain(config.drainTimeoutMs);
    await app.close();
    if (!finished) throw new Error(`some calls did not end within ${config.drainTimeoutMs} ms and were cut`);
  });
  await app.listen();

  // A node that cannot decide says so, and says so again when it can: the log may be away for a while.
  const owned = (status: readonly PartitionStatus[]): boolean => status.every(({ share, role, isLogReachable }) => share !== 'owner' || (role === 'owner' && isLogReachable));
  const look = (): void => setServing(new Set([
    ...(owned(ledger.status()) ? [DECISION_SERVICE, APPROVAL_SERVICE] : []),
    ...(owned(host.ledgerStatus()) ? [REGISTRY_SERVICE] : []),
    // What it needs is away at times, and then its answers say so.
    QUERY_SERVICE, CLUSTER_SERVICE,
  ]));
  const setServing = (services: ReadonlySet<string>): void => {
    const serving = services.size === 5;
    if (serving !== isServing) logger.info({ serving, services: [...services] }, serving ? 'serving' : 'not serving');
    isServing = serving;
    server.setServing(services);
  };
  lifecycle.onStop('hand-over', () => Promise.all([host.handOver(HAND_OVER_MS), ledger.handOver(HAND_OVER_MS)]));
  const watch = setInterval(() => {
    look();
    peers?.warm((membership?.members() ?? []).map((member) => member.address).filter((other) => other !== address));
  }, HEALTH_EVERY_MS);
  lifecycle.onStop('health', () => {
    clearInterval(watch);
    setServing(new Set());
  });
  look();
  return {
    grpcAddress: server.address, httpAddress: http.address, registry: edits, decisions: ledger, decisionsPartitions: partitions, cautions, stop: () => lifecycle.stop(),
  };
}

const HEALTH_EVERY_MS = 500;

function openLog(config: DeciderConfig, logger: Logger, alarms: (kind: string) => void): EventLog {
  return config.log.kind === 'kafka'
    ? new KafkaEventLog({ ...config.log, onTopicChanged: (message) => {
      alarms('log_settings');
      logger.error({ alarm: { kind: 'log_settings' } }, message);
    } })
    : new PostgresEventLog({ connectionString: config.databaseUrl.reveal() });
}
