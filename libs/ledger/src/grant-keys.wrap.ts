import { DocketError } from '#errors';
import type { Keyring } from './keyring.js';
import { decrypt, encrypt } from './seal.js';

const FORMAT = 1;
const KEK_ID_BYTES = 8;
const HEADER_BYTES = 1 + KEK_ID_BYTES;

/** format ‖ id of the key-encryption key ‖ nonce ‖ ciphertext ‖ tag; header and grant id are bound to it. */
export function wrapSecret(keyring: Keyring, grantId: string, secret: Uint8Array): Buffer {
  const kek = keyring.get(keyring.currentId);
  if (!kek) throw mismatch(keyring.currentId, grantId);
  const header = Buffer.concat([Buffer.of(FORMAT), Buffer.from(keyring.currentId, 'hex')]);
  return Buffer.concat([header, encrypt(kek, secret, aadOf(header, grantId))]);
}

/** Throws DocketError: failed_precondition / KEYRING_MISMATCH without the right key, data_loss / GRANT_KEY_BROKEN if it was changed. */
export function unwrapSecret(keyring: Keyring, grantId: string, wrapped: Buffer): Buffer {
  const header = wrapped.subarray(0, HEADER_BYTES);
  if (header.length < HEADER_BYTES || header[0] !== FORMAT) throw broken(grantId);
  const kekId = header.toString('hex', 1);
  const kek = keyring.get(kekId);
  if (!kek) throw mismatch(kekId, grantId);
  const secret = decrypt(kek, wrapped.subarray(HEADER_BYTES), aadOf(header, grantId));
  if (secret?.length !== 32) throw broken(grantId);
  return secret;
}

function aadOf(header: Uint8Array, grantId: string): Buffer {
  return Buffer.concat([Buffer.from('docket grant key v1\0'), header, Buffer.from(grantId)]);
}

function mismatch(kekId: string, grantId: string): DocketError {
  return new DocketError('failed_precondition', {
    reason: 'KEYRING_MISMATCH',
    message: `the key of grant ${grantId} is wrapped by key ${kekId}, which is not in the keyring`,
  });
}

function broken(grantId: string): DocketError {
  return new DocketError('data_loss', {
    reason: 'GRANT_KEY_BROKEN', message: `the stored key of grant ${grantId} does not open: it was changed, or belongs to another grant`,
  });
}
