import * as oauth from 'oauth4webapi';
import type { AuthMethod } from '#access-token';
import type { ClientSecret } from './client-secret.js';
import { signingKey } from './private-key.js';

/** Short: an assertion is used at once. */
const ASSERTION_S = 60;

/** How the client proves itself. Throws on a method that is not OAuth's, or a key that cannot sign. */
export function clientAuthentication(method: AuthMethod, { credential }: ClientSecret, wallMs: () => number): oauth.ClientAuth {
  switch (method) {
    case 'client_secret_basic': return oauth.ClientSecretBasic(credential);
    case 'client_secret_post': return oauth.ClientSecretPost(credential);
    case 'none': return oauth.None();
    case 'private_key_jwt': {
      const key = signingKey(credential);
      if (key === undefined) throw new Error('the private key cannot be used');
      return oauth.PrivateKeyJwt({ key: key.key, ...(key.kid !== undefined && { kid: key.kid }) }, {
        [oauth.modifyAssertion]: (header, payload) => {
          header['alg'] = key.alg;
          withTime(payload, wallMs);
          payload['exp'] = Number(payload['iat']) + ASSERTION_S;
        },
      });
    }
    default: throw new Error(`${method} is not OAuth's`);
  }
}

/** The library reads the machine's clock; the broker's is injected. */
export function withTime(payload: Record<string, oauth.JsonValue | undefined>, wallMs: () => number): void {
  const nowS = Math.floor(wallMs() / 1_000);
  payload['iat'] = nowS;
  if (payload['nbf'] !== undefined) payload['nbf'] = nowS;
}
