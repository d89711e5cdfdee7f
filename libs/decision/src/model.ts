import type { CompiledPolicy, ExactObject, LimitScope } from '#policy';
import type { ApprovalReply, ApprovalResolved, ApprovalResolvedReply, CallApproval, GetApproval, ResolveApproval } from './approval.model.js';
import type { Caller, EventPosition, SealedArguments } from './basics.model.js';
import type {
  CallAborted, EndedReply, QuotaReleased, QuotaReply, QuotaReserved, ReleasedReply, ScopeAnswer, ScopeAskedReply, ScopeKey, WiderCommand,
} from './wider.model.js';

export type * from './approval.model.js';
export type * from './basics.model.js';
export type * from './wider.model.js';

/** Verdicts and outcomes are spelled as in the proto. */
export type Verdict = 'ALLOW' | 'DENY' | 'RATE_LIMITED' | 'APPROVAL_REQUIRED';
export type Outcome = 'SUCCEEDED' | 'FAILED' | 'NOT_SENT' | 'UNKNOWN';
export type Mode = 'enforce' | 'observe';

// ---- events (data of the CloudEvents, snake_case as stored; golden files in libs/contracts/events) ----

/** A limit that the call touched, as it was after the verdict. Amounts are exact decimals in their normal form. */
export interface LimitReading {
  /** JSON pointer in the normalised policy. */
  readonly rule: string;
  readonly counter: string;
  readonly scope: LimitScope;
  /** The window as the counter's identity spells it: seconds (`60s`) or a calendar unit (`week`, `month`). */
  readonly window: string;
  readonly sliding: boolean;
  readonly limit: string;
  readonly used: string;
  readonly remaining: string;
  /** Fixed: the window's end. Sliding: when all that is used now has left; the event's time if nothing is. */
  readonly resets_at_ms: number;
  readonly refused: boolean;
}

/** What a call took from one counter's window: enough for `evolve` and for a refund, without the policy or the arguments. */
export interface Charge {
  /** The counter's identity (policy.md 3), canonical JSON array as a string. */
  readonly counter: string;
  /** End of the fixed window, or when this entry leaves the sliding one, ms since the epoch. */
  readonly window_end_ms: number;
  readonly amount: string;
  /** Outcomes that give it back. */
  readonly refund: readonly ('not_sent' | 'failed')[];
}

export interface CallDecided {
  readonly type: 'CallDecided';
  readonly call_id: string;
  /** Digest of everything that makes the request's content, hex: the same id with another digest is ALREADY_EXISTS. */
  readonly content: string;
  readonly grant_id: string;
  readonly organisation: string;
  readonly server_id: string;
  readonly tool: string;
  readonly session_id: string;
  readonly agent: string;
  readonly principal: string;
  readonly tool_definition_hash: string;
  readonly logical_call_id: string;
  readonly arguments: SealedArguments;
  readonly verdict: Verdict;
  readonly would_be: Verdict | null;
  readonly rule: string;
  readonly message: string;
  readonly retry_after_ms: number | null;
  readonly limits: readonly LimitReading[];
  readonly charges: readonly Charge[];
  readonly policy_id: string;
  readonly policy_version: string;
  readonly mode: Mode;
  /** Subject of the credential that asked. */
  readonly actor: string;
  /** W3C traceparent, or ''. */
  readonly trace: string;
  /** null: the call had to do with none. */
  readonly approval: CallApproval | null;
  /** What the partitions of wider scopes said; absent if nothing was asked. */
  readonly scoped?: readonly ScopeAnswer[];
}

export interface CallSettled {
  readonly type: 'CallSettled';
  readonly call_id: string;
  readonly grant_id: string;
  readonly outcome: Outcome;
  /** Of the settled call: once its charge is given back, the next round of that logical call is charged again. */
  readonly logical_call_id: string;
  /** What is given back, and only inside windows that have not ended. */
  readonly refunds: readonly { readonly counter: string; readonly window_end_ms: number; readonly amount: string }[];
  readonly refunded: readonly LimitReading[];
  readonly actor: string;
  /** Wider scopes that give the call's share back, too, in their own partitions; absent if there are none. */
  readonly elsewhere?: readonly ScopeKey[];
}

/** A grant as its partition knows it; carried here from the registry. */
export interface GrantSet {
  readonly type: 'GrantSet';
  readonly registry_offset: number;
  readonly grant_id: string;
  readonly organisation: string;
  readonly server_id: string;
  /** SHA-256 of the token's secret part, hex. */
  readonly secret_hash: string;
  /** '' if none is attached. */
  readonly policy_id: string;
  readonly mode: Mode;
  readonly expires_at_ms: number | null;
  readonly revoked: boolean;
  /** The key that seals its calls' argument values is destroyed, or is about to be; then it is revoked, too. Absent otherwise. */
  readonly erased?: true;
}

