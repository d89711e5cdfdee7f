import { DocketError, type ErrorKind } from '#errors';
import type { AttachPolicy, CreateRegistry, EraseGrant, IssueCredential, IssueGrant, PublishPolicy, RegisterServer, RegistryCommand, RegistryReply, RevokeCredential, RevokeGrant } from './commands.js';
import type { RegistryEvent } from './model.js';
import { findCredential, findGrant, findServer, inForce, type RegistryState } from './state.js';
import { shapeError } from './shape.js';
import { decideTools } from './tools-decide.js';
import { DOCUMENTS_CHARS_MAX } from './validate.js';

/** Structurally the ledger's `Decision`. */
export type RegistryDecision =
  | { readonly kind: 'append'; readonly event: RegistryEvent }
  | { readonly kind: 'answer'; readonly reply: RegistryReply }
  | { readonly kind: 'refuse'; readonly error: DocketError }
  | { readonly kind: 'advise'; readonly reply: DocketError };

/** What a command does to the registry (design.md 2). Pure: ids, hashes and the time come with the command and the context. */
export function decide(state: RegistryState, command: RegistryCommand, context: { readonly nowMs: number }): RegistryDecision {
  const malformed = shapeError(command);
  if (malformed !== undefined) return { kind: 'advise', reply: malformed };
  if (command.type === 'CreateRegistry') return createRegistry(state, command);
  if (state.created === null) {
    return refuse('failed_precondition', 'REGISTRY_NOT_CREATED', 'the registry has not been created yet');
  }
  switch (command.type) {
    case 'IssueCredential': return issueCredential(state, command);
    case 'RevokeCredential': return revokeCredential(state, command);
    case 'RegisterServer': return registerServer(state, command);
    case 'PublishPolicy': return publishPolicy(state, command);
    case 'AttachPolicy': return attachPolicy(state, command);
    case 'IssueGrant': return issueGrant(state, command, context.nowMs);
    case 'RevokeGrant': return revokeGrant(state, command);
    case 'EraseGrant': return eraseGrant(state, command);
    case 'StoreToolText':
    case 'ReportTools':
    case 'ApproveTools':
    case 'SetToolRisk':
    case 'SetToolChurn': return decideTools(state, command);
  }
}

function createRegistry(state: RegistryState, command: CreateRegistry): RegistryDecision {
  if (state.created !== null) {
    return refuse('failed_precondition', 'REGISTRY_EXISTS', 'the registry has been created already; what was fixed then never changes');
  }
  const { organisation, decisions_partitions, tokens_partitions, call_id_memory_ms, call_id_ahead_ms } = command;
  return append({
    type: 'RegistryCreated', organisation, decisions_partitions, tokens_partitions, partition_hash: 'murmur2', call_id_memory_ms, call_id_ahead_ms,
  });
}

function issueCredential(state: RegistryState, command: IssueCredential): RegistryDecision {
  const { organisation, credential_id, subject, roles, server_ids, secret_hash, actor } = command;
  const known = state.credentials.get(credential_id);
  if (known !== undefined) {
    const same = known.organisation === organisation && known.secret_hash === secret_hash && known.subject === subject
      && sameList(known.roles, roles) && sameList(known.server_ids, server_ids);
    if (same) return unchanged(credential_id, known.registry_offset);
    return refuse('already_exists', 'CREDENTIAL_EXISTS', `credential ${credential_id} exists and is another one`);
  }
  const missing = server_ids.findIndex((id) => findServer(state, organisation, id) === undefined);
  if (missing >= 0) return noServer(server_ids[missing] as string, `server_ids[${missing}]`);
  return append({ type: 'CredentialIssued', credential_id, organisation, subject, roles, server_ids, secret_hash, actor });
}

function revokeCredential(state: RegistryState, command: RevokeCredential): RegistryDecision {
  const { organisation, credential_id, actor } = command;
  const credential = findCredential(state, organisation, credential_id);
  if (credential === undefined) {
    return refuse('not_found', 'CREDENTIAL_NOT_FOUND', `there is no credential ${credential_id}`, 'credential_id');
  }
  if (credential.revoked_at_ms !== null) return unchanged(credential_id, credential.registry_offset);
  if (credential.roles.includes('admin') && !hasOtherAdmin(state, organisation, credential_id)) {
    return refuse('failed_precondition', 'LAST_ADMIN', 'this is the last credential with the role admin: issue another one first', 'credential_id');
  }
  return append({ type: 'CredentialRevoked', credential_id, actor });
}

function registerServer(state: RegistryState, command: RegisterServer): RegistryDecision {
  const { organisation, server_id, actor } = command;
  const name = command.name === '' ? server_id : command.name;
  const known = findServer(state, organisation, server_id);
  if (known === undefined) return append({ type: 'ServerRegistered', organisation, server_id, name, actor });
  if (known.name === name) return unchanged(server_id, known.registry_offset);
  return refuse('already_exists', 'SERVER_EXISTS', `server ${server_id} is registered under another name`, 'server_id');
}

