import { parsePolicy } from '#policy';

function notes(tools: unknown, rest: object = {}): string[] {
  const parsed = parsePolicy(JSON.stringify({ version: '1', default: 'deny', ...rest, tools }));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems, null, 1));
  return parsed.warnings.map(({ pointer, message }) => `${pointer}: ${message}`);
}

const amount = (op: string, value: unknown): object => ({ path: 'args.amount', op, value });
const rule = (...conditions: object[]): { conditions: object[] } => ({ conditions });
const day = { counter: 'c', window: 'day', max: 5 };

test('has nothing to say about a policy that means what it says', () => {
  expect(notes({
    create_charge: {
      require: [{ conditions: [{ path: 'args.currency', op: 'in', value: ['usd', 'eur'] }], on_deny: 'Only USD and EUR.' }],
      deny_if: [rule(amount('gt', 10_000))],
      approve_if: [rule(amount('gt', 500))],
      limits: [{ counter: 'spend', window: 'day', max: 5000, increment_from: 'args.amount' }, { counter: 'charges', window: 'minute', max: 10 }, { counter: 'charges', window: 'day', max: 100 }],
    },
    'read_*': {},
  }, { all_tools: { limits: [{ counter: 'calls', window: 'hour', max: 1000 }] } })).toEqual([]);
});

