import { DEMONSTRATION } from '#platform';
import type { Demonstration, DemonstrationPlan } from '#platform';
import { findGrant, inForce } from '#registry';
import type { Identity } from '#registry';
import type { RegistryEdits } from '../../decider/src/registry/registry.edits.js';

/**
 * Makes sure that there is a demonstration server, the seed policy and a grant. What exists is left as it is, edited or
 * not; `known` is what an earlier start wrote down, since a grant's token cannot be had again.
 */
export async function ensureDemonstration(registry: RegistryEdits, known: Partial<Demonstration> | undefined, plan: DemonstrationPlan = DEMONSTRATION): Promise<Demonstration> {
  const { serverId, serverName, policyId, label, policy } = plan;
  const organisation = registry.state.created?.event.organisation ?? '';
  const admin: Identity = { credential_id: '', subject: 'bootstrap', organisation, roles: ['admin'], server_ids: [] };
  await registry.registerServer(admin, serverId, serverName);
  if (inForce(registry.state, organisation, policyId) === undefined) {
    await registry.publishPolicy(admin, policyId, Buffer.from(JSON.stringify(policy)));
  }
  const { grantId, grantToken } = known ?? {};
  const grant = grantId === undefined ? undefined : findGrant(registry.state, organisation, grantId);
  if (grantId !== undefined && grantToken !== undefined && grant !== undefined && grant.revoked_at_ms === null) {
    return { serverId, policyId, grantId, grantToken };
  }
  const issued = await registry.issueGrant(admin, { server_id: serverId, policy_id: policyId, label, expires_at_ms: null });
  return { serverId, policyId, grantId: issued.grant.grant_id, grantToken: issued.token };
}
