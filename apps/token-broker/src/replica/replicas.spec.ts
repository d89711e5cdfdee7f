import { accessTokenMachine, findConnection, type TokenCommand, type TokenEvent, type TokenReply, type TokenState } from '#access-token';
import { Ledger, MemoryEventLog, systemRuntime, type Runtime } from '#ledger';
import { Secret } from '#platform';
import { cacheKeyOf } from '../cache/cache-key.js';
import { TokenCache, type ServedToken } from '../cache/token-cache.js';
import { CANARY, CAUSE, OF, OWNER, ScriptedIssuer, SECRET_ID, SETTINGS } from '../fixtures/broker.fixture.js';
import { FakeRuntime } from '../fixtures/fake-runtime.fixture.js';
import { MemoryTokenVault } from '../fixtures/memory.token-vault.fixture.js';
import { TokenMinter } from '../minting/token-minter.js';
import { TokenReplica } from './token-replica.js';

const TOPIC = 'docket.tokens';
const runtime = systemRuntime();
const common = { tenant: OF.tenant, connection_id: OF.connectionId, ...CAUSE };

let log: MemoryEventLog;
let ledger: Ledger<TokenState, TokenCommand, TokenEvent, TokenReply>;
let issuer: ScriptedIssuer;
let minter: TokenMinter;
let stop: AbortController;
let running: Promise<void>[];

beforeEach(async () => {
  log = new MemoryEventLog();
  await log.prepare([{ topic: TOPIC, partitions: 1 }]);
  ledger = new Ledger({ log, topic: TOPIC, partitions: 1, machine: accessTokenMachine(), runtime, node: { name: 'owner', address: '' }, limits: { drainMs: 200 } });
  await ledger.start();
  issuer = new ScriptedIssuer();
  const vault = new MemoryTokenVault();
  await vault.put({ ...OF, kind: 'secret', version: SECRET_ID }, new Secret(`${CANARY}secret`));
  minter = new TokenMinter({
    submit: (command) => ledger.submit(0, command), describe: (tenant, id) => ledger.peek(0, (state) => findConnection(state, tenant, id)),
    issuers: { 'partner-secret': issuer }, vault, runtime, random: Math.random, owner: OWNER,
  });
  await ledger.submit(0, { type: 'RegisterConnection', ...common, settings: SETTINGS, secret_id: SECRET_ID, secret_version: 1, binding: '1'.repeat(64) });
  stop = new AbortController();
  running = [];
});

afterEach(async () => {
  stop.abort();
  await Promise.all(running);
  await ledger.stop();
});

/** A node that owns nothing: its cache, its ear on the log, and the way to the owner. */
interface Node {
  readonly replica: TokenReplica;
  readonly cache: TokenCache;
  get(rejectedGeneration?: number): ServedToken | Promise<ServedToken>;
}

function node(own: Runtime): Node {
  const replica = new TokenReplica({
    log, topic: TOPIC, partition: 0, runtime: own, maxWaitMs: 50, onEnded: (key, generation) => cache.end(key, generation), onForgiven: (key) => cache.forgive(key),
  });
  const cache = new TokenCache({
    source: (_, ask) => minter.obtain(OF, ask, CAUSE), runtime: own, random: Math.random, lastHeardMs: () => replica.heardMs,
  });
  running.push(replica.run(stop.signal));
  const get = (rejectedGeneration?: number): ServedToken | Promise<ServedToken> =>
    cache.get(cacheKeyOf(0, replica.describe(OF.tenant, OF.connectionId)!.binding, ''), rejectedGeneration === undefined ? {} : { rejectedGeneration });
  return { replica, cache, get };
}

const PATIENCE_MS = 120_000;

async function until(isTrue: () => boolean): Promise<void> {
  for (const endMs = performance.now() + PATIENCE_MS; !isTrue();) {
    if (performance.now() > endMs) throw new Error(`waited in vain for ${String(isTrue)}`);
    await new Promise<void>((resolve) => setTimeout(resolve, 1));
  }
}

async function nodes(count: number, own: Runtime): Promise<Node[]> {
  const all = Array.from({ length: count }, () => node(own));
  await until(() => all.every(({ replica }) => replica.describe(OF.tenant, OF.connectionId) !== undefined && replica.heardMs >= 0));
  return all;
}

/** Until every node refuses to answer from its cache. */
async function untilAsked(all: readonly Node[]): Promise<void> {
  for (const { get } of all) {
    await until(() => {
      const got = get();
      if (got instanceof Promise) got.catch(() => {});
      return got instanceof Promise;
    });
  }
}

