import { durationOf, timestampOf } from '#contracts';
import type { decision } from '#contracts';
import type { WatchedChange } from './registry/watch-grants.js';
import type { DecidedReply, EventPosition, LimitReading, SettledReply, VisibleToolsReply } from '#decision';

/** A recorded or dry-run verdict as the API gives it. */
export function decideResponse(reply: DecidedReply): decision.DecideResponse {
  const { event, at } = reply;
  return {
    callId: event.call_id,
    verdict: event.verdict,
    wouldBe: event.would_be ?? 'VERDICT_UNSPECIFIED',
    rule: event.rule,
    message: event.message,
    retryAfter: event.retry_after_ms === null ? null : durationOf(event.retry_after_ms),
    limits: event.limits.map(limitState),
    policyId: event.policy_id,
    policyVersion: event.policy_version,
    approvalId: event.approval?.id ?? '',
    approvalExpiresAt: event.approval === null ? null : timestampOf(event.approval.expires_at_ms),
    replayed: reply.replayed,
    receipt: at && receipt(at),
    grantId: event.grant_id,
    decidedAt: at && timestampOf(at.timeMs),
    steps: reply.steps.map(({ rule, outcome, because }) => ({ rule, outcome, because })),
    dryRun: at === null,
  };
}

/** `elsewhere`: of wider scopes, which gave back in their own partitions. */
export function settleResponse(reply: SettledReply, elsewhere: readonly LimitReading[]): decision.SettleResponse {
  return {
    callId: reply.event.call_id,
    outcome: reply.event.outcome,
    refunded: [...reply.event.refunded, ...elsewhere].map(limitState),
    replayed: reply.replayed,
    receipt: receipt(reply.at),
  };
}

export function visibleToolsResponse(reply: VisibleToolsReply): decision.ListVisibleToolsResponse {
  return {
    policyId: reply.policy_id,
    policyVersion: reply.policy_version,
    tools: reply.tools.map(({ name, visible, limits }) => ({ name, visible, limits: limits.map(limitState) })),
  };
}

export function watchResponse(change: WatchedChange): decision.WatchGrantsResponse {
  const { registryOffset } = change;
  if (!('edit' in change)) return { registryOffset, inSync: true };
  const { edit } = change;
  if (edit.type === 'SetPolicyVersion') return { registryOffset, policy: { policyId: edit.policy_id, version: edit.version } };
  const { grant_id, server_id, revoked, expires_at_ms, policy_id, mode } = edit;
  return {
    registryOffset,
    grant: { grantId: grant_id, serverId: server_id, revoked, expiresAt: expires_at_ms === null ? null : timestampOf(expires_at_ms), policyId: policy_id, mode },
  };
}

function limitState(reading: LimitReading): decision.LimitState {
  const { rule, counter, scope, window, sliding, limit, used, remaining, refused } = reading;
  return { rule, counter, scope, window, sliding, limit, used, remaining, refused, resetsAt: timestampOf(reading.resets_at_ms) };
}

function receipt(at: EventPosition): decision.Receipt {
  return { topic: at.topic, partition: at.partition, offset: at.offset, hash: Buffer.from(at.hash, 'hex') };
}
