import fc from 'fast-check';
import { DocketError } from '#errors';
import { createMetrics, Secret } from '#platform';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { FakeRuntime, settled } from '../fixtures/fake-runtime.fixture.js';
import { BrokerMetrics } from '../metrics/broker-metrics.js';
import { TokenCache, type ServedToken, type SourcedToken } from './token-cache.js';

const LIFE_MS = 60_000;
const STALE_MAX_MS = 600_000;
/** For so long the issuer's failure answers for it. */
const FAILURE_MS = 1_000;

/** An issuer and a cache before it, with a journal of what was served when. */
class Played {
  readonly runtime = new FakeRuntime();
  readonly metrics = createMetrics();
  readonly ended = new Set<number>();
  readonly endsAtMs = new Map<number, number>();
  readonly wrong: string[] = [];
  isIll = false;
  flights = 0;
  flightsMax = 0;
  #generation = 0;
  #failedAtMs = -Infinity;
  readonly #cache: TokenCache;

  constructor(readonly isStable: boolean, random: number) {
    const broker = new BrokerMetrics(this.metrics, this.runtime as never);
    this.#cache = new TokenCache({
      runtime: this.runtime, random: () => random, lastHeardMs: () => this.runtime.monotonicMs(), isStable: () => isStable, onEvent: (event) => broker.cacheEvent(event), source: () => this.#mint(),
    });
  }

  get newest(): number {
    return this.#generation;
  }

  async get(rejectedGeneration = 0): Promise<ServedToken | undefined> {
    if (rejectedGeneration > 0) this.ended.add(rejectedGeneration);
    const got = this.#cache.get('k', rejectedGeneration > 0 ? { rejectedGeneration } : {});
    const served = await Promise.resolve(got).catch(() => undefined);
    if (served) this.#judge(served);
    return served;
  }

  end(generation: number): void {
    for (let one = 1; one <= generation; one += 1) this.ended.add(one);
    this.#cache.end('k', generation);
  }

  /** Late news of a token that there was. */
  put(generation: number): void {
    const remainingMs = (this.endsAtMs.get(generation) ?? 0) - this.runtime.monotonicMs();
    if (remainingMs > 0) this.#cache.put('k', this.#token(generation, remainingMs));
  }

  async #mint(): Promise<SourcedToken> {
    this.flights += 1;
    this.flightsMax = Math.max(this.flightsMax, this.flights);
    await settled();
    this.flights -= 1;
    if (this.isIll) {
      this.#failedAtMs = this.runtime.monotonicMs();
      throw new DocketError('unavailable', { reason: 'ISSUER_UNAVAILABLE', message: 'ill', retryAfterMs: FAILURE_MS });
    }
    this.#generation += 1;
    this.endsAtMs.set(this.#generation, this.runtime.monotonicMs() + LIFE_MS);
    return this.#token(this.#generation, LIFE_MS);
  }

  #token(generation: number, lifeMs: number): SourcedToken {
    return { token: new Secret(`token ${generation}`), generation, softInMs: lifeMs * 2 / 3, hardInMs: lifeMs * 0.9, expiresInMs: lifeMs, lifeMs };
  }

  #judge({ generation }: ServedToken): void {
    const pastMs = this.runtime.monotonicMs() - this.endsAtMs.get(generation)!;
    if (this.ended.has(generation)) this.wrong.push(`generation ${generation} had ended`);
    const seemsIll = this.isIll || this.runtime.monotonicMs() < this.#failedAtMs + FAILURE_MS;
    if (pastMs > 0 && !(this.isStable && seemsIll && pastMs <= STALE_MAX_MS)) this.wrong.push(`generation ${generation} was ${pastMs} ms past its end`);
  }
}

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('get' as const) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(10, 1_000, 20_000, 40_000, 59_000, 120_000, 400_000) }) },
  fc.record({ kind: fc.constantFrom('reject' as const, 'revoke' as const, 'late' as const), back: fc.nat(2) }),
  fc.record({ kind: fc.constantFrom('ill' as const, 'well' as const) }),
);

