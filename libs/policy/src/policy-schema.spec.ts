import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { z } from 'zod';
import { parsePolicy } from '#policy';
import { policyDocument, writeJson } from '../test/documents.fixture.js';
import { policyJsonSchema, policySchema } from './policy-schema.js';

const PUBLISHED = join(import.meta.dirname, '..', '..', '..', 'schemas', 'policy.v1.json');
const published: unknown = JSON.parse(readFileSync(PUBLISHED, 'utf8'));

test('schemas/policy.v1.json is that of the code as it is now (otherwise: npm run generate)', () => {
  expect(published).toEqual(JSON.parse(JSON.stringify(policyJsonSchema())));
});

/** Refused by a schema and accepted by the parser is the one thing that must not be. */
function agree(text: string): { parser: boolean; schema: boolean; file: boolean } {
  const document: unknown = JSON.parse(text);
  const said = { parser: parsePolicy(text).ok, schema: policySchema.safeParse(document).success, file: fromFile.safeParse(document).success };
  if (said.parser && !(said.schema && said.file)) throw new Error(`accepted by the parser only: ${text}`);
  return said;
}

/** What an editor reads, made a schema again. */
const fromFile = z.fromJSONSchema(published as Parameters<typeof z.fromJSONSchema>[0]);

test('the schema accepts every document that the parser accepts', () => {
  fc.assert(fc.property(policyDocument, (document) => { expect(agree(writeJson(document))).toEqual({ parser: true, schema: true, file: true }); }), { numRuns: 150 });
});

test('the parser refuses every document that the schema refuses', () => {
  let refused = 0;
  const junk = fc.oneof(
    fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 1e16, '', '*', 'a', 'minute', 'args.', 'args.x', 'args.*', 'eq', 'in', 'not_sent', 'session', '10/minute', '15m', '6m1', '1', [], {}, [1], ['failed'], { seconds: 0 }),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const change = fc.record({ at: fc.array(fc.nat(20), { minLength: 1, maxLength: 7 }), key: fc.constantFrom('', 'x-a', 'max', 'op', 'conditions', 'limits', 'on_deny', 'nonsense'), junk });
  fc.assert(
    fc.property(policyDocument, change, (document, { at, key, junk: value }) => {
      const said = agree(JSON.stringify(changed(JSON.parse(writeJson(document)), at, key, value)));
      if (!said.schema) refused++;
    }),
    { numRuns: 1_000 },
  );
  // Otherwise this has shown nothing.
  expect(refused).toBeGreaterThan(200);
});

/** The same tree with one place replaced, removed or added, found by numbers. */
function changed(tree: unknown, [step = 0, ...rest]: readonly number[], key: string, value: unknown): unknown {
  if (typeof tree !== 'object' || tree === null) return value;
  if (Array.isArray(tree)) {
    const at = step % (tree.length + 1);
    return rest.length === 0 || at === tree.length ? [...tree.slice(0, at), value, ...tree.slice(at + 1)] : tree.with(at, changed(tree[at], rest, key, value));
  }
  const entries = Object.entries(tree);
  const at = step % (entries.length + 1);
  const [name, member] = entries[at] ?? [key, value];
  return { ...tree, [name]: rest.length === 0 || at === entries.length ? value : changed(member, rest, key, value) };
}

test.each<[string, unknown]>([
  ['a misspelt operator', { require: [{ conditions: [{ path: 'args.x', op: 'equals', value: 1 }] }] }],
  ['a bound in quotes', { deny_if: [{ conditions: [{ path: 'args.x', op: 'gt', value: '1' }] }] }],
  ['an unknown key', { limit: [] }],
  ['an unknown key in a condition', { require: [{ conditions: [{ path: 'args.x', op: 'eq', value: 1, valeu: 1 }] }] }],
  ['a window that there is none of', { limits: [{ counter: 'c', window: 'fortnight', max: 1 }] }],
  ['a scope that there is none of', { limits: [{ counter: 'c', window: 'day', max: 1, scope: 'tenant' }] }],
  ['a limit without a max', { limits: [{ counter: 'c', window: 'day' }] }],
  ['six approvals', { approve_if: [{ conditions: [], approvals: 6 }] }],
])('an editor marks %s', (_what, tool) => {
  expect(agree(JSON.stringify({ version: '1', default: 'deny', tools: { a: tool } }))).toEqual({ parser: false, schema: false, file: false });
});
