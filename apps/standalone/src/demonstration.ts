import { findGrant, inForce } from '#registry';
import type { Identity } from '#registry';
import type { RegistryEdits } from '../../decider/src/registry/registry.edits.js';

const SERVER = 'demo';
const POLICY = 'seed';
/** Deny by default; one tool at most 60 times a minute for each grant. */
const SEED_POLICY = {
  version: '1',
  default: 'deny',
  tools: {
    refresh_access_token: { limits: [{ counter: 'refresh_access_token_rate', window: 'minute', max: 60, scope: 'grant' }] },
  },
};

/** Something to try, as the credentials file tells it. */
export interface Demonstration {
  readonly serverId: string;
  readonly policyId: string;
  readonly grantId: string;
  readonly grantToken: string;
}

/**
 * Makes sure that there is a demonstration server, the seed policy and a grant. What exists is left as it is, edited or
 * not; `known` is what an earlier start wrote down, since a grant's token cannot be had again.
 */
export async function ensureDemonstration(registry: RegistryEdits, known: Partial<Demonstration> | undefined): Promise<Demonstration> {
  const organisation = registry.state.created?.event.organisation ?? '';
  const admin: Identity = { credential_id: '', subject: 'bootstrap', organisation, roles: ['admin'], server_ids: [] };
  await registry.registerServer(admin, SERVER, 'Demonstration');
  if (inForce(registry.state, organisation, POLICY) === undefined) {
    await registry.publishPolicy(admin, POLICY, Buffer.from(JSON.stringify(SEED_POLICY)));
  }
  const { grantId, grantToken } = known ?? {};
  const grant = grantId === undefined ? undefined : findGrant(registry.state, organisation, grantId);
  if (grantId !== undefined && grantToken !== undefined && grant !== undefined && grant.revoked_at_ms === null) {
    return { serverId: SERVER, policyId: POLICY, grantId, grantToken };
  }
  const issued = await registry.issueGrant(admin, { server_id: SERVER, policy_id: POLICY, label: 'demonstration', expires_at_ms: null });
  return { serverId: SERVER, policyId: POLICY, grantId: issued.grant.grant_id, grantToken: issued.token };
}
