import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { CryptoKeyPair } from 'oauth4webapi';
import type { Secret } from '#platform';

const ES256 = { name: 'ECDSA', namedCurve: 'P-256' };

/** The pair of a private P-256 JWK, to sign DPoP proofs with. Throws on what is none. */
export function dpopPairOf(jwk: Secret): CryptoKeyPair {
  const privateKey = createPrivateKey({ key: JSON.parse(jwk.reveal()) as never, format: 'jwk' });
  return { privateKey: privateKey.toCryptoKey(ES256, false, ['sign']), publicKey: createPublicKey(privateKey).toCryptoKey(ES256, true, ['verify']) };
}
