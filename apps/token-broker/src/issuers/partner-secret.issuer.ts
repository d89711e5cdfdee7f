import { z } from 'zod';
import { classify, httpDateMs, jwtExp, retryAfterMs, type MintTrouble } from '#access-token';
import { Secret } from '#platform';
import { FetchTrouble, type IssuerAnswer, type IssuerFetch } from './guarded-fetch.js';
import type { MintRequest, MintResult, TokenIssuer } from './issuer.js';
import { scrub } from '#upstream';

/** Some tiers answer without the wrapper. The token goes into a header: visible ASCII only. */
const tokenSchema = z.object({ accessToken: z.string().regex(/^[\x21-\x7e]{1,16384}$/), expiresAt: z.unknown().optional() });
const answerSchema = z.union([z.object({ data: tokenSchema }).transform(({ data }) => data), tokenSchema]);
const errorSchema = z.object({ error: z.string().regex(/^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,64}$/) });

/** What a header can carry. */
const HEADER_VALUE = /^[\x21-\x7e]{1,4096}$/;

export interface PartnerSecretOptions {
  readonly fetch: IssuerFetch;
  /** Wall clock, for a `Retry-After` that is a date. */
  readonly wallMs: () => number;
}

/** The partner API of token-broker.md section 2: the API secret in a header, the API key in the body, a token back. */
export class PartnerSecretIssuer implements TokenIssuer {
  readonly #fetch: IssuerFetch;
  readonly #wallMs: () => number;

  constructor({ fetch, wallMs }: PartnerSecretOptions) {
    this.#fetch = fetch;
    this.#wallMs = wallMs;
  }

  async mint({ settings, secret, signal }: MintRequest): Promise<MintResult> {
    // Garbage, from a wrong key or a bad paste, does not go out.
    if (!HEADER_VALUE.test(secret.reveal())) return { kind: 'failed', failure: { class: 'permanent', code: 'malformed_secret', status: 0 }, retryAfterMs: null, detail: '' };
    let answer: IssuerAnswer;
    try {
      answer = await this.#fetch(settings.token_url, {
        method: 'POST', headers: { 'api-secret': secret.reveal(), 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ apiKey: settings.client_id }), signal,
      });
    } catch (error) {
      const trouble: MintTrouble = error instanceof FetchTrouble ? error.trouble : { kind: 'network', code: 'connection_failed' };
      return { kind: 'failed', failure: classify(trouble), retryAfterMs: null, detail: '' };
    }
    return this.#read(answer, secret);
  }

  #read(answer: IssuerAnswer, secret: Secret): MintResult {
    const { status } = answer;
    const json = answer.isCut ? undefined : parsed(answer.body);
    if (status >= 200 && status < 300) {
      const found = answerSchema.safeParse(json);
      if (!found.success) return this.#failed(answer, secret, { kind: 'no_token', status });
      const { accessToken, expiresAt } = found.data;
      return {
        kind: 'minted', token: new Secret(accessToken), claims: { expiresAt, jwtExp: jwtExp(accessToken) }, responseDateMs: httpDateMs(answer.header('date')),
        refreshInMs: null, renewedSecret: null,
      };
    }
    return this.#failed(answer, secret, { kind: 'http', status, oauthError: errorSchema.safeParse(json).data?.error });
  }

  #failed(answer: IssuerAnswer, secret: Secret, trouble: MintTrouble): MintResult {
    return {
      kind: 'failed', failure: classify(trouble), retryAfterMs: retryAfterMs(answer.header('retry-after'), this.#wallMs()) ?? null, detail: scrub(answer.body, [secret]),
    };
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
