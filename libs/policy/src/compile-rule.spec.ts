import { type ExactJson, type ExactObject, ARGUMENT_LIMITS, compilePolicy, entryFor, parseExactJson, parsePolicy } from '#policy';

function argsOf(text: string): ExactObject {
  return parseExactJson(text, ARGUMENT_LIMITS) as ReadonlyMap<string, ExactJson>;
}

/** What a rule of one condition says to arguments, as a requirement and as a reason to deny. */
function judge(condition: string, args: string): string {
  const rules = `[{"conditions": [${condition}]}]`;
  const parsed = parsePolicy(`{"version": "1", "default": "deny", "tools": {"t": {"require": ${rules}, "deny_if": ${rules}}}}`);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const tool = entryFor(compilePolicy(parsed.policy), 't');
  const required = tool?.require[0]?.holds(argsOf(args));
  const denied = tool?.denyIf[0]?.holds(argsOf(args));
  return `${required?.holds ? 'meets' : 'fails'} require, ${denied?.holds ? 'strikes' : 'escapes'} deny_if`;
}

const HOLDS = 'meets require, strikes deny_if';
const FAILS = 'fails require, escapes deny_if';
const WRONG_TYPE = 'fails require, strikes deny_if';

const condition = (path: string, op: string, value: string): string => `{"path": "args.${path}", "op": "${op}", "value": ${value}}`;

