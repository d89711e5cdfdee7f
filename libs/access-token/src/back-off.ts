const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
const SHORTEST_MS = 100;
const RETRY_AFTER_MAX_MS = 3_600_000;

/** While a breaker is open one mint in this time tries whether the trouble is over. */
export const PERMANENT_RETRY_MS = 300_000;

/** A token minted for a rejection and rejected itself: how long no other one is minted. */
export const REJECTED_RETRY_MS = 30_000;

/**
 * How long to wait after the `failures`th transient failure in a row: full jitter under a bound that doubles from 1 s to
 * 60 s (Brooker, "Exponential Backoff and Jitter"), and not less than the issuer's `Retry-After`, believed up to an hour.
 * @param random uniform in [0, 1)
 */
export function backOffMs(failures: number, random: number, retryAfterMs: number | null): number {
  const bound = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(Math.max(failures, 1) - 1, 6));
  const jittered = Math.max(SHORTEST_MS, Math.floor(bound * random));
  return Math.max(jittered, Math.min(Math.max(retryAfterMs ?? 0, 0), RETRY_AFTER_MAX_MS));
}
