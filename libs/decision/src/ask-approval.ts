import type { CompiledApproval, ExactObject } from '#policy';
import type { CallApproval, GrantSet, Step } from './model.js';
import type { DecisionState } from './state.js';

/** What of a call decides about its approval. */
export interface Asking {
  readonly grant: GrantSet;
  readonly tool: string;
  readonly args: ExactObject;
  /** Keyed digest of the canonical arguments. */
  readonly hmac: string;
  /** The id of the approval that the call opens, if it does. */
  readonly approval_id: string;
  /** How many people approved the call that this one continues; 0 if nobody had to, or it continues none. */
  readonly approved_by: number;
}

export interface Asked {
  readonly action: CallApproval['action'];
  /** The first rule that asks, and its message. */
  readonly rule: string;
  readonly message: string;
  /** null: this round goes on with the approval of the call that it continues. */
  readonly approval: CallApproval | null;
}

/**
 * The approval rules of a call: null if none asks. The first one that asks says why and for how long; but all that ask are
 * answered by one approval, so it takes as many people as the most demanding of them wants.
 */
export function askForApproval(state: DecisionState, rules: readonly CompiledApproval[], call: Asking, nowMs: number, steps?: Step[]): Asked | null {
  let first: CompiledApproval | undefined;
  let needed = 0;
  const asking: Step[] = [];
  for (let i = 0; i < rules.length; i++) {
    const rule = rules[i] as CompiledApproval;
    const { holds, because = '' } = rule.holds(call.args);
    if (steps !== undefined) asking.push({ rule: rule.pointer, outcome: holds ? 'asks' : 'passes', because });
    if (!holds) continue;
    first ??= rule;
    if (rule.approvals > needed) needed = rule.approvals;
  }
  const asked = first === undefined ? null : answer(state, first, needed, call, nowMs);
  const isAnswered = asked?.action === 'redeemed';
  if (steps !== undefined) for (const one of asking) steps.push(isAnswered && one.outcome === 'asks' ? { ...one, outcome: 'approved' } : one);
  return asked;
}

function answer(state: DecisionState, rule: CompiledApproval, needed: number, call: Asking, nowMs: number): Asked {
  if (call.approved_by >= needed) return asked('redeemed', rule, needed, null);
  const found = state.approvals.forCall(call.grant.grant_id, call.grant.server_id, call.tool, call.hmac, nowMs);
  if (found === undefined) {
    const expires_at_ms = nowMs + rule.timeoutMs;
    return asked('opened', rule, needed, { id: call.approval_id, action: 'opened', expires_at_ms, needed, rule: rule.pointer });
  }
  const most = Math.max(needed, found.needed);
  const action = found.ended !== undefined ? 'denied' : found.approvers.length >= most ? 'redeemed' : 'pending';
  return asked(action, rule, most, { id: found.id, action, expires_at_ms: found.expires_at_ms, needed: most, rule: rule.pointer });
}

function asked(action: CallApproval['action'], rule: CompiledApproval, needed: number, approval: CallApproval | null): Asked {
  const people = needed === 1 ? 'a person' : `${needed} people`;
  return { action, rule: rule.pointer, message: rule.message ?? `This call needs the approval of ${people}.`, approval };
}
