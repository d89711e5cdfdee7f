import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { ARGUMENT_LIMITS, canonicalPolicyText, compilePolicy, entryFor, ExactJsonError, isHidden, parseExactJson, parsePolicy, type ExactJson, type ExactObject, type Policy } from '#policy';
import { policySchema } from '../../libs/policy/src/policy-schema.js';
import { fuzz } from './harness.js';
import { anyJson, mutateJson, mutateText } from './mutate.js';
import type { Random } from './random.js';

const DOCUMENTS: readonly unknown[] = [
  {
    version: '1', default: 'deny', hide: ['delete_account'],
    all_tools: { limits: [{ counter: 'calls', window: 'hour', max: 1000, scope: 'grant' }] },
    tools: { refresh_access_token: { limits: [{ counter: 'refresh', window: 'minute', max: 60, scope: 'grant' }] }, 'read_*': {} },
  },
  { version: '1', default: 'allow', hide: '*', tools: { a: { action: 'deny', reason: 'no' }, b: { rate_limit: '10/minute' }, c: { rate_limit: { max: 5, window: 60 } } } },
  { version: '1', default: 'deny', tools: { t: { deny_if: [{ conditions: [], on_deny: 'never', id: 'x' }], limits: [{ counter: 'c', window: { seconds: 10 }, max: 1, scope: 'session', refund: ['not_sent', 'failed'] }] } }, 'x-note': { any: [1] } },
  {
    version: '1', default: 'deny',
    tools: {
      t: {
        require: [{ conditions: [{ path: 'args.currency', op: 'in', value: ['usd', 'eur'] }, { path: 'args.note', op: 'regex', value: '^[a-z]+$' }], on_deny: 'no' }],
        deny_if: [{ conditions: [{ path: 'args.items.*.price', op: 'gt', value: 10000.5 }] }, { conditions: [{ path: 'args.to', op: 'contains', value: '@' }, { path: 'args.x', op: 'exists', value: false }] }],
        approve_if: [{ conditions: [{ path: 'args.amount', op: 'gte', value: 9007199254740993 }], message: 'ask', timeout: '30m', approvals: 2 }],
        limits: [{ counter: 'c', window: 'day', max: 0.1, increment_from: 'args.amount', scope: 'agent' }, { counter: 's', window: { seconds: 5 }, sliding: true, max: 3 }],
      },
      b: { action: 'require_approval', reason: 'ask', rate_limit: '1/day' },
    },
  },
];
const YAML = `version: "1"
description: fuzz
default: deny
hide: [gone]
tools:
  create_charge:
    rules:
      - name: max
        conditions: [{ path: args.amount, op: lte, value: 50000.10 }]
        on_deny: "No."
      - name: spend
        conditions:
          - path: "state.create_charge.spend"
            op: lt
            value: 900719925474099.3
        state: { counter: spend, window: day, increment_from: args.amount }
  a: { rules: [{ name: r, rate_limit: 5/hour }, { action: deny }] }
  "*":
    rules:
      - { name: all, conditions: [{ path: state._global.calls, op: lte, value: 60 }], state: { counter: calls, window: minute, increment: 2 } }
`;
const YAML_TOKENS = [
  '&a ', '*a', '!!js/function ', '<<: ', '---\n', '...\n', '%YAML 1.1\n', '? ', '- ', ': ', '\t', '  ', '\n', '|\n', '>-\n', '"', "'", '#', '{', '}', '[', ']', ',', '0x1f', '.inf', '017',
  '1e5000', '~', 'yes', '\u0000', '\ud800', '__proto__:', 'x-a: 1\n', '@', '`', '- '.repeat(80), '{a: '.repeat(80), 'state.a.b',
];
const NAMES = ['refresh_access_token', 'delete_account', 'read_mail', 'read_', 'a', 'b', '__proto__', 'constructor', '', '*', 'anything'];

const INTERCEPT: unknown = parse(YAML);

function yaml(random: Random): string {
  if (random.chance(0.5)) return stringify(mutateJson(random, INTERCEPT));
  let text = YAML;
  for (let changes = 1 + random.below(2); changes > 0; changes--) {
    const at = random.below(text.length + 1);
    const token = random.chance(0.7) ? random.pick(YAML_TOKENS) : text.slice(random.below(text.length), random.below(text.length));
    text = text.slice(0, at) + token + text.slice(at + (random.chance(0.5) ? token.length : 0));
  }
  return random.chance(0.2) ? mutateText(random, text) : text;
}

function document(random: Random): string {
  const base = random.pick(DOCUMENTS);
  switch (random.below(9)) {
    case 8: return yaml(random);
    case 0: return mutateText(random, JSON.stringify(base));
    case 1: return JSON.stringify(anyJson(random, 5));
    case 2: return JSON.stringify(mutateJson(random, mutateJson(random, mutateJson(random, base))));
    default: return JSON.stringify(mutateJson(random, base));
  }
}

