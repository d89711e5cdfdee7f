import type { SetGrant, SetPolicyVersion } from '#decision';
import type { RegistryEvent } from './model.js';
import { inForce, type GrantRecord, type PublicationRecord, type RegistryState } from './state.js';

/** What the decisions partitions must be told: a grant's own partition, or all of them. */
export type Edit = SetGrant | SetPolicyVersion;

/** The edit of an event that has just been folded into `state`; undefined if it concerns no decision. */
export function editOf(state: RegistryState, event: RegistryEvent): Edit | undefined {
  switch (event.type) {
    case 'PolicyPublished': {
      const publication = inForce(state, event.organisation, event.policy_id);
      return publication && setPolicyVersion(publication);
    }
    case 'GrantIssued':
    case 'PolicyAttached':
    case 'GrantRevoked':
    case 'GrantErased': {
      const grant = state.grants.get(event.grant_id);
      return grant && setGrant(grant);
    }
    case 'RegistryCreated':
    case 'CredentialIssued':
    case 'CredentialRevoked':
    case 'ServerRegistered':
    case 'ToolTextStored':
    case 'ToolsReported':
    case 'ToolsApproved':
    case 'ToolRiskSet':
    case 'ToolChurnSet':
      return undefined;
  }
}

/**
 * The present state of everything that was edited after a registry offset, in the order of the last edits. Applied in
 * this order, whoever has applied an edit has applied all that came before it and was not overtaken by a later one: so
 * the largest offset applied is a place to go on from.
 */
export function editsAfter(state: RegistryState, registryOffset: number): Edit[] {
  const edits: Edit[] = [];
  for (const { policies } of state.organisations.values()) {
    for (const publications of policies.values()) {
      const present = publications.at(-1);
      if (present !== undefined && present.registry_offset > registryOffset) edits.push(setPolicyVersion(present));
    }
  }
  for (const grant of state.grants.values()) {
    if (grant.registry_offset > registryOffset) edits.push(setGrant(grant));
  }
  return edits.sort((a, b) => a.registry_offset - b.registry_offset);
}

/** The grant's full present state, so that its partition needs no history. */
export function setGrant(grant: GrantRecord): SetGrant {
  return {
    type: 'SetGrant',
    registry_offset: grant.registry_offset,
    grant_id: grant.grant_id,
    organisation: grant.organisation,
    server_id: grant.server_id,
    secret_hash: grant.secret_hash,
    policy_id: grant.policy_id,
    mode: grant.mode,
    expires_at_ms: grant.expires_at_ms,
    revoked: grant.revoked_at_ms !== null,
    ...(grant.erased_at_ms === null ? {} : { erased: true as const }),
  };
}

export function setPolicyVersion(publication: PublicationRecord): SetPolicyVersion {
  return {
    type: 'SetPolicyVersion',
    registry_offset: publication.registry_offset,
    organisation: publication.organisation,
    policy_id: publication.policy_id,
    version: publication.version,
  };
}
