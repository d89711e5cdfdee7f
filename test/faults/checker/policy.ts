import { amountOf } from './amounts.js';
import type { Amount, Window } from './amounts.js';

/** The part of the policy language (the JSON that a registry records) that campaigns use; whatever else a document holds is refused, not overlooked. */
export interface Policy {
  readonly default: 'allow' | 'deny';
  readonly hide: ReadonlySet<string>;
  readonly allTools: readonly Limit[];
  readonly tools: ReadonlyMap<string, { readonly denyAbove: Amount | null; readonly limits: readonly Limit[] }>;
}

export const SCOPES = ['grant', 'session', 'agent', 'server', 'organisation'] as const;
export type Scope = (typeof SCOPES)[number];

/** Whether many grants share its counter, which then lies in a partition of its own. */
export const isShared = ({ scope }: { readonly scope: Scope }): boolean => scope === 'server' || scope === 'organisation';

export interface Limit {
  readonly pointer: string;
  readonly counter: string;
  readonly window: Window;
  readonly sliding: boolean;
  readonly max: Amount;
  readonly countsAmounts: boolean;
  readonly scope: Scope;
  readonly refund: ReadonlySet<string>;
}

type Json = Readonly<Record<string, unknown>>;

/** Throws for a document that says more than this reader knows. */
export function readPolicy(text: string): Policy {
  const document = JSON.parse(text) as Json;
  const tools = Object.entries((document['tools'] ?? {}) as Record<string, Json>).map(([name, tool]) => {
    if (name.includes('*')) throw unknown(`tools["${name}"]`);
    for (const part of ['require', 'approve_if']) if (((tool[part] ?? []) as unknown[]).length > 0) throw unknown(`${name}.${part}`);
    return [name, { denyAbove: denyAbove(name, (tool['deny_if'] ?? []) as Json[]), limits: limits(`/tools/${name}/limits`, tool['limits']) }] as const;
  });
  return {
    default: document['default'] as 'allow' | 'deny', hide: new Set(document['hide'] as string[] | undefined),
    allTools: limits('/all_tools/limits', (document['all_tools'] as Json | undefined)?.['limits']), tools: new Map(tools),
  };
}

/** One rule of one condition, `args.amount gt N`, is known. */
function denyAbove(name: string, rules: readonly Json[]): Amount | null {
  if (rules.length === 0) return null;
  const conditions = rules[0]!['conditions'] as Json[];
  const [condition] = conditions;
  if (rules.length > 1 || conditions.length !== 1 || condition!['path'] !== 'args.amount' || condition!['op'] !== 'gt') throw unknown(`${name}.deny_if`);
  return amountOf(String(condition!['value']));
}

function limits(pointer: string, list: unknown): Limit[] {
  return ((list ?? []) as Json[]).map((limit, index) => {
    const { counter, window, sliding = false, max, increment_from: from, scope = 'grant', refund = ['not_sent'] } = limit;
    if (from !== undefined && from !== 'args.amount') throw unknown(`${pointer}/${index}/increment_from`);
    if (!SCOPES.includes(scope as Scope)) throw unknown(`${pointer}/${index}/scope`);
    return { pointer: `${pointer}/${index}`, counter: counter as string, window: window as Window, sliding: sliding as boolean, max: amountOf(String(max)), countsAmounts: from !== undefined, scope: scope as Scope, refund: new Set(refund as string[]) };
  });
}

const unknown = (what: string): Error => new Error(`${what}: more than the checker knows of policies; a campaign may not use it`);
