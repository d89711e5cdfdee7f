import fc from 'fast-check';

/** Valid documents of the whole language and arguments that have something to do with them, for property tests. */

const steps = ['amount', 'currency', 'items', 'x'] as const;
export const path = fc.constantFrom('args.amount', 'args.currency', 'args.items.*', 'args.items.*.price', 'args.items.0.price', 'args.items.1', 'args.x.amount', 'args.x.*.x.*');

/** Numbers as texts, so that one value has several spellings. */
export const numberTexts: readonly (readonly string[])[] = [
  ['0', '-0', '0.0', '0e5'], ['1', '1.0', '10e-1', '0.1E1'], ['5', '5.000', '50e-1'], ['-2.5', '-25e-1'], ['0.1', '1e-1', '0.10'], ['500', '5e2', '500.0'],
  ['9007199254740993', '9007199254740993.0'], ['9007199254740992', '9007199254740992e0'], ['1e300', '10e299'], ['0.30000000000000004', '30000000000000004e-17'],
];

/** A number that is written by `writeJson` in one of its spellings. */
export class Spelled {
  constructor(readonly value: number) {}
  text(spelling: number): string {
    const texts = numberTexts[this.value] as readonly string[];
    return texts[spelling % texts.length] as string;
  }
}
export const number = fc.nat(numberTexts.length - 1).map((i) => new Spelled(i));

const text = fc.constantFrom('', 'usd', 'eur', 'a', 'abc', '5', '1.0', 'é\u{1F600}');
const scalar = fc.oneof(number, text, fc.constantFrom<unknown>(null, true, false));
const values = fc.letrec((tie) => ({
  node: fc.oneof({ maxDepth: 2 }, { weight: 4, arbitrary: scalar }, fc.array(tie('node'), { maxLength: 3 }), fc.dictionary(fc.constantFrom(...steps, 'price', '__proto__'), tie('node'), { maxKeys: 3 })),
}));
const value = values['node'] as fc.Arbitrary<unknown>;

export const condition = fc.oneof(
  fc.record({ path, op: fc.constantFrom('eq', 'neq', 'contains'), value }),
  fc.record({ path, op: fc.constantFrom('lt', 'lte', 'gt', 'gte'), value: number }),
  fc.record({ path, op: fc.constantFrom('in', 'not_in'), value: fc.array(value, { maxLength: 3 }) }),
  fc.record({ path, op: fc.constant('exists'), value: fc.boolean() }),
  fc.record({ path, op: fc.constant('regex'), value: fc.constantFrom('^a', 'b+c?$', '(?i)USD|EUR', '[0-9]', '.') }),
  fc.record({ path, op: fc.constant('exists'), value: fc.boolean(), 'x-why': fc.constant('because') }),
);
const conditions = fc.array(condition, { maxLength: 3 });
const rule = fc.record({ conditions, on_deny: fc.constant('No.'), id: fc.constantFrom('r1', 'r2') }, { requiredKeys: ['conditions'] });
const approval = fc.record(
  { conditions, message: fc.constant('Ask.'), timeout: fc.constantFrom('15m', '60m', '90s', '7d', '168h'), approvals: fc.integer({ min: 1, max: 5 }) },
  { requiredKeys: ['conditions'] },
);
const window = fc.constantFrom<unknown>('second', 'minute', 'week', 'month', { seconds: 60 });
const refund = fc.constantFrom(['not_sent']);
export const countLimit = fc.record(
  { counter: fc.constantFrom('c', 'd', 'rate_limit:{tool}'), max: fc.constantFrom(0, 1, 60, 1_000), window, scope: fc.constantFrom('grant', 'session', 'agent', 'server', 'organisation'), sliding: fc.constant(false), refund, 'x-l': fc.constant([1.5]) },
  { requiredKeys: ['counter', 'max', 'window'] },
);
const slidingLimit = fc.record({ counter: fc.constant('s'), max: fc.constantFrom(1, 100_000), window: fc.constantFrom<unknown>('day', { seconds: 5 }), sliding: fc.constant(true) });
const amountLimit = fc.record(
  { counter: fc.constant('amounts'), max: fc.constantFrom(0, 0.5, 100), window, increment_from: fc.constant('args.amount'), scope: fc.constantFrom('grant', 'agent', 'organisation') },
  { requiredKeys: ['counter', 'max', 'window', 'increment_from'] },
);
const limits = fc.array(fc.oneof(countLimit, slidingLimit, amountLimit), { maxLength: 3 });
const sugar = fc.record(
  {
    limits, rate_limit: fc.constantFrom<unknown>('10/minute', { max: 1, window: 5, 'x-r': 1 }),
    action: fc.constantFrom('allow', 'deny', 'require_approval'), 'x-t': fc.constant({ b: 1, a: [2] }),
  },
  { requiredKeys: [] },
);
const tool = fc.oneof(
  sugar,
  fc.record({ require: fc.array(rule, { maxLength: 2 }), deny_if: fc.array(rule, { maxLength: 2 }), approve_if: fc.array(approval, { maxLength: 2 }), limits }, { requiredKeys: [] }),
);
export const toolName = fc.constantFrom('a', 'b', 'get_*', '*', 'x/y~z', '__proto__', 'é', 'toString');

/** A document that is accepted; its tools are a Map, since `__proto__` is a tool name like any other. */
export const policyDocument = fc.record(
  {
    version: fc.constant('1'), default: fc.constantFrom('allow', 'deny'), hide: fc.oneof(fc.constant('*'), fc.uniqueArray(fc.constantFrom('a', 'b', 'q'))),
    all_tools: fc.record({ limits: fc.array(countLimit, { maxLength: 2 }) }), tools: fc.array(fc.tuple(toolName, tool), { maxLength: 4 }).map((entries) => new Map(entries)),
  },
  { requiredKeys: ['version', 'default', 'tools'] },
);

export const callArguments = fc.dictionary(fc.constantFrom(...steps), value, { maxKeys: 4 });

/** JSON in another order of keys and with other spellings of the same numbers, if wanted. */
export function writeJson(one: unknown, { reversed = false, spelling = 0 } = {}): string {
  const write = (inner: unknown): string => writeJson(inner, { reversed, spelling });
  if (one instanceof Spelled) return one.text(spelling);
  if (Array.isArray(one)) return `[${one.map(write).join()}]`;
  if (typeof one !== 'object' || one === null) return JSON.stringify(one);
  const entries = one instanceof Map ? [...one] : Object.entries(one);
  return `{${(reversed ? entries.reverse() : entries).map(([key, member]) => `${JSON.stringify(key)}:${write(member)}`).join()}}`;
}
