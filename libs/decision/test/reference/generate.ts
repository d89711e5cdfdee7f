import fc from 'fast-check';
import { type J, num, obj } from './json.js';

/** Few names and small bounds, so that histories of a few dozen steps meet every rule and every limit. */
export const TOOLS = ['alpha', 'alpha', 'alpha', 'beta', 'apple', 'zeta_x', 'other'] as const;
const ENTRIES = ['alpha', 'beta', 'a*', '*_x', '*', 'z*', 'al*a'] as const;
const PATHS = ['args.amount', 'args.currency', 'args.note', 'args.items', 'args.items.0.price', 'args.items.*.price', 'args.items.*', 'args.*', 'args.grid.*.*', 'args.deep.a.b', 'args.deep'] as const;

const number = fc.constantFrom('0', '1', '2', '3', '0.1', '0.2', '0.3', '2.5', '-1', '500', '9007199254740992', '9007199254740993', '0.30000000000000004', '1000000000000000', '1000000000000001').map(num);
const text = fc.constantFrom('', 'usd', 'eur', '500', 'a note', 'Ünï', 'usd, eur', '\u{1f600}');
const scalar: fc.Arbitrary<J> = fc.oneof({ weight: 4, arbitrary: number }, { weight: 3, arbitrary: text }, fc.boolean(), fc.constant(null));
const item: fc.Arbitrary<J> = fc.oneof({ weight: 5, arbitrary: fc.record({ price: fc.option(scalar, { nil: undefined }), name: text }).map(obj) }, scalar);
const value: fc.Arbitrary<J> = fc.oneof(
  { weight: 5, arbitrary: scalar },
  { weight: 3, arbitrary: fc.array(item, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.array(fc.array(scalar, { maxLength: 2 }), { maxLength: 2 }) },
  { weight: 1, arbitrary: fc.record({ a: fc.oneof(scalar, scalar.map((b) => obj({ b }))) }).map(obj) },
);
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });

/** Arguments of a call: often plain ones, sometimes anything. */
export const args: fc.Arbitrary<J> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ amount: number, currency: fc.constantFrom('usd', 'eur') }).map(obj) },
  { weight: 4, arbitrary: fc.record({ amount: maybe(value), currency: maybe(value), note: maybe(value), items: maybe(value), grid: maybe(value), deep: maybe(value) }).map(obj) },
);

const condition: fc.Arbitrary<J> = fc.tuple(fc.constantFrom(...PATHS), fc.oneof(
  fc.tuple(fc.constantFrom('eq', 'neq', 'contains'), value),
  fc.tuple(fc.constantFrom('in', 'not_in'), fc.array(value, { maxLength: 3 })),
  fc.tuple(fc.constantFrom('lt', 'lte', 'gt', 'gte'), number),
  fc.tuple(fc.constant('exists'), fc.boolean()),
  // Patterns that mean the same to RE2 and to ECMAScript.
  fc.tuple(fc.constant('regex'), fc.constantFrom('^usd$', 'e', '^$', '[0-9]{2}', 'u|e', 'note$', '.')),
)).map(([path, [op, operand]]) => obj({ path, op, value: operand as J }));

const rule = fc.array(condition, { minLength: 1, maxLength: 2 }).map((conditions) => ({ conditions }));
const approvalRule = fc.tuple(rule, fc.record({ approvals: maybe(fc.constantFrom(1, 2).map(num)), timeout: maybe(fc.constantFrom('1m', '20m')) }));

const WINDOWS: readonly J[] = ['second', 'minute', 'hour', 'day', 'week', 'month', obj({ seconds: num(60) }), obj({ seconds: num(90) }), obj({ seconds: num(7) })];
const window = fc.constantFrom(...WINDOWS);
const scope = fc.constantFrom(undefined, 'grant', 'session', 'agent', 'server', 'organisation');
const windowAndSliding = fc.tuple(window, fc.boolean()).filter(([one, sliding]) => !(sliding && one === 'month'));

/** What a counter adds and gives back goes by its name, as a document must have it. */
const countLimit = fc.tuple(fc.constantFrom('c1', 'c2'), windowAndSliding, fc.integer({ min: 0, max: 4 }), scope).map(([counter, [one, sliding], max, in_]) =>
  obj({ counter, window: one, max: num(max), scope: in_, sliding: sliding || undefined, refund: counter === 'c2' ? ['not_sent', 'failed'] : undefined }));
const amountLimit = fc.tuple(fc.constantFrom('m1', 'm2'), windowAndSliding, fc.constantFrom('0', '0.3', '2', '4.75', '999999999999999.9'), scope).map(([counter, [one, sliding], max, in_]) =>
  obj({ counter, window: one, max: num(max), scope: in_, sliding: sliding || undefined, increment_from: counter === 'm1' ? 'args.amount' : 'args.items.0.price', refund: counter === 'm2' ? ['failed', 'not_sent'] : undefined }));

const often = <T>(arbitrary: fc.Arbitrary<T>, max: number): fc.Arbitrary<T[]> => fc.oneof({ weight: 4, arbitrary: fc.constant<T[]>([]) }, { weight: 1, arbitrary: fc.array(arbitrary, { minLength: 1, maxLength: max }) });
const tool = fc.record({
  require: often(rule.map(obj), 2),
  deny_if: often(rule.map(obj), 2),
  approve_if: often(approvalRule.map(([one, more]) => obj({ ...one, ...more })), 2),
  limits: fc.array(fc.oneof({ weight: 3, arbitrary: countLimit }, { weight: 2, arbitrary: amountLimit }), { maxLength: 3 }),
}).map((all) => obj(Object.fromEntries(Object.entries(all).filter(([, list]) => list.length > 0))));