describe('what a condition says', () => {
  test.each([
    // Exact numbers, whatever their spelling and size.
    ['a', 'eq', '1', '{"a": 1.0}', HOLDS],
    ['a', 'eq', '1', '{"a": 10e-1}', HOLDS],
    ['a', 'eq', '9007199254740993', '{"a": 9007199254740992}', FAILS],
    ['a', 'eq', '0.1', '{"a": 0.1000000000000000055511151231257827}', FAILS],
    ['a', 'lte', '0.3', '{"a": 0.30000000000000004}', FAILS],
    ['a', 'lt', '9007199254740993', '{"a": 9007199254740992}', HOLDS],
    ['a', 'gt', '9007199254740992', '{"a": 9007199254740993}', HOLDS],
    ['a', 'gte', '-1e-400', '{"a": -1e-399}', FAILS],
    ['a', 'gt', '500', '{"a": 500}', FAILS],
    ['a', 'gte', '500', '{"a": 500}', HOLDS],
    ['a', 'lt', '0', '{"a": -0}', FAILS],
    ['a', 'lt', '1e300', '{"a": -1e301}', HOLDS],
    // A number in quotes is not a number, and slips past nothing.
    ['a', 'gt', '500', '{"a": "501"}', WRONG_TYPE],
    ['a', 'lte', '500', '{"a": "1"}', WRONG_TYPE],
    ['a', 'lt', '5', '{"a": null}', WRONG_TYPE],
    ['a', 'lt', '5', '{"a": [1]}', WRONG_TYPE],
    ['a', 'gte', '5', '{"a": true}', WRONG_TYPE],
    // Equality is of JSON values, types included.
    ['a', 'eq', '1', '{"a": "1"}', FAILS],
    ['a', 'eq', '"1"', '{"a": "1"}', HOLDS],
    ['a', 'eq', 'null', '{"a": null}', HOLDS],
    ['a', 'eq', 'false', '{"a": 0}', FAILS],
    ['a', 'eq', '{"x": 1, "y": [2]}', '{"a": {"y": [2.0], "x": 1}}', HOLDS],
    ['a', 'eq', '{"x": 1}', '{"a": {"x": 1, "y": 2}}', FAILS],
    ['a', 'eq', '[1, 2]', '{"a": [2, 1]}', FAILS],
    ['a', 'eq', '1.5', '{"a": {}}', FAILS],
    ['a', 'neq', '1', '{"a": "1"}', HOLDS],
    ['a', 'neq', '1', '{"a": null}', HOLDS],
    ['a', 'neq', '1.50', '{"a": 1.5}', FAILS],
    ['a', 'in', '["usd", "eur"]', '{"a": "eur"}', HOLDS],
    ['a', 'in', '["usd", "eur"]', '{"a": "EUR"}', FAILS],
    ['a', 'in', '[1.5, {"k": [0.10]}]', '{"a": {"k": [0.1]}}', HOLDS],
    ['a', 'in', '[1.50]', '{"a": 1.5}', HOLDS],
    ['a', 'in', JSON.stringify(Array.from({ length: 20 }, (_, i) => ({ k: [i] }))), '{"a": {"k": [7.0]}}', HOLDS],
    ['a', 'in', JSON.stringify(Array.from({ length: 20 }, (_, i) => ({ k: [i] }))), '{"a": {"k": [20]}}', FAILS],
    ['a', 'in', '[]', '{"a": 1}', FAILS],
    ['a', 'not_in', '[]', '{"a": 1}', HOLDS],
    ['a', 'not_in', '[1, "x"]', '{"a": "1"}', HOLDS],
    ['a', 'not_in', '[null]', '{"a": null}', FAILS],
    // What is missing fails everything but `exists: false`.
    ...['eq', 'neq', 'lt', 'lte', 'gt', 'gte'].map((op) => ['a', op, '1', '{}', FAILS]),
    ...['in', 'not_in'].map((op) => ['a', op, '[1]', '{}', FAILS]),
    ...['regex', 'contains'].map((op) => ['a', op, '"x"', '{}', FAILS]),
    ['a', 'exists', 'true', '{}', FAILS],
    ['a', 'exists', 'false', '{}', HOLDS],
    ['a', 'exists', 'true', '{"a": null}', FAILS],
    ['a', 'exists', 'false', '{"a": null}', HOLDS],
    ['a', 'exists', 'true', '{"a": 0}', HOLDS],
    ['a', 'exists', 'false', '{"a": ""}', FAILS],
    // Texts.
    ['a', 'regex', '"b+"', '{"a": "abbc"}', HOLDS],
    ['a', 'regex', '"^b+$"', '{"a": "abbc"}', FAILS],
    ['a', 'regex', '"1"', '{"a": 1}', WRONG_TYPE],
    ['a', 'regex', '"^.$"', '{"a": "\u{1F600}"}', HOLDS],
    ['a', 'contains', '"lo w"', '{"a": "hello world"}', HOLDS],
    ['a', 'contains', '""', '{"a": ""}', HOLDS],
    ['a', 'contains', '1', '{"a": "1"}', FAILS],
    ['a', 'contains', '1', '{"a": [2, 1.0]}', HOLDS],
    ['a', 'contains', '{"x": 1}', '{"a": [{"x": 1}]}', HOLDS],
    ['a', 'contains', '"x"', '{"a": ["xy"]}', FAILS],
    ['a', 'contains', '1', '{"a": 1}', WRONG_TYPE],
    ['a', 'contains', '"k"', '{"a": {"k": 1}}', WRONG_TYPE],
    // Paths.
    ['a.b.c', 'eq', '1', '{"a": {"b": {"c": 1}}}', HOLDS],
    ['a.b.c', 'eq', '1', '{"a": {"b": 5}}', FAILS],
    ['__proto__', 'exists', 'true', '{}', FAILS],
    ['constructor.name', 'exists', 'true', '{"a": 1}', FAILS],
    ['items.length', 'exists', 'true', '{"items": [1]}', FAILS],
    ['items.0.price', 'gt', '5', '{"items": [{"price": 6}, {"price": 1}]}', HOLDS],
    ['items.1.price', 'gt', '5', '{"items": [{"price": 6}, {"price": 1}]}', FAILS],
    ['items.2.price', 'exists', 'false', '{"items": [{"price": 6}]}', HOLDS],
    ['items.0.price', 'gt', '5', '{"items": {"0": {"price": 6}}}', HOLDS],
    ['items.01', 'exists', 'true', '{"items": [1, 2]}', FAILS],
    // Every element for `require`, any for `deny_if`.
    ['items.*.price', 'lt', '5', '{"items": [{"price": 1}, {"price": 2}]}', HOLDS],
    ['items.*.price', 'lt', '5', '{"items": [{"price": 1}, {"price": 9}]}', WRONG_TYPE],
    ['items.*.price', 'lt', '5', '{"items": [{"price": 9}]}', FAILS],
    ['items.*.price', 'lt', '5', '{"items": [{"price": 9}, {"price": "1"}]}', WRONG_TYPE],
    ['items.*.price', 'lt', '5', '{"items": [{"price": 1}, {}]}', WRONG_TYPE],
    ['items.*.price', 'lt', '5', '{"items": [{"price": 9}, {}]}', FAILS],
    ['items.*.price', 'lt', '5', '{"items": []}', FAILS],
    ['items.*.price', 'exists', 'false', '{"items": []}', HOLDS],
    ['items.*.price', 'exists', 'false', '{}', HOLDS],
    ['items.*.price', 'lt', '5', '{}', FAILS],
    ['items.*.price', 'lt', '5', '{"items": {"price": 1}}', WRONG_TYPE],
    ['items.*', 'eq', '"a"', '{"items": "a"}', WRONG_TYPE],
    ['items.*', 'eq', '"a"', '{"items": null}', WRONG_TYPE],
    ['items.*', 'exists', 'true', '{"items": 5}', WRONG_TYPE],
    ['items.*', 'exists', 'false', '{"items": null}', HOLDS],
    ['items.*.tags.*', 'in', '["x"]', '{"items": [{"tags": ["x", "x"]}, {"tags": ["x"]}]}', HOLDS],
    ['items.*.tags.*', 'in', '["x"]', '{"items": [{"tags": ["x", "y"]}]}', WRONG_TYPE],
    ['items.*.tags.*', 'in', '["x"]', '{"items": [{"tags": ["x"]}, {"tags": []}]}', WRONG_TYPE],
    ['*', 'eq', '1', '{"a": 1}', WRONG_TYPE],
  ])('args.%s %s %s of %s', (path, op, value, args, expected) => {
    // "Every" and "any" differ over lists, so WRONG_TYPE's outcome is also that of a mixed list.
    expect(judge(condition(path as string, op as string, value as string), args as string)).toBe(expected);
  });
});

