import { inspect } from 'node:util';
import { DocketError } from '#errors';
import { CANARY, FakePartner, MINT_PATH, ORDERS_PATH, type Knobs } from '#fake-partner';
import { systemRuntime, type Runtime } from '#ledger';
import { mayRetry, remedyFor } from '#access-token';
import { TokenCache, type ServedToken } from './cache/token-cache.js';
import { Broker, CAUSE, OF, SETTINGS } from './fixtures/broker.fixture.js';
import { guardedFetch } from './issuers/guarded-fetch.js';
import { PartnerSecretIssuer } from './issuers/partner-secret.issuer.js';

/** The machine's own time, moved on by as much as a test likes. */
class ShiftedRuntime implements Runtime {
  readonly #real = systemRuntime();
  shiftMs = 0;
  /** How wrong this node's wall clock is. */
  wrongMs = 0;
  wallMs = (): number => this.#real.wallMs() + this.shiftMs + this.wrongMs;
  monotonicMs = (): number => this.#real.monotonicMs() + this.shiftMs;
  after = this.#real.after;
  randomHex = this.#real.randomHex;
}

let fake: FakePartner;
let runtime: ShiftedRuntime;
let broker: Broker<PartnerSecretIssuer>;
let cache: TokenCache;

async function start(knobs: Partial<Knobs> = {}): Promise<void> {
  runtime = new ShiftedRuntime();
  const clock = runtime;
  fake = await FakePartner.start({ knobs, now: () => Date.now() + clock.shiftMs });
  const issuer = new PartnerSecretIssuer({ fetch: guardedFetch({ allowLoopback: true }), wallMs: runtime.wallMs });
  broker = await Broker.of(runtime, issuer, { settings: { ...SETTINGS, token_url: fake.baseUrl + MINT_PATH, client_id: fake.apiKey }, secret: fake.apiSecret });
  cache = new TokenCache({ source: (_, ask) => broker.minter.obtain(OF, ask, CAUSE), runtime, random: () => 0.5, lastHeardMs: () => runtime.monotonicMs() });
}

afterEach(() => fake.stop());

/** A gateway's call: with the cached token; after a 401 once more with a newer one. */
async function call(firstToken?: ServedToken): Promise<number> {
  let served = firstToken ?? (await cache.get('k'));
  for (let retries = 0; ; retries += 1) {
    const response = await fetch(fake.baseUrl + ORDERS_PATH, { headers: { 'access-token': served.token.reveal() } });
    await response.arrayBuffer();
    const remedy = remedyFor({ status: response.status, wwwAuthenticate: response.headers.get('www-authenticate') ?? undefined }, []);
    if (remedy.kind !== 'refresh') return response.status;
    const rejectedGeneration = served.generation;
    if (!mayRetry({ retries, isReplayable: true, remainingMs: 1_000 })) {
      await Promise.resolve(cache.get('k', { rejectedGeneration })).catch(() => {});
      return response.status;
    }
    served = await cache.get('k', { rejectedGeneration });
  }
}

test('1,000 parallel calls for a token reach the partner once', async () => {
  await start();
  const got = await Promise.all(Array.from({ length: 1_000 }, () => cache.get('k')));
  expect(new Set(got.map(({ generation }) => generation))).toEqual(new Set([1]));
  expect(fake.requests.entries).toMatchObject([{ kind: 'mint', credential: 'right', carriedToken: false }]);
});

test('20 parallel calls that meet a revocation all succeed, with one mint, though each mint kills the token before it', async () => {
  await start({ mintKillsOlder: true });
  const old = await cache.get('k');
  fake.revokeAll();
  const statuses = await Promise.all(Array.from({ length: 20 }, () => call(old)));
  expect(statuses).toEqual(Array.from({ length: 20 }, () => 200));
  expect(fake.requests.count('mint')).toBe(2);
});

