import type { Keyring } from '../keyring.js';

/**
 * Where key-encryption keys come from. What they wrap, in PostgreSQL, are the keys of grants and of connections: one for each,
 * and every sealed value is under one of those. So a rotation rewraps keys and touches no sealed value.
 */
export interface KeySource {
  /** For people: `the keyring file …`, `the environment`, `AWS KMS …`. */
  readonly label: string;
  /** Rejects with DocketError failed_precondition / KEYRING_…, KEK_… or KMS_…; unavailable / KMS_UNAVAILABLE. */
  read(): Promise<Keyring>;
  /** Makes a new random key that wraps from now on. Absent where whoever operates this makes the keys. */
  add?(): Promise<Keyring>;
  /** Forgets keys for good, never the current one. What they still wrap is lost: the caller has looked. */
  drop?(ids: readonly string[]): Promise<Keyring>;
}

/** Wraps and unwraps a key of 32 bytes outside of this process: a key management service. */
export interface KeyWrapper {
  /** Names the key over there; stored beside what it wrapped. */
  readonly id: string;
  /** `context` is bound: unwrapping needs the same one. */
  wrap(key: Uint8Array, context: string): Promise<Buffer>;
  /** @param id of the wrapper that wrapped it */
  unwrap(wrapped: Uint8Array, context: string, id: string): Promise<Buffer>;
}
