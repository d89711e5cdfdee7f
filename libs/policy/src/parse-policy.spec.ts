import fc from 'fast-check';
import {
  ARGUMENT_LIMITS, type CompiledRule, type ExactObject, type Policy, canonicalPolicyText, compilePolicy, entryFor, exactText, isHidden, parseExactJson, parsePolicy,
} from '#policy';
import { callArguments, policyDocument, writeJson } from '../test/documents.fixture.js';

function problemsOf(document: unknown): readonly { pointer: string; found: string; expected: string; message: string }[] {
  const parsed = parsePolicy(typeof document === 'string' ? document : JSON.stringify(document));
  return parsed.ok ? [] : parsed.problems;
}

const limit = { counter: 'c', window: 'day', max: 1 };

test('reports 300 problems of one document, each where it is', () => {
  const tools = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`t${i}`, { limits: [{ ...limit, max: `${i}` }] }]));
  const problems = problemsOf({ version: '1', default: 'deny', tools });
  expect(problems).toHaveLength(300);
  expect(problems[299]).toEqual({
    pointer: '/tools/t299/limits/0/max', found: '"299"', expected: 'an integer from 0 to 1000000000000000',
    message: 'found "299", expected an integer from 0 to 1000000000000000',
  });
});

test('lists 1,000 problems and counts the rest', () => {
  const tools = Object.fromEntries(Array.from({ length: 1_500 }, (_, i) => [`t${i}`, 0]));
  const problems = problemsOf({ version: '1', default: 'deny', tools });
  expect(problems).toHaveLength(1_001);
  expect(problems[1_000]?.message).toBe('and 500 more problems, not listed');
});

test('holds every bound of a document', () => {
  const many = <T>(count: number, of: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => of(i));
  const document = (tool: unknown): unknown => ({ version: '1', default: 'deny', tools: { a: tool } });
  const limits = (count: number): unknown[] => many(count, (i) => ({ ...limit, counter: `c${i}` }));
  const rules = (count: number): unknown[] => many(count, () => ({ conditions: [] }));
  expect(problemsOf(document({ limits: limits(20), deny_if: rules(50) }))).toEqual([]);
  expect(problemsOf(document({ limits: limits(21) })).map(({ pointer }) => pointer)).toEqual(['/tools/a/limits']);
  expect(problemsOf(document({ limits: limits(20), rate_limit: '1/day' })).map(({ pointer }) => pointer)).toEqual(['/tools/a/rate_limit']);
  expect(problemsOf(document({ deny_if: rules(51) })).map(({ pointer }) => pointer)).toEqual(['/tools/a/deny_if']);
  const tools = (count: number): unknown => ({ version: '1', default: 'deny', tools: Object.fromEntries(many(count, (i) => [`t${i}`, {}])) });
  expect(problemsOf(tools(2_000))).toEqual([]);
  expect(problemsOf(tools(2_001)).map(({ pointer }) => pointer)).toEqual(['/tools']);
  expect(problemsOf(`{"version":"1","default":"deny","x-pad":"${'x'.repeat(256 * 1024)}"}`)[0]?.message).toContain('at most 262144 bytes');
  expect(problemsOf(document({ limits: [{ ...limit, counter: 'c'.repeat(385) }] })).map(({ pointer }) => pointer)).toEqual(['/tools/a/limits/0/counter']);
  expect(problemsOf({ version: '1', default: 'deny', tools: { ['t'.repeat(257)]: {}, '': {}, 'a\u0000': {} } })).toHaveLength(3);
});

test('refuses a document that outgrows the bound when it is normalised', () => {
  const tools = Object.fromEntries(Array.from({ length: 1_900 }, (_, i) => [`a_rather_long_tool_name_that_comes_twice_${i}`, { rate_limit: '1/day' }]));
  expect(problemsOf({ version: '1', default: 'deny', tools })[0]?.found).toMatch(/^[0-9]+ bytes once it is normalised$/);
});

