import type { ExactJson, ExactObject } from './exact-json.js';
import type { ExactNumber } from './exact-number.js';

/** The one internal form that every accepted spelling is normalised to (policy.md 1 and 5). */
export interface Policy {
  readonly version: '1';
  readonly default: 'allow' | 'deny';
  /** Sorted tool names, or just `*`. */
  readonly hide: readonly string[];
  readonly all_tools: AllTools;
  /** By exact name or glob. */
  readonly tools: ReadonlyMap<string, ToolPolicy>;
  readonly extensions: Extensions;
}

/** Keys beginning with `x-`: the author's own, kept as they are. */
export type Extensions = ExactObject;

export interface AllTools {
  readonly limits: readonly Limit[];
  readonly extensions: Extensions;
}

export interface ToolPolicy {
  /** All of these must hold, or the call is denied. */
  readonly require: readonly Rule[];
  /** Any of these denies the call. */
  readonly deny_if: readonly Rule[];
  /** Any of these asks for a human. */
  readonly approve_if: readonly ApprovalRule[];
  readonly limits: readonly Limit[];
  readonly extensions: Extensions;
}

/** Conditions are AND-ed; none always holds. */
export interface Rule {
  readonly id: string | undefined;
  readonly conditions: readonly Condition[];
  /** What the agent is told. */
  readonly on_deny: string | undefined;
  readonly extensions: Extensions;
}

export interface ApprovalRule {
  readonly id: string | undefined;
  readonly conditions: readonly Condition[];
  /** What the agent and the approvers are told. */
  readonly message: string | undefined;
  /** In its shortest spelling: `15m`, `2h`, `7d`. */
  readonly timeout: string;
  readonly timeoutMs: number;
  /** How many different people must approve. */
  readonly approvals: number;
  readonly extensions: Extensions;
}

export const OPERATORS = ['eq', 'neq', 'lt', 'lte', 'gt', 'gte', 'in', 'not_in', 'exists', 'regex', 'contains'] as const;
export type Operator = (typeof OPERATORS)[number];

export interface Condition {
  /** `args.` and the steps to the argument, joined by dots; `*` stands for the elements of a list. */
  readonly path: string;
  readonly op: Operator;
  readonly value: ExactJson;
  readonly extensions: Extensions;
}

export const CALENDAR_WINDOWS = ['second', 'minute', 'hour', 'day', 'week', 'month'] as const;
export type NamedWindow = (typeof CALENDAR_WINDOWS)[number];
/** Fixed, aligned to UTC; `{seconds}` aligned to the epoch. */
export type Window = NamedWindow | { readonly seconds: number };

/** Shared by many grants: their counters live in a partition of their own, not in the grant's. */
export const WIDER_SCOPES = ['server', 'organisation'] as const;
export type WiderScope = (typeof WIDER_SCOPES)[number];
export const LIMIT_SCOPES = ['grant', 'session', 'agent', ...WIDER_SCOPES] as const;
export type LimitScope = (typeof LIMIT_SCOPES)[number];

export const REFUND_OUTCOMES = ['not_sent', 'failed'] as const;
export type RefundOutcome = (typeof REFUND_OUTCOMES)[number];

export interface Limit {
  readonly counter: string;
  readonly window: Window;
  /** Exact, (t − W, t], instead of fixed. Never with `month`. */
  readonly sliding: boolean;
  /** A whole number, unless `increment_from` adds amounts. */
  readonly max: ExactNumber;
  /** `args.<path>`: adds that argument's value instead of 1; undefined: counts calls. */
  readonly increment_from: string | undefined;
  readonly scope: LimitScope;
  /** In the order of REFUND_OUTCOMES; always holds `not_sent`. */
  readonly refund: readonly RefundOutcome[];
  readonly extensions: Extensions;
}

/**
 * `rate_limit` counts per tool called. Under a glob that name is known at the call only, so the normalised document
 * spells the counter this way; nothing else in a counter's name is replaced.
 */
export const PER_TOOL_COUNTER = 'rate_limit:{tool}';

/** Bounds of a document (policy.md 1). */
export const DOCUMENT_BYTES_MAX = 256 * 1024;
export const TOOLS_MAX = 2_000;
export const RULES_PER_TOOL_MAX = 50;
export const LIMITS_PER_TOOL_MAX = 20;
export const TOOL_NAME_LENGTH_MAX = 256;
export const COUNTER_LENGTH_MAX = 384;
export const MESSAGE_LENGTH_MAX = 1_000;
export const RULE_ID_LENGTH_MAX = 128;
export const WINDOW_SECONDS_MAX = 2_678_400;
export const LIMIT_MAX = 1_000_000_000_000_000;
/** Live entries of a sliding window's counter, and so the largest `max` of one that counts calls. */
export const SLIDING_ENTRIES_MAX = 100_000;
export const APPROVAL_TIMEOUT_DEFAULT = '15m';
export const APPROVAL_TIMEOUT_MIN_MS = 60_000;
export const APPROVAL_TIMEOUT_MAX_MS = 7 * 86_400_000;
export const APPROVALS_MAX = 5;
export const CONDITIONS_PER_RULE_MAX = 20;
export const CONDITIONS_PER_TOOL_MAX = 200;
/** Of a condition's value, as canonical JSON. */
export const VALUE_LENGTH_MAX = 16 * 1024;
/** Values of `in` and `not_in`. */
export const VALUES_MAX = 1_000;
/** Digits after the point of an amount and of the `max` that it counts against: so sums of them stay short. */
export const AMOUNT_DECIMALS_MAX = 32;
