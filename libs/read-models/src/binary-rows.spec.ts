import fc from 'fast-check';
import { numericOf } from './binary-rows.js';

/** The value that base-10,000 digits stand for, scaled by 10^scale. */
function scaled({ negative, weight, scale, digits }: ReturnType<typeof numericOf>): bigint {
  let whole = 0n;
  for (const digit of digits) whole = whole * 10_000n + BigInt(digit);
  // The last digit has weight 10,000^(weight - digits + 1).
  const exponent = scale + 4 * (weight - digits.length + 1);
  const value = exponent >= 0 ? whole * 10n ** BigInt(exponent) : whole / 10n ** BigInt(-exponent);
  return negative ? -value : value;
}

it('splits every exact decimal into the digits that PostgreSQL holds, with nothing lost', () => {
  fc.assert(fc.property(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.integer({ min: 0, max: 20 }), (number, scale) => {
    const digits = (number < 0n ? -number : number).toString().padStart(scale + 1, '0');
    const text = `${number < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}${scale > 0 ? `.${digits.slice(-scale)}` : ''}`;
    const found = numericOf(text);
    expect(found.scale).toBe(scale);
    expect(scaled(found)).toBe(number);
  }));
});

it('takes exponents, and refuses what is no decimal or larger than PostgreSQL’s', () => {
  expect(numericOf('1e+4')).toEqual({ negative: false, weight: 1, scale: 0, digits: [1] });
  expect(numericOf('-1.5e-3')).toEqual({ negative: true, weight: -1, scale: 4, digits: [15] });
  expect(numericOf('0.00')).toEqual({ negative: false, weight: 0, scale: 2, digits: [] });
  for (const wrong of ['', 'abc', '1.', 'NaN', '1e999999', '1e-99999']) expect(() => numericOf(wrong)).toThrow(/decimal/);
});