test('bounds what the names of one call\'s limits add to its event', () => {
  const limits = Array.from({ length: 20 }, (_, i) => ({ ...limit, counter: `${i}`.padEnd(300, 'x') }));
  expect(problemsOf({ version: '1', default: 'deny', tools: { a: { limits } } })).toMatchObject([{ pointer: '/tools/a', found: expect.stringContaining('bytes of names') }]);
});

test.each(['null', '[]', '"x"', '5', '{}', '', '{', 'true'])('refuses %j with a problem, whatever it is', (text) => {
  expect(problemsOf(text).length).toBeGreaterThan(0);
});

test('never throws and never accepts in part, whatever is in a document', () => {
  const anything = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<unknown>(null, true, false, 0, -1, 1.5, 1e300, '', '*', 'minute', 'grant', '10/minute', '1', 'allow', 'deny', 'not_sent'),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom('version', 'default', 'hide', 'all_tools', 'tools', 'limits', 'counter', 'window', 'max', 'scope', 'refund', 'seconds', 'rate_limit', 'action', 'reason', 'deny_if', 'conditions', 'x-a', '__proto__', 'a*'),
        tie('node'), { maxKeys: 6 },
      ),
    ),
  })).node;
  fc.assert(
    fc.property(anything, anything, (tools, rest) => {
      const document = JSON.stringify({ version: '1', default: 'deny', ...(typeof rest === 'object' && rest !== null && !Array.isArray(rest) ? rest : {}), tools });
      const parsed = parsePolicy(document);
      if (parsed.ok) expect(compilePolicy(parsed.policy)).toBeDefined();
      else for (const problem of parsed.problems) expect(problem).toEqual({ pointer: expect.any(String), found: expect.any(String), expected: expect.any(String), message: expect.any(String) });
    }),
    { numRuns: 1_000 },
  );
});

/** Everything that a policy says to a call: what applies, every rule's outcome, every limit with what it would add. */
function sayings(policy: Policy, tool: string, args: ExactObject): unknown {
  const compiled = compilePolicy(policy);
  const entry = entryFor(compiled, tool);
  const told = (rules: readonly CompiledRule[]): unknown => rules.map(({ holds, ...rule }) => ({ ...rule, outcome: holds(args) }));
  return {
    hidden: isHidden(compiled, tool),
    ...(entry && { pointer: entry.pointer, require: told(entry.require), denyIf: told(entry.denyIf), approveIf: told(entry.approveIf) }),
    limits: entry?.limits.map(({ amountOf, ...limit }) => ({ ...limit, amount: amountOf(args) })),
  };
}

function parsed(text: string): Policy {
  const result = parsePolicy(text);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.policy;
}

test('normalising twice is normalising once, and neither it nor the order of keys nor the spelling of numbers changes what a policy says', () => {
  fc.assert(
    fc.property(policyDocument, fc.constantFrom('a', 'b', 'get_it', '__proto__', 'other'), callArguments, fc.nat(3), (document, tool, args, spelling) => {
      const policy = parsed(writeJson(document));
      const text = canonicalPolicyText(policy);
      expect(canonicalPolicyText(parsed(writeJson(document, { reversed: true, spelling })))).toBe(text);
      const again = parsed(text);
      expect(canonicalPolicyText(again)).toBe(text);
      const first = sayings(policy, tool, parseExactJson(writeJson(args), ARGUMENT_LIMITS) as ExactObject);
      const other = parseExactJson(writeJson(args, { reversed: true, spelling: spelling + 1 }), ARGUMENT_LIMITS) as ExactObject;
      expect(sayings(again, tool, other)).toEqual(first);
    }),
    { numRuns: 300 },
  );
});

