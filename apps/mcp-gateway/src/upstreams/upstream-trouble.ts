/**
 * Why there is no answer of an upstream. `not_sent`: certainly nothing was done there. `unknown`: it may have been.
 * `message` is for the agent: it names no address, no secret, and quotes nothing. No cause on purpose: errors of HTTP clients tend to
 * hold the request.
 */
export class UpstreamTrouble extends Error {
  constructor(readonly outcome: 'not_sent' | 'unknown', readonly reason: TroubleReason, message: string, readonly retryAfterMs?: number) {
    super(message);
    this.name = 'UpstreamTrouble';
  }
}

/** A closed list: metrics have it as a label. */
export type TroubleReason =
  | 'UPSTREAM_ADDRESS_REFUSED' | 'UPSTREAM_UNREACHABLE' | 'UPSTREAM_NOT_TRUSTED' | 'UPSTREAM_LOST' | 'UPSTREAM_TOO_LATE' | 'UPSTREAM_REDIRECTS' | 'UPSTREAM_REFUSES_US'
  | 'UPSTREAM_BUSY' | 'UPSTREAM_FAILED' | 'UPSTREAM_MALFORMED' | 'UPSTREAM_TOO_LARGE' | 'UPSTREAM_NO_TOKEN' | 'UPSTREAM_STOPPED' | 'UPSTREAM_SESSION_LOST' | 'CANCELLED';
