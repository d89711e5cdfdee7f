import { randomBytes } from 'node:crypto';
import { CANARY } from '../tokens.js';

export interface GrantedToken {
  readonly value: string;
  readonly generation: number;
  readonly grant: string;
  readonly scopes: readonly string[];
  readonly expiresAtMs: number;
  /** Of the key that it is bound to; '' for a bearer token. */
  readonly thumbprint: string;
  isRevoked: boolean;
}

const fresh = (kind: string): string => `${CANARY}${kind}-${randomBytes(16).toString('hex')}`;

/** The issuer's side of tokens: which are good, and which refresh token is the present one. */
export class Grants {
  readonly tokens: GrantedToken[] = [];
  /** The refresh token that is good now. */
  refreshToken = fresh('refresh');
  /** A token of a user, to exchange. */
  subjectToken = fresh('subject');
  isFamilyEnded = false;

  issue(token: Pick<GrantedToken, 'grant' | 'scopes' | 'expiresAtMs' | 'thumbprint'>, killsOlder: boolean): GrantedToken {
    if (killsOlder) this.revokeAll();
    const issued = { ...token, value: fresh('token'), generation: this.tokens.length + 1, isRevoked: false };
    this.tokens.push(issued);
    return issued;
  }

  rotateRefreshToken(): string {
    this.refreshToken = fresh('refresh');
    return this.refreshToken;
  }

  find(value: string, nowMs: number): GrantedToken | undefined {
    return this.tokens.find((token) => token.value === value && !token.isRevoked && token.expiresAtMs > nowMs);
  }

  revoke(value: string): void {
    for (const token of this.tokens) if (token.value === value) token.isRevoked = true;
  }

  revokeAll(): void {
    for (const token of this.tokens) token.isRevoked = true;
  }
}
