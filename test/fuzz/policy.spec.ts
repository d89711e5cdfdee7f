import { canonicalPolicyText, compilePolicy, entryFor, isHidden, parsePolicy, type Policy } from '#policy';
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
];
const NAMES = ['refresh_access_token', 'delete_account', 'read_mail', 'read_', 'a', 'b', '__proto__', 'constructor', '', '*', 'anything'];

function document(random: Random): string {
  const base = random.pick(DOCUMENTS);
  switch (random.below(5)) {
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

/** What the document says in clear must hold in its compiled form. */
function evaluate(policy: Policy, text: string): void {
  const compiled = compilePolicy(policy);
  const written = JSON.parse(text) as { default: string; hide?: unknown; tools?: Record<string, unknown> };
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
  }
}

describe('policy documents under fuzzing', () => {
  let accepted = 0;
  let refused = 0;

  it('are refused with problems that say where, or accepted, normalised and ready to evaluate', () => {
    fuzz('policies', 15_000, (random) => {
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
      evaluate(parsed.policy, text);
    });
  });

  it('had enough of both kinds for this to mean something', () => {
    if (process.env['FUZZ_ONLY'] !== undefined) return;
    expect(accepted).toBeGreaterThan(500);
    expect(refused).toBeGreaterThan(500);
  });

  it('reports all of 300 problems at once, each at its own place', () => {
    const tools = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`tool_${i}`, { limits: [{ counter: 'c', window: 'minute', max: -1 - i }] }]));
    const parsed = parsePolicy(JSON.stringify({ version: '1', default: 'deny', tools }));
    if (parsed.ok) throw new Error('a policy with 300 errors was accepted');
    expect(new Set(parsed.problems.map((problem) => problem.pointer)).size).toBe(300);
    expect(parsed.problems).toHaveLength(300);
  });
});
