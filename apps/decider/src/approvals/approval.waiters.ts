import { DocketError } from '#errors';
import type { Runtime } from '#ledger';

/** Long polls that may be open at once, in all and with one credential: each holds a call and its memory. */
export const WAITERS_MAX = 10_000;
export const WAITERS_OF_ONE_MAX = 1_000;

/** One long poll. What happens between two of its `changed` is not lost. */
export interface Waiter {
  /** Resolves to true when the approval may have changed or waiting has ended, to false when `ms` have passed. */
  changed(ms: number): Promise<boolean>;
  leave(): void;
}

interface Entry {
  isWoken: boolean;
  wake: (() => void) | undefined;
}

/** Who waits for which approval to change. */
export class ApprovalWaiters {
  readonly #byApproval = new Map<string, Set<Entry>>();
  readonly #byCredential = new Map<string, number>();
  readonly #runtime: Runtime;
  #count = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** For metrics. */
  get count(): number {
    return this.#count;
  }

  /** Throws resource_exhausted beyond the bounds. `signal` ends the waiting. The caller leaves in any case. */
  join(approvalId: string, credentialId: string, signal: AbortSignal): Waiter {
    const own = this.#byCredential.get(credentialId) ?? 0;
    if (this.#count >= WAITERS_MAX) throw tooMany(WAITERS_MAX, 'calls wait for approvals on this node');
    if (own >= WAITERS_OF_ONE_MAX) throw tooMany(WAITERS_OF_ONE_MAX, 'calls of this credential wait for approvals');
    const entry: Entry = { isWoken: signal.aborted, wake: undefined };
    const all = this.#byApproval.get(approvalId) ?? new Set();
    this.#byApproval.set(approvalId, all.add(entry));
    this.#byCredential.set(credentialId, own + 1);
    this.#count += 1;
    const onAbort = (): void => wake(entry);
    signal.addEventListener('abort', onAbort);
    return {
      changed: (ms) => this.#changed(entry, ms),
      leave: () => {
        signal.removeEventListener('abort', onAbort);
        this.#leave(approvalId, credentialId, entry, all);
      },
    };
  }

  /** The approval may have changed: whoever waits for it looks again. Costs nothing if nobody does. */
  notify(approvalId: string): void {
    if (this.#count === 0) return;
    for (const entry of this.#byApproval.get(approvalId) ?? []) wake(entry);
  }

  #changed(entry: Entry, ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (isWoken: boolean): void => {
        cancel();
        entry.isWoken = false;
        entry.wake = undefined;
        resolve(isWoken);
      };
      const cancel = this.#runtime.after(Math.max(0, ms), () => done(false));
      entry.wake = () => done(true);
      if (entry.isWoken) done(true);
    });
  }

  #leave(approvalId: string, credentialId: string, entry: Entry, all: Set<Entry>): void {
    if (!all.delete(entry)) return;
    this.#count -= 1;
    if (all.size === 0) this.#byApproval.delete(approvalId);
    const own = (this.#byCredential.get(credentialId) ?? 1) - 1;
    if (own === 0) this.#byCredential.delete(credentialId);
    else this.#byCredential.set(credentialId, own);
  }
}

function wake(entry: Entry): void {
  entry.isWoken = true;
  entry.wake?.();
}

function tooMany(max: number, what: string): DocketError {
  return new DocketError('resource_exhausted', { reason: 'TOO_MANY_WAITING', message: `${max} ${what} already`, retryAfterMs: 1_000 });
}
