import fc from 'fast-check';
import { ARGUMENT_LIMITS, Decimal, type ExactJson, ExactJsonError, type ExactJsonProblem, canonicalJson, exactText, parseExactJson } from '#policy';

function problemOf(input: string | Uint8Array, limits = ARGUMENT_LIMITS): ExactJsonError {
  try {
    parseExactJson(input, limits);
  } catch (error) {
    if (error instanceof ExactJsonError) return error;
    throw error;
  }
  throw new Error('expected to be refused');
}

/** As JSON.parse would have it: binary floats, plain objects. */
function asJavaScript(value: ExactJson): unknown {
  if (value instanceof Decimal) return Number(exactText(value));
  if (value instanceof Map) return new Map([...value].map(([key, member]) => [key, asJavaScript(member as ExactJson)]));
  return Array.isArray(value) ? value.map(asJavaScript) : value;
}

function mapsForObjects(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(mapsForObjects);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value;
  return new Map(Object.entries(value).map(([key, member]) => [key, mapsForObjects(member)]));
}

test('reads what JSON.parse reads, for any JSON value in any layout', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'), (value, space) => {
      const text = JSON.stringify(value, null, space);
      fc.pre(text.isWellFormed() && !/\\u[dD][89a-fA-F]/.test(text));
      const exact = parseExactJson(text, ARGUMENT_LIMITS);
      expect(asJavaScript(exact)).toEqual(mapsForObjects(JSON.parse(text)));
      expect(parseExactJson(new TextEncoder().encode(text), ARGUMENT_LIMITS)).toEqual(exact);
    }),
    { numRuns: 500 },
  );
});

test('accepts nothing that JSON.parse refuses, and refuses the rest for a reason of its own only', () => {
  const fragment = fc.constantFrom('{', '}', '[', ']', '"', ',', ':', '1', '-', '0', '.5', 'e3', 'E-2', 'true', 'null', 'fals', ' ', '\n', '\\', '\\u0041', '\\ud800', 'a', '\u0000', '\u00a0', '\ufeff', "'", '"a":', '01');
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 12 }).map((parts) => parts.join('')), (text) => {
      let expected: unknown;
      let valid = true;
      try {
        expected = JSON.parse(text);
      } catch {
        valid = false;
      }
      try {
        const exact = parseExactJson(text, ARGUMENT_LIMITS);
        expect(valid).toBe(true);
        expect(asJavaScript(exact)).toEqual(mapsForObjects(expected));
      } catch (error) {
        expect(error).toBeInstanceOf(ExactJsonError);
        expect(valid && (error as ExactJsonError).reason === 'malformed').toBe(false);
      }
    }),
    { numRuns: 5_000 },
  );
});

test.each<[string, ExactJsonProblem]>([
  ['', 'malformed'],
  ['{"a":1,}', 'malformed'],
  ['[1 2]', 'malformed'],
  ['{"a" 1}', 'malformed'],
  ['{a:1}', 'malformed'],
  ['"\u0001"', 'malformed'],
  ['"\\x"', 'malformed'],
  ['"\\u12g4"', 'malformed'],
  ['"open', 'malformed'],
  ['01', 'malformed'],
  ['-', 'malformed'],
  ['1.', 'malformed'],
  ['.5', 'malformed'],
  ['1e', 'malformed'],
  ['+1', 'malformed'],
  ['00000000000000000001', 'malformed'],
  ['NaN', 'malformed'],
  ['\ufeff{}', 'malformed'],
  ['1 1', 'malformed'],
  ['{"a":1,"a":1}', 'duplicate_key'],
  ['{"a":1,"\\u0061":2}', 'duplicate_key'],
  ['{"x":[{"__proto__":1,"__proto__":2}]}', 'duplicate_key'],
  ['["\\ud800"]', 'lone_surrogate'],
  ['{"\\udc00\\ud800":1}', 'lone_surrogate'],
  ['["\ud800"]', 'lone_surrogate'],
  ['1e1001', 'number_out_of_range'],
  ['-1e-1001', 'number_out_of_range'],
  ['1e999999999999999999999', 'number_out_of_range'],
  [`1${'0'.repeat(999)}1.${'0'.repeat(10)}1`, 'number_out_of_range'],
  [`[${'9'.repeat(3_000)}]`, 'number_out_of_range'],
])('refuses %j', (text, reason) => {
  expect(problemOf(text).reason).toBe(reason);
});

