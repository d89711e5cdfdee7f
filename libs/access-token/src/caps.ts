const WINDOW_MS = 60_000;
const LOOK_AGAIN_MS = 5_000;

/** Under a cap of `max` in any minute: undefined if one more may begin now, else when it may. `times` are oldest first. */
export function cappedUntilMs(times: readonly number[], max: number, nowMs: number): number | undefined {
  // Others have used it up: when one of theirs ends to count is not known here.
  if (max <= 0) return nowMs + LOOK_AGAIN_MS;
  const oldestThatCounts = times.at(-max);
  if (times.length < max || oldestThatCounts === undefined) return undefined;
  const until = oldestThatCounts + WINDOW_MS;
  return until > nowMs ? until : undefined;
}

/** Adds one and forgets those that no cap counts any more. */
export function withTime(times: readonly number[], nowMs: number): number[] {
  const firstKept = times.findIndex((time) => time + WINDOW_MS > nowMs);
  return firstKept < 0 ? [nowMs] : [...times.slice(firstKept), nowMs];
}