test('keeps the content hash of documents that were accepted before the whole language was', () => {
  const seed = '{"version": "1", "default": "deny", "hide": ["delete_account"], "all_tools": {"limits": [{"counter": "calls", "window": "hour", "max": 1000, "scope": "grant"}]}, "tools": {"refresh_access_token": {"limits": [{"counter": "refresh_access_token_rate", "window": "minute", "max": 60, "scope": "grant"}]}}}';
  expect(canonicalPolicyText(parsed(seed))).toBe('{"all_tools":{"limits":[{"counter":"calls","max":1000,"scope":"grant","window":"hour"}]},"default":"deny","hide":["delete_account"],"tools":{"refresh_access_token":{"limits":[{"counter":"refresh_access_token_rate","max":60,"scope":"grant","window":"minute"}]}},"version":"1"}');
  const rest = '{"version": "1", "default": "allow", "x-note": 1.50, "tools": {"a": {"action": "deny", "reason": "No."}, "b": {"rate_limit": "10/minute"}, "c*": {"limits": [{"counter": "c", "window": {"seconds": 10}, "max": 1, "scope": "session", "refund": ["failed", "not_sent"], "sliding": false}]}}}';
  expect(canonicalPolicyText(parsed(rest))).toBe('{"default":"allow","tools":{"a":{"deny_if":[{"conditions":[],"on_deny":"No."}]},"b":{"limits":[{"counter":"rate_limit:b","max":10,"scope":"session","window":"minute"}]},"c*":{"limits":[{"counter":"c","max":1,"refund":["not_sent","failed"],"scope":"session","window":{"seconds":10}}]}},"version":"1","x-note":1.5}');
});

test('reads the document of the contract, in which every kind of rule stands', () => {
  const text = canonicalPolicyText(parsed(`{
    "version": "1", "default": "deny", "tools": { "create_charge": {
      "require": [ { "conditions": [ { "path": "args.currency", "op": "in", "value": ["usd", "eur"] } ], "on_deny": "Only USD and EUR." } ],
      "deny_if": [ { "conditions": [ { "path": "args.amount", "op": "gt", "value": 10000 } ], "on_deny": "Charges over 10000 are not allowed." } ],
      "approve_if": [ { "conditions": [ { "path": "args.amount", "op": "gt", "value": 500 } ], "message": "Charges over 500 need approval.", "timeout": "30m" } ],
      "limits": [ { "counter": "spend", "window": "day", "max": 5000, "increment_from": "args.amount", "scope": "grant" } ] } } }`));
  expect(JSON.parse(text).tools.create_charge).toEqual({
    require: [{ conditions: [{ path: 'args.currency', op: 'in', value: ['usd', 'eur'] }], on_deny: 'Only USD and EUR.' }],
    deny_if: [{ conditions: [{ path: 'args.amount', op: 'gt', value: 10000 }], on_deny: 'Charges over 10000 are not allowed.' }],
    approve_if: [{ conditions: [{ path: 'args.amount', op: 'gt', value: 500 }], message: 'Charges over 500 need approval.', timeout: '30m' }],
    limits: [{ counter: 'spend', window: 'day', max: 5000, increment_from: 'args.amount', scope: 'grant' }],
  });
});

test.each([
  [{ conditions: [] }, '15m', 900_000, 1], [{ conditions: [], timeout: '60m', approvals: 5 }, '1h', 3_600_000, 5], [{ conditions: [], timeout: '90s' }, '90s', 90_000, 1],
  [{ conditions: [], timeout: '168h' }, '7d', 604_800_000, 1], [{ conditions: [], timeout: '90m' }, '90m', 5_400_000, 1],
])('reads the approval rule %j', (rule, timeout, timeoutMs, approvals) => {
  const policy = parsed(JSON.stringify({ version: '1', default: 'deny', tools: { a: { approve_if: [rule] } } }));
  expect(policy.tools.get('a')?.approve_if).toEqual([expect.objectContaining({ timeout, timeoutMs, approvals })]);
  expect(entryFor(compilePolicy(policy), 'a')?.approveIf[0]).toMatchObject({ pointer: '/tools/a/approve_if/0', timeoutMs, approvals });
});

