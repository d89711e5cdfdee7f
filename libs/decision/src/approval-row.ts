import type { Approval } from './approvals.js';

type VoteRow = readonly [subject: string, atMs: number, comment: string];

/** An approval in a snapshot, in the order in which `approvalRow` writes it. */
export type ApprovalRow = readonly [
  id: string, grant_id: string, organisation: string, server_id: string, tool: string, hmac: string, rule: string, message: string,
  agent: string, principal: string, session_id: string, requested_by: string, requested_at_ms: number, expires_at_ms: number,
  policy_id: string, policy_version: string, call_id: string, offset: number, dueMs: number, needed: number,
  approvers: readonly VoteRow[], ended: readonly ['denied' | 'withdrawn' | 'erased', ...VoteRow] | null, redeemed_by_call_id: string,
];

export function approvalRow(one: Approval): ApprovalRow {
  return [
    one.id, one.grant_id, one.organisation, one.server_id, one.tool, one.hmac, one.rule, one.message,
    one.agent, one.principal, one.session_id, one.requested_by, one.requested_at_ms, one.expires_at_ms,
    one.policy_id, one.policy_version, one.call_id, one.offset, one.dueMs, one.needed,
    one.approvers.map(({ subject, at_ms, comment }) => [subject, at_ms, comment]),
    one.ended === undefined ? null : [one.ended.by, one.ended.vote.subject, one.ended.vote.at_ms, one.ended.vote.comment],
    one.redeemed_by_call_id,
  ];
}

export function ofApprovalRow(row: ApprovalRow): Approval {
  const [
    id, grant_id, organisation, server_id, tool, hmac, rule, message, agent, principal, session_id, requested_by, requested_at_ms, expires_at_ms,
    policy_id, policy_version, call_id, offset, dueMs, needed, approvers, ended, redeemed_by_call_id,
  ] = row;
  return {
    dueMs, place: -1, id, grant_id, organisation, server_id, tool, hmac, rule, message, agent, principal, session_id, requested_by, requested_at_ms,
    expires_at_ms, policy_id, policy_version, call_id, offset, needed,
    approvers: approvers.map(([subject, at_ms, comment]) => ({ subject, at_ms, comment })),
    ended: ended === null ? undefined : { by: ended[0], vote: { subject: ended[1], at_ms: ended[2], comment: ended[3] } },
    redeemed_by_call_id,
  };
}
