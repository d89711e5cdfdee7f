import { Pace } from './pace.js';

/** Something always waits, and so many leave it every 10 ms. */
function move(pace: Pace, fromMs: number, forMs: number, everyTenMs: number): number {
  for (let nowMs = fromMs + 10; nowMs <= fromMs + forMs; nowMs += 10) pace.done(nowMs, everyTenMs, true);
  return fromMs + forMs;
}

it('knows nothing before anything has moved', () => {
  const pace = new Pace();
  expect(pace.expectedMs(1_000, 50)).toBe(0);
  expect(pace.perMs).toBeUndefined();
  pace.begin(50);
  expect(pace.expectedMs(1_000, 50)).toBe(0);
});

it('expects what it has measured: 5 in 10 ms are 200 ms for 100', () => {
  const pace = new Pace();
  pace.begin(0);
  const nowMs = move(pace, 0, 2_000, 5);
  expect(pace.expectedMs(100, nowMs)).toBeCloseTo(200, 6);
  expect(pace.perMs).toBeCloseTo(0.5, 6);
});

it('does not take a quiet time for a slow one', () => {
  const pace = new Pace();
  pace.begin(0);
  const nowMs = move(pace, 0, 1_000, 5);
  pace.done(nowMs + 10, 5, false);
  expect(pace.expectedMs(100, nowMs + 3_600_000)).toBeCloseTo(200, 6);
  pace.begin(nowMs + 3_600_000);
  pace.done(nowMs + 3_600_010, 5, false);
  expect(pace.expectedMs(100, nowMs + 3_600_020)).toBeCloseTo(200, 6);
});

it('is not misled by a queue whose last ones have given up', () => {
  const pace = new Pace();
  pace.begin(0);
  const nowMs = move(pace, 0, 1_000, 5);
  pace.done(nowMs + 60_000, 0, true);
  expect(pace.expectedMs(1, nowMs + 60_000)).toBe(60_000);
  pace.done(nowMs + 60_000, 0, false);
  expect(pace.expectedMs(100, nowMs + 60_000)).toBeCloseTo(200, 6);
});

it('expects at least as long a wait as there has been already', () => {
  const pace = new Pace();
  pace.begin(0);
  const nowMs = move(pace, 0, 1_000, 5);
  expect(pace.expectedMs(1, nowMs + 3_000)).toBe(3_000);
});

it('forgets: after some seconds at another speed only that one counts', () => {
  const pace = new Pace();
  pace.begin(0);
  const slowMs = move(pace, 0, 5_000, 1);
  const nowMs = move(pace, slowMs, 8_000, 20);
  expect(pace.expectedMs(1_000, nowMs) / 500).toBeCloseTo(1, 1);
});

it('is itself again within a second after a stop of a minute', () => {
  const pace = new Pace();
  pace.begin(0);
  const stoppedMs = move(pace, 0, 2_000, 5);
  const nowMs = move(pace, stoppedMs + 60_000, 1_000, 5);
  expect(pace.expectedMs(100, nowMs)).toBeLessThan(250);
});
