import type { Metadata } from '@grpc/grpc-js';
import { DocketError } from '#errors';
import { bearerToken } from '#platform';
import type { Identity, Role } from '#registry';

/** Finds the identity behind a credential token in memory; undefined if it is unknown, revoked, wrong, or no token at all. */
export type Authenticate = (token: string) => Identity | undefined;

/** Who may call what (design.md 3.1.1): the credential in a call's metadata, and the roles that a method takes. */
export class Access {
  constructor(private readonly authenticate: Authenticate) {}

  /** The caller's identity. Throws unauthenticated without a valid credential, permission_denied without one of the roles. */
  require(metadata: Metadata, roles: readonly Role[]): Identity {
    const identity = this.authenticate(bearerToken(metadata));
    if (identity === undefined) {
      throw new DocketError('unauthenticated', { reason: 'CREDENTIAL_INVALID', message: 'the credential is unknown, revoked or wrong' });
    }
    if (!roles.some((role) => identity.roles.includes(role))) {
      throw new DocketError('permission_denied', {
        reason: 'ROLE_MISSING',
        message: `this call needs the role ${roles.join(' or ')}; the credential of ${identity.subject} has ${identity.roles.join(', ') || 'none'}`,
      });
    }
    return identity;
  }
}
