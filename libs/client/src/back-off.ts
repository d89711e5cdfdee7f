const FIRST_MS = 20;
const MAX_MS = 1_000;

/** How long to wait before attempt `attempts + 1`: doubling, with jitter, so that callers who failed together do not come back together. */
export function backOffMs(attempts: number): number {
  return Math.min(MAX_MS, FIRST_MS * 2 ** Math.max(0, attempts - 1)) * (0.5 + Math.random() / 2);
}
