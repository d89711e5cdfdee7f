import { createCipheriv, createDecipheriv, createHash, createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Secret } from '#platform';

const TAG_BYTES = 16;
const IV_BYTES = 12;
const SEALED = /^[A-Za-z0-9_-]{40,}$/;

/** What clients keep for the gateway: sealed (AES-256-GCM), and bound to what it was made for. All gateways with the same credential open each other's. */
export class Sealer {
  readonly #key: KeyObject;

  /** @param purpose what is sealed for another one is not opened */
  constructor(credential: Secret, purpose: string) {
    this.#key = createSecretKey(Buffer.from(hkdfSync('sha256', credential.reveal(), '', purpose, 32)));
  }

  /** Base64url. */
  seal(content: Uint8Array, binding: readonly string[]): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv, { authTagLength: TAG_BYTES }).setAAD(bound(binding));
    const sealed = cipher.update(content);
    return Buffer.concat([iv, sealed, cipher.final(), cipher.getAuthTag()]).toString('base64url');
  }

  /** Undefined for what was not sealed here, for this, or was changed since. */
  open(text: string, binding: readonly string[]): Buffer | undefined {
    if (!SEALED.test(text)) return undefined;
    const bytes = Buffer.from(text, 'base64url');
    // Spelled otherwise it would be another one to whoever keeps it by its name.
    if (bytes.toString('base64url') !== text) return undefined;
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES }).setAAD(bound(binding)).setAuthTag(bytes.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
    } catch {
      return undefined;
    }
  }
}

function bound(binding: readonly string[]): Buffer {
  return createHash('sha256').update(JSON.stringify(binding)).digest();
}