/** From here on the grants attached to this policy are governed by this version; all partitions get it. */
export interface PolicyVersionSet {
  readonly type: 'PolicyVersionSet';
  readonly registry_offset: number;
  readonly organisation: string;
  readonly policy_id: string;
  /** Content hash, hex. */
  readonly version: string;
}

export type DecisionEvent = CallDecided | CallSettled | ApprovalResolved | GrantSet | PolicyVersionSet | QuotaReserved | QuotaReleased | CallAborted;

// ---- commands ----

/** How the caller names the grant: a bare id, or a token whose secret's SHA-256 (hex) must match. */
export interface GrantReference {
  readonly grant_id: string;
  readonly secret_hash: string | null;
}

export interface Decide {
  readonly type: 'Decide';
  readonly caller: Caller;
  readonly grant: GrantReference;
  readonly call_id: string;
  /** The time inside the call id (UUID version 7), ms since the epoch. */
  readonly call_id_time_ms: number;
  readonly content: string;
  readonly tool: string;
  readonly server_id: string;
  readonly session_id: string;
  readonly agent: string;
  readonly principal: string;
  readonly tool_definition_hash: string;
  readonly logical_call_id: string;
  readonly dry_run: boolean;
  readonly arguments: SealedArguments;
  /** The arguments' values, for the policy's conditions and amounts; empty when absent. They go nowhere else. */
  readonly args: ExactObject;
  /** `apr_<grant id>_<24 random hex>`, fresh: the id of the approval that this call opens, if it does. */
  readonly approval_id: string;
  /** True when the arguments are JSON but no object: denied `(invalid arguments)`. */
  readonly arguments_invalid: boolean;
  readonly trace: string;
  /** What is known so far of wider scopes; absent: nothing. */
  readonly scoped?: readonly ScopeAnswer[];
}

export interface Settle {
  readonly type: 'Settle';
  readonly caller: Caller;
  readonly grant: GrantReference;
  readonly call_id: string;
  readonly call_id_time_ms: number;
  readonly outcome: Outcome;
}

export interface GetDecision {
  readonly type: 'GetDecision';
  readonly caller: Caller;
  readonly grant: GrantReference;
  readonly call_id: string;
  readonly call_id_time_ms: number;
}

export interface ListVisibleTools {
  readonly type: 'ListVisibleTools';
  readonly caller: Caller;
  readonly grant: GrantReference;
  readonly names: readonly string[];
  readonly session_id: string;
  readonly agent: string;
  readonly scoped?: readonly ScopeAnswer[];
}

/** From the registry, idempotent by registry offset: an older one than already applied for that object changes nothing. */
export type SetGrant = Omit<GrantSet, 'type'> & { readonly type: 'SetGrant' };
export type SetPolicyVersion = Omit<PolicyVersionSet, 'type'> & { readonly type: 'SetPolicyVersion' };

export type DecisionCommand =
  | Decide | Settle | GetDecision | ListVisibleTools | ResolveApproval | GetApproval | SetGrant | SetPolicyVersion | WiderCommand;

// ---- replies ----

/**
 * One step of an evaluation, in the order of policy.md 2. `rule` is a pointer or a word in parentheses; `outcome` is
 * `applies` (the tool's entry), `passes`, `denies`, `asks` (for approval), `approved` (the rule asks, and an approval
 * answers it) or `refuses` (a limit).
 */
export interface Step {
  readonly rule: string;
  readonly outcome: 'applies' | 'passes' | 'denies' | 'asks' | 'approved' | 'refuses';
  /** The condition that decided it, such as `args.amount: wrong type`, never an argument's value; '' if there is none to name. */
  readonly because: string;
}

export interface DecidedReply {
  readonly type: 'Decided';
  readonly event: CallDecided;
  readonly replayed: boolean;
  /** null for a dry run. `at` is filled in by the ledger. */
  readonly at: EventPosition | null;
  /** Dry runs only. */
  readonly steps: readonly Step[];
}

export interface SettledReply {
  readonly type: 'Settled';
  readonly event: CallSettled;
  readonly replayed: boolean;
  readonly at: EventPosition;
}

export interface VisibleToolsReply {
  readonly type: 'VisibleTools';
  readonly policy_id: string;
  readonly policy_version: string;
  readonly tools: readonly { readonly name: string; readonly visible: boolean; readonly limits: readonly LimitReading[] }[];
}

/** `changed` false: this or a newer edit of that object had been applied before. */
export interface AppliedReply {
  readonly type: 'Applied';
  readonly changed: boolean;
}

export type DecisionReply = DecidedReply | SettledReply | VisibleToolsReply | ApprovalReply | ApprovalResolvedReply | AppliedReply
  | ScopeAskedReply | QuotaReply | ReleasedReply | EndedReply;

/** Fixed when the registry is created (design.md 2.4): state hashes depend on it. */
export interface DecisionSettings {
  readonly callIdMemoryMs: number;
  readonly callIdAheadMs: number;
}

/** Immutable documents by content hash; undefined for one that this process does not hold yet. */
export type PolicyLookup = (version: string) => CompiledPolicy | undefined;
