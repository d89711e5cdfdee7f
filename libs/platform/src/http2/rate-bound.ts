/** A bucket of `burst` that fills again with `perSecond`: what a peer may do for free, and not more often. */
export class RateBound {
  readonly #burst: number;
  readonly #perSecond: number;
  #left: number;
  #filledMs = performance.now();

  constructor(burst: number, perSecond: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#left = burst;
  }

  /** False: it was too often. What costs more than the usual counts as several. */
  take(cost = 1): boolean {
    if (this.#left < cost) {
      const nowMs = performance.now();
      this.#left = Math.min(this.#burst, this.#left + ((nowMs - this.#filledMs) / 1_000) * this.#perSecond);
      this.#filledMs = nowMs;
    }
    this.#left -= cost;
    return this.#left >= 0;
  }
}
