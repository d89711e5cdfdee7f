import { createPrivateKey, type KeyObject, type webcrypto } from 'node:crypto';
import { z } from 'zod';

/** A client's private key, ready to sign assertions. */
export interface SigningKey {
  readonly key: webcrypto.CryptoKey;
  readonly kid: string | undefined;
  /** The JWS algorithm to name. */
  readonly alg: string;
}

const RSA_BITS_MIN = 2_048;
const CURVES: Record<string, { readonly namedCurve: string; readonly alg: string }> = {
  prime256v1: { namedCurve: 'P-256', alg: 'ES256' }, secp384r1: { namedCurve: 'P-384', alg: 'ES384' }, secp521r1: { namedCurve: 'P-521', alg: 'ES512' },
};
const RSA_ALGORITHMS: Record<string, { readonly name: string; readonly hash: string }> = {
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, RS384: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' }, RS512: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' },
  PS256: { name: 'RSA-PSS', hash: 'SHA-256' }, PS384: { name: 'RSA-PSS', hash: 'SHA-384' }, PS512: { name: 'RSA-PSS', hash: 'SHA-512' },
};
const jwkSchema = z.looseObject({ kty: z.enum(['RSA', 'EC', 'OKP']), d: z.string(), kid: z.string().max(256).optional(), alg: z.string().max(16).optional() });

/**
 * Reads a PEM (PKCS #8, PKCS #1 or SEC 1, not encrypted) or a private JWK. Undefined if it is none, or of a kind that no
 * issuer takes: RSA below 2,048 bits, other curves than P-256, P-384, P-521 and Ed25519. Never throws what it was given.
 */
export function signingKey(text: string): SigningKey | undefined {
  const source = parsed(text.trim());
  if (source === undefined) return undefined;
  const { key, kid, alg } = source;
  try {
    switch (key.asymmetricKeyType) {
      case 'ec': {
        const curve = CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''];
        return curve && { key: key.toCryptoKey({ name: 'ECDSA', namedCurve: curve.namedCurve }, false, ['sign']), kid, alg: curve.alg };
      }
      case 'ed25519':
        return { key: key.toCryptoKey('Ed25519', false, ['sign']), kid, alg: alg === 'Ed25519' ? 'Ed25519' : 'EdDSA' };
      case 'rsa': {
        const name = alg ?? 'RS256';
        const algorithm = RSA_ALGORITHMS[name];
        if (algorithm === undefined || (key.asymmetricKeyDetails?.modulusLength ?? 0) < RSA_BITS_MIN) return undefined;
        return { key: key.toCryptoKey(algorithm, false, ['sign']), kid, alg: name };
      }
      default:
        return undefined;
    }
  } catch {
    return undefined;
  }
}

function parsed(text: string): { readonly key: KeyObject; readonly kid?: string | undefined; readonly alg?: string | undefined } | undefined {
  try {
    if (!text.startsWith('{')) return { key: createPrivateKey(text) };
    const jwk = jwkSchema.parse(JSON.parse(text));
    return { key: createPrivateKey({ key: jwk as never, format: 'jwk' }), kid: jwk.kid, alg: jwk.alg };
  } catch {
    return undefined;
  }
}
