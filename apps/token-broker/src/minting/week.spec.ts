import { TokenCache } from '../cache/token-cache.js';
import { Broker, CAUSE, OF, ScriptedIssuer } from '../fixtures/broker.fixture.js';
import { FakeRuntime } from '../fixtures/fake-runtime.fixture.js';

const MINUTE_MS = 60_000;
const WEEK_MS = 7 * 24 * 60 * MINUTE_MS;

test('7 days of calls, one a minute, with tokens that live an hour: refreshed behind the callers, and no real time passes for it', async () => {
  const runtime = new FakeRuntime();
  const issuer = new ScriptedIssuer();
  const broker = await Broker.of(runtime, issuer);
  const misses: number[] = [];
  let leastMs = Infinity;
  const cache = new TokenCache({
    source: (_, ask) => broker.minter.obtain(OF, ask, CAUSE), runtime, random: () => 0.5, lastHeardMs: () => runtime.monotonicMs(),
  });
  // Everything waits by the injected clock: `npm run bench -- --tokens` prints how long the computing takes.
  const realTimer = globalThis.setTimeout;
  let realTimers = 0;
  globalThis.setTimeout = ((...given: Parameters<typeof realTimer>) => (realTimers += 1, realTimer(...given))) as typeof realTimer;
  for (let atMs = 0; atMs < WEEK_MS; atMs += MINUTE_MS) {
    const got = cache.get('k');
    if (got instanceof Promise) misses.push(atMs);
    leastMs = Math.min(leastMs, (await got).expiresInMs);
    await runtime.advance(MINUTE_MS);
  }
  expect(misses).toEqual([0]);
  expect(leastMs).toBeGreaterThan(30_000);
  // Lives of an hour refreshed some five minutes before their ends.
  expect(issuer.requests.length).toBeGreaterThan(168);
  expect(issuer.requests.length).toBeLessThan(190);
  expect(broker.log.count('TokenMinted')).toBe(issuer.requests.length);
  globalThis.setTimeout = realTimer;
  expect(realTimers).toBe(0);
  expect(runtime.timers).toBe(0);
});