test.each<[string, unknown, string, string, string]>([
  ['a rule of contradictory bounds', { a: { deny_if: [rule(amount('gt', 10), amount('lt', 5))] } }, '/tools/a/deny_if/0', 'never matches a `args.amount` of the right type', 'a rule for each'],
  ['bounds that touch and exclude', { a: { deny_if: [rule(amount('gte', 10), amount('lt', 10))] } }, '/tools/a/deny_if/0', 'never matches', ''],
  ['a rule that matches nothing in a list of none', { a: { deny_if: [rule(amount('in', []))] } }, '/tools/a/deny_if/0', 'never matches', ''],
  ['two values at once', { a: { approve_if: [rule(amount('eq', 1), amount('eq', 2))] } }, '/tools/a/approve_if/0', 'never matches', ''],
  ['a value that its list does not have', { a: { deny_if: [rule(amount('in', [1, 2]), amount('gt', 2))] } }, '/tools/a/deny_if/0', 'never matches', ''],
  ['there and not there', { a: { deny_if: [rule(amount('exists', true), amount('exists', false))] } }, '/tools/a/deny_if/0', 'never matches', ''],
  ['a requirement that nobody meets', { a: { require: [rule(amount('gt', 10), amount('lt', 5))] } }, '/tools/a/require/0', 'every call is denied', 'deny_if'],
  ['what a missing argument slips past', { a: { deny_if: [rule({ path: 'args.currency', op: 'not_in', value: ['usd'] })] } }, '/tools/a/deny_if/0', 'without `args.currency` is not denied', '`require` with `in`'],
  ['what is missing and asks nobody', { a: { approve_if: [rule({ path: 'args.currency', op: 'neq', value: 'usd' })] } }, '/tools/a/approve_if/0', 'nobody is asked about a call without `args.currency`', '`exists` and `false`'],
  ['a missing argument that is in no list', { a: { approve_if: [rule({ path: 'args.currency', op: 'not_in', value: ['usd'] })] } }, '/tools/a/approve_if/0', 'nobody is asked about a call without `args.currency`', '`exists` and `false`'],
  ['a pattern that a text may hide in', { a: { require: [rule({ path: 'args.url', op: 'regex', value: 'https://example\\.com/' })] } }, '/tools/a/require/0/conditions/0', 'matches anywhere', '^'],
  ['a rule that an earlier one covers', { a: { deny_if: [rule(amount('gt', 5)), rule(amount('gt', 5.0), { path: 'args.x', op: 'exists', value: true })] } }, '/tools/a/deny_if/1', 'never reached', 'Leave it out'],
  ['a requirement that is part of an earlier one', { a: { require: [rule(amount('gt', 5), amount('lt', 9)), rule(amount('lt', 9))] } }, '/tools/a/require/1', 'never reached', 'Leave it out'],
  ['an approval that an earlier one covers', { a: { approve_if: [rule(), rule(amount('gt', 5))] } }, '/tools/a/approve_if/1', 'never reached', 'put it first'],
  ['a bound within an earlier one', { a: { deny_if: [rule(amount('gt', 10)), rule(amount('gte', 20))] } }, '/tools/a/deny_if/1', 'never reached: what it denies is denied by /tools/a/deny_if/0', 'put it first'],
  ['a value within an earlier bound', { a: { deny_if: [rule(amount('gt', 10)), rule(amount('eq', 20))] } }, '/tools/a/deny_if/1', 'never reached', 'Leave it out'],
  ['values within an earlier list', { a: { deny_if: [rule(amount('in', [1, 2, 3])), rule(amount('in', [3.0, 1]))] } }, '/tools/a/deny_if/1', 'never reached', 'Leave it out'],
  ['a requirement that a stricter one makes idle', { a: { require: [rule(amount('lte', 100)), rule(amount('lt', 1000))] } }, '/tools/a/require/1', 'never reached', 'Leave it out'],
  ['an approval of amounts that are denied', { a: { deny_if: [rule(amount('gt', 100))], approve_if: [rule(amount('gt', 500))] } }, '/tools/a/approve_if/0', 'nobody is ever asked', 'Leave one'],
  ['an approval of the same people that comes too late', { a: { approve_if: [{ ...rule(amount('gt', 5)), approvals: 2 }, { ...rule(amount('gt', 9)), approvals: 2 }] } }, '/tools/a/approve_if/1', 'never reached', 'put it first'],
  ['an approval of what is denied', { a: { deny_if: [rule(amount('gt', 5))], approve_if: [rule(amount('gt', 5))] } }, '/tools/a/approve_if/0', 'nobody is ever asked', 'Leave one'],
  ['a bound beyond the required one', { a: { require: [rule(amount('lte', 100))], deny_if: [rule(amount('gt', 1000))] } }, '/tools/a/deny_if/0', 'refused by `require` before', 'Leave out'],
  ['a value that is required to be another', { a: { require: [rule(amount('in', [1, 2]))], approve_if: [rule(amount('eq', 3))] } }, '/tools/a/approve_if/0', 'refused by `require`', 'Leave out'],
  ['limits behind a rule that always denies', { a: { action: 'deny', limits: [day] } }, '/tools/a', 'limits are never reached', 'Leave them out'],
  ['approvals behind a rule that always denies', { a: { deny_if: [rule()], approve_if: [rule()] } }, '/tools/a', 'approvals are never reached', 'Leave them out'],
  ['a glob that cancels the default', { '**': {} }, '/tools/**', '`default: deny` has no effect', 'List the tools'],
  ['a glob that another one covers', { 'a*': {}, '*a*': {} }, '/tools/a*', 'never used', 'longer'],
  ['the same glob twice', { 'a**': {}, 'a*': {} }, '/tools/a**', 'never used', 'Leave it out'],
  ['a session that anybody may choose', { a: { limits: [{ ...day, scope: 'session' }] } }, '/tools/a/limits/0', 'stops no hostile one', 'scope `grant`'],
  ['a max of 0', { a: { limits: [{ ...day, max: 0 }] } }, '/tools/a/limits/0', 'denies every call', '"action": "deny"'],
  ['amounts in a sliding window', { a: { limits: [{ ...day, sliding: true, increment_from: 'args.amount' }] } }, '/tools/a/limits/0', '100000 calls at most', 'fixed window'],
  ['one counter in two tools', { a: { limits: [day] }, b: { limits: [day] } }, '/tools/a/limits/0', 'is shared with /tools/b/limits/0', 'name it after its tool'],
  ['calls and amounts in one counter', { a: { limits: [day] }, b: { limits: [{ ...day, increment_from: 'args.amount' }] } }, '/tools/b/limits/0', 'do not add the same thing', 'another name'],
  ['a limit behind a stricter one', { a: { limits: [day, { ...day, max: 9 }] } }, '/tools/a/limits/1', 'never reached', 'make it smaller'],
  ['patterns that look at little', { a: { deny_if: Array.from({ length: 5 }, (_, i) => rule({ path: 'args.x', op: 'regex', value: `a{900}${i}` })) } }, '/tools/a', 'counts as the wrong type', '{n,m}'],
  ['a pattern that looks at a quarter of what arguments may be', { a: { deny_if: [rule({ path: 'args.x', op: 'regex', value: 'a{60}' })] } }, '/tools/a', 'a text of more than 129032 characters is too long', '{n,m}'],
])('warns of %s: where, why and what to write instead', (_what, tools, pointer, why, instead) => {
  const found = notes(tools);
  expect(found).toHaveLength(1);
  expect(found[0]?.startsWith(`${pointer}: `)).toBe(true);
  expect(found[0]).toContain(why);
  expect(found[0]).toContain(instead);
});

test('warns of a counter of all tools that one of them means for itself', () => {
  expect(notes({ a: { limits: [day] } }, { all_tools: { limits: [{ ...day, max: 1 }] } })).toEqual([
    expect.stringMatching(/^\/tools\/a\/limits\/0: .*calls of every tool count here/), expect.stringMatching(/^\/tools\/a\/limits\/0: .*never reached: \/all_tools\/limits\/0 lets 1 pass per day/),
  ]);
});

