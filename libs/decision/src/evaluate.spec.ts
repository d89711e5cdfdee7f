import fc from 'fast-check';
import { GRANT, Partition } from './fixtures/partition.js';
import type { Step } from './index.js';

const when = (path: string, op: string, value: unknown): object => ({ conditions: [{ path: `args.${path}`, op, value }] });
/** Every kind of rule on one tool, each struck by an argument of its own. */
const DOCUMENT = {
  version: '1', default: 'deny', hide: ['hidden'],
  all_tools: { limits: [{ counter: 'all', window: 'day', max: 100 }] },
  tools: {
    pay: {
      require: [when('a', 'exists', true), { ...when('b', 'eq', 1), on_deny: 'b must be 1.' }],
      deny_if: [when('c', 'gt', 1), { conditions: [...(when('d', 'eq', 1) as { conditions: [] }).conditions, ...(when('e', 'eq', 1) as { conditions: [] }).conditions], on_deny: 'No d with e.' }],
      approve_if: [when('f', 'eq', 1), { ...when('g', 'eq', 1), message: 'Ask about g.' }],
      limits: [{ counter: 'amount', window: 'day', max: 10, increment_from: 'args.amount' }],
    },
    free: {}, never: { action: 'deny' }, hidden: {},
  },
};
const PASSING = { a: 0, b: 1, amount: 1 };

function partitionWith(document: unknown = DOCUMENT): Partition {
  const partition = new Partition();
  partition.publish(document);
  partition.grant();
  return partition;
}

test.each([
  ['an unlisted tool', 'other', PASSING, 'DENY', '(default deny)', 'The policy does not allow this tool.'],
  ['a hidden tool', 'hidden', PASSING, 'DENY', '(hidden)', 'There is no such tool.'],
  ['a tool that is always denied', 'never', {}, 'DENY', '/tools/never/deny_if/0', 'The policy denies this tool.'],
  ['no object', 'pay', [1], 'DENY', '(invalid arguments)', 'The arguments are not a JSON object.'],
  ['what is required and missing', 'pay', {}, 'DENY', '/tools/pay/require/0', 'The policy does not allow this tool with these arguments.'],
  ['the second requirement', 'pay', { a: 0, c: 5, d: 1, e: 1, f: 1 }, 'DENY', '/tools/pay/require/1', 'b must be 1.'],
  ['the first that denies, before what needs approval', 'pay', { ...PASSING, c: 5, d: 1, e: 1, f: 1 }, 'DENY', '/tools/pay/deny_if/0', 'The policy denies this tool with these arguments.'],
  ['a number in quotes, which is no number', 'pay', { ...PASSING, c: '0' }, 'DENY', '/tools/pay/deny_if/0', 'The policy denies this tool with these arguments.'],
  ['all conditions of a rule that denies', 'pay', { ...PASSING, d: 1, e: 1 }, 'DENY', '/tools/pay/deny_if/1', 'No d with e.'],
  ['what needs approval, before the limits', 'pay', { ...PASSING, f: 1, g: 1, amount: 99 }, 'APPROVAL_REQUIRED', '/tools/pay/approve_if/0', 'This call needs the approval of a person.'],
  ['the second rule that asks', 'pay', { ...PASSING, g: 1 }, 'APPROVAL_REQUIRED', '/tools/pay/approve_if/1', 'Ask about g.'],
  ['an amount that is none', 'pay', { ...PASSING, amount: '1' }, 'DENY', '(invalid amount)', '`args.amount` is counted and must be a number from 0 to 1000000000000000 with at most 32 decimals.'],
  ['an amount above the limit', 'pay', { ...PASSING, amount: 11 }, 'DENY', '/tools/pay/limits/0', 'This call can never pass the limit of 10 per day.'],
  ['one of two conditions', 'pay', { ...PASSING, d: 1 }, 'ALLOW', '', ''],
  ['a tool without rules', 'free', {}, 'ALLOW', '', ''],
])('judges %s in the order of the contract', (_, tool, args, verdict, rule, message) => {
  expect(partitionWith().call({ tool, args }).event).toMatchObject({ verdict, rule, message });
});

test('without a policy nothing is allowed', () => {
  const partition = new Partition();
  partition.grant({ policy_id: '' });
  expect(partition.call()).toMatchObject({ event: { verdict: 'DENY', rule: '(no policy)' }, steps: [] });
  expect(partition.call({ dry_run: true }).steps).toEqual([{ rule: '(no policy)', outcome: 'denies', because: '' }]);
});

