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
}

/** The tokens of one connection: from the broker's cache, over gRPC or in this process. Rejects with a DocketError. */
export interface UpstreamTokens {
  get(ask: TokenAsk): UpstreamToken | Promise<UpstreamToken>;
}
