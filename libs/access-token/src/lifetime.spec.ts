import fc from 'fast-check';
import { httpDateMs, jwtExp, lifetimeOf, retryAfterMs, type LifetimeClaims } from './lifetime.js';

const NOW = 1_700_000_000_000;
const DEFAULT_MS = 300_000;
const DAY_MS = 86_400_000;
const clocks = { sentAtMs: NOW, responseDateMs: undefined };
const life = (claims: LifetimeClaims, at: { sentAtMs: number; responseDateMs: number | undefined } = clocks): unknown => {
  const lifetime = lifetimeOf(claims, at, DEFAULT_MS);
  return lifetime && [lifetime.source, lifetime.lifetimeMs];
};
const jwt = (claims: object): string => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;

test('the sources are asked in order: expires_in, expiresAt, the JWT, the default', () => {
  const all = { expiresIn: 60, expiresAt: NOW / 1_000 + 120, jwtExp: NOW / 1_000 + 180 };
  expect(life(all)).toEqual(['expires_in', 60_000]);
  expect(life({ ...all, expiresIn: undefined })).toEqual(['expires_at', 120_000]);
  expect(life({ jwtExp: all.jwtExp })).toEqual(['jwt_exp', 180_000]);
  expect(life({})).toEqual(['default', DEFAULT_MS]);
});

test.each([
  ['seconds', NOW / 1_000 + 600], ['milliseconds', NOW + 600_000], ['ISO 8601', new Date(NOW + 600_000).toISOString()],
  ['ISO 8601 with an offset', '2023-11-15T00:23:20+02:00'], ['ISO 8601 without a zone: UTC', '2023-11-14T22:23:20'], ['seconds as text', String(NOW / 1_000 + 600)],
])('a moment in %s is understood', (_, expiresAt) => {
  expect(life({ expiresAt })).toEqual(['expires_at', 600_000]);
});

test('what is no number or beyond 400 days is passed over, what is over already brings no token', () => {
  for (const odd of ['', 'soon', '1e9', NaN, Infinity, {}, [], true, null, '0x10']) {
    expect(life({ expiresIn: odd, expiresAt: odd, jwtExp: odd })).toEqual(['default', DEFAULT_MS]);
  }
  expect(life({ expiresIn: 500 * 86_400, expiresAt: NOW / 1_000 + 500 * 86_400, jwtExp: '9999-12-31T00:00:00Z' })).toEqual(['default', DEFAULT_MS]);
  expect(life({ expiresIn: 400 * 86_400 })).toEqual(['expires_in', 400 * DAY_MS]);
  for (const over of [0, -1, -1e12, '-5']) expect(life({ expiresIn: over })).toBeUndefined();
  expect(life({ expiresAt: NOW / 1_000 - 1 })).toBeUndefined();
});

test('nothing that an issuer says makes a crash, a life without end or below a second', () => {
  fc.assert(fc.property(fc.anything(), fc.anything(), fc.anything(), fc.option(fc.integer({ min: 0, max: 4e12 }), { nil: undefined }), (expiresIn, expiresAt, exp, responseDateMs) => {
    const lifetime = lifetimeOf({ expiresIn, expiresAt, jwtExp: exp }, { sentAtMs: NOW, responseDateMs }, DEFAULT_MS);
    if (lifetime === undefined) return;
    expect(Number.isSafeInteger(lifetime.lifetimeMs)).toBe(true);
    expect(lifetime.lifetimeMs).toBeGreaterThanOrEqual(1_000);
    expect(lifetime.lifetimeMs).toBeLessThanOrEqual(400 * DAY_MS);
  }), { numRuns: 500 });
});

test('a local clock up to 120 s wrong neither ends a 60 s token at once nor keeps it past its end', () => {
  fc.assert(fc.property(fc.integer({ min: -120_000, max: 120_000 }), fc.integer({ min: 0, max: 999 }), fc.integer({ min: 0, max: 2_000 }), (wrongMs, phaseMs, latencyMs) => {
    const trueSentMs = NOW + phaseMs;
    const issuedMs = trueSentMs + latencyMs;
    const responseDateMs = Math.floor(issuedMs / 1_000) * 1_000;
    const trueEndMs = issuedMs + 60_000;
    for (const claims of [{ expiresAt: trueEndMs }, { jwtExp: trueEndMs / 1_000 }, { expiresIn: 60 }]) {
      const lifetime = lifetimeOf(claims, { sentAtMs: trueSentMs + wrongMs, responseDateMs }, DEFAULT_MS)!;
      expect(trueSentMs + lifetime.lifetimeMs).toBeLessThanOrEqual(trueEndMs);
      expect(lifetime.lifetimeMs).toBeGreaterThanOrEqual(59_000);
    }
  }));
});

test('a Date header that is hours wrong does not make a token outlive what it says', () => {
  for (const hours of [-48, -2, 2, 48]) expect(life({ expiresAt: NOW + 60_000 }, { sentAtMs: NOW, responseDateMs: NOW + hours * 3_600_000 })).toEqual(['expires_at', 60_000]);
});

test('an exchanged token ends with the token it was made from', () => {
  expect(lifetimeOf({ expiresIn: 3_600 }, clocks, DEFAULT_MS, 90_000)).toMatchObject({ lifetimeMs: 90_000 });
  expect(lifetimeOf({ expiresIn: 60 }, clocks, DEFAULT_MS, 90_000)).toMatchObject({ lifetimeMs: 60_000 });
  expect(lifetimeOf({ expiresIn: 60 }, clocks, DEFAULT_MS, 500)).toBeUndefined();
});

test("a JWT's exp is read without trusting anything", () => {
  expect(jwtExp(jwt({ exp: 1_700_000_060, sub: 'ä' }))).toBe(1_700_000_060);
  expect(life({ jwtExp: jwtExp(jwt({ exp: 'never' })) })).toEqual(['default', DEFAULT_MS]);
  for (const token of ['', 'opaque', 'a.b', 'a.!.c', 'a.bm90IGpzb24.c', `a.${Buffer.from('null').toString('base64url')}.c`, `a.${'A'.repeat(20_000)}.c`]) expect(jwtExp(token)).toBeUndefined();
});

test('Date and Retry-After headers are read, anything else is none', () => {
  expect(httpDateMs('Tue, 14 Nov 2023 22:13:20 GMT')).toBe(NOW);
  for (const header of [null, undefined, '', '2023-11-14', 'Tue, 14 Nov 2023 22:13:20', 'Xxx, 99 Zzz 2023 99:13:20 GMT']) expect(httpDateMs(header)).toBeUndefined();
  expect(retryAfterMs('120', NOW)).toBe(120_000);
  expect(retryAfterMs('Tue, 14 Nov 2023 22:13:50 GMT', NOW)).toBe(30_000);
  expect(retryAfterMs('Tue, 14 Nov 2023 22:13:10 GMT', NOW)).toBe(0);
  for (const header of [null, 'soon', '-5', '1.5', '99999999999']) expect(retryAfterMs(header, NOW)).toBeUndefined();
});
