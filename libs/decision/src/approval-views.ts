import { type Approval, stateOf } from './approvals.js';
import type { ApprovalFilter, ApprovalView, SealedArguments } from './model.js';
import type { DecisionState } from './state.js';

/** The approvals that this partition knows, oldest first, as they are at `nowMs` (ms since the epoch); without their arguments. */
export function listApprovals(state: DecisionState, filter: ApprovalFilter, nowMs: number): ApprovalView[] {
  const views: ApprovalView[] = [];
  for (const approval of state.approvals.entries()) {
    if (approval.dueMs <= nowMs) continue;
    if (filter.organisation !== null && approval.organisation !== filter.organisation) continue;
    if (filter.grant_id !== '' && approval.grant_id !== filter.grant_id) continue;
    if (filter.server_id !== '' && approval.server_id !== filter.server_id) continue;
    if (filter.state !== null && stateOf(approval, nowMs) !== filter.state) continue;
    views.push(viewOf(approval, nowMs, null));
  }
  return views;
}

/** The copy that leaves the state. */
export function viewOf(approval: Approval, nowMs: number, sealed: SealedArguments | null): ApprovalView {
  return {
    approval_id: approval.id,
    grant_id: approval.grant_id,
    organisation: approval.organisation,
    server_id: approval.server_id,
    tool: approval.tool,
    rule: approval.rule,
    message: approval.message,
    arguments: sealed,
    agent: approval.agent,
    principal: approval.principal,
    session_id: approval.session_id,
    requested_by: approval.requested_by,
    requested_at_ms: approval.requested_at_ms,
    expires_at_ms: approval.expires_at_ms,
    state: stateOf(approval, nowMs),
    needed: approval.needed,
    approvers: [...approval.approvers],
    denied_by: approval.ended?.by === 'denied' ? approval.ended.vote : null,
    withdrawn_by: approval.ended?.by === 'withdrawn' ? approval.ended.vote : null,
    policy_id: approval.policy_id,
    policy_version: approval.policy_version,
    call_id: approval.call_id,
    redeemed_by_call_id: approval.redeemed_by_call_id,
  };
}
