import type { ConnectionSettings, LifetimeClaims, MintFailure } from '#access-token';
import type { Secret } from '#platform';

export interface MintRequest {
  readonly settings: ConnectionSettings;
  readonly secret: Secret;
  /** The token to exchange, for issuers that exchange. */
  readonly subject?: Secret;
  /** Scopes beside the connection's own, after a 403 that named them. */
  readonly stepUpScopes?: readonly string[];
  /** The private key (JWK) that the token is to be bound to, for connections with DPoP. */
  readonly dpopKey?: Secret;
  /** Ends the request: the mint's time is over. */
  readonly signal: AbortSignal;
}

export interface IssuerFailed {
  readonly kind: 'failed';
  readonly failure: MintFailure;
  readonly retryAfterMs: number | null;
  /** For the log: what the issuer said, scrubbed and cut. */
  readonly detail: string;
}

export type MintResult =
  | {
    readonly kind: 'minted';
    readonly token: Secret;
    readonly claims: LifetimeClaims;
    /** The answer's `Date`, as ms since the epoch. */
    readonly responseDateMs: number | undefined;
    /** The issuer's wish (`refresh_in`). */
    readonly refreshInMs: number | null;
    /** A new long-lived secret that replaces the one used. */
    readonly renewedSecret: Secret | null;
  }
  | IssuerFailed;

/** A token that is to be ended at its issuer. */
export interface RevocationRequest {
  readonly settings: ConnectionSettings;
  readonly secret: Secret;
  readonly token: Secret;
  readonly signal: AbortSignal;
}

export type RevocationResult = { readonly kind: 'revoked' } | IssuerFailed;

/** Turns a long-lived secret into a short-lived token. Never rejects: whatever the issuer does is a result. */
export interface TokenIssuer {
  mint(request: MintRequest): Promise<MintResult>;
  /** RFC 7009, where the connection names an address for it. */
  revoke?(request: RevocationRequest): Promise<RevocationResult>;
}
