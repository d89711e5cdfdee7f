import { DocketError } from '#errors';
import type { Runtime } from '#ledger';

/** When a caller named no deadline. */
export const DEADLINE_MS_DEFAULT = 5_000;
/** An answer needs time to reach its caller, so the ledger gets a deadline that is this much earlier than the caller's. */
const MARGIN_MS_MAX = 250;
/** The ledger knows best what became of a command at its deadline, and looks every 100 ms. */
const GRACE_MS = 150;
const SWEEP_MS = 50;

interface Waiting {
  readonly untilMs: number;
  readonly giveUp: (error: DocketError) => void;
}

/**
 * Ends calls whose deadline has passed, whatever they wait for: an append that hangs, a key that cannot be fetched. One
 * timer for all of them, since a timer per call would show on the decision path.
 */
export class Patience {
  readonly #waiting = new Set<Waiting>();
  readonly #runtime: Runtime;
  #isArmed = false;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** A call's deadline on the monotonic clock, from gRPC's (a Date, or ms since the epoch, or Infinity for none). */
  deadlineMs(deadline: Date | number): number {
    return this.deadlineIn(Number(deadline) - this.#runtime.wallMs());
  }

  /** The same from the time that is left; Infinity for no deadline. */
  deadlineIn(leftMs: number): number {
    const nowMs = this.#runtime.monotonicMs();
    if (!Number.isFinite(leftMs)) return nowMs + DEADLINE_MS_DEFAULT;
    return nowMs + leftMs - Math.min(MARGIN_MS_MAX, Math.max(0, leftMs) / 3);
  }

  /** The promise's outcome, or deadline_exceeded soon after the deadline; what it comes to later is dropped. */
  within<T>(promise: Promise<T>, deadlineMs: number): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const waiting: Waiting = { untilMs: deadlineMs + GRACE_MS, giveUp: reject };
      this.#waiting.add(waiting);
      this.#arm();
      promise.then(
        (value) => { this.#waiting.delete(waiting); resolve(value); },
        (error: unknown) => { this.#waiting.delete(waiting); reject(error as Error); },
      );
    });
  }

  #arm(): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    this.#runtime.after(SWEEP_MS, () => this.#sweep());
  }

  #sweep(): void {
    this.#isArmed = false;
    const nowMs = this.#runtime.monotonicMs();
    for (const waiting of this.#waiting) {
      if (waiting.untilMs > nowMs) continue;
      this.#waiting.delete(waiting);
      waiting.giveUp(new DocketError('deadline_exceeded', {
        reason: 'OUTCOME_UNKNOWN',
        message: 'the log has not confirmed the decision in time; repeat with the same call id',
        metadata: { outcome: 'unknown' },
        retryAfterMs: 500,
      }));
    }
    if (this.#waiting.size > 0) this.#arm();
  }
}
