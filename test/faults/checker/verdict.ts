import { amountOf } from './amounts.js';
import { identity } from './counters.js';
import type { Counted, Counters, Charge } from './counters.js';
import { isShared } from './policy.js';
import type { Limit, Policy } from './policy.js';
import type { ScopeAnswer, Stated } from './shares.js';

export interface Verdict { readonly verdict: string; readonly rule: string; readonly charges: readonly Charge[] }

const refusal = (verdict: 'DENY' | 'RATE_LIMITED', rule: string): Verdict => ({ verdict, rule, charges: [] });

/** The limits that a call of this tool meets, in their order: the tool's, then those of all tools. */
export function limitsOf(policy: Policy, tool: string): readonly Limit[] {
  return [...(policy.tools.get(tool)?.limits ?? []), ...policy.allTools];
}

/** What a call adds to a limit's counter; null: it names no amount. */
export function amountFor(limit: Limit, amount: string | null): bigint | null {
  return limit.countsAmounts ? (amount === null ? null : amountOf(amount)) : amountOf('1');
}

/** What the partition of a scope said of this limit; undefined: nothing. */
export function saidOf(scoped: readonly ScopeAnswer[], limit: Limit, of: Counted, amount: bigint): (Stated & { readonly outcome: string }) | undefined {
  const answer = scoped.find(({ scope }) => scope === limit.scope);
  const same = answer?.limits.filter((one) => one.counter === identity(limit, of) && one.amount === amount) ?? [];
  const said = same.find(({ max }) => max === limit.max) ?? same[0];
  return answer && said && { ...said, outcome: answer.outcome };
}

/** The verdict that docs/policy.md gives, in the order of its section on evaluation. What many grants share is judged by what its partition said. */
export function verdictOf(policy: Policy | undefined, counters: Counters, of: Counted, tool: string, amount: string | null, timeMs: number, scoped: readonly ScopeAnswer[]): Verdict {
  if (policy === undefined) return refusal('DENY', '(no policy)');
  if (policy.hide.has(tool) || policy.hide.has('*')) return refusal('DENY', '(hidden)');
  const entry = policy.tools.get(tool);
  if (entry === undefined && policy.default === 'deny') return refusal('DENY', '(default deny)');
  if (entry !== undefined && entry.denyAbove !== null && (amount === null ? false : amountOf(amount) > entry.denyAbove)) return refusal('DENY', `/tools/${tool}/deny_if/0`);
  const limits = limitsOf(policy, tool);
  const charges = new Map<string, Charge>();
  let exceeded: Limit | undefined;
  let isBound = false;
  for (const limit of limits) {
    const adds = amountFor(limit, amount);
    if (adds === null) return refusal('DENY', '(invalid amount)');
    if (adds > limit.max) return refusal('DENY', limit.pointer);
    if (isShared(limit)) {
      const said = saidOf(scoped, limit, of, adds);
      if (said !== undefined && said.used + adds > limit.max) {
        exceeded ??= limit;
        isBound ||= said.outcome !== 'read';
      }
      continue;
    }
    if (counters.used(limit, of, timeMs) + adds > limit.max) {
      exceeded ??= limit;
      isBound = true;
    }
    const charge = counters.chargeOf(limit, of, timeMs, adds);
    // A call adds once to a counter, however many limits are on it.
    if (!charges.has(charge.counter)) charges.set(charge.counter, charge);
  }
  // A mere reading binds nobody: it only tells who is refused anyway how things stand.
  if (exceeded !== undefined && isBound) return refusal('RATE_LIMITED', exceeded.pointer);
  return { verdict: 'ALLOW', rule: '', charges: [...charges.values()] };
}
