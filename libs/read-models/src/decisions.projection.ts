import type { EntityManager } from 'typeorm';
import type { CallDecided, CallSettled, DecisionEvent } from '#decision';
import { insertMissing } from './bulk-write.js';
import { DecisionRow } from './decision.row.js';
import type { ProjectedEvent, Projection } from './projection.js';

/** One row per call in `docket.decisions`, with its outcome once it is settled. */
export const decisionsProjection: Projection<DecisionEvent> = {
  name: 'decisions_v1',
  topic: 'docket.decisions',
  async write(manager, events) {
    await insertMissing(manager, DecisionRow, events.filter(isDecided).map(toRow));
    await settle(manager, events.filter(isSettled));
  },
};

function isDecided(found: ProjectedEvent<DecisionEvent>): found is ProjectedEvent<CallDecided> {
  return found.event.type === 'CallDecided';
}

function isSettled(found: ProjectedEvent<DecisionEvent>): found is ProjectedEvent<CallSettled> {
  return found.event.type === 'CallSettled';
}

function toRow({ event, at }: ProjectedEvent<CallDecided>): DecisionRow {
  const { call_id, grant_id, organisation, server_id, tool, verdict, rule, policy_id, policy_version, session_id, agent } = event;
  return {
    log_partition: at.partition, log_offset: at.offset, call_id, grant_id, organisation, server_id, tool, verdict, rule, policy_id, policy_version, session_id, agent,
    decided_at: new Date(at.timeMs), outcome: null, settled_at: null,
  };
}

/** The newest settlement of each call wins, however often an older one is delivered again. */
async function settle(manager: EntityManager, events: readonly ProjectedEvent<CallSettled>[]): Promise<void> {
  if (events.length === 0) return;
  const newest = new Map(events.map((found) => [`${found.event.grant_id}/${found.event.call_id}`, found]));
  const settled = [...newest.values()];
  await manager.query(
    `UPDATE docket.decisions_v1 AS d SET outcome = s.outcome, settled_at = s.settled_at
     FROM unnest($1::text[], $2::uuid[], $3::text[], $4::timestamptz[]) AS s (grant_id, call_id, outcome, settled_at)
     WHERE d.grant_id = s.grant_id AND d.call_id = s.call_id AND (d.settled_at IS NULL OR d.settled_at <= s.settled_at)`,
    [settled.map(({ event }) => event.grant_id), settled.map(({ event }) => event.call_id), settled.map(({ event }) => event.outcome), settled.map(({ at }) => new Date(at.timeMs))],
  );
}
