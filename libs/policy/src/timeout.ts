import { APPROVAL_TIMEOUT_MAX_MS, APPROVAL_TIMEOUT_MIN_MS } from './policy.js';

const UNITS_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;

/** `90m` in milliseconds; undefined if it is no time of 1 minute to 7 days. */
export function timeoutMs(text: string): number | undefined {
  const [, count, unit] = /^([1-9][0-9]{0,5})([smhd])$/.exec(text) ?? [];
  if (unit === undefined) return undefined;
  const ms = Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
  return ms >= APPROVAL_TIMEOUT_MIN_MS && ms <= APPROVAL_TIMEOUT_MAX_MS ? ms : undefined;
}

/** The one spelling: the largest unit that needs no fraction, `90m`, `2h`, `7d`. */
export function timeoutText(ms: number): string {
  for (const [unit, unitMs] of Object.entries(UNITS_MS)) if (ms % unitMs === 0) return `${ms / unitMs}${unit}`;
  throw new RangeError('a timeout is whole seconds');
}
