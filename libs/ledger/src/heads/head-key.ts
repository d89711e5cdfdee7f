import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { headKeyId, type HeadKey } from './signed-head.js';

/** DER of an Ed25519 private key (RFC 8410) up to its 32 bytes. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_KEY_BYTES = 32;

/** The Ed25519 key of a seed of 32 bytes (RFC 8032). */
export function headKeyFromSeed(seed: Uint8Array): HeadKey {
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-PUBLIC_KEY_BYTES);
  return { id: headKeyId(publicKey), publicKey, sign: (text) => sign(null, text, privateKey) };
}
