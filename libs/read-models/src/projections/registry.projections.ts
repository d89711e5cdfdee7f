import type { GrantErased, GrantIssued, GrantRevoked, PolicyAttached, PolicyPublished, RegistryEvent, ServerRegistered } from '#registry';
import type { Column } from '../database.js';
import type { ProjectedEvent, Projection } from '../projection.js';
import { eventsOf } from './events-of.js';

const TOPIC = 'docket.registry';

const REGISTERED: readonly Column<ProjectedEvent<ServerRegistered>>[] = [
  { name: 'organisation', type: 'text', of: ({ event }) => event.organisation },
  { name: 'server_id', type: 'text', of: ({ event }) => event.server_id },
  { name: 'name', type: 'text', of: ({ event }) => event.name },
  { name: 'registered_by', type: 'text', of: ({ event }) => event.actor },
  { name: 'registered_at', type: 'timestamptz', of: ({ at }) => at.timeMs },
  { name: 'log_offset', type: 'int8', of: ({ at }) => at.offset },
];

/** One row per server in `docket.servers`. */
export const serversProjection: Projection<RegistryEvent> = {
  name: 'servers', version: 1, topic: TOPIC, file: 'servers',
  open: ({ table }) => ({
    async write(transaction, batches) {
      await transaction.insert(table, REGISTERED, eventsOf(batches, 'ServerRegistered'), 'ON CONFLICT DO NOTHING');
    },
  }),
};

const PUBLISHED: readonly Column<ProjectedEvent<PolicyPublished>>[] = [
  { name: 'log_offset', type: 'int8', of: ({ at }) => at.offset },
  { name: 'organisation', type: 'text', of: ({ event }) => event.organisation },
  { name: 'policy_id', type: 'text', of: ({ event }) => event.policy_id },
  { name: 'version', type: 'text', of: ({ event }) => event.version },
  { name: 'document', type: 'text', of: ({ event }) => event.document },
  { name: 'published_by', type: 'text', of: ({ event }) => event.actor },
  { name: 'published_at', type: 'timestamptz', of: ({ at }) => at.timeMs },
];

/** One row per publication in `docket.policies`. */
export const policiesProjection: Projection<RegistryEvent> = {
  name: 'policies', version: 1, topic: TOPIC, file: 'policies',
  open: ({ table }) => ({
    async write(transaction, batches) {
      await transaction.insert(table, PUBLISHED, eventsOf(batches, 'PolicyPublished'), 'ON CONFLICT DO NOTHING');
    },
  }),
};

const ISSUED: readonly Column<ProjectedEvent<GrantIssued>>[] = [
  { name: 'grant_id', type: 'text', of: ({ event }) => event.grant_id },
  { name: 'organisation', type: 'text', of: ({ event }) => event.organisation },
  { name: 'server_id', type: 'text', of: ({ event }) => event.server_id },
  { name: 'policy_id', type: 'text', of: ({ event }) => event.policy_id },
  { name: 'mode', type: 'text', of: ({ event }) => event.mode },
  { name: 'label', type: 'text', of: ({ event }) => event.label },
  { name: 'issued_by', type: 'text', of: ({ event }) => event.actor },
  { name: 'issued_at', type: 'timestamptz', of: ({ at }) => at.timeMs },
  { name: 'expires_at', type: 'timestamptz', of: ({ event }) => event.expires_at_ms },
  { name: 'log_offset', type: 'int8', of: ({ at }) => at.offset },
];

const ATTACHED: readonly Column<ProjectedEvent<PolicyAttached>>[] = [
  { name: 'grant_id', type: 'text', of: ({ event }) => event.grant_id },
  { name: 'policy_id', type: 'text', of: ({ event }) => event.policy_id },
  { name: 'mode', type: 'text', of: ({ event }) => event.mode },
  { name: 'log_offset', type: 'int8', of: ({ at }) => at.offset },
];

const REVOKED: readonly Column<ProjectedEvent<GrantRevoked>>[] = [
  { name: 'grant_id', type: 'text', of: ({ event }) => event.grant_id },
  { name: 'revoked_by', type: 'text', of: ({ event }) => event.actor },
  { name: 'revoked_at', type: 'timestamptz', of: ({ at }) => at.timeMs },
  { name: 'log_offset', type: 'int8', of: ({ at }) => at.offset },
];

const ERASED: readonly Column<ProjectedEvent<GrantErased>>[] = [
  { name: 'grant_id', type: 'text', of: ({ event }) => event.grant_id },
  { name: 'erased_by', type: 'text', of: ({ event }) => event.actor },
  { name: 'erased_at', type: 'timestamptz', of: ({ at }) => at.timeMs },
  { name: 'log_offset', type: 'int8', of: ({ at }) => at.offset },
];

/** One row per grant in `docket.grants`, as it is now. */
export const grantsProjection: Projection<RegistryEvent> = {
  name: 'grants', version: 2, topic: TOPIC, file: 'grants',
  open: ({ table }) => ({
    async write(transaction, batches) {
      await transaction.insert(table, ISSUED, eventsOf(batches, 'GrantIssued'), 'ON CONFLICT DO NOTHING');
      const attached = new Map(eventsOf(batches, 'PolicyAttached').map((found) => [found.event.grant_id, found]));
      await transaction.update(
        `${table} AS g`, 'policy_id = given.policy_id, mode = given.mode, log_offset = given.log_offset', ATTACHED, [...attached.values()],
        'g.grant_id = given.grant_id AND g.log_offset < given.log_offset',
      );
      await transaction.update(
        `${table} AS g`, 'revoked_by = given.revoked_by, revoked_at = given.revoked_at, log_offset = greatest(g.log_offset, given.log_offset)', REVOKED, eventsOf(batches, 'GrantRevoked'),
        'g.grant_id = given.grant_id AND g.revoked_at IS NULL',
      );
      // After the revocations: one that came before the erasure keeps its time.
      await transaction.update(
        `${table} AS g`,
        'revoked_by = coalesce(g.revoked_by, given.erased_by), revoked_at = coalesce(g.revoked_at, given.erased_at), erased_by = given.erased_by, erased_at = given.erased_at, log_offset = greatest(g.log_offset, given.log_offset)',
        ERASED, eventsOf(batches, 'GrantErased'), 'g.grant_id = given.grant_id AND g.erased_at IS NULL',
      );
    },
  }),
};
