import fc from 'fast-check';
import { compilePolicy, entryFor } from './compile.js';
import { parseExactJson } from './exact-json.js';
import { parsePolicy } from './parse-policy.js';

const scalar = fc.constantFrom(0, 1, 2, 2.5, 3, 10, -1, 'x', '2', true, null);
const value = fc.oneof({ weight: 6, arbitrary: scalar }, { weight: 1, arbitrary: fc.array(scalar, { maxLength: 2 }) });
const condition = fc.tuple(fc.constantFrom('args.a', 'args.a', 'args.b', 'args.a.*'), fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom('lt', 'lte', 'gt', 'gte'), fc.constantFrom(0, 1, 2, 2.5, 3)) },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom('eq', 'neq', 'contains'), value) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom('in', 'not_in'), fc.array(value, { maxLength: 3 })) },
  fc.tuple(fc.constant('exists'), fc.boolean()),
)).map(([path, [op, operand]]) => ({ path, op, value: operand }));
const rule = fc.array(condition, { minLength: 1, maxLength: 2 }).map((conditions) => ({ conditions }));
const tool = fc.record({ require: fc.array(rule, { maxLength: 2 }), deny_if: fc.array(rule, { maxLength: 3 }), approve_if: fc.array(rule, { maxLength: 2 }) });
const args = fc.record({ a: value, b: value }, { requiredKeys: [] });

test('what lint calls a rule that is never reached, and nobody asked by, is never the one that answers', () => {
  let claims = 0;
  fc.assert(fc.property(tool, fc.array(args, { minLength: 20, maxLength: 20 }), (written, calls) => {
    const parsed = parsePolicy(JSON.stringify({ version: '1', default: 'deny', tools: { t: written } }));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const idle = parsed.warnings.filter(({ message }) => /never reached|nobody is ever asked/.test(message)).map(({ pointer }) => pointer);
    claims += idle.length;
    const entry = entryFor(compilePolicy(parsed.policy), 't');
    if (entry === undefined) throw new Error('no entry');
    const answered = new Set<string | undefined>();
    for (const call of calls) {
      const value = parseExactJson(JSON.stringify(call), { maxBytes: 10_000, maxDepth: 10 }) as ReadonlyMap<string, never>;
      const unmet = entry.require.find(({ holds }) => !holds(value).holds);
      const first = unmet ?? [...entry.denyIf, ...entry.approveIf].find(({ holds }) => holds(value).holds);
      answered.add(first?.pointer);
    }
    expect(idle.filter((pointer) => answered.has(pointer))).toEqual([]);
  }), { numRuns: 600 });
  expect(claims).toBeGreaterThan(50);
});
