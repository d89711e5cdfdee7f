import { createHash, randomBytes } from 'node:crypto';
import { verifiedJws } from './jws.js';

export type DpopVerdict = { readonly kind: 'none' } | { readonly kind: 'good'; readonly thumbprint: string } | { readonly kind: 'bad' } | { readonly kind: 'no_nonce' };

const SKEW_S = 60;

/** Judges DPoP proofs (RFC 9449 section 4.3), with a nonce that changes whenever it is asked to. */
export class DpopCheck {
  readonly #nowMs: () => number;
  readonly #seen = new Set<string>();
  nonce = randomBytes(12).toString('hex');

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  renewNonce(): void {
    this.nonce = randomBytes(12).toString('hex');
  }

  check(proof: string, { method, url, accessToken, needsNonce }: { readonly method: string; readonly url: string; readonly accessToken?: string; readonly needsNonce: boolean }): DpopVerdict {
    if (proof === '') return { kind: 'none' };
    const jws = verifiedJws(proof);
    if (jws === undefined || jws.header['typ'] !== 'dpop+jwt') return { kind: 'bad' };
    const { htm, htu, iat, jti, ath, nonce } = jws.payload;
    const isFresh = typeof iat === 'number' && Math.abs(iat - this.#nowMs() / 1_000) <= SKEW_S && typeof jti === 'string' && !this.#seen.has(jti);
    if (typeof jti === 'string') this.#seen.add(jti);
    const isForThis = htm === method && htu === url && (accessToken === undefined || ath === createHash('sha256').update(accessToken).digest('base64url'));
    if (!isFresh || !isForThis) return { kind: 'bad' };
    if (needsNonce && nonce !== this.nonce) return { kind: 'no_nonce' };
    const { kty, crv, x, y } = jws.header['jwk'] as Record<string, string>;
    return { kind: 'good', thumbprint: createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url') };
  }
}
