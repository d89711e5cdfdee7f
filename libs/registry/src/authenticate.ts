import type { Role } from './model.js';
import type { RegistryState } from './state.js';

/** Who asks, as a credential says it. */
export interface Identity {
  readonly credential_id: string;
  readonly subject: string;
  readonly organisation: string;
  readonly roles: readonly Role[];
  /** For the role gateway: the servers it is for; empty means all of its organisation's. */
  readonly server_ids: readonly string[];
}

/** The identity behind a credential token, or undefined: unknown, revoked and wrong secret look the same. O(1). */
export function authenticate(state: RegistryState, credentialId: string, secretHash: string): Identity | undefined {
  const credential = state.credentials.get(credentialId);
  if (credential === undefined || credential.revoked_at_ms !== null) return undefined;
  if (!sameHash(credential.secret_hash, secretHash)) return undefined;
  const { credential_id, subject, organisation, roles, server_ids } = credential;
  return { credential_id, subject, organisation, roles, server_ids };
}

/** In a time that does not depend on where two hashes differ. */
function sameHash(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let index = 0; index < a.length; index += 1) difference |= a.charCodeAt(index) ^ b.charCodeAt(index);
  return difference === 0;
}
