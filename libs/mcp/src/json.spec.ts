import fc from 'fast-check';
import { asDoubles, isRawNumber, type Json, JsonError, type JsonProblem, MESSAGE_LIMITS, parseJson, writeJson } from '#mcp';

function problemOf(text: string | Uint8Array, limits = MESSAGE_LIMITS): JsonProblem | undefined {
  try {
    parseJson(text, limits);
    return undefined;
  } catch (error) {
    if (error instanceof JsonError) return error.reason;
    throw error;
  }
}

test('reads what JSON.parse reads, and writes it so that JSON.parse reads the same again', () => {
  fc.assert(fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'), (value, space) => {
    const text = JSON.stringify(value, null, space);
    fc.pre(!text.includes('"__proto__"'));
    const read = parseJson(text);
    expect(asDoubles(read)).toEqual(JSON.parse(text));
    expect(JSON.parse(writeJson(read))).toEqual(JSON.parse(text));
    expect(parseJson(new TextEncoder().encode(text))).toEqual(read);
  }), { numRuns: 500 });
});

test('accepts nothing that JSON.parse refuses, and refuses the rest for a reason of its own only', () => {
  const fragment = fc.constantFrom('{', '}', '[', ']', '"', ',', ':', '1', '-', '0', '.5', 'e3', 'E-2', 'true', 'null', 'fals', ' ', '\n', '\\', '\\u0041', '\\ud800', 'a', '\u0000', '\u00a0', '\ufeff', "'", '"a":', '01');
  fc.assert(fc.property(fc.array(fragment, { maxLength: 12 }).map((parts) => parts.join('')), (text) => {
    let valid = true;
    try {
      JSON.parse(text);
    } catch {
      valid = false;
    }
    const problem = problemOf(text);
    expect(problem === undefined ? valid : !(valid && problem === 'malformed')).toBe(true);
  }), { numRuns: 5_000 });
});

test.each(['1e400', '12345678901234567890', '1.50', '-0', '1E5', '0.1000', '1e-999999', '100000000000000000000000', '-1.0'])('the number %s leaves as it came', (literal) => {
  const text = `{"amount":${literal},"list":[${literal}]}`;
  expect(writeJson(parseJson(text))).toBe(text);
});

test('every number literal leaves digit for digit', () => {
  const digits = fc.stringMatching(/^[0-9]{1,30}$/);
  fc.assert(fc.property(fc.constantFrom('', '-'), fc.stringMatching(/^(0|[1-9][0-9]{0,30})$/), fc.option(digits, { nil: undefined }), fc.option(fc.tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), digits), { nil: undefined }), (sign, whole, fraction, exponent) => {
    const literal = `${sign}${whole}${fraction === undefined ? '' : `.${fraction}`}${exponent === undefined ? '' : exponent.join('')}`;
    expect(writeJson(parseJson(`[${literal}]`))).toBe(`[${literal}]`);
  }), { numRuns: 500 });
});

test('no text can be taken for a number kept as it was written', () => {
  const value = parseJson('{"rawJSON":"1"}');
  expect(isRawNumber(value)).toBe(false);
  expect(writeJson(value)).toBe('{"rawJSON":"1"}');
});

test.each<[string, JsonProblem]>([
  ['{"name":"a","name":"b"}', 'duplicate_key'],
  ['{"name":"a","\\u006eame":"b"}', 'duplicate_key'],
  ['[{"x":{"a":1,"b":2,"a":1}}]', 'duplicate_key'],
  ['{"__proto__":{"polluted":true}}', 'forbidden_key'],
  ['{"a":{"\\u005f_proto__":1}}', 'forbidden_key'],
  ['NaN', 'malformed'], ['[Infinity]', 'malformed'], ['01', 'malformed'], ['-', 'malformed'], ['1.', 'malformed'], ['{"a":1,}', 'malformed'], ['[1 2]', 'malformed'],
  ['"\\x"', 'malformed'], ['"\\u12g4"', 'malformed'], ['"open', 'malformed'], ['"open\\"', 'malformed'], ['', 'malformed'], ['\ufeff{}', 'malformed'], ['1 1', 'malformed'],
])('refuses %j: %s', (text, problem) => {
  expect(problemOf(text)).toBe(problem);
});

test('keys that JavaScript knows are keys like any other', () => {
  const value = parseJson('{"constructor":1,"toString":2,"hasOwnProperty":3}') as Record<string, Json>;
  expect(Object.keys(value)).toEqual(['constructor', 'toString', 'hasOwnProperty']);
});

test('bounds depth, bytes and values, and names no part of the text', () => {
  const limits = { bytesMax: 1_000, depthMax: 3, valuesMax: 50 };
  expect(problemOf('[[[]]]', limits)).toBeUndefined();
  expect(problemOf('[[[[]]]]', limits)).toBe('too_deep');
  expect(problemOf('[],'.repeat(500_000), { ...MESSAGE_LIMITS, bytesMax: 10_000_000 })).toBe('malformed');
  expect(problemOf(`[${'1,'.repeat(48)}1]`, limits)).toBeUndefined();
  expect(problemOf(`[${'1,'.repeat(49)}1]`, limits)).toBe('too_many_values');
  expect(problemOf(`"${'é'.repeat(499)}"`, limits)).toBeUndefined();
  expect(problemOf(`"${'é'.repeat(500)}"`, limits)).toBe('too_large');
  expect(problemOf('['.repeat(200_000))).toBe('too_deep');
  expect(problemOf(new Uint8Array([0x22, 0xc3, 0x28, 0x22]))).toBe('not_utf8');
  try {
    parseJson('{"secret-key":hunter2}');
    throw new Error('expected to be refused');
  } catch (error) {
    expect((error as Error).message).toBe('expected a value (at character 15)');
  }
});
