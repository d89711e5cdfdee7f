/**
 * Exact decimals: a JSON number is what its digits say, never a binary float. A value that is a safe integer is always a
 * plain `number`, every other value is always a `Decimal`, so equal values have equal representations.
 */
export type ExactNumber = number | Decimal;

/** Bounds on a value, so that comparing and adding stay cheap: significant digits, and the power of ten of the first one. */
export const NUMBER_DIGITS_MAX = 1_000;
export const NUMBER_EXPONENT_MAX = 1_000;
/** Longest spelling that is looked at; longer than the normal form of any value within the bounds. */
export const NUMBER_LITERAL_MAX = 2_100;

/** ±digits × 10^exponent; digits without leading or trailing zeros, never a safe integer. Only `exactNumber` makes them. */
export class Decimal {
  constructor(
    readonly negative: boolean,
    readonly digits: string,
    readonly exponent: number,
  ) {}
}

/** The exact value of a valid JSON number literal; undefined if it is out of bounds. */
export function parseExactNumber(literal: string): ExactNumber | undefined {
  if (literal.length > NUMBER_LITERAL_MAX) return undefined;
  const negative = literal.charCodeAt(0) === 45;
  let end = literal.length;
  let exponent = 0;
  const e = literal.search(/[eE]/);
  if (e >= 0) {
    exponent = Number(literal.slice(e + 1));
    end = e;
  }
  let digits = literal.slice(negative ? 1 : 0, end);
  const point = digits.indexOf('.');
  if (point >= 0) {
    exponent -= digits.length - point - 1;
    digits = digits.slice(0, point) + digits.slice(point + 1);
  }
  return exactNumber(negative, digits, exponent);
}

/** ±digits × 10^exponent in its one representation; undefined if it is out of bounds. */
function exactNumber(negative: boolean, digits: string, exponent: number): ExactNumber | undefined {
  let first = 0;
  while (digits.charCodeAt(first) === 48) first++;
  let last = digits.length;
  while (last > first && digits.charCodeAt(last - 1) === 48) last--;
  if (first === last) return 0;
  exponent += digits.length - last;
  const significant = digits.slice(first, last);
  const leading = significant.length - 1 + exponent;
  if (significant.length > NUMBER_DIGITS_MAX || !(Math.abs(leading) <= NUMBER_EXPONENT_MAX)) return undefined;
  if (exponent >= 0 && leading < 16) {
    const integer = Number(significant + '0'.repeat(exponent));
    if (integer <= Number.MAX_SAFE_INTEGER) return negative ? -integer : integer;
  }
  return new Decimal(negative, significant, exponent);
}

/**
 * The one normal form, itself valid JSON: laid out as ECMAScript lays out numbers (so it equals RFC 8785 wherever a
 * double holds the value), but with all its digits.
 */
export function exactText(value: ExactNumber): string {
  if (typeof value === 'number') return String(value);
  const { digits, exponent } = value;
  const sign = value.negative ? '-' : '';
  const leading = digits.length - 1 + exponent;
  if (leading > 20 || leading < -6) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return `${sign}${digits[0]}${fraction}e${leading < 0 ? '-' : '+'}${Math.abs(leading)}`;
  }
  if (exponent >= 0) return sign + digits + '0'.repeat(exponent);
  if (leading >= 0) return `${sign}${digits.slice(0, leading + 1)}.${digits.slice(leading + 1)}`;
  return `${sign}0.${'0'.repeat(-leading - 1)}${digits}`;
}

/** Below 0, 0 or above 0, as a is less than, equal to or greater than b. */
export function compareExact(a: ExactNumber, b: ExactNumber): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const negative = isNegative(a);
  if (negative !== isNegative(b)) return negative ? -1 : 1;
  const order = compareSizes(a, b);
  return negative ? -order : order;
}

function isNegative(value: ExactNumber): boolean {
  return typeof value === 'number' ? value < 0 : value.negative;
}

/** Without the signs, and without big integers: a policy may compare every number of a large list. */
function compareSizes(a: ExactNumber, b: ExactNumber): number {
  const left = digitsOf(a);
  const right = digitsOf(b);
  // Zero has no first digit.
  if (left === '' || right === '') return left.length - right.length;
  const order = left.length + exponentOf(a) - right.length - exponentOf(b);
  if (order !== 0) return order;
  // Of equal size, so digits compare from the first on; a number's own trailing zeros are worth nothing.
  const length = Math.max(left.length, right.length);
  const [padded, other] = [left.padEnd(length, '0'), right.padEnd(length, '0')];
  return padded < other ? -1 : padded > other ? 1 : 0;
}

function digitsOf(value: ExactNumber): string {
  return typeof value === 'number' ? (value === 0 ? '' : String(Math.abs(value))) : value.digits;
}

/** a + b. Throws RangeError if the sum is out of bounds; amounts are bounded far below. */
export function addExact(a: ExactNumber, b: ExactNumber): ExactNumber {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  const exponent = Math.min(exponentOf(a), exponentOf(b));
  return ofBigInt(scaled(a, exponent) + scaled(b, exponent), exponent);
}

/** a − b. Throws RangeError if the difference is out of bounds. */
export function subtractExact(a: ExactNumber, b: ExactNumber): ExactNumber {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  const exponent = Math.min(exponentOf(a), exponentOf(b));
  return ofBigInt(scaled(a, exponent) - scaled(b, exponent), exponent);
}

function exponentOf(value: ExactNumber): number {
  return typeof value === 'number' ? 0 : value.exponent;
}

/** The value as a multiple of 10^exponent, which must not be above its own exponent. */
function scaled(value: ExactNumber, exponent: number): bigint {
  if (typeof value === 'number') return BigInt(value) * 10n ** BigInt(-exponent);
  const coefficient = BigInt(value.digits) * 10n ** BigInt(value.exponent - exponent);
  return value.negative ? -coefficient : coefficient;
}

function ofBigInt(coefficient: bigint, exponent: number): ExactNumber {
  const negative = coefficient < 0n;
  const value = exactNumber(negative, (negative ? -coefficient : coefficient).toString(), exponent);
  if (value === undefined) throw new RangeError('exact number out of bounds');
  return value;
}
