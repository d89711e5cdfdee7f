import * as oauth from 'oauth4webapi';
import { mayRetry, remedyFor } from '#access-token';
import { DocketError } from '#errors';
import { dpopPairOf } from './dpop-pair.js';
import type { UpstreamToken, UpstreamTokens } from './tokens.js';
import { reportRefused, tokenWithin } from './waiting.js';

export interface UpstreamFetchOptions {
  readonly tokens: UpstreamTokens;
  /** Scopes that the connection may ask for beside its own. */
  readonly stepUpScopes?: readonly string[];
  /** Plain HTTP to this machine: for demonstrations and tests. */
  readonly allowLoopback?: boolean;
  readonly fetch?: typeof fetch;
}

/** Headers of a caller that would go upstream beside the token: its own credentials do not. */
const CREDENTIALS = ['authorization', 'access-token', 'api-secret', 'cookie', 'dpop', 'proxy-authorization'];
/** As many different refusals as there are: a nonce, a refresh and more scopes, each once. */
const TRIES_MAX = 4;

/**
 * A `fetch` that adds the connection's token to every request, read anew for each: a session that lasts for hours never
 * holds one. A 401 asks for another token and repeats the request once, a 403 with insufficient_scope once with the scopes
 * that it names, if the connection may ask for them; DPoP nonces cost a repetition and no token. Only what can be sent again
 * is, and only while the caller waits: his `signal` ends the wait for a token, too, and the call then rejects with its reason.
 * Redirects are not followed, and nothing goes out without TLS. The caller's own credentials never do.
 */
export function upstreamFetch({ tokens, stepUpScopes = [], allowLoopback = false, fetch: send = fetch }: UpstreamFetchOptions): typeof fetch {
  /** Stepped up to once, a scope is asked for from then on: or each call would be refused first. */
  const scopes = new Set<string>();
  const proofs = new Map<string, oauth.DPoPHandle>();

  const once = async (request: UpstreamRequest, held: UpstreamToken): Promise<Response> => {
    const { url, init, headers } = request;
    const own = new Headers(headers);
    if (held.dpopKey === undefined) {
      own.set(held.headerName, `${held.headerPrefix}${held.token.reveal()}`);
      return send(url, { ...init, headers: own, redirect: 'manual' });
    }
    const jwk = held.dpopKey.reveal();
    let proof = proofs.get(jwk);
    if (proof === undefined) proofs.set(jwk, proof = oauth.DPoP({}, dpopPairOf(held.dpopKey)));
    return oauth.protectedResourceRequest(held.token.reveal(), init.method ?? 'GET', url, own, init.body as never, {
      DPoP: proof, [oauth.allowInsecureRequests]: true, ...(init.signal && { signal: init.signal }),
      // Its redirect stays manual.
      [oauth.customFetch]: (to: string, options: object) => send(to, options),
    }).catch((error: unknown) => {
      if (error instanceof oauth.WWWAuthenticateChallengeError) return error.response;
      throw error;
    });
  };

  return async (input, init = {}) => {
    const request = requestOf(input, init, allowLoopback);
    const retried = { refresh: 0, step_up: 0, use_nonce: 0 };
    const { signal } = request.init;
    const within = signal ? { signal } : {};
    let held = await tokenWithin(tokens, { scopes: [...scopes], ...within });
    for (let tries = 1; ; tries += 1) {
      const response = await once(request, held);
      const remedy = remedyFor({ status: response.status, wwwAuthenticate: response.headers.get('www-authenticate') ?? undefined }, stepUpScopes);
      if (remedy.kind === 'pass') return response;
      const isLast = tries >= TRIES_MAX || !mayRetry({ retries: retried[remedy.kind], isReplayable: request.isReplayable, remainingMs: signal?.aborted ? 0 : 1 });
      if (isLast) {
        // It is rejected all the same: the next caller shall not be handed it.
        if (remedy.kind === 'refresh') await reportRefused(tokens, { rejectedGeneration: held.generation, scopes: [...scopes], ...within });
        return response;
      }
      retried[remedy.kind] += 1;
      await response.body?.cancel();
      if (remedy.kind === 'step_up') for (const scope of remedy.scopes) scopes.add(scope);
      if (remedy.kind !== 'use_nonce') held = await tokenWithin(tokens, { scopes: [...scopes], ...within, ...(remedy.kind === 'refresh' && { rejectedGeneration: held.generation }) });
    }
  };
}

interface UpstreamRequest {
  readonly url: URL;
  readonly init: RequestInit;
  readonly headers: Headers;
  readonly isReplayable: boolean;
}

function requestOf(input: string | URL | Request, init: RequestInit, allowLoopback: boolean): UpstreamRequest {
  const isRequest = input instanceof Request;
  const url = new URL(isRequest ? input.url : input);
  const isLoopback = /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])$/.test(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback && allowLoopback)) {
    throw new DocketError('failed_precondition', { reason: 'UPSTREAM_NOT_ENCRYPTED', message: `a token does not go to ${url.origin}: expected https` });
  }
  const whole: RequestInit = isRequest ? { method: input.method, body: input.body, signal: input.signal, ...init } : init;
  const headers = new Headers(init.headers ?? (isRequest ? input.headers : undefined));
  for (const name of CREDENTIALS) headers.delete(name);
  const isStream = whole.body instanceof ReadableStream;
  return { url, headers, isReplayable: !isStream, init: isStream ? { ...whole, duplex: 'half' } as RequestInit : whole };
}
