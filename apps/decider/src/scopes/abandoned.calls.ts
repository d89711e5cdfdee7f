import { abortInSteps, isOver } from '#decision';
import type { Abort, ScopeKey } from '#decision';
import type { Runtime } from '#ledger';
import type { ErrandRunner } from './errands.js';

/** How long a caller may take to repeat the id of a call that got no verdict: then the id is ended, and what it reserved is given back. */
export const ABANDONED_AFTER_MS = 30_000;
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 30_000;
const ATTEMPT_MS = 5_000;
/** What does not fit is given back by nobody: it counts until its windows end, as after a crash. */
const ABANDONED_MAX = 10_000;
/** Of a node that stops. */
const LAST_MS = 2_000;

export type AbandonedCall = Pick<Abort, 'grant_id' | 'call_id' | 'actor'>;

interface Abandoned {
  readonly call: AbandonedCall;
  readonly trail: ScopeKey[];
  cancel: () => void;
}

/**
 * Calls that may have reserved in wider scopes and whose fate this node does not know. What they reserved counts, until their
 * grant's partition has logged how they ended. A node that dies takes this with it: then it counts until its windows end.
 */
export class AbandonedCalls {
  readonly #errands: ErrandRunner;
  readonly #runtime: Runtime;
  readonly #waiting = new Set<Abandoned>();
  #isStopped = false;

  constructor(options: { readonly errands: ErrandRunner; readonly runtime: Runtime }) {
    this.#errands = options.errands;
    this.#runtime = options.runtime;
  }

  get count(): number {
    return this.#waiting.size;
  }

  /** `isOver`: repeating the id gives no verdict, so nobody has to be waited for. */
  add(call: AbandonedCall, trail: readonly ScopeKey[], isEnded: boolean): void {
    if (trail.length === 0 || this.#isStopped || this.#waiting.size >= ABANDONED_MAX) return;
    const abandoned: Abandoned = { call, trail: [...trail], cancel: () => {} };
    this.#waiting.add(abandoned);
    this.#later(abandoned, isEnded ? 0 : ABANDONED_AFTER_MS, RETRY_FIRST_MS);
  }

  /** Ends them all now, as far as that succeeds in a moment. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const left = [...this.#waiting];
    this.#waiting.clear();
    const deadlineMs = this.#runtime.monotonicMs() + LAST_MS;
    await Promise.all(left.map((abandoned) => {
      abandoned.cancel();
      return this.#errands.run(abortInSteps(abandoned.call, abandoned.trail), deadlineMs).catch(() => undefined);
    }));
  }

  #later(abandoned: Abandoned, ms: number, pauseMs: number): void {
    abandoned.cancel = this.#runtime.after(ms, () => void this.#end(abandoned, pauseMs));
  }

  async #end(abandoned: Abandoned, pauseMs: number): Promise<void> {
    try {
      await this.#errands.run(abortInSteps(abandoned.call, abandoned.trail), this.#runtime.monotonicMs() + ATTEMPT_MS);
    } catch (error) {
      // An id that is too old to be ended is too old to be decided, too: its windows may still have to end.
      if (!isOver(error) && !this.#isStopped) return this.#later(abandoned, pauseMs, Math.min(RETRY_MAX_MS, 2 * pauseMs));
    }
    this.#waiting.delete(abandoned);
  }
}
