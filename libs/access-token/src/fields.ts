import { z } from 'zod';
import { AUTH_METHODS, DELIVERIES, ISSUERS } from './model.js';

/** A slug, as the registry's ids are. */
export const slug = z.string().regex(/^[a-z0-9-]{1,63}$/);
export const hash = z.string().regex(/^[0-9a-f]{64}$/);
export const randomId = z.string().regex(/^[0-9a-f]{32}$/);
export const ownerId = z.string().regex(/^[0-9a-f]{16}$/);
/** '' for the connection's own, else the hash of a subject. */
export const slot = z.string().regex(/^(?:[0-9a-f]{64})?$/);
/** Failure codes: ours, or OAuth's (RFC 6749: printable ASCII without quote and backslash). */
export const code = z.string().regex(/^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,64}$/);
export const status = z.int().min(0).max(999);
export const generation = z.int().positive();
/** RFC 3339's last millisecond of the year 9999. */
export const timeMs = z.int().nonnegative().max(253_402_300_799_999);
/** Longer than any life that is believed, shorter than would overflow a time. */
export const durationMs = z.int().nonnegative().max(1_000 * 86_400_000);
export const random = z.number().min(0).lt(1);

/** Stable codes of errors. */
export const reason = z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/);
export const count = z.int().positive().max(1e12);
/** Below 0 for a token that is served past its end. */
export const remainingMs = z.int().min(-1_000 * 86_400_000).max(1_000 * 86_400_000);

/** One line of text. */
export function line(charsMin: number, charsMax: number) {
  return z.string().min(charsMin).max(charsMax).regex(/^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$/);
}

export const cause = { actor: line(1, 256), grant_id: line(0, 128), trace_id: line(0, 64) };
/** A grant that tokens are handed to. */
export const holder = line(1, 128);
export const connection = { tenant: slug, connection_id: slug };

// Without user, password, query and fragment: those may hold secrets, and events are for ever.
const url = line(1, 2_048).regex(/^https?:\/\/[^\s@?#]+$/);
const urlOrNone = z.union([z.literal(''), url]);
const scope = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/);

const oauth = z.strictObject({
  issuer_url: urlOrNone,
  revocation_url: urlOrNone,
  // An absolute URI without fragment (RFC 8707).
  resource: z.string().max(2_048).regex(/^(?:[A-Za-z][A-Za-z0-9+.-]*:[^\s#@]+)?$/),
  step_up_scopes: z.array(scope).max(100),
  dpop: z.boolean(),
});

export const settings = z.strictObject({
  environment: slug,
  server_ids: z.array(slug).max(100),
  issuer: z.enum(ISSUERS),
  token_url: url,
  client_id: line(1, 256),
  auth_method: z.enum(AUTH_METHODS),
  scopes: z.array(scope).max(100),
  audience: line(0, 2_048),
  default_lifetime_ms: z.int().min(1_000).max(400 * 86_400_000),
  delivery: z.enum(DELIVERIES),
  static_stability: z.boolean(),
  mints_per_minute_max: z.int().min(1).max(600),
  oauth: oauth.optional(),
});
