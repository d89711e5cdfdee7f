import type { Secret } from '#platform';

/** A token and how it travels. */
export interface UpstreamToken {
  readonly token: Secret;
  /** Named when the upstream refuses it. */
  readonly generation: number;
  /** `access-token`, or `authorization` with `Bearer ` or `DPoP ` before the token. */
  readonly headerName: string;
  readonly headerPrefix: string;
  /** Private key (JWK) that proves the token's possession; only with `DPoP `. */
  readonly dpopKey?: Secret;
}

export interface TokenAsk {
  /** The upstream answered 401 to this generation. */
  readonly rejectedGeneration?: number;
  /** Beside the connection's own, after a 403 that named them. */
  readonly scopes?: readonly string[];
  /** The caller has given up, or his time is over: nobody waits for this token any more. Others may wait for the same one. */
  readonly signal?: AbortSignal;
  /** When the caller's time is over, ms since the epoch, where he says so: to be handed on to a broker over gRPC. */
  readonly deadlineMs?: number;
}

/** The tokens of one connection: from the broker's cache, over gRPC or in this process. Rejects with a DocketError. */
export interface UpstreamTokens {
  get(ask: TokenAsk): UpstreamToken | Promise<UpstreamToken>;
}
