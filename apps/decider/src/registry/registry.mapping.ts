import { msOf, timestampOf, type registry, type SecondsAndNanos } from '#contracts';
import { DocketError, type FieldViolation } from '#errors';
import type { CredentialRecord, GrantRecord, Mode, PageRequest, PolicyVersionView, Role, ServerRecord } from '#registry';
import type { InForce } from './registry.edits.js';

/** docket.registry.v1 messages from and to the registry's own words. */
export function toServer({ server_id, name, registered_at_ms }: ServerRecord): registry.Server {
  return { serverId: server_id, name, registeredAt: timestampOf(registered_at_ms) };
}

export function toPolicyVersion({ policy_id, version, published_at_ms, published_by, in_force }: PolicyVersionView): registry.PolicyVersion {
  return { policyId: policy_id, version, publishedAt: timestampOf(published_at_ms), publishedBy: published_by, inForce: in_force };
}

export function toGrant(grant: GrantRecord, partition: number): registry.Grant {
  return {
    grantId: grant.grant_id,
    serverId: grant.server_id,
    policyId: grant.policy_id,
    mode: grant.mode === 'observe' ? 'OBSERVE' : 'ENFORCE',
    label: grant.label,
    issuedAt: timestampOf(grant.issued_at_ms),
    expiresAt: optionalTime(grant.expires_at_ms),
    revokedAt: optionalTime(grant.revoked_at_ms),
    issuedBy: grant.issued_by,
    partition,
    erasedAt: optionalTime(grant.erased_at_ms),
  };
}

export function toCredential(credential: CredentialRecord): registry.Credential {
  return {
    credentialId: credential.credential_id,
    subject: credential.subject,
    roles: credential.roles.map((role) => role.toUpperCase() as Uppercase<Role>),
    serverIds: [...credential.server_ids],
    issuedAt: timestampOf(credential.issued_at_ms),
    revokedAt: optionalTime(credential.revoked_at_ms),
  };
}

export function toInForce({ registryOffset, pendingPartitions }: InForce): registry.InForce {
  return { registryOffset, pendingPartitions: [...pendingPartitions] };
}

export function pageOf(request: { readonly pageSize: number; readonly pageToken: string }): PageRequest {
  return { page_size: request.pageSize, page_token: request.pageToken };
}

/** Unspecified means enforce. */
export function modeOf(mode: registry.Mode__Output): Mode {
  if (mode === 'ENFORCE' || mode === 'MODE_UNSPECIFIED') return 'enforce';
  if (mode === 'OBSERVE') return 'observe';
  throw invalid('mode', `found ${String(mode)}, expected ENFORCE or OBSERVE`);
}

const ROLES: Readonly<Record<string, Role>> = { GATEWAY: 'gateway', ADMIN: 'admin', APPROVER: 'approver', AUDITOR: 'auditor' };

export function rolesOf(roles: readonly registry.Role__Output[]): Role[] {
  return roles.map((role, index) => {
    const known = ROLES[String(role)];
    if (known === undefined) throw invalid(`roles[${index}]`, `found ${String(role)}, expected ${Object.keys(ROLES).join(', ')}`);
    return known;
  });
}

/** Milliseconds of a timestamp, rounded down; null for none. */
export function timeOf(field: string, time: SecondsAndNanos | { seconds: unknown; nanos: number } | null): number | null {
  if (time === null) return null;
  if (time.nanos < 0 || time.nanos > 999_999_999) throw invalid(field, `found ${time.nanos} nanoseconds, expected 0 to 999999999`);
  return Math.floor(msOf(time));
}

function optionalTime(ms: number | null): SecondsAndNanos | null {
  return ms === null ? null : timestampOf(ms);
}

function invalid(field: string, description: string): DocketError {
  return new DocketError('invalid_argument', {
    reason: 'INVALID_REQUEST', message: `the request is not valid: ${field}`, violations: [{ field, description }],
  });
}

const AWAITED_PARTITIONS_MAX = 256;
const AWAIT_MS_MAX = 30_000;

/** What a node asks another one about an edit. Throws invalid_argument. */
export function awaitedOf({ registryOffset, partitions, waitMs }: registry.AwaitEditRequest__Output): { registryOffset: number; partitions: readonly number[]; waitMs: number } {
  const violations: FieldViolation[] = [];
  if (partitions.length > AWAITED_PARTITIONS_MAX) violations.push({ field: 'partitions', description: `found ${partitions.length}, expected at most ${AWAITED_PARTITIONS_MAX}` });
  if (waitMs < 0 || waitMs > AWAIT_MS_MAX) violations.push({ field: 'wait_ms', description: `found ${waitMs}, expected 0 to ${AWAIT_MS_MAX}` });
  if (violations.length > 0) throw new DocketError('invalid_argument', { reason: 'INVALID_REQUEST', message: 'the request is not valid', violations });
  return { registryOffset: Number(registryOffset), partitions, waitMs };
}
