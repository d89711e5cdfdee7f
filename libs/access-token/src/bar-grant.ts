import type { GrantCommand } from './commands.js';
import { append, refuse, unchanged, type TokenDecision } from './decision.js';
import { isBarred, type TokenState } from './state.js';

/** Grants of one partition, of all tenants. */
export const BARRED_MAX = 100_000;

/** Whether a grant may have tokens at all: of every connection of its tenant, also of those that are registered later. */
export function barGrant(state: TokenState, { type, tenant, actor, grant_id, trace_id, holder }: GrantCommand): TokenDecision {
  const isNow = isBarred(state, tenant, holder);
  if (isNow === (type === 'BarGrant')) return unchanged;
  if (type === 'LiftBar') return append({ type: 'GrantBarLifted', tenant, actor, grant_id, trace_id, holder });
  const known = [...state.barred.values()].reduce((sum, { size }) => sum + size, 0);
  if (known >= BARRED_MAX) {
    return refuse('resource_exhausted', 'CUT_OFF_LIMIT', `${known} grants are cut off already, as many as may be: revoke the grant itself, or lift what is needed no more`);
  }
  return append({ type: 'GrantBarred', tenant, actor, grant_id, trace_id, holder });
}
