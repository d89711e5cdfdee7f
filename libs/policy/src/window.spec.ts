import fc from 'fast-check';
import { type Window, windowEndMs, windowInWords, windowKey } from '#policy';

const DAY_MS = 86_400_000;
/** Of the years 1970 to 2400, at any millisecond or next to a day's edge. */
const time = fc.oneof(
  fc.integer({ min: 0, max: 13_569_465_600_000 }),
  fc.tuple(fc.integer({ min: 1, max: 157_000 }), fc.integer({ min: -1, max: 1 })).map(([day, ms]) => day * DAY_MS + ms),
);

/** By the platform's calendar, which the code under test does not use. */
function endByCalendar(window: 'week' | 'month', nowMs: number): number {
  const date = new Date(nowMs);
  if (window === 'month') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 7 - ((date.getUTCDay() + 6) % 7));
}

test.each(['week', 'month'] as const)('a %s ends where the calendar says, leap years and ISO years included', (window) => {
  fc.assert(fc.property(time, (nowMs) => { expect(windowEndMs(window, nowMs)).toBe(endByCalendar(window, nowMs)); }), { numRuns: 5_000 });
});

test('every month of 431 years ends where the calendar says, at its first and last millisecond', () => {
  for (let month = 0; month < 431 * 12; month++) {
    const [first, next] = [Date.UTC(1970, month, 1), Date.UTC(1970, month + 1, 1)];
    expect([windowEndMs('month', first), windowEndMs('month', next - 1)]).toEqual([next, next]);
  }
});

test('windows follow each other without a gap: each end is the next one\'s start', () => {
  const window: fc.Arbitrary<Window> = fc.oneof(
    fc.constantFrom<Window>('second', 'minute', 'hour', 'day', 'week', 'month'),
    fc.record({ seconds: fc.integer({ min: 1, max: 2_678_400 }) }),
  );
  fc.assert(
    fc.property(window, time, (one, nowMs) => {
      const end = windowEndMs(one, nowMs);
      expect(end).toBeGreaterThan(nowMs);
      expect(windowEndMs(one, end - 1)).toBe(end);
      expect(windowEndMs(one, end)).toBeGreaterThan(end);
    }),
    { numRuns: 2_000 },
  );
});

test('names that mean seconds are those seconds', () => {
  for (const [name, seconds] of [['second', 1], ['minute', 60], ['hour', 3_600], ['day', 86_400]] as const) {
    expect(windowKey(name)).toBe(windowKey({ seconds }));
    expect(windowEndMs(name, 1_795_428_030_123)).toBe(windowEndMs({ seconds }, 1_795_428_030_123));
  }
  expect(windowKey('week')).not.toBe(windowKey({ seconds: 604_800 }));
  expect([windowInWords('minute'), windowInWords({ seconds: 1 }), windowInWords({ seconds: 90 })]).toEqual(['per minute', 'per second', 'per 90 seconds']);
});
