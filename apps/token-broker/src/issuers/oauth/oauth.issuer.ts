import * as oauth from 'oauth4webapi';
import { classify, httpDateMs, jwtExp, NO_OAUTH_SETTINGS, retryAfterMs, type ConnectionSettings, type MintTrouble } from '#access-token';
import { Secret } from '#platform';
import { dpopPairOf } from '#upstream';
import { FetchTrouble, type IssuerAnswer, type IssuerFetch } from '../guarded-fetch.js';
import type { IssuerFailed, MintRequest, MintResult, RevocationRequest, RevocationResult, TokenIssuer } from '../issuer.js';
import { scrub } from '#upstream';
import { clientAuthentication, withTime } from './client-authentication.js';
import { clientSecretOf, withRefreshToken, type ClientSecret } from './client-secret.js';
import { oauthErrorOf, responseOf, tokenAnswerOf } from './token-answer.js';

export interface OAuthIssuerOptions {
  readonly fetch: IssuerFetch;
  /** Wall clock, for assertions, proofs, and a `Retry-After` that is a date. */
  readonly wallMs: () => number;
}

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

/** One request, and what came of it: the library's error alone does not say what the answer was. */
interface Trip {
  answer: IssuerAnswer | undefined;
  trouble: MintTrouble | undefined;
}

/**
 * Tokens of OAuth 2.0 issuers: client credentials (RFC 6749 section 4.4), refresh tokens, rotating ones too (section 6), and
 * token exchange (RFC 8693), with resource indicators (RFC 8707) and DPoP (RFC 9449). Requests are made, and answers judged, by
 * oauth4webapi; they go where the guarded fetch lets them.
 */
export class OAuthIssuer implements TokenIssuer {
  readonly #fetch: IssuerFetch;
  readonly #wallMs: () => number;

  constructor({ fetch, wallMs }: OAuthIssuerOptions) {
    this.#fetch = fetch;
    this.#wallMs = wallMs;
  }

