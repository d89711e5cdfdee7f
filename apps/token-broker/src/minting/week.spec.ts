import { TokenCache } from '../cache/token-cache.js';
import { Broker, CAUSE, OF, ScriptedIssuer } from '../fixtures/broker.fixture.js';
import { FakeRuntime } from '../fixtures/fake-runtime.fixture.js';

const MINUTE_MS = 60_000;
const WEEK_MS = 7 * 24 * 60 * MINUTE_MS;

test('7 days of calls, one a minute, with tokens that live an hour: refreshed behind the callers, in less than a second of computing', async () => {
  const runtime = new FakeRuntime();
  const issuer = new ScriptedIssuer();
  const broker = await Broker.of(runtime, issuer);
  const misses: number[] = [];
  let leastMs = Infinity;
  const cache = new TokenCache({
    source: (_, ask) => broker.minter.obtain(OF, ask, CAUSE), runtime, random: () => 0.5, lastHeardMs: () => runtime.monotonicMs(),
  });
  const before = process.cpuUsage();
  for (let atMs = 0; atMs < WEEK_MS; atMs += MINUTE_MS) {
    const got = cache.get('k');
    if (got instanceof Promise) misses.push(atMs);
    leastMs = Math.min(leastMs, (await got).expiresInMs);
    await runtime.advance(MINUTE_MS);
  }
  const { user, system } = process.cpuUsage(before);
  expect(misses).toEqual([0]);
  expect(leastMs).toBeGreaterThan(30_000);
  // Lives of an hour refreshed some five minutes before their ends.
  expect(issuer.requests.length).toBeGreaterThan(168);
  expect(issuer.requests.length).toBeLessThan(190);
  expect(broker.log.count('TokenMinted')).toBe(issuer.requests.length);
  expect((user + system) / 1_000).toBeLessThan(1_000);
});