test('3 replicas with 1,000 callers each are one mint', async () => {
  const all = await nodes(3, new FakeRuntime());
  const got = await Promise.all(all.flatMap(({ get }) => Array.from({ length: 1_000 }, () => get())));
  expect(new Set(got.map(({ generation }) => generation))).toEqual(new Set([1]));
  expect(issuer.requests).toHaveLength(1);
});

// The node's clock stands still: what is heard while it does needs no timer, only that the log wakes who reads it.
test('a revoked token is served by no replica within a second: as soon as the log has it, without a timer', async () => {
  const still = new FakeRuntime();
  const all = await nodes(3, still);
  await Promise.all(all.map(({ get }) => get()));
  await ledger.submit(0, { type: 'RevokeToken', ...common, slot: null, generation: null });
  await untilAsked(all);
  expect(still.monotonicMs()).toBe(0);
});

test('a replica learns within a second of a token that a peer had minted, and nobody gets the rejected one', async () => {
  const still = new FakeRuntime();
  const all = await nodes(3, still);
  await Promise.all(all.map(({ get }) => get()));
  expect((await all[0]!.get(1)).generation).toBe(2);
  await untilAsked(all.slice(1));
  expect(still.monotonicMs()).toBe(0);
  expect(await Promise.all(all.map(async ({ get }) => (await get()).generation))).toEqual([2, 2, 2]);
  expect(issuer.requests).toHaveLength(2);
});

test('a rotated secret and a suspension reach every replica', async () => {
  const all = await nodes(2, new FakeRuntime());
  await Promise.all(all.map(({ get }) => get()));
  const old = all.map(({ cache, replica }) => ({ cache, key: cacheKeyOf(0, replica.describe(OF.tenant, OF.connectionId)!.binding, '') }));
  await ledger.submit(0, { type: 'RotateSecret', ...common, secret_id: SECRET_ID.replaceAll('5', '6'), secret_version: 2, binding: '2'.repeat(64) });
  await until(() => all.every(({ replica }) => replica.describe(OF.tenant, OF.connectionId)!.secret_version === 2));
  for (const { cache, key } of old) {
    const got = cache.get(key);
    expect(got).toBeInstanceOf(Promise);
    await Promise.resolve(got).catch(() => {});
  }
  await ledger.submit(0, { type: 'SuspendConnection', ...common });
  await until(() => all.every(({ replica }) => replica.describe(OF.tenant, OF.connectionId)!.status === 'suspended'));
  for (const { cache } of all) cache.forgive(cacheKeyOf(0, '2'.repeat(64), ''));
  await expect(Promise.resolve(all[0]!.get())).rejects.toMatchObject({ reason: 'CONNECTION_SUSPENDED' });
});

test('with the log away a replica knows that it hears nothing, and hears again when the log is back', async () => {
  let shiftMs = 0;
  const [only] = await nodes(1, { ...runtime, monotonicMs: () => runtime.monotonicMs() + shiftMs });
  const read = log.read.bind(log);
  let allowed = 0;
  let asked = 0;
  let nextOffset = 0;
  log.read = async (tp, from, options) => {
    if (shiftMs > 0) asked += 1;
    nextOffset = from;
    await until(() => allowed > 0 || options?.signal?.aborted === true);
    allowed -= 1;
    return read(tp, from, { ...options, maxRecords: 1 });
  };
  for (let n = 0; n < 6; n += 1) {
    await ledger.submit(0, { type: 'SuspendConnection', ...common });
    await ledger.submit(0, { type: 'ResumeConnection', ...common });
  }
  shiftMs = 10_000;
  const statusOf = (): string => only!.replica.describe(OF.tenant, OF.connectionId)!.status;
  // Until a read that began after the silence has brought something: not the last there is, so that a revocation may still be to come.
  while (asked < 2) {
    const before = asked;
    allowed = 1;
    await until(() => asked > before);
  }
  expect(nextOffset).toBeLessThan(await log.endOffset({ topic: TOPIC, partition: 0 }));
  expect(runtime.monotonicMs() + shiftMs - only!.replica.heardMs).toBeGreaterThan(9_000);
  allowed = Infinity;
  await until(() => runtime.monotonicMs() + shiftMs - only!.replica.heardMs < 1_000);
  expect(statusOf()).toBe('active');
});
