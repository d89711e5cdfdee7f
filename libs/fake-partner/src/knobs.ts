import { z } from 'zod';

/** How the fake partner behaves. Everything may be turned at any time; the next request follows it. */
export const knobsSchema = z.strictObject({
  /** Life of a token. */
  lifetimeMs: z.int().min(1).default(7 * 86_400_000),
  /** A new token ends all older ones. */
  mintKillsOlder: z.boolean().default(true),
  /** How long a mint takes. */
  mintLatencyMs: z.int().min(0).max(600_000).default(0),
  /** The answer is `{"data": {…}}`, or without that wrapper, as some tiers have it. */
  dataWrapper: z.boolean().default(true),
  /** How the answer tells the token's end. `past`: an end that is over. `text`: no number and no date. */
  expiresAt: z.enum(['seconds', 'milliseconds', 'iso', 'missing', 'past', 'text']).default('seconds'),
  /** The answers' `Date` is this far from the fake's clock; null: no such header. */
  dateSkewMs: z.int().nullable().default(0),
  /** A mint hands out the same value again. */
  sameToken: z.boolean().default(false),
  /**
   * What a mint does instead of answering with a token: a status, an HTML page with 200, an answer that never comes or stops
   * half way, a reset connection, a redirect to another origin, a body without end.
   */
  mintFault: z.enum(['none', '400', '401', '403', '429', '500', 'html', 'timeout', 'truncated', 'reset', 'redirect', 'endless']).default('none'),
  /** The `error` code (RFC 6749) in the body of a 4xx; '' for none. */
  mintOauthError: z.string().max(64).default(''),
  /** `Retry-After` of a 429 or 500, as it stands; '' for none. */
  retryAfter: z.string().max(64).default(''),
  /** Error bodies repeat the credential that came with the request, as some frameworks' error pages do. */
  echoCredential: z.boolean().default(false),
  /** Order endpoints answer 401 to every token, good ones too. */
  rejectAllCalls: z.boolean().default(false),
  /** 401 answers have a `WWW-Authenticate` header. */
  wwwAuthenticate: z.boolean().default(false),
});

export type Knobs = z.output<typeof knobsSchema>;
export const DEFAULT_KNOBS: Knobs = knobsSchema.parse({});

/** The knobs with some of them turned. Throws a ZodError on what is no knob. */
export function turned(knobs: Knobs, changes: unknown): Knobs {
  return knobsSchema.parse({ ...knobs, ...z.record(z.string(), z.unknown()).parse(changes) });
}