function publishPolicy(state: RegistryState, command: PublishPolicy): RegistryDecision {
  const { organisation, policy_id, version, document, actor } = command;
  const present = inForce(state, organisation, policy_id);
  if (present?.version === version) return unchanged(policy_id, present.registry_offset);
  if (!state.documents.has(version) && state.documentChars + document.length > DOCUMENTS_CHARS_MAX) {
    return refuse('resource_exhausted', 'DOCUMENTS_LIMIT', `all policy documents together may have ${DOCUMENTS_CHARS_MAX} characters`, 'document');
  }
  return append({ type: 'PolicyPublished', organisation, policy_id, version, document, actor });
}

function attachPolicy(state: RegistryState, command: AttachPolicy): RegistryDecision {
  const { organisation, grant_id, policy_id, mode, actor } = command;
  const grant = findGrant(state, organisation, grant_id);
  if (grant === undefined) return noGrant(grant_id);
  if (grant.revoked_at_ms !== null) {
    return refuse('failed_precondition', 'GRANT_REVOKED', `grant ${grant_id} is revoked`, 'grant_id');
  }
  if (inForce(state, organisation, policy_id) === undefined) return noPolicy(policy_id);
  if (grant.policy_id === policy_id && grant.mode === mode) return unchanged(grant_id, grant.registry_offset);
  return append({ type: 'PolicyAttached', grant_id, policy_id, mode, actor });
}

function issueGrant(state: RegistryState, command: IssueGrant, nowMs: number): RegistryDecision {
  const { organisation, grant_id, server_id, policy_id, mode, label, secret_hash, expires_at_ms, actor } = command;
  const known = state.grants.get(grant_id);
  if (known !== undefined) {
    const same = known.organisation === organisation && known.secret_hash === secret_hash && known.server_id === server_id
      && known.label === label && known.expires_at_ms === expires_at_ms;
    if (same) return unchanged(grant_id, known.registry_offset);
    return refuse('already_exists', 'GRANT_EXISTS', `grant ${grant_id} exists and is another one`);
  }
  if (findServer(state, organisation, server_id) === undefined) return noServer(server_id, 'server_id');
  if (policy_id !== '' && inForce(state, organisation, policy_id) === undefined) return noPolicy(policy_id);
  if (expires_at_ms !== null && expires_at_ms <= nowMs) {
    return refuse('invalid_argument', 'INVALID_REQUEST', 'the request is not valid: expires_at', 'expires_at', 'expected a time in the future');
  }
  return append({ type: 'GrantIssued', organisation, grant_id, server_id, policy_id, mode, label, secret_hash, expires_at_ms, actor });
}

function revokeGrant(state: RegistryState, command: RevokeGrant): RegistryDecision {
  const { organisation, grant_id, actor } = command;
  const grant = findGrant(state, organisation, grant_id);
  if (grant === undefined) return noGrant(grant_id);
  if (grant.revoked_at_ms !== null) return unchanged(grant_id, grant.registry_offset);
  return append({ type: 'GrantRevoked', grant_id, actor });
}

function eraseGrant(state: RegistryState, command: EraseGrant): RegistryDecision {
  const { organisation, grant_id, actor } = command;
  const grant = findGrant(state, organisation, grant_id);
  if (grant === undefined) return noGrant(grant_id);
  if (grant.erased_at_ms !== null) return unchanged(grant_id, grant.registry_offset);
  return append({ type: 'GrantErased', grant_id, actor });
}

function hasOtherAdmin(state: RegistryState, organisation: string, credentialId: string): boolean {
  const ids = state.organisations.get(organisation)?.credentialIds ?? [];
  return ids.some((id) => {
    const other = state.credentials.get(id);
    return id !== credentialId && other !== undefined && other.revoked_at_ms === null && other.roles.includes('admin');
  });
}

function noGrant(grantId: string): RegistryDecision {
  return refuse('not_found', 'GRANT_NOT_FOUND', `there is no grant ${grantId}`, 'grant_id');
}

function noServer(serverId: string, field: string): RegistryDecision {
  return refuse('not_found', 'SERVER_NOT_FOUND', `there is no server ${serverId}: register it first`, field);
}

function noPolicy(policyId: string): RegistryDecision {
  return refuse('not_found', 'POLICY_NOT_FOUND', `there is no policy ${policyId}: publish it first`, 'policy_id');
}

function append(event: RegistryEvent): RegistryDecision {
  return { kind: 'append', event };
}

function unchanged(id: string, registryOffset: number): RegistryDecision {
  return { kind: 'answer', reply: { id, registry_offset: registryOffset, unchanged: true } };
}

function refuse(kind: ErrorKind, reason: string, message: string, field?: string, description = message): RegistryDecision {
  const violations = field === undefined ? [] : [{ field, description }];
  return { kind: 'refuse', error: new DocketError(kind, { reason, message, violations }) };
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
