import * as oauth from 'oauth4webapi';
import type { AuthMethod } from '#access-token';
import type { ClientSecret } from './client-secret.js';
import { signingKey } from './private-key.js';

/** Short: an assertion is used at once. */
const ASSERTION_S = 60;

/** How the client proves itself. Throws on a method that is not OAuth's, or a key that cannot sign. */
export function clientAuthentication(method: AuthMethod, { credential }: ClientSecret, wallMs: () => number): oauth.ClientAuth {
  switch (method) {
    case 'client_secret_basic': return basic(credential);
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

/**
 * RFC 6749 section 2.3.1: both parts form-encoded, as the URL standard does it. The library's own encodes `-`, `_` and `.` as
 * well, which is allowed; but issuers that decode nothing would then refuse every client id that is a UUID.
 */
function basic(secret: string): oauth.ClientAuth {
  return (_, { client_id }, _body, headers) => {
    headers.set('authorization', `Basic ${Buffer.from(`${formEncoded(client_id)}:${formEncoded(secret)}`).toString('base64')}`);
  };
}

function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}

/** The library reads the machine's clock; the broker's is injected. */
export function withTime(payload: Record<string, oauth.JsonValue | undefined>, wallMs: () => number): void {
  const nowS = Math.floor(wallMs() / 1_000);
  payload['iat'] = nowS;
  if (payload['nbf'] !== undefined) payload['nbf'] = nowS;
}
