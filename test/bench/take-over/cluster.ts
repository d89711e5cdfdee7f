import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { credentials } from '@grpc/grpc-js';
import { bearer, clusterClient, decisionClient, registryClient } from '#contracts';
import type { cluster, decision, registry } from '#contracts';
import { freePorts, KafkaCluster, killWithParent, makeNodeCertificates, startThrowawayPostgres } from '#local-services';
import { CALL_ID_LENGTH, CallIds } from '../generator/call-ids.js';

const MAIN = fileURLToPath(new URL('../../../apps/decider/src/main.js', import.meta.url));
const NAMES = ['a', 'b', 'c'] as const;
const CALLERS = 48;
const DEADLINE_MS = 30_000;
/** For compilers, too. */
const BEFORE_MS = 8_000;
const AFTER_MS = 3_000;
const POLICY = { version: '1', default: 'deny', tools: { t: { limits: [{ counter: 'c', window: 'month', max: 100_000_000, scope: 'grant' }] } } };

/** What callers of the other nodes noticed when one of three went away. */
export interface LossFigure {
  readonly how: 'SIGTERM' | 'SIGKILL';
  readonly calls: number;
  readonly failed: number;
  readonly callsPerSecond: number;
  /** The slowest call that had no answer yet when the node was told, or came later: the longest that any partition was not served. */
  readonly longestMs: number;
  /** The same of the seconds before, when nothing happened: what the machine alone makes of it. */
  readonly longestBeforeMs: number;
  /** The middle one of those. */
  readonly usualMs: number;
}

interface Decider {
  readonly name: string;
  readonly grpc: string;
  readonly child: ChildProcess;
}