test.each([true, false])('a partner that answers 401 for ever (WWW-Authenticate: %s) costs one mint beside the first in 30 s, and then a typed error', async (wwwAuthenticate) => {
  await start({ rejectAllCalls: true, wwwAuthenticate });
  const results = await Promise.allSettled(Array.from({ length: 50 }, () => call()));
  expect(results.every((result) => (result.status === 'rejected' ? result.reason instanceof DocketError : result.value === 401))).toBe(true);
  expect(fake.requests.count('mint')).toBe(2);
  await expect(Promise.resolve(cache.get('k'))).rejects.toMatchObject({ kind: 'failed_precondition', reason: 'TOKEN_REJECTED' });
  runtime.shiftMs += 31_000;
  await Promise.allSettled(Array.from({ length: 50 }, () => call()));
  expect(fake.requests.count('mint')).toBe(3);
});

test('a partner that hands out the rejected token again ends it, without a loop', async () => {
  await start({ sameToken: true, mintKillsOlder: true, rejectAllCalls: true });
  await expect(call()).rejects.toMatchObject({ reason: 'CONNECTION_BROKEN', metadata: { code: 'same_token' } });
  expect(fake.requests.count('mint')).toBe(2);
});

test.each([-120_000, -61_000, 0, 59_500, 120_000])('with the local clock %i ms wrong and tokens of 60 s, none is served past its end and none is minted without need', async (wrongMs) => {
  await start({ lifetimeMs: 60_000, mintKillsOlder: false });
  runtime.wrongMs = wrongMs;
  for (let second = 0; second < 180; second += 3) {
    expect(await call()).toBe(200);
    runtime.shiftMs += 3_000;
  }
  expect(fake.requests.entries.filter(({ status }) => status === 401)).toEqual([]);
  expect(fake.requests.count('mint')).toBeGreaterThanOrEqual(3);
  expect(fake.requests.count('mint')).toBeLessThanOrEqual(6);
});

test.each<Partial<Knobs>>([{ expiresAt: 'milliseconds' }, { expiresAt: 'iso' }, { expiresAt: 'missing' }, { expiresAt: 'text' }, { dataWrapper: false }, { dateSkewMs: null }, { dateSkewMs: 7_200_000 }, { dateSkewMs: -7_200_000 }])(
  'a partner with %j is served from the cache all the same', async (knobs) => {
    await start({ lifetimeMs: 600_000, ...knobs });
    for (let n = 0; n < 20; n += 1) {
      expect(await call()).toBe(200);
      runtime.shiftMs += 3_000;
    }
    expect(fake.requests.count('mint')).toBe(1);
  },
);

test('a partner whose tokens are over on arrival is asked with growing pauses, not in a loop', async () => {
  await start({ expiresAt: 'past' });
  for (let n = 0; n < 100; n += 1) {
    await expect(Promise.resolve(cache.get('k'))).rejects.toMatchObject({ reason: 'ISSUER_UNAVAILABLE', metadata: { code: 'expired_token' } });
    runtime.shiftMs += 300;
  }
  expect(fake.requests.count('mint')).toBeLessThanOrEqual(7);
});

test('Retry-After is kept, and callers are told how long', async () => {
  await start({ mintFault: '429', retryAfter: '50' });
  await expect(Promise.resolve(cache.get('k'))).rejects.toMatchObject({ retryAfterMs: expect.any(Number), metadata: { code: 'rate_limited', status: '429' } });
  runtime.shiftMs += 10_000;
  await expect(Promise.resolve(cache.get('k'))).rejects.toMatchObject({ metadata: { code: 'rate_limited' } });
  expect(fake.requests.count('mint')).toBe(1);
  fake.turn({ mintFault: 'none' });
  runtime.shiftMs += 60_000;
  expect(await call()).toBe(200);
});

test('no event, state, fact or error holds a secret or a token, whatever the partner repeats', async () => {
  await start({ echoCredential: true });
  const errors: unknown[] = [];
  for (const mintFault of ['none', '400', '401', '429', '500', 'html', 'reset', 'truncated'] as const) {
    fake.turn({ mintFault, rejectAllCalls: mintFault !== 'none' });
    await call().catch((error: unknown) => errors.push(error));
    runtime.shiftMs += 120_000;
  }
  expect(errors.length).toBeGreaterThan(3);
  const seen = inspect([errors, broker.facts, broker.log.events, broker.log.state, broker.minter, cache], { depth: 20, showHidden: true, maxArrayLength: null, maxStringLength: null });
  expect(broker.facts.length).toBeGreaterThan(5);
  expect(seen).not.toContain(CANARY);
});