test('takes the name __proto__ for a key like any other', () => {
  const value = parseExactJson('{"__proto__":{"polluted":true},"constructor":1}', ARGUMENT_LIMITS);
  expect(canonicalJson(value)).toBe('{"__proto__":{"polluted":true},"constructor":1}');
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('says where the problem is, with the keys on the way to it', () => {
  const error = problemOf('{\n  "items": [1, {"price~/": tru}]\n}');
  expect(error).toMatchObject({ reason: 'malformed', pointer: '/items/1/price~0~1', line: 2, column: 28 });
  expect(error.message).toBe('expected a value (line 2, column 28, in /items/1/price~0~1)');
});

test('counts containers inside each other, not beside each other', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  expect(canonicalJson(parseExactJson(nested(64), ARGUMENT_LIMITS))).toBe(nested(64));
  expect(problemOf(nested(65)).reason).toBe('too_deep');
  expect(problemOf('{"a":'.repeat(500_000 / 5)).reason).toBe('too_deep');
  expect(parseExactJson(`[${'[],{},'.repeat(200)}0]`, ARGUMENT_LIMITS)).toHaveLength(401);
});

test('counts bytes of UTF-8, whether it is given bytes or text', () => {
  const limits = { maxBytes: 10, maxDepth: 4 };
  for (const [text, fits] of [['"12345678"', true], ['"123456789"', false], ['"éééé"', true], ['"éééé1"', false], ['"€€12"', true], ['"😀😀"', true], ['"😀😀1"', false]] as const) {
    for (const input of [text, new TextEncoder().encode(text)]) {
      if (fits) expect(parseExactJson(input, limits)).toBe(text.slice(1, -1));
      else expect(problemOf(input, limits).reason).toBe('too_large');
    }
  }
});

test('refuses bytes that are not UTF-8 rather than replace them', () => {
  expect(problemOf(new Uint8Array([0x22, 0xc3, 0x28, 0x22])).reason).toBe('not_utf8');
  expect(problemOf(new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22])).reason).toBe('not_utf8');
});

test('bounds the canonical form as well: short spellings of long numbers do not multiply', () => {
  const text = `[${'1e20,'.repeat(1_000)}1e20]`;
  const bytes = canonicalJson(parseExactJson(text, { maxBytes: 30_000, maxDepth: 4 })).length;
  expect(bytes).toBe(22 * 1_001 + 1);
  expect(problemOf(text, { maxBytes: bytes - 1, maxDepth: 4 }).reason).toBe('too_large');
  expect(() => parseExactJson(text, { maxBytes: bytes, maxDepth: 4 })).not.toThrow();
});

test('the canonical form of any accepted text fits the limit that the text fits', () => {
  fc.assert(
    fc.property(fc.json(), fc.integer({ min: 2, max: 400 }), (text, maxBytes) => {
      let value: ExactJson;
      try {
        value = parseExactJson(text, { maxBytes, maxDepth: 64 });
      } catch {
        return;
      }
      expect(new TextEncoder().encode(canonicalJson(value)).length).toBeLessThanOrEqual(maxBytes);
    }),
    { numRuns: 500 },
  );
});

test('reports every repeated key when asked to, and keeps the first value', () => {
  const pointers: string[] = [];
  const value = parseExactJson('{"a":1,"b":{"c":1,"c":2},"a":3,"a":4}', { ...ARGUMENT_LIMITS, onDuplicateKey: (pointer) => pointers.push(pointer) });
  expect(pointers).toEqual(['/b/c', '/a', '/a']);
  expect(canonicalJson(value)).toBe('{"a":1,"b":{"c":1}}');
});
