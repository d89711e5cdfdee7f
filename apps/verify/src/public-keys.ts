import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';

const PEM = /-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g;
const FILE_BYTES_MAX = 1024 * 1024;

/** Public keys: a PEM file, or 32 bytes in base64 or hex; 32 bytes each. Throws an Error that says what is wrong. */
export function readPublicKeys(given: string): Buffer[] {
  if (/^[0-9a-fA-F]{64}$/.test(given)) return [Buffer.from(given, 'hex')];
  if (/^[A-Za-z0-9+/]{43}=$/.test(given)) return [Buffer.from(given, 'base64')];
  let text: string;
  try {
    text = readFileSync(given, 'utf8');
  } catch (error) {
    throw new Error(`--key ${given}: ${(error as NodeJS.ErrnoException).code}; expected a PEM file, or a public key of 32 bytes in base64 or hex`, { cause: error });
  }
  const keys = text.length > FILE_BYTES_MAX ? [] : [...text.matchAll(PEM)].map(([pem]) => createPublicKey(pem)).filter(({ asymmetricKeyType }) => asymmetricKeyType === 'ed25519');
  if (keys.length === 0) throw new Error(`--key ${given}: there is no Ed25519 public key in it (PEM)`);
  return keys.map((key) => key.export({ format: 'der', type: 'spki' }).subarray(-32));
}
