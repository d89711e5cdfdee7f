import fc from 'fast-check';
import { freshnessOf, marginsOf, staleMsOf } from './margins.js';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const life = fc.oneof(fc.integer({ min: 1_000, max: 120_000 }), fc.integer({ min: 1_000, max: 30 * 86_400_000 }));

test('for lives from 1 s to 30 d: at hand, then soft, then hard, then over, with room for a hit before each', () => {
  fc.assert(fc.property(life, random, fc.option(fc.integer({ min: -1_000, max: 40 * 86_400_000 })), (lifeMs, at, refreshInMs) => {
    const { softMs, hardMs } = marginsOf(lifeMs, at, refreshInMs);
    expect(softMs).toBeGreaterThan(0);
    expect(hardMs).toBeGreaterThan(softMs);
    expect(lifeMs).toBeGreaterThan(hardMs);
    expect(Number.isInteger(softMs) && Number.isInteger(hardMs)).toBe(true);
  }), { numRuns: 2_000 });
});

test('without a wish of the issuer most of a life passes before it is refreshed', () => {
  fc.assert(fc.property(life, random, (lifeMs, at) => {
    expect(marginsOf(lifeMs, at).softMs).toBeGreaterThanOrEqual(Math.floor(lifeMs * 0.59));
  }));
});

test('the margins scale: a third and a tenth of short lives, 300 s and 30 s of long ones', () => {
  expect(marginsOf(60_000, 0)).toEqual({ softMs: 40_000, hardMs: 54_000 });
  expect(marginsOf(7 * 86_400_000, 0)).toEqual({ softMs: 7 * 86_400_000 - 300_000, hardMs: 7 * 86_400_000 - 30_000 });
});

test('refreshes spread over a fifth of the margin, earlier and never later', () => {
  const moments = Array.from({ length: 100 }, (_, i) => marginsOf(3_600_000, i / 100).softMs);
  expect(Math.max(...moments)).toBe(3_300_000);
  expect(Math.min(...moments)).toBeGreaterThanOrEqual(3_240_000);
  expect(new Set(moments).size).toBe(100);
});

test("the issuer's refresh_in is kept", () => {
  expect(marginsOf(86_400_000, 0, 43_200_000).softMs).toBe(43_200_000);
  expect(marginsOf(86_400_000, 0, 10 * 86_400_000)).toEqual({ softMs: 86_400_000 - 30_001, hardMs: 86_400_000 - 30_000 });
});

test('a token is fresh, soft, hard, expired, in this order', () => {
  const token = { soft_at_ms: 10, hard_at_ms: 20, expires_at_ms: 30 };
  expect([0, 9, 10, 19, 20, 29, 30].map((nowMs) => freshnessOf(token, nowMs))).toEqual(['fresh', 'fresh', 'soft', 'soft', 'hard', 'hard', 'expired']);
});

test('static stability lasts 5 to 10 minutes', () => {
  fc.assert(fc.property(random, (at) => {
    expect(staleMsOf(at)).toBeGreaterThanOrEqual(300_000);
    expect(staleMsOf(at)).toBeLessThan(600_000);
  }));
});
