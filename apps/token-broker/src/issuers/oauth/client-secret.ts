import { z } from 'zod';
import type { ConnectionSettings } from '#access-token';
import { Secret } from '#platform';
import { signingKey } from './private-key.js';

/** What is in a connection's secret, by issuer and method. */
export interface ClientSecret {
  /** Client secret, or private key (PEM or JWK); '' for public clients. */
  readonly credential: string;
  /** Of the issuer oauth2-refresh-token; '' for others. */
  readonly refreshToken: string;
}

/** What RFC 6749 allows in client secrets and tokens (VSCHAR, without spaces at the ends). */
const VISIBLE = /^[\x20-\x7e]{1,4096}$/;
const REFRESH_TOKEN = /^[\x21-\x7e]{1,8192}$/;

const bundleSchema = z.strictObject({
  refresh_token: z.string().regex(REFRESH_TOKEN),
  client_secret: z.string().optional(),
  private_key: z.union([z.string(), z.looseObject({})]).transform((key) => (typeof key === 'string' ? key : JSON.stringify(key))).optional(),
});

type Of = Pick<ConnectionSettings, 'issuer' | 'auth_method'>;

/** Undefined if the secret is not what this issuer and method need: then nothing goes out. */
export function clientSecretOf(settings: Of, secret: Secret): ClientSecret | undefined {
  const text = secret.reveal();
  const read = settings.issuer === 'oauth2-refresh-token' ? refreshSecret(settings, text) : { credential: text, refreshToken: '' };
  if (read === undefined) return undefined;
  switch (settings.auth_method) {
    case 'client_secret_basic':
    case 'client_secret_post': return VISIBLE.test(read.credential) ? read : undefined;
    case 'private_key_jwt': return signingKey(read.credential) === undefined ? undefined : read;
    case 'none': return read;
    default: return undefined;
  }
}

/** The same secret with the refresh token that the issuer has handed out in its place. */
export function withRefreshToken(settings: Of, former: ClientSecret, refreshToken: string): Secret {
  if (settings.auth_method === 'none') return new Secret(refreshToken);
  const credential = settings.auth_method === 'private_key_jwt' ? { private_key: former.credential } : { client_secret: former.credential };
  return new Secret(JSON.stringify({ refresh_token: refreshToken, ...credential }));
}

/** What an operator is told when a secret does not fit; undefined if it does. Says what is expected, nothing of what it is. */
export function secretProblem(settings: Of, secret: Secret): string | undefined {
  if (settings.issuer === 'partner-secret') return /^[\x21-\x7e]{1,4096}$/.test(secret.reveal()) ? undefined : 'expected an API secret: visible ASCII characters, at most 4096';
  if (clientSecretOf(settings, secret) !== undefined) return undefined;
  const credential = settings.auth_method === 'private_key_jwt'
    ? 'a private key, PEM or JWK: RSA of 2048 bits or more, P-256, P-384, P-521 or Ed25519'
    : 'a client secret: printable ASCII characters, at most 4096';
  if (settings.issuer !== 'oauth2-refresh-token') return `expected ${credential}`;
  if (settings.auth_method === 'none') return 'expected a refresh token: visible ASCII characters, at most 8192';
  return settings.auth_method === 'private_key_jwt'
    ? `expected JSON {"refresh_token": …, "private_key": …} with a refresh token and ${credential}`
    : `expected JSON {"refresh_token": …, "client_secret": …} with a refresh token and ${credential}`;
}

function refreshSecret({ auth_method }: Of, text: string): ClientSecret | undefined {
  if (auth_method === 'none') return REFRESH_TOKEN.test(text) ? { credential: '', refreshToken: text } : undefined;
  try {
    const { refresh_token, client_secret, private_key } = bundleSchema.parse(JSON.parse(text));
    const credential = auth_method === 'private_key_jwt' ? private_key : client_secret;
    return credential === undefined ? undefined : { credential, refreshToken: refresh_token };
  } catch {
    return undefined;
  }
}
