/** One timer for all that has to be looked at now and then. */
export class Pulse {
  readonly #each = new Set<() => void>();
  readonly #timer: NodeJS.Timeout;

  constructor(everyMs: number) {
    this.#timer = setInterval(() => { for (const look of this.#each) look(); }, everyMs);
    this.#timer.unref();
  }

  /** Calls `look` with every beat until the function that comes back is called. */
  add(look: () => void): () => void {
    this.#each.add(look);
    return () => this.#each.delete(look);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#each.clear();
  }
}
