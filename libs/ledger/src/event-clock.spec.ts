import { EventClock } from './event-clock.js';
import type { Runtime } from './resume-state.js';

function clocks(): { clock: EventClock; time: { wall: number; monotonic: number } } {
  const time = { wall: 1_000_000, monotonic: 500 };
  const runtime: Runtime = { wallMs: () => time.wall, monotonicMs: () => time.monotonic, after: () => () => {}, randomHex: () => '' };
  return { clock: new EventClock(runtime, 5_000), time };
}

describe('event time', () => {
  it('starts at the wall clock and advances with the monotonic clock, whatever the wall clock does', () => {
    const { clock, time } = clocks();
    expect(clock.start(clock.sample(), 0, 1_002_000)).toBeUndefined();
    time.monotonic += 1_500.9;
    time.wall -= 3_000;
    expect(clock.now(0)).toBe(1_001_500);
  });

  it('never runs backwards', () => {
    const { clock } = clocks();
    expect(clock.start(clock.sample(), 1_003_000, 1_000_000)).toBeUndefined();
    expect(clock.now(1_003_000)).toBe(1_003_000);
    expect(clock.now(1_004_000)).toBe(1_004_000);
  });

  it.each([['ahead of', 994_999], ['behind', 1_005_001]])('refuses a wall clock more than five seconds %s the log’s', (_name, logTimeMs) => {
    const { clock } = clocks();
    expect(clock.start(clock.sample(), 0, logTimeMs)).toBe(5_001);
    expect(clock.isApart()).toBe(true);
  });

  it('refuses a last event too far ahead of the log’s clock, instead of freezing or jumping', () => {
    const { clock } = clocks();
    expect(clock.start(clock.sample(), 1_006_000, 1_000_000)).toBe(6_000);
  });

  it('notices a suspended machine and a clock that was set', () => {
    const { clock, time } = clocks();
    clock.start(clock.sample(), 0, 1_000_000);
    time.wall += 60_000;
    time.monotonic += 56_000;
    expect(clock.isApart()).toBe(false);
    time.wall += 1_001;
    expect(clock.isApart()).toBe(true);
    time.wall -= 3_600_000;
    expect(clock.isApart()).toBe(true);
  });
});