  async mint(request: MintRequest): Promise<MintResult> {
    const { settings, secret, subject, dpopKey } = request;
    const client = clientSecretOf(settings, secret);
    // Garbage, from a wrong key or a bad paste, does not go out.
    if (client === undefined) return malformed('malformed_secret');
    if (settings.issuer === 'oauth2-token-exchange' && subject === undefined) return malformed('subject_missing');
    const secrets = [secret, new Secret(client.credential), new Secret(client.refreshToken), ...(subject ? [subject] : [])];
    const trip: Trip = { answer: undefined, trouble: undefined };
    let token: oauth.TokenEndpointResponse;
    try {
      const proof = dpopKey && oauth.DPoP({}, dpopPairOf(dpopKey), { [oauth.modifyAssertion]: (_, payload) => withTime(payload, this.#wallMs) });
      token = await this.#tokenFrom(request, client, proof, trip).catch((error: unknown) => {
        // The issuer wants its nonce in the proof: the same request again, once, and no mint of its own.
        if (proof && oauth.isDPoPNonceError(error)) return this.#tokenFrom(request, client, proof, trip);
        throw error;
      });
      if ((token.token_type === 'dpop') !== (dpopKey !== undefined)) throw new Error('not the type of token that was asked for');
    } catch {
      // The library's errors hold the answer's body: none of them goes any further.
      return this.#failed(trip, secrets);
    }
    const { answer } = trip;
    const said = answer && tokenAnswerOf(answer);
    if (!answer || !said) return this.#failed(trip, secrets);
    const isRotated = typeof token.refresh_token === 'string' && settings.issuer === 'oauth2-refresh-token' && token.refresh_token !== client.refreshToken;
    return {
      kind: 'minted', token: new Secret(said.access_token), claims: { expiresIn: said.expires_in, expiresAt: said.expires_at, jwtExp: jwtExp(said.access_token) },
      responseDateMs: httpDateMs(answer.header('date')), refreshInMs: secondsIn(said.refresh_in),
      renewedSecret: isRotated ? withRefreshToken(settings, client, token.refresh_token!) : null,
    };
  }

  async revoke({ settings, secret, token, signal }: RevocationRequest): Promise<RevocationResult> {
    const client = clientSecretOf(settings, secret);
    if (client === undefined) return malformed('malformed_secret');
    const trip: Trip = { answer: undefined, trouble: undefined };
    try {
      const { as, of } = partiesOf(settings);
      const response = await oauth.revocationRequest(as, of, clientAuthentication(settings.auth_method, client, this.#wallMs), token.reveal(), {
        ...this.#options(trip, signal), additionalParameters: { token_type_hint: 'access_token' },
      });
      await oauth.processRevocationResponse(response);
      return { kind: 'revoked' };
    } catch {
      // It will never revoke such a token (RFC 7009 section 2.2.1).
      if (trip.answer?.status === 400 && oauthErrorOf(trip.answer) === 'unsupported_token_type') return { ...this.#failed(trip, [token]), failure: { class: 'permanent', code: 'unsupported_token_type', status: 400 } };
      return this.#failed(trip, [secret, token, new Secret(client.credential), new Secret(client.refreshToken)]);
    }
  }

  async #tokenFrom({ settings, subject, stepUpScopes = [], signal }: MintRequest, client: ClientSecret, proof: oauth.DPoPHandle | undefined, trip: Trip): Promise<oauth.TokenEndpointResponse> {
    const { as, of } = partiesOf(settings);
    const authentication = clientAuthentication(settings.auth_method, client, this.#wallMs);
    const options = { ...this.#options(trip, signal), ...(proof && { DPoP: proof }) };
    const parameters = new URLSearchParams();
    const scope = [...new Set([...settings.scopes, ...stepUpScopes])].join(' ');
    if (scope !== '') parameters.set('scope', scope);
    if (settings.audience !== '') parameters.set('audience', settings.audience);
    const { resource } = settings.oauth ?? NO_OAUTH_SETTINGS;
    if (resource !== '') parameters.set('resource', resource);
    switch (settings.issuer) {
      case 'oauth2-client-credentials':
        return oauth.processClientCredentialsResponse(as, of, await oauth.clientCredentialsGrantRequest(as, of, authentication, parameters, options));
      case 'oauth2-refresh-token':
        return oauth.processRefreshTokenResponse(as, of, await oauth.refreshTokenGrantRequest(as, of, authentication, client.refreshToken, { ...options, additionalParameters: parameters }));
      default:
        parameters.set('subject_token', subject!.reveal());
        parameters.set('subject_token_type', ACCESS_TOKEN);
        parameters.set('requested_token_type', ACCESS_TOKEN);
        return oauth.processGenericTokenEndpointResponse(as, of, await oauth.genericTokenEndpointRequest(as, of, authentication, EXCHANGE, parameters, options));
    }
  }

  #options(trip: Trip, signal: AbortSignal) {
    return {
      signal,
      // The guarded fetch knows better: plain HTTP goes to loopback only, and only where that is allowed.
      [oauth.allowInsecureRequests]: true,
      [oauth.customFetch]: async (url: string, { method, headers, body }: oauth.CustomFetchOptions<'POST', URLSearchParams>): Promise<Response> => {
        try {
          trip.answer = undefined;
          trip.answer = await this.#fetch(url, { method, headers, body: body.toString(), signal });
        } catch (error) {
          trip.trouble = error instanceof FetchTrouble ? error.trouble : { kind: 'network', code: 'connection_failed' };
          throw error;
        }
        return responseOf(trip.answer);
      },
    };
  }

  #failed({ answer, trouble }: Trip, secrets: readonly Secret[]): IssuerFailed {
    if (answer === undefined) return { kind: 'failed', failure: classify(trouble ?? { kind: 'network', code: 'connection_failed' }), retryAfterMs: null, detail: '' };
    const { status } = answer;
    const isSuccess = status >= 200 && status < 300;
    return {
      kind: 'failed', failure: classify(isSuccess ? { kind: 'no_token', status } : { kind: 'http', status, oauthError: oauthErrorOf(answer) }),
      retryAfterMs: retryAfterMs(answer.header('retry-after'), this.#wallMs()) ?? null, detail: scrub(answer.body, secrets),
    };
  }
}

function partiesOf({ token_url, client_id, oauth: more = NO_OAUTH_SETTINGS }: ConnectionSettings): { readonly as: oauth.AuthorizationServer; readonly of: oauth.Client } {
  return {
    as: { issuer: more.issuer_url || token_url, token_endpoint: token_url, ...(more.revocation_url !== '' && { revocation_endpoint: more.revocation_url }) },
    of: { client_id },
  };
}

function malformed(code: string): IssuerFailed {
  return { kind: 'failed', failure: { class: 'permanent', code, status: 0 }, retryAfterMs: null, detail: '' };
}

function secondsIn(value: unknown): number | null {
  const seconds = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0 ? Math.floor(seconds * 1_000) : null;
}
