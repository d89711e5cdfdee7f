import { readFileSync } from 'node:fs';
import { Registry } from 'prom-client';
import { parse } from 'yaml';
import type { TokenEvent } from '#access-token';
import { Broker, ScriptedIssuer } from '../fixtures/broker.fixture.js';
import { FakeRuntime } from '../fixtures/fake-runtime.fixture.js';
import { BrokerMetrics } from './broker-metrics.js';

let runtime: FakeRuntime;
let registry: Registry;
let metrics: BrokerMetrics;

beforeEach(() => {
  runtime = new FakeRuntime();
  registry = new Registry();
  metrics = new BrokerMetrics(registry, runtime);
});

async function valueOf(name: string, labels: Record<string, string> = {}): Promise<number | undefined> {
  const found = (await registry.getMetricsAsJSON()).flatMap((metric) => metric.values.map((value) => ({ name: (value as { metricName?: string }).metricName ?? metric.name, ...value })));
  return found.find((one) => one.name === name && Object.entries(labels).every(([key, value]) => (one.labels as Record<string, unknown>)[key] === value))?.value;
}

const minted = (expiresInMs: number): TokenEvent => ({
  type: 'TokenMinted', tenant: 'default', connection_id: 'partner', actor: 'edge', grant_id: '', trace_id: '', slot: '', mint_id: '0'.repeat(32), generation: 1, fingerprint: '0'.repeat(64),
  soft_at_ms: 0, hard_at_ms: 0, expires_at_ms: runtime.wallMs() + expiresInMs, renewed_secret_id: null, took_ms: 0,
});

test('counts what the contract lists: hit, soft, hard and miss, mints by reason, latency, age, what is left, stale serves, 401s, waits', async () => {
  for (const event of ['hit', 'hit', 'soft', 'hard', 'miss', 'stale'] as const) metrics.cacheEvent(event);
  metrics.minted({ reason: 'soft', outcome: 'minted', tookMs: 40 });
  metrics.served({ ageMs: 120_000, remainingMs: 30_000, waitedMs: 80, isStable: false });
  metrics.rejected(true);
  metrics.rejected(false);
  expect(await valueOf('docket_token_gets_total', { how: 'hit' })).toBe(2);
  for (const how of ['soft', 'hard', 'miss', 'stale']) expect(await valueOf('docket_token_gets_total', { how })).toBe(1);
  expect(await valueOf('docket_token_mints_total', { reason: 'soft', outcome: 'minted' })).toBe(1);
  expect(await valueOf('docket_token_mint_seconds_sum')).toBe(0.04);
  expect(await valueOf('docket_token_age_seconds_sum')).toBe(120);
  expect(await valueOf('docket_token_served_remaining_seconds_min')).toBe(30);
  expect(await valueOf('docket_token_wait_seconds_sum')).toBe(0.08);
  for (const generation of ['match', 'mismatch']) expect(await valueOf('docket_token_rejections_total', { generation })).toBe(1);
});

test('a token handed out past its end is counted: must be none, but for connections that opted in', async () => {
  metrics.served({ ageMs: 0, remainingMs: 0, waitedMs: null, isStable: false });
  expect(await valueOf('docket_token_served_expired_total', { static_stability: 'no' })).toBe(0);
  metrics.served({ ageMs: 0, remainingMs: -1, waitedMs: null, isStable: true });
  metrics.served({ ageMs: 0, remainingMs: -1, waitedMs: null, isStable: false });
  expect(await valueOf('docket_token_served_expired_total', { static_stability: 'yes' })).toBe(1);
  expect(await valueOf('docket_token_served_expired_total', { static_stability: 'no' })).toBe(1);
});

test('the least time that was left is of the last minute or two', async () => {
  metrics.served({ ageMs: 0, remainingMs: 5_000, waitedMs: null, isStable: false });
  await runtime.advance(60_000);
  metrics.served({ ageMs: 0, remainingMs: 50_000, waitedMs: null, isStable: false });
  expect(await valueOf('docket_token_served_remaining_seconds_min')).toBe(5);
  await runtime.advance(60_000);
  expect(await valueOf('docket_token_served_remaining_seconds_min')).toBe(50);
  await runtime.advance(120_000);
  expect(await valueOf('docket_token_served_remaining_seconds_min')).toBeUndefined();
});

test('tokens minted more than twice in a lifetime stand out, those refreshed in their soft margin do not', async () => {
  for (let n = 0; n < 10; n += 1) {
    metrics.heard(minted(60_000), runtime.wallMs());
    await runtime.advance(40_000);
  }
  expect(await valueOf('docket_token_mint_rate_highest')).toBeCloseTo(1.5);
  expect(await valueOf('docket_token_mint_rate_above')).toBe(0);
  for (let n = 0; n < 10; n += 1) {
    metrics.heard(minted(60_000), runtime.wallMs());
    await runtime.advance(10_000);
  }
  expect(await valueOf('docket_token_mint_rate_highest')).toBeGreaterThan(2);
  expect(await valueOf('docket_token_mint_rate_above')).toBe(1);
  await runtime.advance(3_600_000);
  expect(await valueOf('docket_token_mint_rate_above')).toBe(0);
});

test('breakers are counted by their state', async () => {
  const issuer = new ScriptedIssuer();
  const broker = await Broker.of(runtime, issuer);
  metrics.watch(() => broker.log.state.connections.values());
  expect(await valueOf('docket_token_connections', { breaker: 'closed' })).toBe(1);
  issuer.script.push(() => ({ kind: 'failed', failure: { class: 'permanent', code: 'invalid_client', status: 401 }, retryAfterMs: null, detail: '' }));
  await broker.minter.obtain({ tenant: 'default', connectionId: 'partner' }, { knownGeneration: null, reason: 'missing' }, { actor: 'a', grant_id: '', trace_id: '' }).catch(() => {});
  expect(await valueOf('docket_token_connections', { breaker: 'open' })).toBe(1);
  expect(await valueOf('docket_token_connections', { breaker: 'closed' })).toBe(0);
});

describe('the alert rules', () => {
  const text = readFileSync(new URL('../../../../deploy/alerts/token-broker.yaml', import.meta.url), 'utf8');
  const rules = (parse(text) as { groups: { rules: { alert: string; expr: string; for?: string; labels: object; annotations: { summary: string; description: string } }[] }[] }).groups.flatMap((group) => group.rules);

  test('name only metrics that there are', async () => {
    metrics.watch(() => []);
    const known = new Set((await registry.getMetricsAsJSON()).map(({ name }) => name));
    const named = rules.flatMap(({ expr }) => [...expr.matchAll(/docket_token_\w+/g)].map(([name]) => name.replace(/_(?:bucket|sum|count)$/, '')));
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  test('say what to do, and watch what the contract names: needless mints, a token handed out past its end, an issuer that is ill', () => {
    expect(rules.every(({ annotations, labels }) => annotations.summary !== '' && annotations.description !== '' && 'severity' in labels)).toBe(true);
    expect(rules.map(({ alert }) => alert)).toEqual(expect.arrayContaining(['TokensMintedTooOften', 'ExpiredTokenServed', 'StaleTokensServed', 'TokenRefreshesFail']));
    expect(rules.find(({ alert }) => alert === 'ExpiredTokenServed')!.expr).toContain('static_stability="no"');
  });
});
