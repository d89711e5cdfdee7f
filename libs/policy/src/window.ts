import { WINDOW_SECONDS_MAX, type Window } from './policy.js';

const SECONDS: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3_600, day: 86_400 };
const DAY_MS = 86_400_000;
/** 1970-01-01 was a Thursday, the third day after a Monday. */
const EPOCH_WEEKDAY = 3;

/** The window in a counter's identity: `60s` for a minute and for `{seconds: 60}` alike, `week`, `month`. */
export function windowKey(window: Window): string {
  if (typeof window !== 'string') return `${window.seconds}s`;
  const seconds = SECONDS[window];
  return seconds === undefined ? window : `${seconds}s`;
}

/** The window that `windowKey` spells so; undefined for any other text. */
export function windowOfKey(key: string): Window | undefined {
  if (key === 'week' || key === 'month') return key;
  const seconds = /^[1-9][0-9]{0,6}s$/.test(key) ? Number(key.slice(0, -1)) : Infinity;
  return seconds <= WINDOW_SECONDS_MAX ? { seconds } : undefined;
}

/** Length of a window that always has the same, in ms: every one but a month. */
export function windowMs(window: Window): number {
  if (typeof window !== 'string') return window.seconds * 1_000;
  const seconds = window === 'week' ? 7 * 86_400 : SECONDS[window];
  if (seconds === undefined) throw new RangeError('months have no fixed length');
  return seconds * 1_000;
}

/** End of the fixed UTC window that holds `nowMs` (≥ 0), in ms since the epoch; always later than `nowMs`. */
export function windowEndMs(window: Window, nowMs: number): number {
  const seconds = typeof window === 'string' ? SECONDS[window] : window.seconds;
  if (seconds !== undefined) {
    const lengthMs = seconds * 1_000;
    return (Math.floor(nowMs / lengthMs) + 1) * lengthMs;
  }
  const day = Math.floor(nowMs / DAY_MS);
  if (window === 'week') return (day - ((day + EPOCH_WEEKDAY) % 7) + 7) * DAY_MS;
  return firstDayOfNextMonth(day) * DAY_MS;
}

/**
 * Days since the epoch of the first of the month after the one that holds `day`. Howard Hinnant's days_from_civil and
 * civil_from_days: years begin in March, so that the leap day is a year's last.
 */
function firstDayOfNextMonth(day: number): number {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  // February, the twelfth, ends with the year, leap day or not: the next month begins a new year of the era.
  const [year, month] = monthFromMarch === 11 ? [yearOfEra + 1, 0] : [yearOfEra, monthFromMarch + 1];
  // The last term counts only for March after an era's last February, the first day of the next era.
  const leapDays = Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400);
  const firstOfEra = 365 * year + leapDays + Math.floor((153 * month + 2) / 5);
  return era * 146_097 + firstOfEra - 719_468;
}

/** For messages: `per minute`, `per 90 seconds`. */
export function windowInWords(window: Window): string {
  if (typeof window === 'string') return `per ${window}`;
  return window.seconds === 1 ? 'per second' : `per ${window.seconds} seconds`;
}