test('whatever happens, a rejected or revoked token is served to nobody again, nor one past its end, but by static stability while the issuer is ill', async () => {
  await fc.assert(fc.asyncProperty(fc.boolean(), fc.double({ min: 0, max: 0.999, noNaN: true }), fc.array(step, { minLength: 5, maxLength: 40 }), async (isStable, random, steps) => {
    const played = new Played(isStable, random);
    for (const one of steps) {
      const generation = 'back' in one ? Math.max(1, played.newest - one.back) : 0;
      if (one.kind === 'get') await Promise.all([played.get(), played.get()]);
      if (one.kind === 'wait') await played.runtime.advance(one.ms);
      if (one.kind === 'ill' || one.kind === 'well') played.isIll = one.kind === 'ill';
      if (played.newest === 0) continue;
      if (one.kind === 'reject') await Promise.all([played.get(generation), played.get()]);
      if (one.kind === 'revoke') played.end(generation);
      if (one.kind === 'late') played.put(generation);
    }
    expect(played.wrong).toEqual([]);
    expect(played.flightsMax).toBeLessThanOrEqual(1);
  }), { numRuns: 300 });
});

test('a token that is rejected or revoked while it is served past its end is not served once more, however ill the issuer', async () => {
  for (const how of ['reject', 'revoke'] as const) {
    const played = new Played(true, 0.5);
    await played.get();
    played.isIll = true;
    await played.runtime.advance(LIFE_MS + 10_000);
    expect(await played.get()).toMatchObject({ generation: 1, expiresInMs: -10_000 });
    if (how === 'reject') expect(await played.get(1)).toBeUndefined();
    else played.end(1);
    expect(await played.get()).toBeUndefined();
    played.put(1);
    expect(await played.get()).toBeUndefined();
  }
});

test('who was refused a newer token is not served an older one past its end, however ill the issuer', async () => {
  const played = new Played(true, 0.5);
  await played.get();
  played.isIll = true;
  await played.runtime.advance(LIFE_MS + 10_000);
  // Generation 2 came from another node.
  expect(await played.get(2)).toBeUndefined();
  expect(await played.get()).toMatchObject({ generation: 1 });
});

test('without static stability nothing is served between the hard margin and the end, nor after it', async () => {
  const played = new Played(false, 0.5);
  await played.get();
  played.isIll = true;
  await played.runtime.advance(LIFE_MS * 0.9 - 1);
  expect(await played.get()).toMatchObject({ generation: 1 });
  for (const ms of [1, 3_000, 2_999, 1, 1, 300_000]) {
    await played.runtime.advance(ms);
    expect(await played.get()).toBeUndefined();
  }
});

test('an ill issuer is counted and alarmed from its first failed refresh on, and each token served past its end is, by metrics that the alerts watch', async () => {
  const { groups } = parse(readFileSync(new URL('../../../../deploy/alerts/token-broker.yaml', import.meta.url), 'utf8')) as { groups: { rules: { alert: string; expr: string }[] }[] };
  const watched = (alert: string): string => /(docket_token_\w+\{[^}]*\})/.exec(groups.flatMap(({ rules }) => rules).find((rule) => rule.alert === alert)!.expr)![1]!;
  const played = new Played(true, 0.5);
  const valueOf = async (series: string): Promise<number> => Number((await played.metrics.metrics()).split('\n').find((line) => line.startsWith(series))?.split(' ').at(-1) ?? 0);
  await played.get();
  played.isIll = true;
  await played.runtime.advance(LIFE_MS * 0.7);
  expect(await valueOf(watched('TokenRefreshesFail'))).toBe(0);
  await played.get();
  await settled();
  await settled();
  expect([await valueOf(watched('TokenRefreshesFail')), await valueOf(watched('StaleTokensServed'))]).toEqual([1, 0]);
  await played.runtime.advance(LIFE_MS);
  await played.get();
  expect(await valueOf(watched('StaleTokensServed'))).toBe(1);
});
