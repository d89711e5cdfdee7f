import type { ExactObject } from './exact-json.js';
import { Decimal, type ExactNumber, compareExact } from './exact-number.js';
import { parsePath, valueAt } from './path.js';
import { AMOUNT_DECIMALS_MAX, LIMIT_MAX } from './policy.js';

/** Whether a limit can add this, or count against it: 0 to 10^15, exactly. */
export function isAmount(value: ExactNumber): boolean {
  if (typeof value === 'number') return value >= 0 && value <= LIMIT_MAX;
  return !value.negative && value.exponent >= -AMOUNT_DECIMALS_MAX && compareExact(value, LIMIT_MAX) <= 0;
}

/** For limits that count calls. */
export function oneCall(): ExactNumber {
  return 1;
}

/** What a call adds to a limit with this `increment_from`; undefined if the argument is missing or no amount. */
export function amountAt(incrementFrom: string): (args: ExactObject) => ExactNumber | undefined {
  const path = parsePath(incrementFrom);
  if (path === undefined) throw new TypeError('an increment_from of a policy that was not read by parsePolicy');
  return (args) => {
    const value = valueAt(args, path);
    return (typeof value === 'number' || value instanceof Decimal) && isAmount(value) ? value : undefined;
  };
}
