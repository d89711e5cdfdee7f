import type { JsonObject } from '#mcp';
import { ArgumentSchemas } from './argument-schemas.js';
import { schemaCost } from './schema-cost.js';

const problem = (schema: JsonObject, args: JsonObject): string | undefined => new ArgumentSchemas().problem('h', schema, args);

it('checks arguments by the dialect of the schema, and says where they are wrong, never what they are', () => {
  const schema: JsonObject = { type: 'object', properties: { to: { type: 'string', format: 'email' }, n: { $ref: '#/$defs/n' } }, $defs: { n: { type: 'integer', minimum: 1 } }, additionalProperties: false };
  expect(problem(schema, { to: 'a@example.com', n: 1 })).toBeUndefined();
  expect(problem(schema, { to: 'canary' })).toBe('/to must match format "email"');
  expect(problem(schema, { n: 0 })).toBe('/n must be >= 1');
  expect(problem({ $schema: 'http://json-schema.org/draft-07/schema#', type: 'object', definitions: { s: { type: 'string' } }, properties: { a: { $ref: '#/definitions/s' } } }, { a: 5 })).toBe('/a must be string');
  expect(problem({ type: 'object', properties: { pair: { type: 'array', prefixItems: [{ type: 'string' }] } } }, { pair: [1] })).toBe('/pair/0 must be string');
});

it.each<[string, JsonObject]>([
  ['a reference to elsewhere', { $ref: 'https://example.com/schema.json' }],
  ['a reference to elsewhere deep inside', { type: 'object', properties: { a: { anyOf: [{ $ref: 'http://127.0.0.1:1/x' }] } } }],
  ['one that refers to itself', { type: 'object', properties: { a: { anyOf: [{ $ref: '#' }, { $ref: '#' }] } } }],
  ['one that refers dynamically', { type: 'object', $dynamicAnchor: 'x', properties: { a: { $dynamicRef: '#x' } } }],
  ['one with recursion behind a property with a keyword’s name', { type: 'object', properties: { default: { $ref: '#/properties/default' } } }],
  ['one that grows by its references', { type: 'object', properties: { a: { $ref: '#/$defs/d0' } }, $defs: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`d${i}`, i === 19 ? {} : { allOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] }])) }],
  ['a pattern that cannot be bounded', { type: 'object', properties: { a: { pattern: '(a)\\1' } } }],
  ['none at all', { type: 5 as never }],
])('%s is left to the server: nothing is fetched, and nothing takes long', (_, schema) => {
  expect(problem(schema, { a: 'x', default: 'x' })).toBeUndefined();
});

it('patterns take linear time, whoever wrote them', () => {
  // A backtracking matcher would take longer than the time-out of the test.
  expect(problem({ type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$' } } }, { a: `${'a'.repeat(60)}!` })).toBe('/a must match pattern "^(a+)+$"');
});

it('counts what a validation may visit', () => {
  expect(schemaCost({ properties: { a: {}, b: { items: {} } }, enum: [{ not: 'a schema' }] }, 100)).toBe(5);
  expect(schemaCost({ properties: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`p${i}`, {}])) }, 100)).toBe(Infinity);
});
