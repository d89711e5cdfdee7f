import type { Secret } from '#platform';

/** Which of a connection's sealed values: its long-lived secret, or a token by the id of its mint. */
export interface VaultAddress {
  readonly tenant: string;
  readonly connectionId: string;
  readonly kind: 'secret' | 'token';
  /** 32 random hex characters, named by an event. */
  readonly version: string;
}

/** Where secrets and tokens rest, sealed. Rejects with DocketError: unavailable / VAULT_UNAVAILABLE, data_loss / SEAL_BROKEN. */
export interface TokenVault {
  /** Durable when it resolves. A version is written once: already_exists / VAULT_VERSION_EXISTS. */
  put(address: VaultAddress, value: Secret): Promise<void>;
  /** Undefined if there is no such row. */
  get(address: VaultAddress): Promise<Secret | undefined>;
  /** Deletes the connection's values of a kind, except these versions and what was written in the last minutes: a mint may be about to name it. */
  prune(of: Omit<VaultAddress, 'version'>, keep: readonly string[]): Promise<number>;
  /** Keyed fingerprint of a token, the same for all connections of a tenant, so that one look finds whose it is. Nothing can be guessed from it. */
  tokenFingerprint(tenant: string, token: Secret): Promise<string>;
  /** Keyed by the connection: to derive and to sign. */
  fingerprint(of: Pick<VaultAddress, 'tenant' | 'connectionId'>, token: Secret): Promise<string>;
}