/** Jest's `expect` would take most of the time of so many checks. */
function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** Arguments that have something to do with the documents, and others. */
function callArguments(random: Random): ExactObject {
  const values: Record<string, unknown> = { amount: 5, currency: 'usd', note: 'abc', to: ['@'], items: [{ price: 3 }, { price: 20000 }], x: null };
  const text = JSON.stringify(random.chance(0.7) ? mutateJson(random, values) : anyJson(random, 5));
  try {
    const read = parseExactJson(text, ARGUMENT_LIMITS);
    return read instanceof Map ? (read as ReadonlyMap<string, ExactJson>) : new Map();
  } catch (error) {
    if (error instanceof ExactJsonError) return new Map();
    throw error;
  }
}

/** What the document says in clear must hold in its compiled form, and every rule must come to an answer. */
function evaluate(policy: Policy, text: string, args: ExactObject): void {
  const compiled = compilePolicy(policy);
  for (const name of [...NAMES, ...policy.tools.keys()]) {
    const entry = entryFor(compiled, name);
    for (const { holds } of [...(entry?.require ?? []), ...(entry?.denyIf ?? []), ...(entry?.approveIf ?? [])]) {
      const { holds: answer, because } = holds(args);
      check(typeof answer === 'boolean' && (because === undefined || /^args\./.test(because)), `${name}: a rule says ${String(because)}`);
    }
    for (const limit of entry?.limits ?? []) {
      const amount = limit.amountOf(args);
      check(limit.incrementFrom === '' ? amount === 1 : amount === undefined || !(typeof amount === 'number' && amount < 0), `${name}: adds ${String(amount)}`);
    }
  }
  if (!text.startsWith('{')) return;
  const written = JSON.parse(text) as { default: string; hide?: unknown; tools?: Record<string, unknown> };
  check(policySchema.safeParse(written).success, 'the schema refuses what the parser accepts');
  for (const name of NAMES) {
    const hides = written.hide === '*' || (Array.isArray(written.hide) && (written.hide.includes(name) || written.hide.includes('*')));
    check(isHidden(compiled, name) === hides, `${name}: hidden`);
    const entry = entryFor(compiled, name);
    const tools = Object.entries(written.tools ?? {});
    const listed = tools.some(([tool]) => tool === name || tool.includes('*'));
    if (!listed && written.default === 'deny') check(entry === undefined, `${name}: allowed by nothing`);
    if (!listed && written.default === 'allow') check(entry !== undefined, `${name}: denied by nothing`);
    const exact = tools.find(([tool]) => tool === name)?.[1] as { action?: string } | undefined;
    if (exact?.action === 'deny') check((entry?.denyIf.length ?? 0) > 0, `${name}: not denied`);
    if (exact?.action === 'require_approval') check((entry?.approveIf.length ?? 0) > 0, `${name}: nobody is asked`);
  }
}

describe('policy documents under fuzzing', () => {
  let accepted = 0;
  let yamlAccepted = 0;
  let refused = 0;

  it('are refused with problems that say where, or accepted, normalised and ready to evaluate', () => {
    fuzz('policies', 10_000, (random) => {
      const text = document(random);
      const parsed = parsePolicy(text);
      if (!parsed.ok) {
        refused += 1;
        check(parsed.problems.length > 0, 'refused without a problem');
        for (const { pointer, message } of parsed.problems) check((pointer === '' || pointer.startsWith('/')) && message !== '', `a problem at ${pointer} says nothing`);
        return;
      }
      accepted += 1;
      const canonical = canonicalPolicyText(parsed.policy);
      const again = parsePolicy(canonical);
      if (!again.ok) throw new Error(`the normalised document is refused: ${JSON.stringify(again.problems[0])}`);
      check(canonicalPolicyText(again.policy) === canonical, 'normalising twice is not normalising once');
      evaluate(parsed.policy, text, callArguments(random));
      if (!text.startsWith('{')) yamlAccepted += 1;
    });
  });

  it('had enough of both kinds for this to mean something', () => {
    if (process.env['FUZZ_ONLY'] !== undefined) return;
    expect(accepted).toBeGreaterThan(500);
    expect(yamlAccepted).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(500);
  });

  it('reports all of 300 problems at once, each at its own place', () => {
    const tools = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`tool_${i}`, { limits: [{ counter: 'c', window: 'minute', max: -1 - i }] }]));
    const parsed = parsePolicy(JSON.stringify({ version: '1', default: 'deny', tools }));
    if (parsed.ok) throw new Error('a policy with 300 errors was accepted');
    expect(new Set(parsed.problems.map((problem) => problem.pointer)).size).toBe(300);
    expect(parsed.problems).toHaveLength(300);
  });

  it('agree with the schema for editors over the whole corpus of scenarios', () => {
    const folder = join(import.meta.dirname, '..', 'scenarios');
    const policies: unknown[] = [];
    const find = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      if ('version' in value && 'default' in value) policies.push(value);
      for (const member of Object.values(value)) find(member);
    };
    for (const file of readdirSync(folder)) if (file.endsWith('.yaml')) find(parse(readFileSync(join(folder, file), 'utf8')));
    let accepted = 0;
    for (const policy of policies) {
      const text = JSON.stringify(policy);
      if (!parsePolicy(text).ok) continue;
      accepted += 1;
      if (!policySchema.safeParse(JSON.parse(text)).success) throw new Error(`the schema refuses ${text}`);
    }
    expect(accepted).toBeGreaterThan(50);
  });
});