test('turns action: require_approval into a rule that always asks', () => {
  const text = canonicalPolicyText(parsed('{"version": "1", "default": "deny", "tools": {"a": {"action": "require_approval", "reason": "Ask."}, "b": {"action": "require_approval", "rate_limit": "1/day"}}}'));
  expect(JSON.parse(text).tools).toEqual({ a: { approve_if: [{ conditions: [], message: 'Ask.' }] }, b: { approve_if: [{ conditions: [] }], limits: [expect.anything()] } });
});

const day = { counter: 'c', window: 'day', max: 1 };
const gt = { path: 'args.x', op: 'gt', value: 1 };

test.each<[string, unknown, string, string]>([
  ['a timeout below a minute', { approve_if: [{ conditions: [], timeout: '59s' }] }, '/approve_if/0/timeout', '1m to 7d'],
  ['a timeout over seven days', { approve_if: [{ conditions: [], timeout: '169h' }] }, '/approve_if/0/timeout', '1m to 7d'],
  ['no approvals at all', { approve_if: [{ conditions: [], approvals: 0 }] }, '/approve_if/0/approvals', 'from 1 to 5'],
  ['six approvals', { approve_if: [{ conditions: [], approvals: 6 }] }, '/approve_if/0/approvals', 'from 1 to 5'],
  ['half an approval', { approve_if: [{ conditions: [], approvals: 1.5 }] }, '/approve_if/0/approvals', 'from 1 to 5'],
  ['an on_deny in approve_if', { approve_if: [{ conditions: [], on_deny: 'x' }] }, '/approve_if/0/on_deny', 'unknown key'],
  ['a rule without conditions', { require: [{}] }, '/require/0/conditions', '[] always holds'],
  ['a path outside the arguments', { require: [{ conditions: [{ ...gt, path: 'arg.x' }] }] }, '/require/0/conditions/0/path', '"args."'],
  ['a path with an empty step', { require: [{ conditions: [{ ...gt, path: 'args.x..y' }] }] }, '/require/0/conditions/0/path', '"args."'],
  ['a path of 65 steps', { require: [{ conditions: [{ ...gt, path: `args${'.x'.repeat(65)}` }] }] }, '/require/0/conditions/0/path', '64 steps'],
  ['an unknown operator', { require: [{ conditions: [{ ...gt, op: 'like' }] }] }, '/require/0/conditions/0/op', '"contains"'],
  ['a condition without a value', { require: [{ conditions: [{ path: 'args.x', op: 'eq' }] }] }, '/require/0/conditions/0/value', 'found nothing'],
  ['a bound in quotes', { require: [{ conditions: [{ ...gt, value: '1' }] }] }, '/require/0/conditions/0/value', 'a number'],
  ['in without a list', { require: [{ conditions: [{ ...gt, op: 'in' }] }] }, '/require/0/conditions/0/value', 'a list'],
  ['exists without true or false', { require: [{ conditions: [{ ...gt, op: 'exists' }] }] }, '/require/0/conditions/0/value', 'true (is there)'],
  ['a pattern that does not compile', { require: [{ conditions: [{ ...gt, op: 'regex', value: 'a(' }] }] }, '/require/0/conditions/0/value', 'missing closing )'],
  ['a pattern with a back reference', { require: [{ conditions: [{ ...gt, op: 'regex', value: '(a)\\1' }] }] }, '/require/0/conditions/0/value', 'invalid escape'],
  ['a pattern that is too long', { require: [{ conditions: [{ ...gt, op: 'regex', value: 'a'.repeat(501) }] }] }, '/require/0/conditions/0/value', 'at most 500 characters'],
  ['a pattern that compiles to too much', { require: [{ conditions: [{ ...gt, op: 'regex', value: 'a{999}'.repeat(10) }] }] }, '/require/0/conditions/0/value', 'instructions'],
  ['too large a value', { require: [{ conditions: [{ ...gt, op: 'eq', value: 'x'.repeat(16_384) }] }] }, '/require/0/conditions/0/value', 'at most 16384'],
  ['1,001 values', { require: [{ conditions: [{ ...gt, op: 'in', value: Array(1_001).fill(1) }] }] }, '/require/0/conditions/0/value', 'at most 1000'],
  ['21 conditions in a rule', { require: [{ conditions: Array(21).fill(gt) }] }, '/require/0/conditions', 'at most 20'],
  ['51 rules of different kinds', { require: Array(26).fill({ conditions: [] }), deny_if: Array(25).fill({ conditions: [] }) }, '/deny_if', 'at most 50 rules'],
  ['201 conditions in a tool', { require: Array(11).fill({ conditions: Array(19).fill(gt) }) }, '/require', 'at most 200 conditions'],
  ['an unknown key in a condition', { deny_if: [{ conditions: [{ ...gt, vaule: 1 }] }] }, '/deny_if/0/conditions/0/vaule', 'unknown key'],
  ['an action beside rules', { action: 'require_approval', approve_if: [] }, '/action', 'beside `approve_if`'],
  ['a decimal max for calls', { limits: [{ ...day, max: 1.5 }] }, '/limits/0/max', 'an integer'],
  ['a max of too many decimals', { limits: [{ ...day, max: '@1e-33', increment_from: 'args.x' }] }, '/limits/0/max', 'at most 32 decimals'],
  ['a max over 10^15', { limits: [{ ...day, max: '@1000000000000000.5', increment_from: 'args.x' }] }, '/limits/0/max', '1000000000000000'],
  ['increment_from over elements', { limits: [{ ...day, increment_from: 'args.x.*' }] }, '/limits/0/increment_from', 'without `*`'],
  ['increment_from outside the arguments', { limits: [{ ...day, max: 1.5, increment_from: 'amount' }] }, '/limits/0/increment_from', '"args."'],
  ['a sliding month', { limits: [{ ...day, window: 'month', sliding: true }] }, '/limits/0/sliding', 'fixed length'],
  ['more calls in a sliding window than are remembered', { limits: [{ ...day, max: 100_001, sliding: true }] }, '/limits/0/max', 'at most 100000 calls'],
  ['a scope that there is none of', { limits: [{ ...day, scope: 'tenant' }] }, '/limits/0/scope', '"organisation"'],
  ['Intercept\'s rules in JSON', { rules: [] }, '/rules', 'Intercept'],
])('refuses %s, and says where', (_what, tool, pointer, says) => {
  const text = JSON.stringify({ version: '1', default: 'deny', tools: { a: tool } }).replace(/"@([^"]+)"/g, '$1');
  expect(problemsOf(text).map((problem) => problem.pointer)).toEqual([`/tools/a${pointer}`]);
  expect(problemsOf(text)[0]?.message).toContain(says);
});

