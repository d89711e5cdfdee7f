import { Waiters, type RegistryCopy } from '#access';
import type { GrantKeys, Runtime } from '#ledger';
import type { RegistryState } from '#registry';

const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 10_000;
/** Grants in one statement. */
const TOGETHER_MAX = 1_000;

export interface ErasuresOptions {
  readonly registry: Pick<RegistryCopy, 'state' | 'onChange'>;
  readonly keys: Pick<GrantKeys, 'destroy' | 'forget'>;
  readonly runtime: Runtime;
  readonly onAlarm: (alarm: { readonly kind: 'erasure'; readonly message: string }) => void;
}

/**
 * Destroys the keys of the grants that the registry says are erased. Every node does so by itself, from its own copy of
 * the registry: what one leaves undone when it dies another does, the next start makes sure of all of them (a database
 * brought back from a backup has the keys again), and each drops its own copies of a key when it reads of the erasure.
 */
export class Erasures {
  readonly #o: ErasuresOptions;
  /** In the order in which they were erased. */
  readonly #waiting = new Set<string>();
  readonly #waiters = new Map<string, Waiters>();
  #running: Promise<void> | undefined;
  #stopped = false;
  #wake: (() => void) | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(options: ErasuresOptions) {
    this.#o = options;
  }

  /** Destroys what is still there of all grants erased so far, then goes on in the background. Rejects if the keys cannot be reached. */
  async start(): Promise<void> {
    this.#unsubscribe = this.#o.registry.onChange(({ event }) => {
      if (event?.type === 'GrantErased') this.#add(event.grant_id);
    });
    const erased = erasedGrants(this.#o.registry.state);
    for (let at = 0; at < erased.length; at += TOGETHER_MAX) await this.#o.keys.destroy(erased.slice(at, at + TOGETHER_MAX));
  }

  /** Whether the key of an erased grant is destroyed; waits for it until `untilMs` (monotonic). */
  async destroyed(grantId: string, untilMs: number): Promise<boolean> {
    if (!this.#waiting.has(grantId)) return true;
    const waiters = this.#waiters.get(grantId) ?? new Waiters(this.#o.runtime);
    this.#waiters.set(grantId, waiters);
    return waiters.reach(1, () => (this.#waiting.has(grantId) ? 0 : 1), untilMs);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe?.();
    for (const waiters of this.#waiters.values()) waiters.giveUp();
    this.#wake?.();
    await this.#running;
  }

  #add(grantId: string): void {
    // At once, before the database is asked; and again once it has no key to give back.
    this.#o.keys.forget(grantId);
    if (this.#stopped) return;
    this.#waiting.add(grantId);
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
  }

  async #run(): Promise<void> {
    for (let attempt = 0; this.#waiting.size > 0 && !this.#stopped; ) {
      const some = [...this.#waiting].slice(0, TOGETHER_MAX);
      try {
        await this.#o.keys.destroy(some);
        some.forEach((grantId) => this.#done(grantId));
        attempt = 0;
      } catch (error) {
        // Once for each time that it begins to fail: an operator knows then, and it goes on by itself.
        if (attempt === 0) this.#o.onAlarm({ kind: 'erasure', message: `${this.#waiting.size} erased grants still have their keys, which cannot be destroyed just now: ${error instanceof Error ? error.message : String(error)}` });
        await this.#sleep(Math.min(RETRY_FIRST_MS * 2 ** Math.min(attempt, 10), RETRY_MAX_MS));
        attempt += 1;
      }
    }
  }

  #done(grantId: string): void {
    this.#waiting.delete(grantId);
    this.#waiters.get(grantId)?.reached(1);
    this.#waiters.delete(grantId);
  }

  #sleep(ms: number): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#o.runtime.after(ms, () => this.#wake?.());
      this.#wake = () => {
        cancel();
        this.#wake = undefined;
        resolve();
      };
    });
  }
}

function erasedGrants(state: RegistryState): string[] {
  const found: string[] = [];
  for (const { grant_id, erased_at_ms } of state.grants.values()) if (erased_at_ms !== null) found.push(grant_id);
  return found;
}
