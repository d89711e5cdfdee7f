import { MemoryEventLog, systemRuntime } from '#ledger';
import type { Runtime } from '#ledger';

interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
}

/** This machine's clocks, ahead by as much as a spec has let pass: its own, its timers', and its log's. */
export class ShiftingClock {
  #aheadMs = 0;
  readonly #timers = new Set<Timer>();
  readonly #system = systemRuntime();

  readonly runtime: Runtime = {
    wallMs: () => this.#system.wallMs() + this.#aheadMs,
    monotonicMs: () => this.#system.monotonicMs() + this.#aheadMs,
    randomHex: (bytes) => this.#system.randomHex(bytes),
    after: (ms, callback) => {
      const timer: Timer = { dueMs: this.runtime.monotonicMs() + ms, run: () => { cancel(); callback(); } };
      const stop = this.#system.after(ms, () => timer.run());
      const cancel = (): void => {
        stop();
        this.#timers.delete(timer);
      };
      this.#timers.add(timer);
      return cancel;
    },
  };

  /** A log whose clock goes with this one. */
  log(): MemoryEventLog {
    return new MemoryEventLog({ now: () => this.runtime.wallMs() });
  }

  /** How many timers are to come between `fromMs` and `toMs` from now. */
  timersIn(fromMs: number, toMs: number): number {
    const nowMs = this.runtime.monotonicMs();
    return [...this.#timers].filter(({ dueMs }) => dueMs >= nowMs + fromMs && dueMs <= nowMs + toMs).length;
  }

  /** Lets time pass at once; what is due by then happens. */
  pass(ms: number): void {
    this.#aheadMs += ms;
    const nowMs = this.runtime.monotonicMs();
    for (const timer of [...this.#timers].sort((a, b) => a.dueMs - b.dueMs)) if (timer.dueMs <= nowMs) timer.run();
  }
}
