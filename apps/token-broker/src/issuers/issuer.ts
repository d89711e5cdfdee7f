import type { ConnectionSettings, LifetimeClaims, MintFailure } from '#access-token';
import type { Secret } from '#platform';

export interface MintRequest {
  readonly settings: ConnectionSettings;
  readonly secret: Secret;
  /** The token to exchange, for issuers that exchange. */
  readonly subject?: Secret;
  /** Ends the request: the mint's time is over. */
  readonly signal: AbortSignal;
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
  | {
    readonly kind: 'failed';
    readonly failure: MintFailure;
    readonly retryAfterMs: number | null;
    /** For the log: what the issuer said, scrubbed and cut. */
    readonly detail: string;
  };

/** Turns a long-lived secret into a short-lived token. Never rejects: whatever the issuer does is a result. */
export interface TokenIssuer {
  mint(request: MintRequest): Promise<MintResult>;
}
