import { DocketError } from '#errors';
import type { Caller, GrantReference, GrantSet } from './model.js';
import type { DecisionState } from './state.js';

/**
 * The grant that the caller names, if it may act for it at all. A grant of another organisation, an unknown one and a
 * wrong secret look the same to the caller.
 */
export function openGrant(state: DecisionState, reference: GrantReference, caller: Caller): GrantSet | DocketError {
  const grant = state.grants.get(reference.grant_id);
  const known = grant !== undefined && grant.organisation === caller.organisation;
  if (!known || (reference.secret_hash !== null && reference.secret_hash !== grant.secret_hash)) {
    return new DocketError('unauthenticated', { reason: 'GRANT_INVALID', message: 'The grant is not known, or its token is wrong.' });
  }
  if (caller.server_ids.length > 0 && !caller.server_ids.includes(grant.server_id)) {
    return new DocketError('permission_denied', { reason: 'SERVER_NOT_ALLOWED', message: "This credential is not for the grant's server." });
  }
  return grant;
}

/** The same, for a call that is to be made now: settling and looking up outlive a grant, calling does not. */
export function openLiveGrant(
  state: DecisionState, reference: GrantReference, caller: Caller, serverId: string, nowMs: number,
): GrantSet | DocketError {
  const grant = openGrant(state, reference, caller);
  if (grant instanceof DocketError) return grant;
  if (serverId !== '' && serverId !== grant.server_id) {
    return new DocketError('permission_denied', { reason: 'GRANT_SERVER_MISMATCH', message: 'The grant is for another server than `server_id`.' });
  }
  if (grant.erased === true) return new DocketError('permission_denied', { reason: 'GRANT_ERASED', message: 'The grant was erased.' });
  if (grant.revoked) return new DocketError('permission_denied', { reason: 'GRANT_REVOKED', message: 'The grant was revoked.' });
  if (grant.expires_at_ms !== null && nowMs >= grant.expires_at_ms) {
    return new DocketError('permission_denied', { reason: 'GRANT_EXPIRED', message: 'The grant has expired.' });
  }
  return grant;
}