const told = (steps: readonly Step[]): string[] => steps.map(({ rule, outcome, because }) => `${rule} ${outcome}${because === '' ? '' : ` (${because})`}`);

test('a dry run tells every step taken, those passed as well, and the condition that decided', () => {
  const partition = partitionWith();
  const steps = (args: unknown, tool = 'pay'): string[] => told(partition.call({ tool, args, dry_run: true }).steps);
  const until = ['(no policy) passes', '(hidden) passes', '/tools/pay applies'];
  const required = [...until, '/tools/pay/require/0 passes', '/tools/pay/require/1 passes'];
  const allowed = [...required, '/tools/pay/deny_if/0 passes (args.c: missing)', '/tools/pay/deny_if/1 passes (args.d: missing)'];
  expect(steps([])).toEqual([...until, '(invalid arguments) denies']);
  expect(steps({})).toEqual([...until, '/tools/pay/require/0 denies (args.a: exists)']);
  expect(steps({ a: 1, b: 2 })).toEqual([...until, '/tools/pay/require/0 passes', '/tools/pay/require/1 denies (args.b: eq)']);
  expect(steps({ ...PASSING, c: '7' })).toEqual([...required, '/tools/pay/deny_if/0 denies (args.c: wrong type)']);
  expect(steps({ ...PASSING, f: 1, g: 1 })).toEqual([...allowed, '/tools/pay/approve_if/0 asks (args.f: eq)', '/tools/pay/approve_if/1 asks (args.g: eq)']);
  const asked = [...allowed, '/tools/pay/approve_if/0 passes (args.f: missing)', '/tools/pay/approve_if/1 passes (args.g: missing)'];
  expect(steps(PASSING)).toEqual([...asked, '/tools/pay/limits/0 passes', '/all_tools/limits/0 passes']);
  expect(steps({ ...PASSING, amount: 11 })).toEqual([...asked, '/tools/pay/limits/0 refuses', '/all_tools/limits/0 passes', '/tools/pay/limits/0 denies']);
  expect(steps({ ...PASSING, amount: -1 })).toEqual([...asked, '/tools/pay/limits/0 refuses', '/all_tools/limits/0 passes', '(invalid amount) denies']);
  partition.publish({ version: '1', default: 'allow' });
  expect(steps({}, 'whatever')).toEqual(['(no policy) passes', '(hidden) passes', '(default allow) applies']);
});

test('observe mode allows, charges as enforcing would, and says what would have been', () => {
  const partition = partitionWith();
  partition.grant({ mode: 'observe' });
  const ask = (args: object): unknown => {
    const { verdict, would_be, rule, retry_after_ms, charges } = partition.call({ tool: 'pay', args }).event;
    return [verdict, would_be, rule, retry_after_ms, charges.length];
  };
  expect(ask({ ...PASSING, amount: 10 })).toEqual(['ALLOW', 'ALLOW', '', null, 2]);
  expect(ask(PASSING)).toEqual(['ALLOW', 'RATE_LIMITED', '/tools/pay/limits/0', null, 0]);
  expect(ask({})).toEqual(['ALLOW', 'DENY', '/tools/pay/require/0', null, 0]);
  expect(ask({ ...PASSING, f: 1 })).toEqual(['ALLOW', 'APPROVAL_REQUIRED', '/tools/pay/approve_if/0', null, 0]);
  partition.grant({ grant_id: GRANT, mode: 'enforce' });
  expect(ask(PASSING)).toEqual(['RATE_LIMITED', null, '/tools/pay/limits/0', 50_370_000, 0]);
});

test('no message, rule or step ever repeats a value of the arguments', () => {
  const SECRET = 73_190_462;
  const value = fc.constantFrom<unknown>(SECRET, String(SECRET), [SECRET], { n: SECRET }, { [String(SECRET)]: 1 }, 1);
  fc.assert(fc.property(fc.record({ a: value, b: value, c: value, d: value, e: value, f: value, g: value, amount: value }, { requiredKeys: [] }), fc.boolean(), (args, dry_run) => {
    const partition = partitionWith();
    const { event, steps } = partition.call({ tool: 'pay', args, dry_run });
    const { rule, message, approval, limits } = event;
    expect(JSON.stringify({ rule, message, approval, limits, steps })).not.toContain(String(SECRET));
  }));
});
