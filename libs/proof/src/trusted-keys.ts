import type { KeyObject } from 'node:crypto';
import { headKeyId, headPublicKey, isSignedBy, type SignedHead } from '#ledger';

/**
 * The public keys that signed heads are checked with: those that somebody has brought along, or, where nobody has, those
 * that the heads themselves name. The latter show that a log is of one piece, not whose it is.
 */
export class TrustedKeys {
  readonly isPinned: boolean;
  readonly #keys = new Map<string, KeyObject>();

  /** @param keys 32 bytes each; undefined: nobody has brought any */
  constructor(keys: readonly Uint8Array[] | undefined) {
    this.isPinned = keys !== undefined;
    for (const key of keys ?? []) this.#keys.set(headKeyId(key), headPublicKey(key));
  }

  /** Ids of the keys that were brought along, or seen. */
  get ids(): readonly string[] {
    return [...this.#keys.keys()];
  }

  /** Those that were brought along, as PEM; none if nobody has brought any. */
  get pems(): readonly string[] {
    return this.isPinned ? [...this.#keys.values()].map((key) => key.export({ type: 'spki', format: 'pem' }) as string) : [];
  }

  /** What is wrong with a head's signature; undefined if nothing is. */
  problemOf(head: SignedHead): string | undefined {
    const own = Buffer.from(head.public_key, 'base64');
    if (headKeyId(own) !== head.key_id) return `it names key ${head.key_id} and carries another one`;
    const known = this.#keys.get(head.key_id);
    if (known === undefined && this.isPinned) return `it is signed by key ${head.key_id}, which is none of the keys that are trusted (${this.ids.join(', ')})`;
    const key = known ?? headPublicKey(own);
    if (!isSignedBy(head, key)) return `its signature is not that of key ${head.key_id}`;
    this.#keys.set(head.key_id, key);
    return undefined;
  }
}
