import { createCipheriv, createDecipheriv, createSecretKey, hash, hkdfSync, randomFillSync, type KeyObject } from 'node:crypto';
import { DocketError } from '#errors';

/** AES-256-GCM as it is used throughout: 12 random bytes of nonce, 16 bytes of tag (NIST SP 800-38D). */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

const noncePool = Buffer.alloc(NONCE_BYTES * 1024);
let noncesUsed = noncePool.length;

// One call of the system's generator for many nonces: each costs more than the encryption of a small value.
function nextNonce(): Buffer {
  if (noncesUsed === noncePool.length) {
    randomFillSync(noncePool);
    noncesUsed = 0;
  }
  return noncePool.subarray(noncesUsed, noncesUsed += NONCE_BYTES);
}

/** nonce ‖ ciphertext ‖ tag. `aad` is bound, not stored: opening needs the same one. */
export function encrypt(key: KeyObject, plaintext: Uint8Array, aad: Uint8Array | string): Buffer {
  const nonce = nextNonce();
  // Its tag has 16 bytes unless told otherwise; reading that option costs a third of all this.
  const cipher = createCipheriv(CIPHER, key, nonce);
  cipher.setAAD(typeof aad === 'string' ? Buffer.from(aad) : aad);
  const out = Buffer.allocUnsafe(NONCE_BYTES + plaintext.length + TAG_BYTES);
  out.set(nonce, 0);
  out.set(cipher.update(plaintext), NONCE_BYTES);
  cipher.final();
  out.set(cipher.getAuthTag(), NONCE_BYTES + plaintext.length);
  return out;
}

/** Undefined if it was not made by `encrypt` with this key and this `aad`. */
export function decrypt(key: KeyObject, sealed: Uint8Array, aad: Uint8Array | string): Buffer | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const tagAt = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(typeof aad === 'string' ? Buffer.from(aad) : aad);
  decipher.setAuthTag(sealed.subarray(tagAt));
  const plaintext = decipher.update(sealed.subarray(NONCE_BYTES, tagAt));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return plaintext;
}

/** A grant's key: seals argument values, opens them, and makes the HMAC by which equal arguments are recognised. */
export interface GrantKey {
  /** base64 of nonce ‖ ciphertext ‖ tag. `aad` is bound: opening needs the same one. */
  seal(plaintext: Uint8Array, aad: string): string;
  /** Throws DocketError data_loss / SEAL_BROKEN if anything differs: the key, the aad, a single bit. */
  open(sealed: string, aad: string): Uint8Array;
  /** HMAC-SHA-256 in lower-case hex. */
  hmac(data: Uint8Array | string): string;
  /** It has sealed half of what it may: time for the next key, where there can be one. */
  readonly isWorn?: boolean;
}

/** Counts what one key seals, in all processes and for ever. Throws a DocketError where no more may be sealed. */
export interface SealBudget {
  take(): void;
  readonly isWorn: boolean;
}

/** Holds two independent keys derived (HKDF-SHA-256) from the grant's 32 secret bytes, never those bytes themselves. */
export class DerivedGrantKey implements GrantKey {
  readonly #grantId: string;
  readonly #sealKey: KeyObject;
  readonly #hmac: HmacSha256;
  readonly #budget: SealBudget;
  #erased = false;

  constructor(grantId: string, secret: Uint8Array, budget: SealBudget = UNCOUNTED) {
    this.#grantId = grantId;
    this.#sealKey = createSecretKey(derive(secret, `docket grant seal v1\0${grantId}`));
    this.#hmac = new HmacSha256(derive(secret, `docket grant hmac v1\0${grantId}`));
    this.#budget = budget;
  }

  seal(plaintext: Uint8Array, aad: string): string {
    this.#refuseIfErased();
    this.#budget.take();
    return encrypt(this.#sealKey, plaintext, aad).toString('base64');
  }

  open(sealed: string, aad: string): Uint8Array {
    this.#refuseIfErased();
    const bytes = Buffer.from(sealed, 'base64');
    // Node's decoder forgives; nothing about a sealed value may change unnoticed.
    const plaintext = bytes.toString('base64') === sealed ? decrypt(this.#sealKey, bytes, aad) : undefined;
    if (plaintext === undefined) {
      throw new DocketError('data_loss', { reason: 'SEAL_BROKEN', message: `a sealed value does not open with the key of grant ${this.#grantId}: it was changed, or belongs elsewhere` });
    }
    return plaintext;
  }

  hmac(data: Uint8Array | string): string {
    this.#refuseIfErased();
    return this.#hmac.hex(typeof data === 'string' ? Buffer.from(data) : data);
  }

  get isWorn(): boolean {
    return this.#budget.isWorn;
  }

  /** From now on it does nothing, wherever it is still held. */
  markErased(): void {
    this.#erased = true;
  }

  #refuseIfErased(): void {
    if (this.#erased) throw grantKeyErased(this.#grantId);
  }
}

const UNCOUNTED: SealBudget = { take: () => undefined, isWorn: false };

export function grantKeyErased(grantId: string): DocketError {
  return new DocketError('failed_precondition', { reason: 'GRANT_KEY_ERASED', message: `the key of grant ${grantId} was erased, and with it the values sealed under it` });
}

function derive(secret: Uint8Array, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, new Uint8Array(0), info, 32));
}

const BLOCK_BYTES = 64;
const HASH_BYTES = 32;
/** RFC 2104's inner message, block first: one for all keys and all but large messages. */
const innerMessage = Buffer.alloc(8_192);

/** HMAC-SHA-256 (RFC 2104) from two one-shot hashes: a third of what a Hmac object costs, and on every call's path. */
export class HmacSha256 {
  readonly #inner: Uint8Array;
  /** The outer block, and room for the inner hash. */
  readonly #outer = Buffer.alloc(BLOCK_BYTES + HASH_BYTES, 0x5c);

  /** @param key of at most 64 bytes. */
  constructor(key: Uint8Array) {
    this.#inner = new Uint8Array(BLOCK_BYTES).fill(0x36);
    key.forEach((byte, i) => {
      this.#inner[i]! ^= byte;
      this.#outer[i]! ^= byte;
    });
  }

  hex(data: Uint8Array): string {
    const length = BLOCK_BYTES + data.length;
    const message = length > innerMessage.length ? Buffer.alloc(length) : innerMessage.subarray(0, length);
    message.set(this.#inner);
    message.set(data, BLOCK_BYTES);
    this.#outer.write(hash('sha256', message, 'binary'), BLOCK_BYTES, 'latin1');
    return hash('sha256', this.#outer, 'hex');
  }
}
