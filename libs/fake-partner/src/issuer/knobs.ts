import { z } from 'zod';

/** How the fake OAuth issuer behaves. Everything may be turned at any time; the next request follows it. */
export const issuerKnobsSchema = z.strictObject({
  /** Life of an access token. */
  lifetimeMs: z.int().min(1).default(3_600_000),
  /** How the answer tells it. */
  expiresIn: z.enum(['number', 'text', 'missing', 'negative', 'nonsense']).default('number'),
  /** `refresh_in`, seconds; null: none. */
  refreshIn: z.int().nullable().default(null),
  /** Each refresh hands out a new refresh token and ends the one it came with. */
  rotateRefreshTokens: z.boolean().default(true),
  /** A refresh token that is used a second time ends the whole family, as RFC 9700 asks for. */
  reuseEndsFamily: z.boolean().default(false),
  /** Access tokens end with the refresh token that brought them. */
  mintKillsOlder: z.boolean().default(false),
  tokenType: z.string().max(64).default('Bearer'),
  /** DPoP proofs without the current nonce are refused with use_dpop_nonce, at the token endpoint and at the resource. */
  requireDpopNonce: z.boolean().default(false),
  /** What the token endpoint does instead of answering. */
  tokenFault: z.enum(['none', '400', '401', '429', '500', '503', 'html', 'redirect', 'reset', 'timeout']).default('none'),
  /** The `error` code of a 400 or 401. */
  tokenError: z.string().max(64).default(''),
  retryAfter: z.string().max(64).default(''),
  /** What the revocation endpoint does instead of revoking. */
  revocationFault: z.enum(['none', '400', '500', '503', 'timeout']).default('none'),
  /** Error bodies repeat what came with the request. */
  echoCredential: z.boolean().default(false),
  /** The resource answers 401 to every token, good ones too. */
  rejectAllCalls: z.boolean().default(false),
});

export type IssuerKnobs = z.output<typeof issuerKnobsSchema>;
export const DEFAULT_ISSUER_KNOBS: IssuerKnobs = issuerKnobsSchema.parse({});

/** The knobs with some of them turned. Throws a ZodError on what is no knob. */
export function turnedIssuer(knobs: IssuerKnobs, changes: unknown): IssuerKnobs {
  return issuerKnobsSchema.parse({ ...knobs, ...z.record(z.string(), z.unknown()).parse(changes) });
}