describe('a rule of several conditions', () => {
  const tool = (rules: string): NonNullable<ReturnType<typeof entryFor>> => {
    const parsed = parsePolicy(`{"version": "1", "default": "deny", "tools": {"t": {${rules}}}}`);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    return entryFor(compilePolicy(parsed.policy), 't') as NonNullable<ReturnType<typeof entryFor>>;
  };
  const both = `[${condition('items.*.kind', 'eq', '"gift"')}, ${condition('items.*.price', 'gt', '100')}]`;

  test('binds its element for each condition by itself', () => {
    const rule = tool(`"deny_if": [{"conditions": ${both}}]`).denyIf[0];
    expect(rule?.holds(argsOf('{"items": [{"kind": "gift", "price": 1}, {"kind": "tool", "price": 900}]}')).holds).toBe(true);
    expect(rule?.holds(argsOf('{"items": [{"kind": "gift", "price": 1}, {"kind": "tool", "price": 9}]}')).holds).toBe(false);
  });

  test('denies by a wrong type only if its other conditions hold', () => {
    const rule = tool(`"deny_if": [{"conditions": [${condition('currency', 'eq', '"usd"')}, ${condition('amount', 'gt', '5')}]}]`).denyIf[0];
    expect(rule?.holds(argsOf('{"currency": "usd", "amount": "9"}'))).toEqual({ holds: true, because: 'args.amount: wrong type' });
    expect(rule?.holds(argsOf('{"currency": "eur", "amount": "9"}'))).toEqual({ holds: false, because: 'args.currency: eq' });
    expect(rule?.holds(argsOf('{"currency": "usd", "amount": 9}'))).toEqual({ holds: true, because: 'args.currency: eq, args.amount: gt' });
    expect(rule?.holds(argsOf('{"currency": "usd"}'))).toEqual({ holds: false, because: 'args.amount: missing' });
  });

  test('always holds if it has none', () => {
    const { require, denyIf, approveIf } = tool('"require": [{"conditions": []}], "deny_if": [{"conditions": []}], "approve_if": [{"conditions": []}]');
    for (const rule of [require[0], denyIf[0], approveIf[0]]) expect(rule?.holds(new Map())).toEqual({ holds: true, because: undefined });
  });

  test('says why in constants, never with a value', () => {
    const rule = tool(`"require": [{"conditions": [${condition('secret', 'in', '["a"]')}]}]`).require[0];
    const first = rule?.holds(argsOf('{"secret": "hunter2"}'));
    expect(first).toEqual({ holds: false, because: 'args.secret: in' });
    expect(rule?.holds(argsOf('{"secret": "other"}'))).toBe(first);
  });
});

describe('no argument and no pattern can', () => {
  const withPatterns = (patterns: readonly string[]): NonNullable<ReturnType<typeof entryFor>> => {
    const rules = patterns.map((pattern) => ({ conditions: [{ path: 'args.text', op: 'regex', value: pattern }] }));
    const parsed = parsePolicy(JSON.stringify({ version: '1', default: 'deny', tools: { t: { deny_if: rules } } }));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    return entryFor(compilePolicy(parsed.policy), 't') as NonNullable<ReturnType<typeof entryFor>>;
  };

  test('slip past a pattern by being long: what is too long to be judged is of the wrong type', () => {
    const [rule] = withPatterns(['(?i)begin (rsa )?private']).denyIf;
    const padding = 'x'.repeat(150_000);
    expect(rule?.holds(new Map([['text', padding + padding]])).holds).toBe(false);
    expect(rule?.holds(new Map([['text', `${padding}BEGIN PRIVATE KEY${padding}`]])).because).toBe('args.text: regex');
    expect(rule?.holds(new Map([['text', 'x'.repeat(1_000_000)]]))).toEqual({ holds: true, because: 'args.text: too long for the patterns of this tool' });
  });

  test('make a search for a text take the product of the lengths', () => {
    const needle = `b${'a'.repeat(9_999)}`;
    const parsed = parsePolicy(JSON.stringify({ version: '1', default: 'deny', tools: { t: { deny_if: [{ conditions: [{ path: 'args.text', op: 'contains', value: needle }] }] } } }));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const rule = entryFor(compilePolicy(parsed.policy), 't')?.denyIf[0];
    const cpuMsOf = (text: string, found: boolean): number => {
      const before = process.cpuUsage();
      expect(rule?.holds(new Map([['text', text]])).holds).toBe(found);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1_000;
    };
    // Every character of the needle was looked at anew for every place in the text: ten thousand times the cost of copying it.
    const plainMs = cpuMsOf('c'.repeat(1_000_000), false);
    expect(cpuMsOf('a'.repeat(1_000_000), false)).toBeLessThan(200 * Math.max(plainMs, 5));
    expect(cpuMsOf('a'.repeat(500_000) + needle, true)).toBeLessThan(200 * Math.max(plainMs, 5));
  });
});
