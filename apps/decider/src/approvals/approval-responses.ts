import { timestampOf } from '#contracts';
import type { approval } from '#contracts';
import type { ApprovalView, ApprovalVote, EventPosition } from '#decision';
import type { OpenedArguments } from './approval-arguments.js';

type StateName = Exclude<Extract<approval.State__Output, string>, 'STATE_UNSPECIFIED'>;

/** An approval as the API gives it; argument values only as far as they were opened for this caller. */
export function approvalMessage(view: ApprovalView, { bytes, shown }: OpenedArguments): approval.Approval {
  return {
    approvalId: view.approval_id,
    state: stateName(view.state),
    grantId: view.grant_id,
    serverId: view.server_id,
    tool: view.tool,
    rule: view.rule,
    message: view.message,
    argumentKeys: [...view.arguments?.keys ?? []],
    arguments: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    argumentsShown: shown,
    agent: view.agent,
    principal: view.principal,
    sessionId: view.session_id,
    requestedBy: view.requested_by,
    requestedAt: timestampOf(view.requested_at_ms),
    expiresAt: timestampOf(view.expires_at_ms),
    needed: view.needed,
    approvers: view.approvers.map(vote),
    deniedBy: view.denied_by && vote(view.denied_by),
    withdrawnBy: view.withdrawn_by && vote(view.withdrawn_by),
    policyId: view.policy_id,
    policyVersion: view.policy_version,
    callId: view.call_id,
    redeemedByCallId: view.redeemed_by_call_id,
  };
}

export function receiptOf(at: EventPosition): approval.Receipt {
  return { topic: at.topic, partition: at.partition, offset: at.offset, hash: Buffer.from(at.hash, 'hex') };
}

/** `ERASED` alone is what became of the arguments: enum values of one package share their names. */
function stateName(state: ApprovalView['state']): StateName {
  return state === 'erased' ? 'STATE_ERASED' : state.toUpperCase() as StateName;
}

function vote({ subject, at_ms, comment }: ApprovalVote): approval.Vote {
  return { subject, at: timestampOf(at_ms), comment };
}
