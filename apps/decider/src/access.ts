import type { Caller } from '#decision';
import type { Identity } from '#registry';

export { Access, type Authenticate } from '#access';

/** The caller as commands carry it. A gateway's servers do not narrow what the other roles may read. */
export function callerOf(identity: Identity): Caller {
  const { subject, organisation, server_ids, roles } = identity;
  return { subject, organisation, server_ids: roles.includes('gateway') ? server_ids : [] };
}