/** Three deciders and three brokers as processes of this machine, callers on all partitions; one decider after another is stopped, or killed. */
export async function lossesUnderLoad(rounds: number, ways: readonly LossFigure['how'][], say: (line: string) => void): Promise<LossFigure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'docket-bench-losses-'));
  const kafka = await KafkaCluster.start({ folder: join(folder, 'kafka'), brokers: 3 });
  const postgres = await startThrowawayPostgres();
  const databaseUrl = await postgres.createDatabase();
  const certificates = await makeNodeCertificates(join(folder, 'nodes'), NAMES);
  const deciders = new Map<string, Decider>();
  const figures: LossFigure[] = [];
  try {
    const start = async (name: (typeof NAMES)[number]): Promise<void> => {
      const [grpc, http] = (await freePorts(2)).map((port) => `127.0.0.1:${port}`) as [string, string];
      const log = await open(join(folder, `${name}.log`), 'a');
      const child = spawn(process.execPath, [MAIN], {
        stdio: ['ignore', log.fd, log.fd],
        env: {
          PATH: process.env['PATH'], LOG: 'kafka', KAFKA_BROKERS: kafka.addresses.join(','), DATABASE_URL: databaseUrl, DATA_DIR: folder, KEYRING_CREATE: 'true',
          NODE_NAME: name, GRPC_LISTEN: grpc, HTTP_LISTEN: http, LOG_DECISIONS: 'false', ...certificates[name],
        },
      });
      await log.close();
      killWithParent(child);
      deciders.set(name, { name, grpc, child });
      while (!(await fetch(`http://${http}/readyz`).then(({ ok }) => ok, () => false))) {
        if (child.exitCode !== null) throw new Error(readFileSync(join(folder, `${name}.log`), 'utf8').slice(-2_000));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    for (const name of NAMES) await start(name);
    const token = (role: string): string => (JSON.parse(readFileSync(join(folder, 'credentials.json'), 'utf8')) as { credentials: Record<string, string> }).credentials[role]!;
    const grants = await issueGrants(deciders.get('a')!.grpc, token('admin'), CALLERS);
    for (let round = 0; round < rounds; round += 1) {
      for (const how of ways) {
        const lost = NAMES[(figures.length) % NAMES.length]!;
        await balanced([...deciders.values()].map(({ grpc }) => grpc), token('admin'));
        const survivors = [...deciders.values()].filter(({ name }) => name !== lost).map(({ grpc }) => grpc);
        const figure = await lose(deciders.get(lost)!, how, survivors, grants, token('gateway'));
        figures.push(figure);
        say(`${how} of ${lost}: longest ${Math.round(figure.longestMs)} ms (before: ${Math.round(figure.longestBeforeMs)} ms, usually ${Math.round(figure.usualMs)} ms), ${figure.callsPerSecond} calls/s, ${figure.failed} of ${figure.calls} failed`);
        await start(lost);
      }
    }
    return figures;
  } finally {
    for (const { child } of deciders.values()) child.kill('SIGKILL');
    await kafka.kill();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function lose({ child }: Decider, how: 'SIGTERM' | 'SIGKILL', survivors: readonly string[], grants: readonly string[], token: string): Promise<LossFigure> {
  const clients = survivors.map((address) => decisionClient(address, credentials.createInsecure()));
  const ids = new CallIds();
  let isOver = false;
  let failed = 0;
  const took: { readonly endedMs: number; readonly ms: number }[] = [];
  const caller = async (at: number): Promise<void> => {
    for (let i = at; !isOver; i += 1) {
      const startedMs = performance.now();
      const request: decision.DecideRequest = { callId: nextId(ids), grant: grants[at % grants.length]!, tool: 't', arguments: Buffer.from('{}') };
      const error = await new Promise<unknown>((resolve) => clients[i % clients.length]!.Decide(request, bearer(token), { deadline: Date.now() + DEADLINE_MS }, (problem) => resolve(problem)));
      if (error !== null) failed += 1;
      const endedMs = performance.now();
      took.push({ endedMs, ms: endedMs - startedMs });
    }
  };
  const startedMs = performance.now();
  const callers = Array.from({ length: CALLERS }, (_, at) => caller(at));
  await new Promise((resolve) => setTimeout(resolve, BEFORE_MS));
  const exited = once(child, 'exit');
  const toldMs = performance.now();
  child.kill(how);
  await exited;
  // Every caller has come back at least once: then everything is served again.
  const answered = took.length;
  while (took.length < answered + 20 * CALLERS) await new Promise((resolve) => setTimeout(resolve, 50));
  await new Promise((resolve) => setTimeout(resolve, AFTER_MS));
  isOver = true;
  await Promise.all(callers);
  for (const client of clients) client.close();
  const longest = (of: readonly { readonly ms: number }[]): number => of.reduce((most, { ms }) => Math.max(most, ms), 0);
  const before = took.filter(({ endedMs }) => endedMs > startedMs + BEFORE_MS / 2 && endedMs < toldMs);
  return {
    how, calls: took.length, failed, callsPerSecond: Math.round(took.length / ((performance.now() - startedMs) / 1_000)), longestMs: longest(took.filter(({ endedMs }) => endedMs >= toldMs)),
    longestBeforeMs: longest(before), usualMs: before.map(({ ms }) => ms).sort((a, b) => a - b)[before.length >> 1] ?? 0,
  };
}

async function issueGrants(address: string, token: string, count: number): Promise<string[]> {
  const client = registryClient(address, credentials.createInsecure());
  const call = <T>(method: (done: (error: Error | null, value?: T) => void) => void): Promise<T> => new Promise((resolve, reject) => method((error, value) => (error ? reject(error) : resolve(value!))));
  await call((done) => client.RegisterServer({ serverId: 'bench' }, bearer(token), done));
  await call((done) => client.PublishPolicy({ policyId: 'bench', document: Buffer.from(JSON.stringify(POLICY)) }, bearer(token), done));
  const grants: string[] = [];
  for (let i = 0; i < count; i += 1) grants.push((await call<registry.IssueGrantResponse__Output>((done) => client.IssueGrant({ serverId: 'bench', policyId: 'bench' }, bearer(token), done))).grant!.grantId);
  client.close();
  return grants;
}

/** All nodes own their share, every partition is served and followed. */
async function balanced(addresses: readonly string[], token: string): Promise<void> {
  const client = clusterClient(addresses[0]!, credentials.createInsecure());
  for (;;) {
    const found = await new Promise<cluster.GetClusterResponse__Output | undefined>((resolve) => client.GetCluster({}, bearer(token), { deadline: Date.now() + DEADLINE_MS }, (_error, value) => resolve(value)));
    const owned = found?.nodes.map((node) => node.owned) ?? [];
    if (owned.length === addresses.length && Math.max(...owned) - Math.min(...owned) <= 2 && found!.partitions.every(({ state, standbyLag }) => state === 'SERVING' && Number(standbyLag) >= 0)) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  client.close();
}

function nextId(ids: CallIds): string {
  const bytes = Buffer.alloc(CALL_ID_LENGTH);
  ids.write(bytes, 0);
  return bytes.toString('latin1');
}

