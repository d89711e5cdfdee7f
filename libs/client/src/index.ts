/** A gateway's way in, published as @docket/client. docs/client.md is its guide. */
export { connect } from './connect.js';
export type { ConnectOptions, TlsOptions } from './options.js';
export type { DocketClient } from './docket-client.js';
export type { CallOptions } from './calls.js';
export type { ToolCall } from './requests.js';
export type { JsonObject, JsonValue } from './json-arguments.js';
export type { WatchOptions } from './watch-grants.js';
export type {
  Allowed, ApprovalRequired, ApprovalState, ApprovalStatus, Decision, Denied, Explanation, GrantChange, LimitState, Outcome, RateLimited, Receipt, Settlement, Verdict, VisibleTools,
} from './decision.js';
export { newCallId, spellCallId } from './call-id.js';
export { Undecided } from './undecided.js';
export type { CallOutcome } from './undecided.js';
export { DocketError } from '#errors';
export type { ErrorKind } from '#errors';
