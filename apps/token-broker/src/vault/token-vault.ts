import type { Secret } from '#platform';

/** Which of a connection's sealed values: its long-lived secret, a token by the id of its mint, or one that is to be revoked at its issuer. */
export interface VaultAddress {
  readonly tenant: string;
  readonly connectionId: string;
  readonly kind: 'secret' | 'token' | 'revocation';
  /** 32 random hex characters, named by an event. */
  readonly version: string;
}

/** Where secrets and tokens rest, sealed. Rejects with DocketError: unavailable / VAULT_UNAVAILABLE, data_loss / SEAL_BROKEN. */
export interface TokenVault {
  /** Durable when it resolves. A version is written once: already_exists / VAULT_VERSION_EXISTS. */
  put(address: VaultAddress, value: Secret): Promise<void>;
  /** Undefined if there is no such row. */
  get(address: VaultAddress): Promise<Secret | undefined>;
  /** No matter if it is there. */
  remove(address: VaultAddress): Promise<void>;
  /** Where all values of a kind are, oldest first, at most `max`. */
  list(kind: VaultAddress['kind'], max: number): Promise<VaultAddress[]>;
  /** The version of the newest secret that was written after this one: what an issuer handed out and no event has named yet. */
  newerSecret(of: Pick<VaultAddress, 'tenant' | 'connectionId'>, version: string): Promise<string | undefined>;
  /**
   * Deletes the connection's values of a kind, except these versions and what was written in the last minutes: a mint may be
   * about to name it. Of secrets only those older than the versions named: a newer one may be the only one that is still good.
   */
  prune(of: Omit<VaultAddress, 'version'>, keep: readonly string[]): Promise<number>;
  /** Keyed fingerprint of a token, the same for all connections of a tenant, so that one look finds whose it is. Nothing can be guessed from it. */
  tokenFingerprint(tenant: string, token: Secret): Promise<string>;
  /** Keyed by the connection: to derive and to sign. */
  fingerprint(of: Pick<VaultAddress, 'tenant' | 'connectionId'>, token: Secret): Promise<string>;
}
