import type { ApprovalResolved, CallDecided, CallSettled, DecisionEvent, EventPosition, LimitReading, QuotaReleased, QuotaReserved } from '#decision';
import type { RegistryEvent } from '#registry';

/** JSON that `JSON.stringify` writes as it is. */
export type Field = null | boolean | number | string | readonly Field[] | { readonly [key: string]: Field };
export type Fields = Readonly<Record<string, Field>>;

/**
 * One event as people and programs read it: the names are those of the protos in their JSON form, times are RFC 3339, amounts
 * exact decimals as text, and the receipt says where the event stands.
 */
export interface ExportedEvent {
  readonly event: string;
  readonly at: EventPosition;
  readonly fields: Fields;
  /** Canonical JSON of the arguments, where they were asked for and could be opened. */
  readonly argumentsText?: string;
}

export function exportEvent(event: DecisionEvent | RegistryEvent, at: EventPosition): ExportedEvent {
  switch (event.type) {
    case 'CallDecided': return { event: event.type, at, fields: callFields(event, at) };
    case 'CallSettled': return { event: event.type, at, fields: settledFields(event) };
    case 'ApprovalResolved': return { event: event.type, at, fields: resolvedFields(event) };
    case 'QuotaReserved': return { event: event.type, at, fields: reservedFields(event) };
    case 'QuotaReleased': return { event: event.type, at, fields: releasedFields(event) };
    default: return exportPlainly(event, at);
  }
}

/** A call and its verdict: the fields of a DecideResponse, and what was asked. */
function callFields(event: CallDecided, at: EventPosition): Fields {
  const { approval } = event;
  return {
    callId: event.call_id,
    grantId: event.grant_id,
    tool: event.tool,
    verdict: event.verdict,
    wouldBe: event.would_be ?? 'VERDICT_UNSPECIFIED',
    rule: event.rule,
    message: event.message,
    retryAfter: event.retry_after_ms === null ? null : durationText(event.retry_after_ms),
    limits: event.limits.map(limitFields),
    charges: event.charges.map(({ counter, window_end_ms, amount, refund }) => ({ counter, windowEndsAt: timeText(window_end_ms), amount, refund })),
    policyId: event.policy_id,
    policyVersion: event.policy_version,
    mode: event.mode.toUpperCase(),
    approvalId: approval?.id ?? '',
    approvalAction: approval?.action.toUpperCase() ?? '',
    approvalExpiresAt: approval === null ? null : timeText(approval.expires_at_ms),
    decidedAt: timeText(at.timeMs),
    organisation: event.organisation,
    serverId: event.server_id,
    sessionId: event.session_id,
    agent: event.agent,
    principal: event.principal,
    toolDefinitionHash: event.tool_definition_hash,
    logicalCallId: event.logical_call_id,
    actor: event.actor,
    trace: event.trace,
    argumentKeys: event.arguments.keys,
    argumentsHmac: event.arguments.hmac,
  };
}

function settledFields(event: CallSettled): Fields {
  return {
    callId: event.call_id, grantId: event.grant_id, outcome: event.outcome, logicalCallId: event.logical_call_id,
    refunds: event.refunds.map(({ counter, window_end_ms, amount }) => ({ counter, windowEndsAt: timeText(window_end_ms), amount })),
    refunded: event.refunded.map(limitFields), actor: event.actor,
  };
}

function resolvedFields(event: ApprovalResolved): Fields {
  return {
    approvalId: event.approval_id, grantId: event.grant_id, decision: event.decision.toUpperCase(), state: event.state.toUpperCase(),
    approvers: event.approvers, comment: event.comment, actor: event.actor,
  };
}

/** A call's share of limits that many grants share: in the partition of those, beside the call's own event. */
function reservedFields({ scope, key, call_id, grant_id, server_id, tool, agent, limits, actor }: QuotaReserved): Fields {
  return {
    callId: call_id, grantId: grant_id, scope, key, tool, serverId: server_id, agent, actor,
    charges: limits.map(({ counter, window_end_ms, amount, refund }) => ({ counter, windowEndsAt: timeText(window_end_ms), amount, refund })),
    limits: limits.map(({ rule, name, limit, used, window, sliding }) => ({ rule, counter: name, scope, limit, usedBefore: used, window, sliding })),
  };
}

function releasedFields({ scope, key, call_id, grant_id, cause, refunds, refunded, actor }: QuotaReleased): Fields {
  return {
    callId: call_id, grantId: grant_id, scope, key, cause: cause.toUpperCase(), actor,
    refunds: refunds.map(({ counter, window_end_ms, amount }) => ({ counter, windowEndsAt: timeText(window_end_ms), amount })), refunded: refunded.map(limitFields),
  };
}

function limitFields({ rule, counter, scope, limit, used, remaining, resets_at_ms, refused, window, sliding }: LimitReading): Fields {
  return { rule, counter, scope, limit, used, remaining, resetsAt: timeText(resets_at_ms), refused, window, sliding };
}

/** Not for people: hashes of what opens the API. */
const LEFT_OUT = new Set(['type', 'secret_hash']);

/** Edits, field by field. */
function exportPlainly(event: Exclude<DecisionEvent, CallDecided | CallSettled | ApprovalResolved | QuotaReserved | QuotaReleased> | RegistryEvent, at: EventPosition): ExportedEvent {
  const fields: Record<string, Field> = {};
  for (const [name, value] of Object.entries(event) as [string, Field][]) {
    if (LEFT_OUT.has(name)) continue;
    const isTime = name.endsWith('_at_ms');
    fields[camel(isTime ? name.slice(0, -'_ms'.length) : name)] = isTime && typeof value === 'number' ? timeText(value) : name === 'mode' ? String(value).toUpperCase() : value;
  }
  return { event: event.type, at, fields };
}

function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

let shownMs = Number.NaN;
let shownText = '';

/** RFC 3339 with as many decimals as are needed, as protos are written in JSON. Neighbours often have the same time. */
export function timeText(ms: number): string {
  if (ms === shownMs) return shownText;
  shownMs = ms;
  const text = new Date(ms).toISOString();
  return (shownText = text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : text);
}

/** `12s`, `1.500s`. */
function durationText(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${Math.floor(ms / 1000)}.${String(ms % 1000).padStart(3, '0')}s`;
}
