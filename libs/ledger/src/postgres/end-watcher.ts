interface Waiter {
  readonly headId: number;
  readonly offset: number;
  readonly wake: () => void;
}

/**
 * Long polls for all readers of one log together: one small query every `pollMs` while anybody waits, none otherwise.
 * Not LISTEN/NOTIFY, which would add a database-wide lock to every append. Appends of this process wake at once.
 */
export class EndWatcher {
  readonly #endOffsets: (headIds: readonly number[]) => Promise<ReadonlyMap<number, number>>;
  readonly #pollMs: number;
  readonly #waiters = new Set<Waiter>();
  #timer: NodeJS.Timeout | undefined;
  #polling = false;

  constructor(endOffsets: (headIds: readonly number[]) => Promise<ReadonlyMap<number, number>>, pollMs: number) {
    this.#endOffsets = endOffsets;
    this.#pollMs = pollMs;
  }

  /** Resolves when the partition seems to reach past `offset`, when the time is over, or on `signal`; the caller then reads. */
  wait(headId: number, offset: number, maxWaitMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const waiter = { headId, offset, wake };
      const timer = setTimeout(wake, maxWaitMs);
      signal?.addEventListener('abort', wake);
      this.#waiters.add(waiter);
      this.#schedule();
    });
  }

  appended(headIds: readonly number[]): void {
    for (const waiter of [...this.#waiters]) if (headIds.includes(waiter.headId)) waiter.wake();
  }

  wakeAll(): void {
    for (const waiter of [...this.#waiters]) waiter.wake();
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#polling) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#poll();
    }, this.#pollMs);
  }

  async #poll(): Promise<void> {
    if (this.#waiters.size === 0) return;
    this.#polling = true;
    try {
      const ends = await this.#endOffsets([...new Set([...this.#waiters].map(({ headId }) => headId))]);
      for (const waiter of [...this.#waiters]) if ((ends.get(waiter.headId) ?? 0) > waiter.offset) waiter.wake();
    } catch {
      // Their own reads will tell them what is wrong.
      this.wakeAll();
    } finally {
      this.#polling = false;
    }
    if (this.#waiters.size > 0) this.#schedule();
  }
}
