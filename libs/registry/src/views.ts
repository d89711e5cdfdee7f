import { DocketError } from '#errors';
import { pageOf, type Page, type PageRequest } from './page.js';
import { findCredential, findGrant, findServer, inForce, type CredentialRecord, type GrantRecord, type PublicationRecord, type RegistryState, type ServerRecord } from './state.js';
import { Violations } from './validate.js';

export interface PolicyVersionView extends PublicationRecord {
  readonly in_force: boolean;
}

export interface PolicyView {
  readonly version: PolicyVersionView;
  /** The normalised document as canonical JSON text. */
  readonly document: string;
}

export interface GrantFilters {
  /** '' for all. */
  readonly server_id: string;
  readonly include_revoked: boolean;
}

/** Servers in the order of registration. */
export function listServers(state: RegistryState, organisation: string, page: PageRequest): Page<ServerRecord> {
  const own = state.organisations.get(organisation);
  return pageOf('servers', own?.serverIds ?? [], page, (id) => findServer(state, organisation, id));
}

/** The version in force of each policy, in the order of their first publication. */
export function listPolicies(state: RegistryState, organisation: string, page: PageRequest): Page<PolicyVersionView> {
  const own = state.organisations.get(organisation);
  return pageOf('policies', own?.policyIds ?? [], page, (id) => {
    const present = inForce(state, organisation, id);
    return present && { ...present, in_force: true };
  });
}

/** Every publication of one policy, newest first. Throws not_found. */
export function listPolicyVersions(state: RegistryState, organisation: string, policyId: string, page: PageRequest): Page<PolicyVersionView> {
  const publications = publicationsOf(state, organisation, policyId);
  const last = publications.length - 1;
  return pageOf(`versions/${policyId}`, publications, page, (publication, index) => ({ ...publication, in_force: index === last }), true);
}

/** One version of a policy with its document; an empty version means the one in force. Throws not_found. */
export function getPolicy(state: RegistryState, organisation: string, policyId: string, version: string): PolicyView {
  if (version !== '') throwIf(new Violations().hash('version', version).error());
  const publications = publicationsOf(state, organisation, policyId);
  const last = publications.length - 1;
  const index = version === '' ? last : publications.findLastIndex((publication) => publication.version === version);
  const publication = publications[index];
  const document = publication && state.documents.get(publication.version);
  if (publication === undefined || document === undefined) {
    throw notFound('POLICY_VERSION_NOT_FOUND', `policy ${policyId} has no version ${version}`, 'version');
  }
  return { version: { ...publication, in_force: index === last }, document };
}

/** Grants in the order of issue. */
export function listGrants(state: RegistryState, organisation: string, filters: GrantFilters, page: PageRequest): Page<GrantRecord> {
  const { server_id, include_revoked } = filters;
  if (server_id !== '') throwIf(new Violations().slug('server_id', server_id).error());
  const own = state.organisations.get(organisation);
  const ids = server_id === '' ? own?.grantIds : own?.grantIdsByServer.get(server_id);
  return pageOf(`grants/${server_id}/${include_revoked}`, ids ?? [], page, (id) => {
    const grant = state.grants.get(id);
    return grant !== undefined && (include_revoked || grant.revoked_at_ms === null) ? grant : undefined;
  });
}

/** Throws not_found. */
export function getGrant(state: RegistryState, organisation: string, grantId: string): GrantRecord {
  throwIf(new Violations().grantId('grant_id', grantId).error());
  const grant = findGrant(state, organisation, grantId);
  if (grant === undefined) throw notFound('GRANT_NOT_FOUND', `there is no grant ${grantId}`, 'grant_id');
  return grant;
}

/** Credentials in the order of issue, revoked ones too. */
export function listCredentials(state: RegistryState, organisation: string, page: PageRequest): Page<CredentialRecord> {
  const own = state.organisations.get(organisation);
  return pageOf('credentials', own?.credentialIds ?? [], page, (id) => findCredential(state, organisation, id));
}

function publicationsOf(state: RegistryState, organisation: string, policyId: string): readonly PublicationRecord[] {
  throwIf(new Violations().slug('policy_id', policyId).error());
  const publications = state.organisations.get(organisation)?.policies.get(policyId);
  if (publications === undefined) throw notFound('POLICY_NOT_FOUND', `there is no policy ${policyId}`, 'policy_id');
  return publications;
}

function throwIf(error: DocketError | undefined): void {
  if (error !== undefined) throw error;
}

function notFound(reason: string, message: string, field: string): DocketError {
  return new DocketError('not_found', { reason, message, violations: [{ field, description: message }] });
}
