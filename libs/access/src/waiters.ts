import type { Runtime } from '#ledger';

interface Waiter {
  readonly target: number;
  readonly settle: (reached: boolean) => void;
}

/** Timers cannot be set for longer: what waits longer waits until it is given up. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** Callers that wait until a number which only grows has reached theirs. */
export class Waiters {
  private readonly waiting = new Set<Waiter>();

  constructor(private readonly runtime: Runtime) {}

  /** true once `value()` ≥ target; false when `untilMs` (monotonic) has passed or waiting has been given up. */
  reach(target: number, value: () => number, untilMs: number): Promise<boolean> {
    if (value() >= target) return Promise.resolve(true);
    const leftMs = untilMs - this.runtime.monotonicMs();
    if (leftMs <= 0) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (reached: boolean): void => {
        cancel();
        this.waiting.delete(waiter);
        resolve(reached);
      };
      const waiter: Waiter = { target, settle };
      const cancel = leftMs > TIMER_MAX_MS ? () => {} : this.runtime.after(leftMs, () => settle(false));
      this.waiting.add(waiter);
    });
  }

  reached(value: number): void {
    for (const waiter of [...this.waiting]) if (value >= waiter.target) waiter.settle(true);
  }

  giveUp(): void {
    for (const waiter of [...this.waiting]) waiter.settle(false);
  }
}
