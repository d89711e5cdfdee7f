/** Exact decimals as whole numbers of 10^-9; more digits are refused, since a campaign uses none. */
export type Amount = bigint;
const DIGITS = 9;
const FORM = /^(-?)(\d+)(?:\.(\d+))?$/;

/** Throws for what is no plain decimal. */
export function amountOf(text: string): Amount {
  const [, sign, whole, fraction = ''] = FORM.exec(text) ?? [];
  if (whole === undefined || fraction.length > DIGITS) throw new Error(`"${text}": expected a decimal with at most ${DIGITS} digits after the point`);
  const value = BigInt(whole + fraction.padEnd(DIGITS, '0'));
  return sign === '-' ? -value : value;
}

export function textOf(amount: Amount): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(DIGITS + 1, '0');
  const fraction = digits.slice(-DIGITS).replace(/0+$/, '');
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -DIGITS)}${fraction === '' ? '' : `.${fraction}`}`;
}

const UNITS: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3_600, day: 86_400 };
const WEEK_MS = 604_800_000;
/** The first Monday of 1970. */
const MONDAY_MS = 4 * 86_400_000;

/** A limit's window as the policy writes it: seconds, or a unit of the calendar. */
export type Window = string | { readonly seconds: number };

/** How a counter's identity spells it. */
export function windowName(window: Window): string {
  const seconds = secondsOf(window);
  return seconds === undefined ? (window as string) : `${seconds}s`;
}

/** The window that a counter's identity spells so. */
export function windowNamed(name: string): Window {
  const seconds = /^(\d+)s$/.exec(name)?.[1];
  return seconds === undefined ? name : { seconds: Number(seconds) };
}

export function secondsOf(window: Window): number | undefined {
  return typeof window === 'string' ? UNITS[window] : window.seconds;
}

/** End of the fixed window that holds this time: the first moment that is not in it. */
export function windowEnd(window: Window, timeMs: number): number {
  const seconds = secondsOf(window);
  if (seconds !== undefined) return (Math.floor(timeMs / (seconds * 1_000)) + 1) * seconds * 1_000;
  if (window === 'week') return Math.floor((timeMs - MONDAY_MS) / WEEK_MS) * WEEK_MS + WEEK_MS + MONDAY_MS;
  if (window !== 'month') throw new Error(`window ${JSON.stringify(window)}: not known`);
  const date = new Date(timeMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}

/** How long an entry stays in a sliding window. */
export function slidingMs(window: Window): number {
  const seconds = secondsOf(window) ?? (window === 'week' ? WEEK_MS / 1_000 : undefined);
  if (seconds === undefined) throw new Error(`window ${JSON.stringify(window)} cannot slide`);
  return seconds * 1_000;
}