test('accepts what is just within the bounds', () => {
  const conditions = Array(20).fill(gt);
  const tool = {
    require: [...Array(9).fill({ conditions }), { conditions: Array(19).fill(gt) }], deny_if: Array(39).fill({ conditions: [] }),
    approve_if: [{ conditions: [{ path: `args${'.x'.repeat(64)}`, op: 'regex', value: 'a'.repeat(500) }], timeout: '1m', approvals: 5 }],
    limits: [{ ...day, max: 100_000, sliding: true }, { ...day, counter: 'd', max: 1e15, increment_from: 'args.x', sliding: true }, { ...day, counter: 'e', max: 0.25, increment_from: 'args.x.0' }],
  };
  expect(problemsOf({ version: '1', default: 'deny', tools: { a: tool } })).toEqual([]);
});

test('bounds the patterns of a document together', () => {
  const tools = (count: number, pattern: (i: number) => string): unknown => Object.fromEntries(Array.from({ length: count }, (_, i) => [`t${i}`, { require: [{ conditions: [{ path: 'args.x', op: 'regex', value: pattern(i) }] }] }]));
  const found = (count: number, pattern: (i: number) => string): string[] => problemsOf({ version: '1', default: 'deny', tools: tools(count, pattern) }).map((problem) => problem.found);
  expect(found(600, () => 'same')).toEqual([]);
  expect(found(501, (i) => `p${i}`)).toEqual([expect.stringContaining('more than 500 different patterns')]);
  // Just too much, in any order.
  for (const order of [1, -1]) {
    const sizes = Array.from({ length: 23 }, (_, i) => (i < 22 ? `a{900}b{900}c{900}d{900}e{900}${i}` : 'y{930}'));
    expect(found(23, (i) => sizes.at(order * i) as string).length).toBeGreaterThan(0);
  }
  expect(found(24, (i) => `a{900}b{900}c{900}d{900}e{900}${i}`).at(-1)).toContain('patterns of more than 100000 instructions');
});

