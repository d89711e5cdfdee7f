/** Measurements are put together over so long: a single turn of the event loop says little. */
const FOLD_MS = 20;
/** Something that was stopped is no measure of how fast it goes on: `expectedMs` knows of the stop anyway. */
const FOLD_MS_MAX = 100;
/** What is older counts for next to nothing. */
const MEMORY_MS = 1_000;

/**
 * How fast a queue moves. It is measured only while something waits, since a quiet hour says nothing about what could be done.
 * Pure: whoever uses it brings the time, on a monotonic clock in ms.
 */
export class Pace {
  /** Both decay together; their quotient is the time for one. */
  #tookMs = 0;
  #done = 0;
  #isWaiting = false;
  #foldedAtMs = 0;
  #sinceFold = 0;
  #lastDoneMs = 0;

  /** Something waits from now on; nothing new if something did already. */
  begin(nowMs: number): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#foldedAtMs = this.#lastDoneMs = nowMs;
    this.#sinceFold = 0;
  }

  /** `count` have left the queue; `isMore`: others still wait. None, and no others: all have given up, which says nothing of how fast it goes. */
  done(nowMs: number, count: number, isMore: boolean): void {
    if (!this.#isWaiting) return;
    if (count === 0) {
      this.#isWaiting = isMore;
      return;
    }
    this.#sinceFold += count;
    this.#lastDoneMs = nowMs;
    if (!isMore || nowMs - this.#foldedAtMs >= FOLD_MS) this.#fold(nowMs);
    this.#isWaiting = isMore;
  }

  /** How long `count` will take from now on, as far as one can tell: at least as long as nothing has moved already. 0 before anything was measured. */
  expectedMs(count: number, nowMs: number): number {
    const stoppedMs = this.#isWaiting ? nowMs - this.#lastDoneMs : 0;
    return Math.max(this.#done === 0 ? 0 : (count * this.#tookMs) / this.#done, stoppedMs);
  }

  /** How many leave in a millisecond; undefined before anything was measured. */
  get perMs(): number | undefined {
    return this.#done === 0 || this.#tookMs === 0 ? undefined : this.#done / this.#tookMs;
  }

  #fold(nowMs: number): void {
    const tookMs = Math.min(nowMs - this.#foldedAtMs, FOLD_MS_MAX);
    const kept = Math.exp(-tookMs / MEMORY_MS);
    this.#tookMs = this.#tookMs * kept + tookMs;
    this.#done = this.#done * kept + this.#sinceFold;
    this.#foldedAtMs = nowMs;
    this.#sinceFold = 0;
  }
}
