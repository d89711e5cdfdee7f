import type { RefundOutcome, WiderScope } from '#policy';
import type { LimitReading } from './model.js';

export type { WiderScope } from '#policy';

/** Whose counters: they live in the partition of this key (policy.md 3). */
export interface ScopeKey {
  readonly scope: WiderScope;
  /** The organisation; of a server, which is one of its organisation's: `<organisation>/<server id>`. */
  readonly key: string;
}

/** One limit of a call on a counter of a wider scope, as its partition is asked about it. Amounts are exact decimals. */
export interface AskedLimit {
  /** JSON pointer in the normalised policy. */
  readonly rule: string;
  /** The counter's name, as readings show it. */
  readonly name: string;
  /** The counter's identity. */
  readonly counter: string;
  readonly window: string;
  readonly sliding: boolean;
  readonly limit: string;
  readonly amount: string;
  readonly refund: readonly RefundOutcome[];
}

/** The same, with how it stands there. */
export interface ScopedLimit extends AskedLimit {
  /** Before this call. */
  readonly used: string;
  /** End of the fixed window, or when an entry of then leaves the sliding one. */
  readonly window_end_ms: number;
  /** As in a reading that adds nothing. */
  readonly resets_at_ms: number;
  /** When the amount would fit, by that partition's event time; 0: it does. */
  readonly free_at_ms: number;
}

/**
 * What the partition of a wider scope said about a call. `held`: reserved there, under the call's id. `refused`: it does not fit.
 * `read`: only looked at. `returned`: was held, and this call goes on without. `silent`: it could not be asked, and the call is
 * not let pass anyway.
 */
export interface ScopeAnswer extends ScopeKey {
  readonly outcome: 'held' | 'refused' | 'read' | 'returned' | 'silent';
  readonly limits: readonly ScopedLimit[];
}

// ---- events ----

/** In the partition of the scope's key: the call's share is taken from its counters. It counts from here on, whatever home says. */
export interface QuotaReserved extends ScopeKey {
  readonly type: 'QuotaReserved';
  readonly call_id: string;
  readonly grant_id: string;
  /** As in the call: the same id with another digest is another call. */
  readonly content: string;
  readonly server_id: string;
  readonly tool: string;
  readonly agent: string;
  readonly limits: readonly ScopedLimit[];
  readonly actor: string;
}

/** Why a reservation ends: home has refused the call, or ended its id; or the call it let pass was settled so. */
export type ReleaseCause = 'refused' | 'aborted' | 'not_sent' | 'failed';

/** In the partition of the scope's key. From here on the call reserves nothing there, even if nothing had been reserved. */
export interface QuotaReleased extends ScopeKey {
  readonly type: 'QuotaReleased';
  readonly call_id: string;
  readonly grant_id: string;
  readonly cause: ReleaseCause;
  /** Only inside windows that have not ended. */
  readonly refunds: readonly { readonly counter: string; readonly window_end_ms: number; readonly amount: string }[];
  readonly refunded: readonly LimitReading[];
  readonly actor: string;
}

/** In the grant's partition: the call was never decided, and never will be. */
export interface CallAborted {
  readonly type: 'CallAborted';
  readonly call_id: string;
  readonly grant_id: string;
  readonly actor: string;
}

// ---- commands: from node to node only ----

/** First step of a call: takes its share, unless it does not fit. */
export interface Reserve extends ScopeKey {
  readonly type: 'Reserve';
  readonly call_id: string;
  readonly grant_id: string;
  readonly content: string;
  readonly server_id: string;
  readonly tool: string;
  readonly agent: string;
  readonly limits: readonly AskedLimit[];
  readonly actor: string;
}

/** How limits stand: advisory. */
export interface ReadQuota extends ScopeKey {
  readonly type: 'ReadQuota';
  readonly limits: readonly AskedLimit[];
}

/** Gives a reservation back. Only after home has logged that the call does not pass, or how it was settled. */
export interface Release extends ScopeKey {
  readonly type: 'Release';
  readonly call_id: string;
  readonly grant_id: string;
  readonly cause: ReleaseCause;
  readonly actor: string;
}

/** Ends the id of a call that may have reserved and was not decided. */
export interface Abort {
  readonly type: 'Abort';
  readonly call_id: string;
  readonly grant_id: string;
  readonly actor: string;
}

export type WiderCommand = Reserve | ReadQuota | Release | Abort;

// ---- replies ----

/** A call, a dry run or a list needs to know more of this scope before it can be answered. Nothing was appended. */
export interface ScopeAskedReply {
  readonly type: 'ScopeAsked';
  readonly ask: ScopeAsk;
  /** How many calls such as this one the grant's own limits would let pass now. */
  readonly room: number;
}

export interface ScopeAsk extends ScopeKey {
  readonly mode: 'reserve' | 'read';
  readonly server_id: string;
  readonly limits: readonly AskedLimit[];
}

/** Answers Reserve and ReadQuota. */
export interface QuotaReply {
  readonly type: 'Quota';
  readonly outcome: 'held' | 'refused' | 'read';
  readonly limits: readonly ScopedLimit[];
}

/** Answers Release. */
export interface ReleasedReply {
  readonly type: 'Released';
  readonly refunded: readonly LimitReading[];
}

/** Answers Abort: how the id has ended. `passes`: these scopes' reservations belong to a call that was let pass. */
export interface EndedReply {
  readonly type: 'Ended';
  readonly aborted: boolean;
  readonly passes: readonly WiderScope[];
}