test('a call adds one amount to a counter, whichever limits test it', () => {
  const amount = { counter: 'c', window: 'day', max: 5, increment_from: 'args.x' };
  const refused = (tools: unknown, all: unknown[] = []): string[] => problemsOf({ version: '1', default: 'deny', all_tools: { limits: all }, tools }).map(({ pointer }) => pointer);
  expect(refused({ a: { limits: [day, amount] } })).toEqual(['/tools/a/limits/1']);
  expect(refused({ a: { limits: [amount, { ...amount, max: 9 }, { ...amount, increment_from: 'args.y' }] } })).toEqual(['/tools/a/limits/2']);
  expect(refused({ a: { limits: [amount] } }, [day])).toEqual(['/tools/a/limits/0']);
  expect(refused({ a: { limits: [day, { ...amount, window: 'hour' }, { ...amount, scope: 'agent' }, { ...amount, sliding: true }] } })).toEqual([]);
  // Calls of different tools may add different amounts to one counter.
  expect(refused({ a: { limits: [amount] }, b: { limits: [{ ...amount, increment_from: 'args.y' }] } })).toEqual([]);
  expect(refused({ a: { rate_limit: '5/day', limits: [{ ...amount, counter: 'rate_limit:a', scope: 'session' }] } })).toEqual(['/tools/a/rate_limit']);
  expect(refused({ 'a*': { rate_limit: '5/day', limits: [{ ...amount, counter: 'rate_limit:ab', scope: 'session' }] } })).toEqual(['/tools/a*/rate_limit']);
  expect(refused({ a: { limits: [day] }, b: { limits: [{ ...day, refund: ['not_sent', 'failed'] }] } })).toEqual(['/tools/b/limits/0']);
});

test('adds amounts exactly as they are, or not at all', () => {
  const policy = parsed('{"version": "1", "default": "deny", "tools": {"a": {"limits": [{"counter": "c", "window": "day", "max": 5, "increment_from": "args.x.0"}]}}}');
  const limit = entryFor(compilePolicy(policy), 'a')?.limits[0];
  const amount = (x: string): string => {
    const found = limit?.amountOf(parseExactJson(`{"x": [${x}]}`, ARGUMENT_LIMITS) as ExactObject);
    return found === undefined ? 'invalid' : exactText(found);
  };
  expect(['0', '-0', '0.1', '1e15', '1000000000000000.0', '1e-32', '2.50'].map(amount)).toEqual(['0', '0', '0.1', '1000000000000000', '1000000000000000', '1e-32', '2.5']);
  for (const x of ['', '-1', '-0.1', '1000000000000000.1', '1e16', '"5"', 'null', 'true', '[1]', '{}', '1e-33']) expect(amount(x)).toBe('invalid');
  expect(limit).toMatchObject({ incrementFrom: 'args.x.0', sliding: false, slidingMs: undefined });
});

test('a sliding window has an exact length', () => {
  const limits = (window: unknown): unknown => ({ limits: [{ ...day, window, sliding: true }] });
  for (const [window, ms] of [['second', 1_000], ['minute', 60_000], ['hour', 3_600_000], ['day', 86_400_000], ['week', 604_800_000], [{ seconds: 7 }, 7_000]] as const) {
    const policy = parsed(JSON.stringify({ version: '1', default: 'deny', tools: { a: limits(window) } }));
    expect(entryFor(compilePolicy(policy), 'a')?.limits[0]).toMatchObject({ sliding: true, slidingMs: ms });
  }
});
