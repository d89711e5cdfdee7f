import type { ConnectionCommand, ConnectionRecord, Issuer, MintFailure, MintReason, TokenReply } from '#access-token';
import type { Runtime } from '#ledger';
import type { Secret } from '#platform';
import type { TokenIssuer } from '../issuers/issuer.js';
import type { TokenVault } from '../vault/token-vault.js';

/** Whose token: a connection's own, or the one it exchanges a subject's token for. */
export interface TokenOf {
  readonly tenant: string;
  readonly connectionId: string;
  readonly slot?: string;
  readonly subject?: { readonly token: Secret; readonly remainingMs: number };
  /** Scopes beside the connection's own: of its `step_up_scopes`. */
  readonly scopes?: readonly string[];
}

/** One finished mint, for logs and metrics. */
export interface MintFacts {
  readonly reason: MintReason;
  readonly tenant: string;
  readonly connectionId: string;
  readonly outcome: 'minted' | 'failed' | 'discarded';
  readonly failure?: MintFailure;
  /** What the issuer said, scrubbed and cut. */
  readonly detail?: string;
  readonly tookMs: number;
}

export interface TokenMinterOptions {
  /** To the ledger of the connection's partition, which this process owns. */
  readonly submit: (command: ConnectionCommand) => Promise<TokenReply>;
  /** The connection as this owner knows it. */
  readonly describe: (tenant: string, connectionId: string) => ConnectionRecord | undefined;
  readonly issuers: Partial<Record<Issuer, TokenIssuer>>;
  readonly vault: TokenVault;
  readonly runtime: Runtime;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** This process: 16 random hex characters, made at its start. */
  readonly owner: string;
  /** Mints of the last minute in other partitions than the connection's, as this node has heard. */
  readonly mintsElsewhere?: (connectionId: string) => number;
  readonly mintLimitMs?: number;
  /** A token that was minted and published to nobody: best revoked at its issuer. */
  readonly onDiscarded?: (of: Pick<TokenOf, 'tenant' | 'connectionId'>, mintId: string, token: Secret, expiresAtMs: number) => void;
  readonly onMint?: (facts: MintFacts) => void;
}
