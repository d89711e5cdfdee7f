import { createPublicKey } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { DocketError } from '#errors';
import { headKeyId, headPublicKey } from '#ledger';

const PEM = /-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g;
const RAW_BYTES = 32;

/** Public keys as PEM (SubjectPublicKeyInfo), each under its id. */
export function headKeysPem(publicKeys: readonly Uint8Array[]): string {
  return publicKeys.map((key) => `# Docket signs heads with key ${headKeyId(key)}\n${headPublicKey(key).export({ format: 'pem', type: 'spki' }) as string}`).join('');
}

/** Writes the file of public keys, unless it is the same. For everybody to read: there is no secret in it. */
export async function writeHeadKeys(file: string, publicKeys: readonly Uint8Array[]): Promise<void> {
  const pem = headKeysPem(publicKeys);
  if (await readFile(file, 'utf8').catch(() => undefined) === pem) return;
  const draft = `${file}.new-${process.pid}`;
  try {
    await writeFile(draft, pem, { mode: 0o644 });
    await rename(draft, file);
  } catch (cause) {
    throw new DocketError('failed_precondition', { reason: 'HEAD_KEYS_UNWRITABLE', message: `the public keys cannot be written to ${file}: ${(cause as NodeJS.ErrnoException).code}`, cause });
  } finally {
    await rm(draft, { force: true });
  }
}

/** Public keys out of PEM, or one key as 32 bytes in base64 or hex; 32 bytes each. Throws DocketError invalid_argument. */
export function parseHeadKeys(text: string, name: string): Buffer[] {
  const raw = rawKey(text.trim());
  if (raw !== undefined) return [raw];
  const keys = [...text.matchAll(PEM)].map(([pem]) => {
    try {
      const key = createPublicKey(pem);
      if (key.asymmetricKeyType === 'ed25519') return key.export({ format: 'der', type: 'spki' }).subarray(-RAW_BYTES);
    } catch {
      // Said below.
    }
    throw new DocketError('invalid_argument', { reason: 'HEAD_KEY_INVALID', message: `${name} holds a public key that is no Ed25519 key` });
  });
  if (keys.length === 0) throw new DocketError('invalid_argument', { reason: 'HEAD_KEY_INVALID', message: `${name} is no public key: expected PEM, or 32 bytes in base64 or hex` });
  return keys;
}

function rawKey(text: string): Buffer | undefined {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, 'hex');
  return /^[A-Za-z0-9+/]{43}=$/.test(text) ? Buffer.from(text, 'base64') : undefined;
}
