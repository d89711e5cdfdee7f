import { createPublicKey, verify, type JsonWebKey, type KeyObject } from 'node:crypto';

export interface Jws {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** A compact JWS that verifies with the key, or with the one in its own header; undefined otherwise. */
export function verifiedJws(text: string, key?: KeyObject): Jws | undefined {
  const parts = text.split('.');
  if (parts.length !== 3) return undefined;
  try {
    const header = jsonOf(parts[0]!);
    const payload = jsonOf(parts[1]!);
    const by = key ?? createPublicKey({ key: header['jwk'] as JsonWebKey, format: 'jwk' });
    const digest = by.asymmetricKeyType === 'ed25519' ? null : `sha${String(header['alg']).slice(2)}`;
    const isGood = verify(digest, Buffer.from(`${parts[0]}.${parts[1]}`), { key: by, dsaEncoding: 'ieee-p1363' }, Buffer.from(parts[2]!, 'base64url'));
    return isGood ? { header, payload } : undefined;
  } catch {
    return undefined;
  }
}

function jsonOf(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
}