const anyPolicy: fc.Arbitrary<J> = fc.record({
  default: fc.constantFrom('allow', 'deny', 'deny'),
  hide: fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 2, arbitrary: fc.constant(['beta']) }, { weight: 1, arbitrary: fc.constant(['*']) }),
  all_tools: maybe(fc.array(countLimit, { maxLength: 2 }).map((limits) => obj({ limits }))),
  tools: fc.uniqueArray(fc.tuple(fc.constantFrom(...ENTRIES), tool), { selector: ([name]) => name, minLength: 1, maxLength: 4 }).map((entries) => obj(Object.fromEntries(entries))),
}).map((fields) => obj({ version: '1', ...fields }));

/** Every call asks, so that histories get as far as redeeming and denying. */
const askingPolicy: fc.Arbitrary<J> = fc.tuple(
  fc.array(fc.record({ approvals: maybe(fc.constantFrom(1, 1, 2).map(num)), timeout: maybe(fc.constantFrom('1m', '20m')) }), { minLength: 1, maxLength: 2 }),
  fc.array(countLimit, { maxLength: 1 }),
).map(([rules, limits]) => obj({ version: '1', default: 'deny', tools: obj({ '*': obj({ approve_if: rules.map((more) => obj({ conditions: [], ...more })), limits }) }) }));

/** Nothing but limits, so that histories get as far as every window's edge. */
const countingPolicy: fc.Arbitrary<J> = fc.tuple(
  fc.array(fc.oneof({ weight: 3, arbitrary: countLimit }, { weight: 1, arbitrary: amountLimit }), { minLength: 1, maxLength: 4 }), fc.array(countLimit, { maxLength: 2 }),
).map(([limits, all]) => obj({ version: '1', default: 'deny', all_tools: obj({ limits: all }), tools: obj({ 'a*': obj({ limits }), '*': obj({}) }) }));

/** A whole policy document. */
export const policy: fc.Arbitrary<J> = fc.oneof({ weight: 2, arbitrary: anyPolicy }, { weight: 1, arbitrary: askingPolicy }, { weight: 2, arbitrary: countingPolicy });

export type Action =
  | { readonly type: 'call'; readonly tool: string; readonly grant: number; readonly session: string; readonly agent: string; readonly principal: string; readonly args: number; readonly style: number; readonly count: number; readonly dryRun: boolean }
  | { readonly type: 'settle'; readonly which: number; readonly outcome: 'SUCCEEDED' | 'FAILED' | 'NOT_SENT' | 'UNKNOWN' }
  | { readonly type: 'resolve'; readonly which: number; readonly decision: 'approve' | 'deny' | 'withdraw'; readonly subject: string }
  | { readonly type: 'repeat'; readonly which: number }
  | { readonly type: 'publish'; readonly which: number; readonly style: number }
  | { readonly type: 'mode'; readonly grant: number; readonly observed: boolean }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'edge'; readonly window: J; readonly offsetMs: number }
  | { readonly type: 'resume' };

const step = <T extends Action['type']>(type: T, fields: { [K in keyof Omit<Extract<Action, { type: T }>, 'type'>]: fc.Arbitrary<Extract<Action, { type: T }>[K]> }): fc.Arbitrary<Action> =>
  fc.record({ type: fc.constant(type), ...fields }) as unknown as fc.Arbitrary<Action>;

/** One step of a history; numbers choose among what there is. */
export const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 12, arbitrary: step('call', {
      tool: fc.constantFrom(...TOOLS), grant: fc.constantFrom(0, 0, 0, 1), session: fc.constantFrom('', 's'), agent: fc.constantFrom('', 'a'), principal: fc.constantFrom('', 'ada'),
      args: fc.nat(), style: fc.nat(59), count: fc.integer({ min: 1, max: 3 }), dryRun: fc.constantFrom(false, false, false, false, true),
    }),
  },
  { weight: 3, arbitrary: step('settle', { which: fc.nat(), outcome: fc.constantFrom('SUCCEEDED', 'FAILED', 'NOT_SENT', 'UNKNOWN') }) },
  { weight: 4, arbitrary: step('resolve', { which: fc.nat(), decision: fc.constantFrom('approve', 'approve', 'approve', 'deny', 'withdraw'), subject: fc.constantFrom('ada', 'bob', 'gateway-1') }) },
  { weight: 1, arbitrary: step('repeat', { which: fc.nat() }) },
  { weight: 1, arbitrary: step('publish', { which: fc.nat(), style: fc.nat(59) }) },
  { weight: 1, arbitrary: step('mode', { grant: fc.nat(1), observed: fc.boolean() }) },
  { weight: 2, arbitrary: step('wait', { ms: fc.oneof(fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 1, max: 200_000 }), fc.integer({ min: 1, max: 400_000_000 })) }) },
  { weight: 3, arbitrary: step('edge', { window, offsetMs: fc.integer({ min: -1, max: 1 }) }) },
  { weight: 1, arbitrary: step('resume', {}) },
);

/** Starts around leap days, year ends, ISO week years and month ends. */
export const start = fc.tuple(
  fc.constantFrom('2028-02-28T23:59:00Z', '2028-02-29T23:59:59Z', '2100-02-28T23:59:59Z', '2026-12-31T23:59:58Z', '2027-01-03T23:59:59Z', '2026-04-30T23:59:00Z', '2000-02-29T12:00:00Z').map((iso) => Date.parse(iso)),
  fc.integer({ min: 0, max: 90_000 }),
).map(([ms, more]) => ms + more);
