import type { Mode, RegistryCreated, Role } from './model.js';
import type { ToolsOfServer } from './tools-state.js';

/** Records are never changed in place: a reader may keep one while the state goes on. */
export interface CredentialRecord {
  readonly credential_id: string;
  readonly organisation: string;
  readonly subject: string;
  readonly roles: readonly Role[];
  readonly server_ids: readonly string[];
  readonly secret_hash: string;
  readonly issued_by: string;
  readonly issued_at_ms: number;
  readonly revoked_at_ms: number | null;
  /** Registry offset of the last edit of this object. */
  readonly registry_offset: number;
}

export interface ServerRecord {
  readonly server_id: string;
  readonly name: string;
  readonly registered_by: string;
  readonly registered_at_ms: number;
  readonly registry_offset: number;
}

/** One publication of a policy; going back to an earlier document is a publication too. */
export interface PublicationRecord {
  readonly organisation: string;
  readonly policy_id: string;
  readonly version: string;
  readonly published_by: string;
  readonly published_at_ms: number;
  readonly registry_offset: number;
}

export interface GrantRecord {
  readonly grant_id: string;
  readonly organisation: string;
  readonly server_id: string;
  readonly policy_id: string;
  readonly mode: Mode;
  readonly label: string;
  readonly secret_hash: string;
  readonly issued_by: string;
  readonly issued_at_ms: number;
  readonly expires_at_ms: number | null;
  readonly revoked_at_ms: number | null;
  /** Then it is revoked, too. */
  readonly erased_at_ms: number | null;
  readonly registry_offset: number;
}

/**
 * What one organisation owns. Lists are in the order of registration and only ever grow, so a position in one is a page
 * token that stays good.
 */
export interface OrganisationState {
  readonly organisation: string;
  readonly servers: Map<string, ServerRecord>;
  readonly serverIds: string[];
  /** By server; of those only that something was reported of. */
  readonly tools: Map<string, ToolsOfServer>;
  /** Publications of each policy, oldest first; the last one is in force. */
  readonly policies: Map<string, PublicationRecord[]>;
  readonly policyIds: string[];
  readonly grantIds: string[];
  readonly grantIdsByServer: Map<string, string[]>;
  readonly credentialIds: string[];
}

export interface RegistryState {
  created: { readonly event: RegistryCreated; readonly registry_offset: number; readonly created_at_ms: number } | null;
  readonly organisations: Map<string, OrganisationState>;
  readonly credentials: Map<string, CredentialRecord>;
  readonly grants: Map<string, GrantRecord>;
  /** Normalised documents by content hash: immutable, so shared by all who publish the same one. */
  readonly documents: Map<string, string>;
  documentChars: number;
  /** Of all tools' texts together. */
  toolChars: number;
  /** One copy of strings that a million grants repeat. Not part of what the state says. */
  readonly interned: Map<string, string>;
}

/** The registry before its first event. */
export function initialRegistryState(): RegistryState {
  return {
    created: null,
    organisations: new Map(),
    credentials: new Map(),
    grants: new Map(),
    documents: new Map(),
    documentChars: 0,
    toolChars: 0,
    interned: new Map(),
  };
}

/** The organisation's own part of the state, made at its first event. */
export function organisationOf(state: RegistryState, organisation: string): OrganisationState {
  const known = state.organisations.get(organisation);
  if (known !== undefined) return known;
  const made: OrganisationState = {
    organisation,
    servers: new Map(),
    serverIds: [],
    tools: new Map(),
    policies: new Map(),
    policyIds: [],
    grantIds: [],
    grantIdsByServer: new Map(),
    credentialIds: [],
  };
  state.organisations.set(organisation, made);
  return made;
}

/** The publication in force, or undefined for a policy that the organisation does not have. */
export function inForce(state: RegistryState, organisation: string, policyId: string): PublicationRecord | undefined {
  return state.organisations.get(organisation)?.policies.get(policyId)?.at(-1);
}

/** A grant of this organisation; another's is as good as none. */
export function findGrant(state: RegistryState, organisation: string, grantId: string): GrantRecord | undefined {
  const grant = state.grants.get(grantId);
  return grant?.organisation === organisation ? grant : undefined;
}

export function findCredential(state: RegistryState, organisation: string, id: string): CredentialRecord | undefined {
  const credential = state.credentials.get(id);
  return credential?.organisation === organisation ? credential : undefined;
}

export function findServer(state: RegistryState, organisation: string, serverId: string): ServerRecord | undefined {
  return state.organisations.get(organisation)?.servers.get(serverId);
}
