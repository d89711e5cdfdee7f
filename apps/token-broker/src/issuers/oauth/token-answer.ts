import { z } from 'zod';
import type { IssuerAnswer } from '../guarded-fetch.js';

/** The fields of a token endpoint's answer that are looked at; an id_token, say, concerns nobody here. */
const answerSchema = z.object({
  // Goes into a header: visible ASCII only.
  access_token: z.string().regex(/^[\x21-\x7e]{1,16384}$/),
  token_type: z.string().max(64).default('bearer'),
  refresh_token: z.string().regex(/^[\x21-\x7e]{1,8192}$/).nullish(),
  expires_in: z.unknown().optional(),
  expires_at: z.unknown().optional(),
  refresh_in: z.unknown().optional(),
});
const errorSchema = z.object({ error: z.string().regex(/^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,64}$/) });

export type TokenAnswer = z.output<typeof answerSchema>;

/** Undefined if there is no token in it that could be used. */
export function tokenAnswerOf(answer: IssuerAnswer): TokenAnswer | undefined {
  return answer.isCut ? undefined : answerSchema.safeParse(jsonOf(answer)).data;
}

/** The `error` code (RFC 6749 section 5.2), if it has one. */
export function oauthErrorOf(answer: IssuerAnswer): string | undefined {
  return answer.isCut ? undefined : errorSchema.safeParse(jsonOf(answer)).data?.error;
}

/**
 * The answer as the OAuth library reads it: with the fields it judges, whatever the content type. Lives are left out: ours
 * are read by rules of our own, and a strange `expires_in` must not cost the token.
 */
export function responseOf(answer: IssuerAnswer): Response {
  const token = answer.status >= 200 && answer.status < 300 ? tokenAnswerOf(answer) : undefined;
  const headers = new Headers({ 'content-type': 'application/json' });
  for (const name of ['dpop-nonce', 'www-authenticate'] as const) {
    const value = answer.header(name);
    if (value !== undefined) headers.set(name, value);
  }
  const body = token
    ? JSON.stringify({ access_token: token.access_token, token_type: token.token_type, ...(typeof token.refresh_token === 'string' && { refresh_token: token.refresh_token }) })
    : answer.body;
  // 204 and 304 must not have a body; no status below 200 gets here.
  const status = token ? 200 : answer.status;
  return new Response([204, 205, 304].includes(status) ? null : body, { status, headers });
}

function jsonOf({ body }: IssuerAnswer): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
