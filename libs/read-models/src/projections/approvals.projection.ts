import type { ApprovalResolved, CallApproval, CallDecided, DecisionEvent, GrantSet } from '#decision';
import type { Column } from '../database.js';
import type { ProjectedEvent, Projection } from '../projection.js';
import { eventsOf } from './events-of.js';

interface Asked extends ProjectedEvent<CallDecided> {
  readonly approval: CallApproval;
}

const OPENED: readonly Column<Asked>[] = [
  { name: 'approval_id', type: 'text', of: ({ approval }) => approval.id },
  { name: 'grant_id', type: 'text', of: ({ event }) => event.grant_id },
  { name: 'organisation', type: 'text', of: ({ event }) => event.organisation },
  { name: 'server_id', type: 'text', of: ({ event }) => event.server_id },
  { name: 'tool', type: 'text', of: ({ event }) => event.tool },
  { name: 'agent', type: 'text', of: ({ event }) => event.agent },
  { name: 'principal', type: 'text', of: ({ event }) => event.principal },
  { name: 'session_id', type: 'text', of: ({ event }) => event.session_id },
  { name: 'rule', type: 'text', of: ({ approval }) => approval.rule },
  { name: 'policy_id', type: 'text', of: ({ event }) => event.policy_id },
  { name: 'policy_version', type: 'text', of: ({ event }) => event.policy_version },
  { name: 'call_id', type: 'uuid', of: ({ event }) => event.call_id },
  { name: 'requested_by', type: 'text', of: ({ event }) => event.actor },
  { name: 'requested_at', type: 'timestamptz', of: ({ at }) => at.timeMs },
  { name: 'expires_at', type: 'timestamptz', of: ({ approval }) => approval.expires_at_ms },
  { name: 'needed', type: 'int4', of: ({ approval }) => approval.needed },
  { name: 'log_partition', type: 'int4', of: ({ at }) => at.partition },
  { name: 'log_offset', type: 'int8', of: ({ at }) => at.offset },
];

const RAISED: readonly Column<Asked>[] = [
  { name: 'approval_id', type: 'text', of: ({ approval }) => approval.id },
  { name: 'needed', type: 'int4', of: ({ approval }) => approval.needed },
];

const REDEEMED: readonly Column<Asked>[] = [
  { name: 'approval_id', type: 'text', of: ({ approval }) => approval.id },
  { name: 'call_id', type: 'uuid', of: ({ event }) => event.call_id },
  { name: 'redeemed_at', type: 'timestamptz', of: ({ at }) => at.timeMs },
];

const RESOLVED: readonly Column<ProjectedEvent<ApprovalResolved>>[] = [
  { name: 'approval_id', type: 'text', of: ({ event }) => event.approval_id },
  { name: 'decided_state', type: 'text', of: ({ event }) => event.state },
  { name: 'approvers', type: 'text', of: ({ event }) => JSON.stringify(event.approvers) },
  { name: 'decided_by', type: 'text', of: ({ event }) => event.actor },
  { name: 'decided_comment', type: 'text', of: ({ event }) => event.comment },
  { name: 'decided_at', type: 'timestamptz', of: ({ at }) => at.timeMs },
];

const ERASED: readonly Column<ProjectedEvent<GrantSet>>[] = [
  { name: 'grant_id', type: 'text', of: ({ event }) => event.grant_id },
  { name: 'erased_at', type: 'timestamptz', of: ({ at }) => at.timeMs },
];

/** One row per approval in `docket.approvals`. */
export const approvalsProjection: Projection<DecisionEvent> = {
  name: 'approvals',
  version: 2,
  topic: 'docket.decisions',
  file: 'approvals',
  open: ({ table }) => ({
    async write(transaction, batches) {
      const asked = eventsOf(batches, 'CallDecided').flatMap(({ event, at }) => (event.approval === null ? [] : [{ event, at, approval: event.approval }]));
      const doing = (action: CallApproval['action']): Asked[] => asked.filter(({ approval }) => approval.action === action);
      await transaction.insert(table, OPENED, doing('opened'), 'ON CONFLICT DO NOTHING');
      // One row is updated once in a statement: of several the newest counts, which for `needed` is the greatest.
      const raised = new Map(doing('pending').map((one) => [one.approval.id, one]));
      await transaction.update(`${table} AS a`, 'needed = greatest(a.needed, given.needed)', RAISED, [...raised.values()], 'a.approval_id = given.approval_id');
      const resolved = new Map(eventsOf(batches, 'ApprovalResolved').map((found) => [found.event.approval_id, found]));
      await transaction.update(
        `${table} AS a`, 'decided_state = given.decided_state, approvers = given.approvers, decided_by = given.decided_by, decided_comment = given.decided_comment, decided_at = given.decided_at',
        RESOLVED, [...resolved.values()], 'a.approval_id = given.approval_id',
      );
      await transaction.update(
        `${table} AS a`, 'redeemed_by_call_id = given.call_id::uuid, redeemed_at = given.redeemed_at', REDEEMED, doing('redeemed'),
        'a.approval_id = given.approval_id',
      );
      // Last, as the owner does: what still waited, or was approved and not used, ends with its grant.
      const erased = new Map(eventsOf(batches, 'GrantSet').filter(({ event }) => event.erased === true).map((found) => [found.event.grant_id, found]));
      await transaction.update(
        `${table} AS a`, "decided_state = 'erased', decided_by = '', decided_comment = '', decided_at = given.erased_at", ERASED, [...erased.values()],
        "a.grant_id = given.grant_id AND a.decided_state IN ('pending', 'approved') AND a.redeemed_at IS NULL AND a.expires_at > given.erased_at",
      );
    },
  }),
};
