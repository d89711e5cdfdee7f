import { type J, get, isNum } from './json.js';

const SECONDS: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3_600, day: 86_400, week: 604_800 };

/** How a counter's identity names a window: `minute` is the same as 60 seconds. */
export function windowName(window: J): string {
  const seconds = secondsOf(window);
  return seconds === undefined || window === 'week' ? String(window) : `${seconds}s`;
}

/** Undefined for a month. */
export function secondsOf(window: J): number | undefined {
  if (typeof window === 'string') return SECONDS[window];
  const seconds = get(window, 'seconds');
  return isNum(seconds) ? Number(seconds.num) : undefined;
}

/** Which fixed window a time is in, by the platform's calendar: the reference shares no code with what it judges. */
export function windowOf(window: J, timeMs: number): string {
  const date = new Date(timeMs);
  if (window === 'month') return date.toISOString().slice(0, 7);
  if (window === 'week') return new Date(timeMs - ((date.getUTCDay() + 6) % 7) * 86_400_000).toISOString().slice(0, 10);
  return String(Math.floor(timeMs / ((secondsOf(window) ?? 0) * 1_000)));
}

/** The first millisecond of the next window, by looking for it. */
export function nextEdge(window: J, nowMs: number): number {
  let [low, high] = [nowMs, nowMs + 32 * 86_400_000];
  const here = windowOf(window, nowMs);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (windowOf(window, middle) === here) low = middle;
    else high = middle;
  }
  return high;
}
