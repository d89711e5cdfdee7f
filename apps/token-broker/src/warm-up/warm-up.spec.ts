import type { Ask } from '../cache/token-cache.js';
import { Broker, CAUSE, OF, ScriptedIssuer, SECRET_ID, SETTINGS } from '../fixtures/broker.fixture.js';
import { FakeRuntime, settled } from '../fixtures/fake-runtime.fixture.js';
import type { TokenOf } from '../minting/token-minter.js';
import { WarmUp } from './warm-up.js';

let runtime: FakeRuntime;
let broker: Broker;
let asked: { readonly atMs: number; readonly of: TokenOf; readonly ask: Ask }[];

beforeEach(async () => {
  runtime = new FakeRuntime();
  broker = await Broker.of(runtime, new ScriptedIssuer());
  asked = [];
});

const warmUp = (random = (): number => Math.random()): WarmUp => new WarmUp({
  connections: (partition) => (partition === 0 ? broker.log.state.connections.values() : []), runtime, random, actor: 'broker/one',
  obtain: async (of, ask, cause) => {
    asked.push({ atMs: runtime.monotonicMs(), of, ask });
    return broker.minter.obtain(of, ask, cause);
  },
});

/** Starts, lets so much time pass, stops. */
async function run(target: WarmUp, forMs: number): Promise<number> {
  const stop = new AbortController();
  const done = target.run([0], stop.signal);
  await runtime.advance(forMs);
  stop.abort();
  return done;
}

const ids = (count: number): string[] => Array.from({ length: count }, (_, n) => `partner-${n}`);

async function registerAll(connectionIds: readonly string[]): Promise<void> {
  for (const connectionId of connectionIds) {
    await broker.vault.put({ ...OF, connectionId, kind: 'secret', version: SECRET_ID }, (await broker.vault.get({ ...OF, kind: 'secret', version: SECRET_ID }))!);
    await broker.log.submit({ type: 'RegisterConnection', ...broker.common, connection_id: connectionId, settings: SETTINGS, secret_id: SECRET_ID, secret_version: 1, binding: '0b'.repeat(32) });
  }
}

test('1,000 connections whose tokens were used are refreshed at 10 a second at most, with pauses that vary', async () => {
  const all = ids(1_000);
  await registerAll(all);
  for (const connectionId of all) {
    await broker.minter.obtain({ ...OF, connectionId }, { knownGeneration: null, reason: 'missing' }, CAUSE);
    // The partition's own cap on mints is another line's.
    broker.log.state.mints = [];
  }
  await runtime.advance(3_590_000);
  const startedAtMs = runtime.monotonicMs();
  expect(await run(warmUp(), 240_000)).toBe(1_000);
  const times = asked.map(({ atMs }) => atMs - startedAtMs);
  for (const from of times) expect(times.filter((at) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(10);
  expect(new Set(times.slice(1).map((at, n) => Math.round(at - times[n]!))).size).toBeGreaterThan(20);
  expect(asked.every(({ ask }) => ask.reason === 'warm_up' && ask.knownGeneration === 1)).toBe(true);
});

test('what nobody has used within one lifetime is left alone, and so is what is fresh, revoked, suspended or never minted', async () => {
  await registerAll(['used', 'forgotten', 'fresh', 'revoked', 'suspended', 'new']);
  const mint = (connectionId: string): Promise<unknown> => broker.minter.obtain({ ...OF, connectionId }, { knownGeneration: null, reason: 'missing' }, CAUSE);
  const common = (connection_id: string) => ({ ...broker.common, connection_id });
  await mint('forgotten');
  await runtime.advance(3_000_000);
  for (const one of ['used', 'revoked', 'suspended']) await mint(one);
  await broker.log.submit({ type: 'RevokeToken', ...common('revoked'), slot: null, generation: null });
  await broker.log.submit({ type: 'SuspendConnection', ...common('suspended') });
  await runtime.advance(3_400_000);
  await mint('fresh');
  expect(await run(warmUp(), 10_000)).toBe(1);
  expect(asked).toMatchObject([{ of: { connectionId: 'used' } }]);
});

test('a token that was served from caches counts as used, however long ago it was minted', async () => {
  await broker.minter.obtain(OF, { knownGeneration: null, reason: 'missing' }, CAUSE);
  await runtime.advance(3_500_000);
  await broker.log.submit({ type: 'ReportServed', ...broker.common, slot: '', generation: 1, served: 500, least_remaining_ms: 100_000 });
  await runtime.advance(3_000_000);
  expect(await run(warmUp(), 10_000)).toBe(1);
  await runtime.advance(7_200_000);
  expect(await run(warmUp(), 10_000)).toBe(0);
});

test('a partition is warmed up when it is taken over, and again when it comes back; what comes together keeps the rate', async () => {
  await registerAll(ids(10));
  for (const connectionId of ids(10)) await broker.minter.obtain({ ...OF, connectionId }, { knownGeneration: null, reason: 'missing' }, CAUSE);
  await runtime.advance(3_590_000);
  const target = warmUp(() => 0);
  const stop = new AbortController();
  target.look([0], stop.signal);
  target.look([0, 1], stop.signal);
  await settled();
  await runtime.advance(900);
  expect(asked).toHaveLength(9);
  await runtime.advance(60_000);
  expect(asked).toHaveLength(10);
  target.look([1], stop.signal);
  await runtime.advance(3_450_000);
  await broker.log.submit({ type: 'ReportServed', ...broker.common, connection_id: 'partner-3', slot: '', generation: 2, served: 1, least_remaining_ms: 1_000 });
  target.look([0, 1], stop.signal);
  await settled();
  await runtime.advance(2_000);
  expect(asked.slice(10)).toMatchObject([{ of: { connectionId: 'partner-3' } }]);
  stop.abort();
});

test('it ends when the process does', async () => {
  await registerAll(ids(10));
  for (const connectionId of ids(10)) await broker.minter.obtain({ ...OF, connectionId }, { knownGeneration: null, reason: 'missing' }, CAUSE);
  await runtime.advance(3_590_000);
  expect(await run(warmUp(() => 0), 300)).toBeLessThanOrEqual(3);
  expect(runtime.timers).toBe(0);
});