test('names what bounds the calls of a session, once something does', () => {
  const session = { ...day, scope: 'session' };
  const spend = { counter: 's', window: 'day', max: 5, increment_from: 'args.amount' };
  const of = (limits: object[], all: object[] = []): string[] => notes({ a: { limits } }, { all_tools: { limits: all } });
  expect(of([session, { ...day, window: 'hour' }])).toEqual([expect.stringMatching(/^\/tools\/a\/limits\/0: .* What stops one here is \/tools\/a\/limits\/1$/)]);
  expect(of([session], [{ ...day, counter: 'all' }])).toEqual([expect.stringMatching(/ What stops one here is \/all_tools\/limits\/0$/)]);
  expect(of([{ ...spend, scope: 'session' }, { ...spend, counter: 't' }])).toEqual([expect.stringMatching(/ What stops one here is \/tools\/a\/limits\/1$/)]);
  // Neither what adds up something else nor a limit of one tool bounds these.
  expect(of([session, spend])).toEqual([expect.stringMatching(/ Add a limit of scope `grant`$/)]);
  expect(of([{ ...day, window: 'hour', counter: 'd' }], [session])).toEqual([expect.stringMatching(/^\/all_tools\/limits\/0: .* Add a limit of scope `grant`$/)]);
});

test('says nothing of a missing argument that another rule catches', () => {
  const other = rule({ path: 'args.currency', op: 'neq', value: 'usd' });
  const absent = rule({ path: 'args.currency', op: 'exists', value: false });
  const present = rule({ path: 'args.currency', op: 'exists', value: true });
  const without = (tool: object): string[] => notes({ a: tool }).filter((note) => note.includes('without'));
  expect(without({ require: [rule({ path: 'args.currency', op: 'eq', value: 'usd' })], deny_if: [other] })).toEqual([]);
  for (const tool of [{ require: [present], deny_if: [other] }, { deny_if: [absent, other] }, { require: [present], approve_if: [other] }, { deny_if: [absent], approve_if: [other] }, { approve_if: [other, absent] }]) expect(without(tool)).toEqual([]);
  for (const tool of [{ require: [absent], deny_if: [other] }, { deny_if: [other], approve_if: [absent] }, { require: [rule(amount('gt', 1))], approve_if: [other] }, { deny_if: [rule(...absent.conditions, amount('gt', 1)), other] }]) expect(without(tool)).toHaveLength(1);
});

test('a glob that denies every tool cancels no default that does', () => {
  expect(notes({ '*': { action: 'deny', reason: 'Not listed.' }, '**': { deny_if: [rule()] } }).filter((note) => note.includes('default'))).toEqual([]);
  expect(notes({ '*': { deny_if: [rule(amount('gt', 5))] } })).toEqual([expect.stringContaining('`default: deny` has no effect')]);
});

test('does not warn where a wrong type, an element or a longer name makes the difference', () => {
  expect(notes({
    a: { deny_if: [rule({ path: 'args.items.*', op: 'gt', value: 9 }, { path: 'args.items.*', op: 'lt', value: 2 }), rule(amount('eq', 'x'), amount('gt', 5))] },
    'ab*': {}, 'a*': {}, '*b': {},
    b: { require: [rule({ path: 'args.url', op: 'regex', value: '(?i)^https://' })], limits: [{ ...day, max: 9 }, { ...day, window: 'hour' }] },
  })).toEqual([]);
});

test('does not call a rule idle that wants more people, a wider bound, or what a missing argument or another type tells apart', () => {
  expect(notes({
    a: { approve_if: [rule(amount('gt', 500)), { ...rule(amount('gt', 5000)), approvals: 2 }] },
    b: { approve_if: [rule(), { ...rule(amount('gt', 5000)), approvals: 2 }] },
    c: { deny_if: [rule(amount('gt', 20)), rule(amount('gt', 10)), rule(amount('gte', 10)), rule(amount('lt', 5)), rule(amount('lte', 5))] },
    d: { require: [rule(amount('eq', 'x')), rule(amount('exists', true))], deny_if: [rule({ path: 'args.items.*', op: 'gt', value: 10 }), rule({ path: 'args.items.0', op: 'gt', value: 20 })] },
    e: { deny_if: [rule(amount('in', [1, 2])), rule(amount('in', [2, 3])), rule(amount('gt', 5), { path: 'args.x', op: 'eq', value: 1 }), rule(amount('gt', 9))] },
    f: { deny_if: [rule(amount('gt', 10000))], approve_if: [rule(amount('gt', 500))] },
  })).toEqual([]);
});

test('lists 1,000 notes and counts the rest', () => {
  const tools = Object.fromEntries(Array.from({ length: 1_500 }, (_, i) => [`t${i}`, { limits: [{ counter: `c${i}`, window: 'day', max: 0 }] }]));
  const found = notes(tools);
  expect(found).toHaveLength(1_001);
  expect(found[1_000]).toBe(': and 500 more, not listed');
});
