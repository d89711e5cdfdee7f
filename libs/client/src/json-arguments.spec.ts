import fc from 'fast-check';
import { argumentBytes, ArgumentsProblem } from './json-arguments.js';
import type { JsonObject } from './json-arguments.js';

const text = (args: JsonObject | string | Uint8Array | undefined): string => Buffer.from(argumentBytes(args)).toString();

it('leaves a text and bytes as they are, digit for digit', () => {
  const exact = '{ "amount": 9007199254740993, "rate": 0.10, "big": 1e400 }';
  expect(text(exact)).toBe(exact);
  expect(argumentBytes(Buffer.from(exact))).toEqual(Buffer.from(exact));
  expect(text(undefined)).toBe('');
});

it('writes values as JSON.stringify does', () => {
  fc.assert(fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 4 })), (value) => {
    fc.pre(!/\d{16}|e\+/.test(JSON.stringify(value)));
    expect(text(value as JsonObject)).toBe(JSON.stringify(value));
  }));
  expect(text({ a: undefined, b: null })).toBe('{"b":null}');
});

it('writes whole numbers of any size that are given as bigint', () => {
  expect(text({ amount: 9007199254740993n, list: [-(10n ** 30n)] })).toBe('{"amount":9007199254740993,"list":[-1000000000000000000000000000000]}');
});

it.each<[string, unknown, string]>([
  ['a whole number that a double does not hold', { a: { b: [2 ** 53] } }, '/a/b/0'],
  ['NaN', { a: Number.NaN }, '/a'],
  ['infinity', { a: Number.POSITIVE_INFINITY }, '/a'],
  ['a function', { a: () => 1 }, '/a'],
  ['a date, whose text is a guess', { at: new Date(0) }, '/at'],
  ['a map, which would be written as {}', { a: new Map([[1, 2]]) }, '/a'],
  ['undefined in a list', { a: [undefined] }, '/a/0'],
  ['a list instead of an object', [1], '(arguments)'],
  ['a number', 7, '(arguments)'],
  ['a text with half a character', '{"a":"\ud800"}', '(text)'],
])('refuses %s, and says where', (_, args, where) => {
  expect(() => argumentBytes(args as JsonObject)).toThrow(expect.objectContaining({ where }) as ArgumentsProblem);
});

it('refuses what refers to itself or is too deep', () => {
  const loop: Record<string, unknown> = {};
  loop['loop'] = loop;
  expect(() => argumentBytes(loop as JsonObject)).toThrow(ArgumentsProblem);
});
