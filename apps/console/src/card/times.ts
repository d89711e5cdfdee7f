import { msOf } from '#contracts';

interface Timestamp { readonly seconds?: unknown; readonly nanos?: number }

/** Milliseconds since the epoch; undefined for none. */
export function timeOf(time: Timestamp | null | undefined): number | undefined {
  return time === null || time === undefined ? undefined : msOf(time);
}

/** `4 min 12 s`, `2 h 5 min`, `3 d 4 h`: two units at most, rounded down. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const units: readonly [number, string][] = [[Math.floor(seconds / 86_400), 'd'], [Math.floor(seconds / 3_600) % 24, 'h'], [Math.floor(seconds / 60) % 60, 'min'], [seconds % 60, 's']];
  const first = units.findIndex(([count]) => count > 0);
  if (first < 0) return '0 s';
  return units.slice(first, first + 2).filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`).join(' ');
}

/** `2026-11-23 10:00:30 UTC` */
export function exactTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
