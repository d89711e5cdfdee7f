import type { ExactObject } from './exact-json.js';
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
  readonly deny_if: readonly DenyRule[];
  readonly limits: readonly Limit[];
  readonly extensions: Extensions;
}

/** Always holds: conditions are not supported yet. */
export interface DenyRule {
  readonly id: string | undefined;
  readonly on_deny: string | undefined;
  readonly extensions: Extensions;
}

export const CALENDAR_WINDOWS = ['second', 'minute', 'hour', 'day', 'week', 'month'] as const;
export type NamedWindow = (typeof CALENDAR_WINDOWS)[number];
/** Fixed, aligned to UTC; `{seconds}` aligned to the epoch. */
export type Window = NamedWindow | { readonly seconds: number };

export const LIMIT_SCOPES = ['grant', 'session'] as const;
export type LimitScope = (typeof LIMIT_SCOPES)[number];

export const REFUND_OUTCOMES = ['not_sent', 'failed'] as const;
export type RefundOutcome = (typeof REFUND_OUTCOMES)[number];

export interface Limit {
  readonly counter: string;
  readonly window: Window;
  readonly max: ExactNumber;
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
