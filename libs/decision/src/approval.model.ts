import type { Caller, EventPosition, SealedArguments } from './basics.model.js';

/** What approvers and requesters may say of an approval. */
export type ApprovalDecision = 'approve' | 'deny' | 'withdraw';

/**
 * `pending` and `approved` are live. `denied` refuses identical calls until `expires_at_ms`. An ended one (`denied`,
 * `withdrawn`, `redeemed`, `expired`, or `erased` with its grant) takes no decision any more.
 */
export type ApprovalState = 'pending' | 'approved' | 'denied' | 'withdrawn' | 'redeemed' | 'expired' | 'erased';

/** What a call did to an approval. */
export interface CallApproval {
  readonly id: string;
  /** `opened` and `pending`: APPROVAL_REQUIRED. `redeemed`: ALLOW, in the same event. `denied`: DENY `(approval denied)`. */
  readonly action: 'opened' | 'pending' | 'redeemed' | 'denied';
  readonly expires_at_ms: number;
  /** How many different people must approve; a policy that asks for more of them since raises it. */
  readonly needed: number;
  /** Pointer of the `approve_if` rule that asks. */
  readonly rule: string;
}

/** Somebody with an approver's credential, or the requester, decided on an approval. */
export interface ApprovalResolved {
  readonly type: 'ApprovalResolved';
  readonly approval_id: string;
  readonly grant_id: string;
  readonly decision: ApprovalDecision;
  /** After it. */
  readonly state: 'pending' | 'approved' | 'denied' | 'withdrawn';
  /** Subjects, in the order in which they approved, after it. */
  readonly approvers: readonly string[];
  /** At most APPROVAL_COMMENT_LENGTH_MAX characters. */
  readonly comment: string;
  /** Subject of the credential that decided. */
  readonly actor: string;
}

/** `grant_id` is the one inside the approval id: it routes the command. */
export interface ResolveApproval {
  readonly type: 'ResolveApproval';
  readonly caller: Caller;
  readonly approval_id: string;
  readonly grant_id: string;
  readonly decision: ApprovalDecision;
  readonly comment: string;
}

export interface GetApproval {
  readonly type: 'GetApproval';
  readonly caller: Caller;
  readonly approval_id: string;
  readonly grant_id: string;
}

export interface ApprovalVote {
  readonly subject: string;
  readonly at_ms: number;
  readonly comment: string;
}

/** An approval as it is at some time. */
export interface ApprovalView {
  readonly approval_id: string;
  readonly grant_id: string;
  readonly organisation: string;
  readonly server_id: string;
  readonly tool: string;
  readonly rule: string;
  readonly message: string;
  /** Of the call that opened it (sealed for `call_id`); null in lists and peeks: the state does not hold them. */
  readonly arguments: SealedArguments | null;
  readonly agent: string;
  readonly principal: string;
  readonly session_id: string;
  /** Subject of the credential that asked. */
  readonly requested_by: string;
  readonly requested_at_ms: number;
  readonly expires_at_ms: number;
  readonly state: ApprovalState;
  readonly needed: number;
  readonly approvers: readonly ApprovalVote[];
  readonly denied_by: ApprovalVote | null;
  readonly withdrawn_by: ApprovalVote | null;
  readonly policy_id: string;
  readonly policy_version: string;
  /** The call that opened it. */
  readonly call_id: string;
  /** '' until it is redeemed. */
  readonly redeemed_by_call_id: string;
}

/** Answers GetApproval. `at` is the opening call's position. */
export interface ApprovalReply {
  readonly type: 'Approval';
  readonly approval: ApprovalView;
  readonly at: EventPosition;
}

/** Answers ResolveApproval. Replayed: the same subject had decided so before; nothing was appended, `at` is null. */
export interface ApprovalResolvedReply {
  readonly type: 'ApprovalResolved';
  readonly event: ApprovalResolved;
  readonly replayed: boolean;
  readonly at: EventPosition | null;
}

/** Which approvals to list. */
export interface ApprovalFilter {
  /** null: every organisation's. */
  readonly organisation: string | null;
  /** null: every state. */
  readonly state: ApprovalState | null;
  /** '' : every grant's, every server's. */
  readonly grant_id: string;
  readonly server_id: string;
}
