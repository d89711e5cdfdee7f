/** When a token is refreshed, in ms from the moment it is at hand. */
export interface Margins {
  /** From here on it is refreshed in the background and still served. */
  readonly softMs: number;
  /** From here on callers wait for the next one. */
  readonly hardMs: number;
}

export const LIFETIME_MIN_MS = 1_000;

/**
 * Margins that scale with the remaining life T: hard = min(30 s, T/10), soft = min(300 s, T/3) moved earlier by 0–20 % at
 * random, so that replicas and connections do not refresh together. For T ≥ 1 s: 0 < softMs < hardMs < T.
 * @param random uniform in [0, 1)
 * @param refreshInMs the issuer's own wish (`refresh_in`), which replaces T/3
 */
export function marginsOf(remainingMs: number, random: number, refreshInMs: number | null = null): Margins {
  const hardMs = remainingMs - Math.min(30_000, Math.floor(remainingMs / 10));
  const margin = refreshInMs === null ? Math.min(300_000, remainingMs / 3) : remainingMs - refreshInMs;
  const softMs = remainingMs - Math.ceil(margin * (1 + 0.2 * random));
  return { softMs: Math.min(Math.max(softMs, 1), hardMs - 1), hardMs };
}

/** How a token stands: `fresh` and `soft` are served, `hard` only when it may be for want of a better one. */
export type Freshness = 'fresh' | 'soft' | 'hard' | 'expired';

export function freshnessOf(token: { readonly soft_at_ms: number; readonly hard_at_ms: number; readonly expires_at_ms: number }, nowMs: number): Freshness {
  if (nowMs >= token.expires_at_ms) return 'expired';
  if (nowMs >= token.hard_at_ms) return 'hard';
  return nowMs >= token.soft_at_ms ? 'soft' : 'fresh';
}

const STALE_MIN_MS = 300_000;
const STALE_MAX_MS = 600_000;

/** How long past its end a token of a connection that opted into static stability may be served while the issuer is ill: 5 to 10 minutes. */
export function staleMsOf(random: number): number {
  return STALE_MIN_MS + Math.floor((STALE_MAX_MS - STALE_MIN_MS) * random);
}
