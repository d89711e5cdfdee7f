import type { RegistryEvent } from './model.js';
import { organisationOf, type CredentialRecord, type GrantRecord, type PublicationRecord, type RegistryState, type ServerRecord } from './state.js';
import { evolveTools } from './tools-evolve.js';

interface At {
  readonly offset: number;
  readonly timeMs: number;
}

/** Folds one event into the state, in place. Every event here was valid when it was decided: nothing is judged again. */
export function evolve(state: RegistryState, event: RegistryEvent, at: At): RegistryState {
  switch (event.type) {
    case 'RegistryCreated':
      state.created = { event, registry_offset: at.offset, created_at_ms: at.timeMs };
      organisationOf(state, event.organisation);
      return state;
    case 'CredentialIssued':
      addCredential(state, {
        credential_id: event.credential_id,
        organisation: event.organisation,
        subject: event.subject,
        roles: event.roles,
        server_ids: event.server_ids,
        secret_hash: event.secret_hash,
        issued_by: event.actor,
        issued_at_ms: at.timeMs,
        revoked_at_ms: null,
        registry_offset: at.offset,
      });
      return state;
    case 'CredentialRevoked': {
      const credential = existing(state.credentials, event.credential_id);
      const revoked = { ...credential, revoked_at_ms: at.timeMs, registry_offset: at.offset };
      state.credentials.set(event.credential_id, revoked);
      return state;
    }
    case 'ServerRegistered':
      addServer(state, event.organisation, {
        server_id: event.server_id,
        name: event.name,
        registered_by: event.actor,
        registered_at_ms: at.timeMs,
        registry_offset: at.offset,
      });
      return state;
    case 'PolicyPublished':
      addDocument(state, event.version, event.document);
      addPublication(state, {
        organisation: event.organisation,
        policy_id: event.policy_id,
        version: event.version,
        published_by: event.actor,
        published_at_ms: at.timeMs,
        registry_offset: at.offset,
      });
      return state;
    case 'GrantIssued':
      addGrant(state, {
        grant_id: event.grant_id,
        organisation: event.organisation,
        server_id: event.server_id,
        policy_id: event.policy_id,
        mode: event.mode,
        label: event.label,
        secret_hash: event.secret_hash,
        issued_by: event.actor,
        issued_at_ms: at.timeMs,
        expires_at_ms: event.expires_at_ms,
        revoked_at_ms: null,
        erased_at_ms: null,
        registry_offset: at.offset,
      });
      return state;
    case 'PolicyAttached': {
      const grant = existing(state.grants, event.grant_id);
      const policyId = intern(state, event.policy_id);
      state.grants.set(grant.grant_id, { ...grant, policy_id: policyId, mode: event.mode, registry_offset: at.offset });
      return state;
    }
    case 'GrantRevoked': {
      const grant = existing(state.grants, event.grant_id);
      state.grants.set(grant.grant_id, { ...grant, revoked_at_ms: at.timeMs, registry_offset: at.offset });
      return state;
    }
    case 'ToolTextStored':
    case 'ToolsReported':
    case 'ToolsApproved':
    case 'ToolRiskSet':
    case 'ToolChurnSet':
      evolveTools(state, event, at);
      return state;
    case 'GrantErased': {
      const grant = existing(state.grants, event.grant_id);
      state.grants.set(grant.grant_id, { ...grant, revoked_at_ms: grant.revoked_at_ms ?? at.timeMs, erased_at_ms: at.timeMs, registry_offset: at.offset });
      return state;
    }
  }
}

export function addCredential(state: RegistryState, credential: CredentialRecord): void {
  state.credentials.set(credential.credential_id, credential);
  organisationOf(state, credential.organisation).credentialIds.push(credential.credential_id);
}

export function addServer(state: RegistryState, organisation: string, server: ServerRecord): void {
  const owner = organisationOf(state, organisation);
  owner.servers.set(server.server_id, server);
  owner.serverIds.push(server.server_id);
}

export function addDocument(state: RegistryState, version: string, document: string): void {
  if (state.documents.has(version)) return;
  state.documents.set(version, document);
  state.documentChars += document.length;
}

export function addPublication(state: RegistryState, publication: PublicationRecord): void {
  const owner = organisationOf(state, publication.organisation);
  const earlier = owner.policies.get(publication.policy_id);
  if (earlier !== undefined) {
    earlier.push(publication);
    return;
  }
  owner.policies.set(publication.policy_id, [publication]);
  owner.policyIds.push(publication.policy_id);
}

export function addGrant(state: RegistryState, record: GrantRecord): void {
  const owner = organisationOf(state, record.organisation);
  const grant: GrantRecord = {
    ...record,
    organisation: owner.organisation,
    server_id: intern(state, record.server_id),
    policy_id: intern(state, record.policy_id),
    issued_by: intern(state, record.issued_by),
  };
  state.grants.set(grant.grant_id, grant);
  owner.grantIds.push(grant.grant_id);
  const ofServer = owner.grantIdsByServer.get(grant.server_id);
  if (ofServer === undefined) owner.grantIdsByServer.set(grant.server_id, [grant.grant_id]);
  else ofServer.push(grant.grant_id);
}

function intern(state: RegistryState, text: string): string {
  const known = state.interned.get(text);
  if (known !== undefined) return known;
  state.interned.set(text, text);
  return text;
}

function existing<T>(records: ReadonlyMap<string, T>, id: string): T {
  const record = records.get(id);
  if (record === undefined) throw new Error(`registry event about ${id}, which no earlier event made`);
  return record;
}
