import type { CallDecided, CallSettled, DecisionEvent } from '#decision';
import type { Column } from '../database.js';
import type { ProjectedEvent, Projection } from '../projection.js';
import { eventsOf } from './events-of.js';

const DECIDED: readonly Column<ProjectedEvent<CallDecided>>[] = [
  { name: 'log_partition', type: 'int4', of: ({ at }) => at.partition },
  { name: 'log_offset', type: 'int8', of: ({ at }) => at.offset },
  { name: 'call_id', type: 'uuid', of: ({ event }) => event.call_id },
  { name: 'grant_id', type: 'text', of: ({ event }) => event.grant_id },
  { name: 'organisation', type: 'text', of: ({ event }) => event.organisation },
  { name: 'server_id', type: 'text', of: ({ event }) => event.server_id },
  { name: 'tool', type: 'text', of: ({ event }) => event.tool },
  { name: 'verdict', type: 'text', of: ({ event }) => event.verdict },
  { name: 'would_be', type: 'text', of: ({ event }) => event.would_be },
  { name: 'rule', type: 'text', of: ({ event }) => event.rule },
  { name: 'policy_id', type: 'text', of: ({ event }) => event.policy_id },
  { name: 'policy_version', type: 'text', of: ({ event }) => event.policy_version },
  { name: 'session_id', type: 'text', of: ({ event }) => event.session_id },
  { name: 'agent', type: 'text', of: ({ event }) => event.agent },
  { name: 'principal', type: 'text', of: ({ event }) => event.principal },
  { name: 'decided_at', type: 'timestamptz', of: ({ at }) => at.timeMs },
];

const SETTLED: readonly Column<ProjectedEvent<CallSettled>>[] = [
  { name: 'grant_id', type: 'text', of: ({ event }) => event.grant_id },
  { name: 'call_id', type: 'uuid', of: ({ event }) => event.call_id },
  { name: 'outcome', type: 'text', of: ({ event }) => event.outcome },
  { name: 'settled_at', type: 'timestamptz', of: ({ at }) => at.timeMs },
];

/** One row per call in `docket.decisions`, with its outcome once it is settled. */
export const decisionsProjection: Projection<DecisionEvent> = {
  name: 'decisions',
  version: 2,
  topic: 'docket.decisions',
  file: 'decisions',
  open: ({ table }) => ({
    async write(transaction, batches) {
      await transaction.add(table, DECIDED, eventsOf(batches, 'CallDecided'));
      // The newest settlement of each call wins; a call is settled in the partition it was decided in, so this is the log's order.
      const newest = new Map(eventsOf(batches, 'CallSettled').map((found) => [found.event.grant_id + found.event.call_id, found]));
      await transaction.update(
        `${table} AS d`, 'outcome = given.outcome, settled_at = given.settled_at', SETTLED, [...newest.values()],
        'd.grant_id = given.grant_id AND d.call_id = given.call_id::uuid AND (d.settled_at IS NULL OR d.settled_at <= given.settled_at)',
      );
    },
  }),
};
