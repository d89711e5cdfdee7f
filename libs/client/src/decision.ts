/** What a decision says, as a gateway works with it. */
export type Verdict = 'ALLOW' | 'DENY' | 'RATE_LIMITED' | 'APPROVAL_REQUIRED';
export type Outcome = 'SUCCEEDED' | 'FAILED' | 'NOT_SENT' | 'UNKNOWN';

/** Where a verdict stands in the log. */
export interface Receipt {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** SHA-256 of the record, hex. */
  readonly hash: string;
}

/** A limit that the call touched, after the call. Amounts are exact decimals. */
export interface LimitState {
  readonly rule: string;
  readonly counter: string;
  readonly scope: string;
  readonly window: string;
  readonly sliding: boolean;
  readonly limit: string;
  readonly used: string;
  readonly remaining: string;
  readonly resetsAt: Date | null;
  /** True for a limit that refused this call. */
  readonly refused: boolean;
}

interface Judged {
  readonly callId: string;
  readonly grantId: string;
  /** A JSON pointer in the normalised policy, or a word in parentheses. Empty for ALLOW. */
  readonly rule: string;
  /** For the agent; never repeats argument values. */
  readonly message: string;
  readonly limits: readonly LimitState[];
  readonly policyId: string;
  /** Content hash of the policy that was in force. */
  readonly policyVersion: string;
  /** In observe mode what the verdict would have been; otherwise null. */
  readonly wouldBe: Verdict | null;
  /** The approval that the call waits for, was allowed by, or was denied by. */
  readonly approvalId: string | null;
  readonly approvalExpiresAt: Date | null;
}

interface Recorded extends Judged {
  /** The verdict had been recorded before, under the same call id. */
  readonly replayed: boolean;
  readonly receipt: Receipt;
  readonly decidedAt: Date;
}

export interface Allowed extends Recorded { readonly verdict: 'ALLOW'; readonly allowed: true; readonly retryAfterMs: null }
export interface Denied extends Recorded { readonly verdict: 'DENY'; readonly allowed: false; readonly retryAfterMs: null }
export interface RateLimited extends Recorded { readonly verdict: 'RATE_LIMITED'; readonly allowed: false; readonly retryAfterMs: number }
export interface ApprovalRequired extends Recorded { readonly verdict: 'APPROVAL_REQUIRED'; readonly allowed: false; readonly retryAfterMs: null; readonly approvalId: string; readonly approvalExpiresAt: Date }

/**
 * A verdict that is in the log. `allowed` is true for a recorded ALLOW and for nothing else: whatever could not be decided is no
 * Decision at all, but an Undecided that is thrown.
 */
export type Decision = Allowed | Denied | RateLimited | ApprovalRequired;

/** What would be decided now. Nothing was written or consumed, so there is no `allowed`: nothing may be forwarded because of it. */
export interface Explanation extends Judged {
  readonly verdict: Verdict;
  readonly retryAfterMs: number | null;
  readonly steps: readonly { readonly rule: string; readonly outcome: string; readonly because: string }[];
}

export interface Settlement {
  readonly callId: string;
  readonly outcome: Outcome;
  /** Limits that were given quota back, after the refund. */
  readonly refunded: readonly LimitState[];
  /** The call had been settled before, with the same outcome. */
  readonly replayed: boolean;
  readonly receipt: Receipt;
}

export interface VisibleTools {
  readonly policyId: string;
  readonly policyVersion: string;
  readonly tools: readonly { readonly name: string; readonly visible: boolean; readonly limits: readonly LimitState[] }[];
}

export type ApprovalState = 'PENDING' | 'APPROVED' | 'DENIED' | 'WITHDRAWN' | 'REDEEMED' | 'EXPIRED' | 'ERASED';

/** An approval as a gateway sees it: without argument values. */
export interface ApprovalStatus {
  readonly approvalId: string;
  readonly state: ApprovalState;
  readonly grantId: string;
  readonly tool: string;
  readonly rule: string;
  readonly message: string;
  readonly expiresAt: Date | null;
  /** How many people must approve, and who has. */
  readonly needed: number;
  readonly approvers: readonly string[];
  /** When somebody approved or denied it last; null while nobody has. */
  readonly decidedAt: Date | null;
  /** The call that asked first, and the one that was let through; '' while there is none. */
  readonly callId: string;
  readonly redeemedByCallId: string;
}

/** A change of the registry that concerns grants. */
export type GrantChange =
  | { readonly type: 'grant'; readonly registryOffset: number; readonly grantId: string; readonly serverId: string; readonly revoked: boolean; readonly expiresAt: Date | null; readonly policyId: string; readonly mode: 'enforce' | 'observe' }
  | { readonly type: 'policy'; readonly registryOffset: number; readonly policyId: string; readonly version: string }
  /** All that was there when the stream began, or began anew, has come. */
  | { readonly type: 'in_sync'; readonly registryOffset: number };
