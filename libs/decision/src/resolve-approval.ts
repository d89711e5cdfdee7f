import { DocketError } from '#errors';
import { viewOf } from './approval-views.js';
import { APPROVAL_COMMENT_LENGTH_MAX, APPROVERS_MAX, type Approval, stateOf } from './approvals.js';
import { type Context, type Decision, isLoaded, loadedAt, refuse } from './decision.js';
import type { ApprovalResolved, ApprovalState, GetApproval, ResolveApproval } from './model.js';
import type { DecisionState } from './state.js';

/** Approves, denies or withdraws. The caller's role is the shell's business; who he is, and whose approval it is, are ours. */
export function resolveApproval(state: DecisionState, command: ResolveApproval, nowMs: number): Decision {
  if (command.comment.length > APPROVAL_COMMENT_LENGTH_MAX) return refuse(commentTooLong());
  const approval = openApproval(state, command, nowMs);
  if (approval === undefined) return notFound();
  if (approval instanceof DocketError) return refuse(approval);
  const { subject } = command.caller;
  const now = stateOf(approval, nowMs);
  if (hasDecided(approval, now, command.decision, subject)) {
    return { kind: 'answer', reply: { type: 'ApprovalResolved', event: asItIs(approval, command, now as Resolved), replayed: true, at: null } };
  }
  if (now !== 'pending' && now !== 'approved') return refuse(ended(now));
  if (command.decision !== 'approve') {
    return { kind: 'append', event: asItIs(approval, command, command.decision === 'deny' ? 'denied' : 'withdrawn') };
  }
  if (subject === approval.requested_by || subject === approval.principal) return refuse(ownRequest());
  if (approval.approvers.length >= APPROVERS_MAX) return refuse(enoughApprovers());
  const event = asItIs(approval, command, approval.approvers.length + 1 >= approval.needed ? 'approved' : 'pending');
  return { kind: 'append', event: { ...event, approvers: [...event.approvers, subject] } };
}

/** The approval with the arguments of the call that opened it. */
export function getApproval(state: DecisionState, command: GetApproval, context: Context): Decision {
  const approval = openApproval(state, command, context.nowMs);
  if (approval === undefined) return notFound();
  if (approval instanceof DocketError) return refuse(approval);
  const found = loadedAt(context, approval.offset, 'CallDecided');
  if (!isLoaded(found)) return found;
  return { kind: 'answer', reply: { type: 'Approval', approval: viewOf(approval, context.nowMs, found.event.arguments), at: found.at } };
}

type Resolved = ApprovalResolved['state'];

/** Another organisation's looks like an unknown one. */
function openApproval(state: DecisionState, { approval_id, grant_id, caller }: ResolveApproval | GetApproval, nowMs: number): Approval | DocketError | undefined {
  const approval = state.approvals.find(approval_id, nowMs);
  if (approval === undefined || approval.grant_id !== grant_id || approval.organisation !== caller.organisation) return undefined;
  if (caller.server_ids.length > 0 && !caller.server_ids.includes(approval.server_id)) {
    return new DocketError('permission_denied', { reason: 'SERVER_NOT_ALLOWED', message: "This credential is not for the approval's server." });
  }
  return approval;
}

/** Repeating one's own decision, as after an answer that was lost, changes nothing as long as it is the one that stands. */
function hasDecided(approval: Approval, now: ApprovalState, decision: ResolveApproval['decision'], subject: string): boolean {
  switch (decision) {
    case 'approve': return (now === 'pending' || now === 'approved') && approval.approvers.some((vote) => vote.subject === subject);
    case 'deny': return now === 'denied' && approval.ended?.vote.subject === subject;
    case 'withdraw': return now === 'withdrawn' && approval.ended?.vote.subject === subject;
  }
}

function asItIs(approval: Approval, command: ResolveApproval, state: Resolved): ApprovalResolved {
  return {
    type: 'ApprovalResolved',
    approval_id: approval.id,
    grant_id: approval.grant_id,
    decision: command.decision,
    state,
    approvers: approval.approvers.map(({ subject }) => subject),
    comment: command.comment,
    actor: command.caller.subject,
  };
}

/** Advisory: this process may have been deposed since (design.md 2.2 rule 6). */
function notFound(): Decision {
  const message = 'There is no such approval, or it ended more than 10 minutes ago.';
  return { kind: 'advise', reply: new DocketError('not_found', { reason: 'APPROVAL_NOT_FOUND', message }) };
}

function ended(state: ApprovalState): DocketError {
  return new DocketError('failed_precondition', { reason: 'APPROVAL_ENDED', message: `This approval takes no decision any more: it is ${state}.`, metadata: { state } });
}

function ownRequest(): DocketError {
  return new DocketError('permission_denied', { reason: 'OWN_REQUEST', message: 'Whoever asks for an approval, or is the one that the agent works for, cannot approve it.' });
}

function enoughApprovers(): DocketError {
  return new DocketError('failed_precondition', {
    reason: 'APPROVAL_COMPLETE', message: `${APPROVERS_MAX} people have approved this already.`, metadata: { state: 'approved' },
  });
}

function commentTooLong(): DocketError {
  return new DocketError('invalid_argument', {
    reason: 'COMMENT_TOO_LONG',
    message: `The comment is longer than ${APPROVAL_COMMENT_LENGTH_MAX} characters.`,
    violations: [{ field: 'comment', description: `expected at most ${APPROVAL_COMMENT_LENGTH_MAX} characters` }],
  });
}
