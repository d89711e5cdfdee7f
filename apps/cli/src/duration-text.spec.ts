import fc from 'fast-check';
import { pauseText, roughly } from './duration-text.js';

test.each([
  [0, '0 s'], [1, '0.1 s'], [200, '0.2 s'], [1_000, '1 s'], [1_449, '1.5 s'], [9_990, '10 s'], [10_000, '10 s'], [27_301, '28 s'], [59_001, '1 min'], [60_000, '1 min'],
  [240_001, '4 min 1 s'], [241_000, '4 min 1 s'], [299_500, '5 min'], [3_599_500, '1 h'], [3_600_000, '1 h'], [3_601_000, '1 h 1 min'], [7_500_000, '2 h 5 min'],
  [86_399_000, '24 h'], [86_400_000, '1 d'], [90_000_000, '1 d 1 h'],
])('a pause of %i ms is said as %s', (ms, text) => {
  expect(pauseText(ms)).toBe(text);
});

test('a pause is never said shorter than it is, nor much longer', () => {
  const seconds = { d: 86_400, h: 3_600, min: 60, s: 1 };
  fc.assert(fc.property(fc.integer({ min: 0, max: 500 * 86_400_000 }), (ms) => {
    const said = [...pauseText(ms).matchAll(/([\d.]+) (d|h|min|s)/g)].reduce((sum, [, count, unit]) => sum + Math.round(10 * Number(count)) * 100 * seconds[unit as 's'], 0);
    expect(said).toBeGreaterThanOrEqual(ms);
    expect(said - ms).toBeLessThanOrEqual(Math.max(1_000, ms / 20));
  }));
});

test.each([[-1, '0 s'], [119, '119 s'], [899.6, '15 min'], [7_200, '2 h'], [604_800, '7 d']])('%d seconds are roughly %s', (seconds, text) => {
  expect(roughly(seconds)).toBe(text);
});
