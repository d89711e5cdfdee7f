import { durationOf, type token } from '#contracts';
import type { Onward } from '#platform';
import type { Usage } from './usage-reporter.js';

/** A report on its way to the node that owns the connection's partition. */
export function usageRequest(usage: Usage): token.ReportUsageRequest {
  const { connection_id: connectionId } = usage;
  if (usage.type === 'ReportDenied') return { connectionId, action: usage.action, reason: usage.reason, denials: usage.denials };
  // Below 0 under static stability, which a duration can say.
  return { connectionId, grantId: usage.grant_id, slot: usage.slot, generation: usage.generation, served: usage.served, leastRemaining: durationOf(usage.least_remaining_ms) };
}

/** The call that was counted is long over. */
export function withoutDeadline(onward: Onward): Onward {
  return { ...onward, hops: 0, deadlineMs: Infinity };
}
