import { createHash, timingSafeEqual, type KeyObject } from 'node:crypto';
import { verifiedJws } from './jws.js';

export interface IssuerClient {
  readonly id: string;
  readonly secret: string;
  /** Of the client's private key; undefined: it has none. */
  readonly publicKey: KeyObject | undefined;
}

export type ClientMethod = 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | 'none';

/** How the client of a request proved itself, and whether it did. */
export interface ClientProof {
  readonly method: ClientMethod;
  readonly isRight: boolean;
}

/** Longer than any assertion should live. */
const ASSERTION_S_MAX = 300;

/** Judges the client of a token or revocation request as an issuer would (RFC 6749 section 2.3, RFC 7523). */
export class ClientCheck {
  readonly #client: IssuerClient;
  readonly #audiences: () => readonly string[];
  readonly #nowMs: () => number;
  readonly #seen = new Set<string>();

  constructor(client: IssuerClient, audiences: () => readonly string[], nowMs: () => number) {
    this.#client = client;
    this.#audiences = audiences;
    this.#nowMs = nowMs;
  }

  check(authorization: string, form: URLSearchParams): ClientProof {
    if (authorization.startsWith('Basic ')) {
      const [id = '', secret = ''] = Buffer.from(authorization.slice(6), 'base64').toString().split(':').map((part) => decodeURIComponent(part.replaceAll('+', ' ')));
      return { method: 'client_secret_basic', isRight: id === this.#client.id && same(secret, this.#client.secret) };
    }
    const isClient = form.get('client_id') === this.#client.id;
    const assertion = form.get('client_assertion');
    if (assertion !== null) return { method: 'private_key_jwt', isRight: isClient && this.#isAssertion(assertion) };
    const secret = form.get('client_secret');
    if (secret !== null) return { method: 'client_secret_post', isRight: isClient && same(secret, this.#client.secret) };
    return { method: 'none', isRight: isClient };
  }

  #isAssertion(assertion: string): boolean {
    const jws = this.#client.publicKey && verifiedJws(assertion, this.#client.publicKey);
    if (!jws) return false;
    const { iss, sub, aud, exp, jti } = jws.payload;
    const nowS = this.#nowMs() / 1_000;
    const isFresh = typeof exp === 'number' && exp > nowS && exp < nowS + ASSERTION_S_MAX && typeof jti === 'string' && !this.#seen.has(jti);
    if (typeof jti === 'string') this.#seen.add(jti);
    const audiences = Array.isArray(aud) ? aud : [aud];
    return isFresh && iss === this.#client.id && sub === this.#client.id && audiences.some((one) => this.#audiences().includes(String(one)));
  }
}

function same(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
