import fc from 'fast-check';
import { Decimal, type ExactNumber, addExact, compareExact, exactText, parseExactNumber, subtractExact } from '#policy';

function exact(literal: string): ExactNumber {
  const value = parseExactNumber(literal);
  if (value === undefined) throw new Error(`out of bounds: ${literal}`);
  return value;
}

/** A decimal as a literal, and the same value as a fraction of 10^60 for reference. */
const SCALE = 60;
const decimal = fc
  .record({ negative: fc.boolean(), digits: fc.bigInt({ min: 0n, max: 10n ** 25n }), exponent: fc.integer({ min: -30, max: 30 }) })
  .map(({ negative, digits, exponent }) => ({
    literal: `${negative ? '-' : ''}${digits}e${exponent}`,
    scaled: (negative ? -digits : digits) * 10n ** BigInt(exponent + SCALE),
  }));

function scaledOf(text: string): bigint {
  const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(text) as RegExpExecArray;
  return BigInt(`${sign}${whole}${fraction}`) * 10n ** BigInt(Number(exponent) - fraction.length + SCALE);
}

test('one and the same text for every spelling of a value, and another for every other value', () => {
  for (const same of ['1', '1.0', '10e-1', '0.1e1', '1E0', '1.000', '100e-2', '0.00001e5']) expect(exactText(exact(same))).toBe('1');
  for (const zero of ['0', '-0', '0.00', '-0.0e5', '0e999999']) expect(exactText(exact(zero))).toBe('0');
  expect(exactText(exact('9007199254740992'))).not.toBe(exactText(exact('9007199254740993')));
  expect(exactText(exact('0.1'))).not.toBe(exactText(exact('0.1000000000000000055511151231257827')));
});

test.each([
  ['9007199254740991', '9007199254740991'], ['9007199254740993', '9007199254740993'], ['-9007199254740993', '-9007199254740993'],
  ['1e20', '100000000000000000000'], ['1e21', '1e+21'], ['123456789012345678901', '123456789012345678901'], ['1234567890123456789012', '1.234567890123456789012e+21'],
  ['0.000001', '0.000001'], ['0.0000001', '1e-7'], ['-1.50', '-1.5'], ['12.50e1', '125'], ['1e1000', '1e+1000'], ['1e-1000', '1e-1000'],
])('%s is written %s', (literal, text) => {
  expect(exactText(exact(literal))).toBe(text);
});

test('is written as ECMAScript writes it, wherever a double holds the value', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (double) => {
      expect(exactText(exact(String(double)))).toBe(Object.is(double, -0) ? '0' : String(double));
    }),
    { numRuns: 2_000 },
  );
});

test('the text says the value exactly, and reads back as the same value in the same representation', () => {
  fc.assert(
    fc.property(decimal, ({ literal, scaled }) => {
      const value = exact(literal);
      const text = exactText(value);
      expect(scaledOf(text)).toBe(scaled);
      expect(exact(text)).toEqual(value);
      const integer = scaled % 10n ** BigInt(SCALE) === 0n ? scaled / 10n ** BigInt(SCALE) : undefined;
      const isSafe = integer !== undefined && integer <= 2n ** 53n - 1n && integer >= -(2n ** 53n - 1n);
      expect(typeof value === 'number').toBe(isSafe);
    }),
    { numRuns: 1_000 },
  );
});

test('adds, subtracts and compares exactly', () => {
  expect(exactText(addExact(exact('0.1'), exact('0.2')))).toBe('0.3');
  expect(exactText(addExact(Number.MAX_SAFE_INTEGER, 2))).toBe('9007199254740993');
  expect(addExact(exact('0.5'), exact('0.5'))).toBe(1);
  fc.assert(
    fc.property(decimal, decimal, (a, b) => {
      const [left, right] = [exact(a.literal), exact(b.literal)];
      expect(scaledOf(exactText(addExact(left, right)))).toBe(a.scaled + b.scaled);
      expect(scaledOf(exactText(subtractExact(left, right)))).toBe(a.scaled - b.scaled);
      expect(Math.sign(compareExact(left, right))).toBe(a.scaled < b.scaled ? -1 : a.scaled > b.scaled ? 1 : 0);
      expect(subtractExact(addExact(left, right), right)).toEqual(left);
    }),
    { numRuns: 1_000 },
  );
});

test('refuses values out of bounds instead of working on them', () => {
  expect(parseExactNumber('1e1001')).toBeUndefined();
  expect(parseExactNumber('9'.repeat(1_001))).toBeUndefined();
  expect(parseExactNumber(`1${'0'.repeat(1_000)}`)).toBeInstanceOf(Decimal);
  expect(() => addExact(exact('1e1000'), exact('1e-1000'))).toThrow(RangeError);
});
