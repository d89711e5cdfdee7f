import type { TokenEvent } from '#access-token';

/** So many lifetimes are looked at. */
const MINTS_KEPT = 8;
/** Fewer say nothing: a token that is rejected once is minted twice. */
const MINTS_MIN = 4;
const TOKENS_MAX = 20_000;

interface Seen {
  readonly times: number[];
  lifetimeMs: number;
}

/**
 * How often tokens are minted compared with how long they live, from the log's events: about 1 where each is used to its soft margin.
 * Above 2 somebody mints without need: a client that rejects good tokens, or a partner whose tokens die early.
 */
export class MintRate {
  readonly #seen = new Map<string, Seen>();

  hear(event: TokenEvent, timeMs: number): void {
    if (event.type !== 'TokenMinted') return;
    const key = `${event.tenant}/${event.connection_id}/${event.slot}`;
    const seen = this.#seen.get(key) ?? { times: [], lifetimeMs: 0 };
    // The one heard of last is last: the first one is the one to forget.
    this.#seen.delete(key);
    this.#seen.set(key, seen);
    seen.times.push(timeMs);
    if (seen.times.length > MINTS_KEPT) seen.times.shift();
    seen.lifetimeMs = event.expires_at_ms - timeMs + event.took_ms;
    if (this.#seen.size > TOKENS_MAX) this.#seen.delete(this.#seen.keys().next().value!);
  }

  /** The highest rate of all tokens, in mints a lifetime, and how many are above 2. Counts down while nothing is minted. */
  read(nowMs: number): { readonly highest: number; readonly above: number } {
    let highest = 0;
    let above = 0;
    for (const { times, lifetimeMs } of this.#seen.values()) {
      if (times.length < MINTS_MIN) continue;
      const tookMs = Math.max(1, times.at(-1)! - times[0]!, nowMs - times[0]! - lifetimeMs);
      const rate = (times.length - 1) * lifetimeMs / tookMs;
      highest = Math.max(highest, rate);
      if (rate > 2) above += 1;
    }
    return { highest, above };
  }
}
