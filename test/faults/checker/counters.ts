import { slidingMs, windowEnd, windowName } from './amounts.js';
import type { Amount } from './amounts.js';
import type { Limit } from './policy.js';

/** Whom a counter is for. */
export interface Counted { readonly organisation: string; readonly server: string; readonly grant: string; readonly session: string; readonly agent: string }
export interface Charge { readonly counter: string; readonly endMs: number; readonly amount: Amount; readonly refund: ReadonlySet<string>; readonly sliding: boolean }
interface Entry { readonly endMs: number; readonly amount: Amount; readonly call: string }

/** What has been used, window by window, counted anew from the calls: nothing of what the service says of its counters is believed. */
export class Counters {
  readonly #fixed = new Map<string, Map<number, Amount>>();
  readonly #sliding = new Map<string, Entry[]>();

  /** What the counter has used at this time. */
  used(limit: Limit, of: Counted, timeMs: number): Amount {
    return this.usedOf(identity(limit, of), limit, timeMs);
  }

  usedOf(counter: string, { sliding, window }: Pick<Limit, 'sliding' | 'window'>, timeMs: number): Amount {
    if (!sliding) return this.#fixed.get(counter)?.get(windowEnd(window, timeMs)) ?? 0n;
    // An entry of time s is inside (t - W, t] while s + W > t.
    const inside = (this.#sliding.get(counter) ?? []).filter(({ endMs }) => endMs > timeMs);
    this.#sliding.set(counter, inside);
    return inside.reduce((sum, { amount }) => sum + amount, 0n);
  }

  chargeOf(limit: Limit, of: Counted, timeMs: number, amount: Amount): Charge {
    const { sliding, refund } = limit;
    return { counter: identity(limit, of), endMs: endOf(limit, timeMs), amount, refund, sliding };
  }

  add({ counter, endMs, amount, sliding }: Charge, call: string): void {
    if (sliding) {
      this.#sliding.set(counter, [...(this.#sliding.get(counter) ?? []), { endMs, amount, call }]);
      return;
    }
    const windows = this.#fixed.get(counter) ?? new Map<number, Amount>();
    this.#fixed.set(counter, windows.set(endMs, (windows.get(endMs) ?? 0n) + amount));
  }

  giveBack({ counter, endMs, amount, sliding }: Charge, call: string): void {
    if (sliding) this.#sliding.set(counter, (this.#sliding.get(counter) ?? []).filter((entry) => entry.call !== call));
    else this.add({ counter, endMs, amount: -amount, sliding, refund: new Set() }, call);
  }

  /** Every fixed window that was used. */
  *windows(): Generator<{ readonly counter: string; readonly endMs: number; readonly used: Amount }> {
    for (const [counter, windows] of this.#fixed) for (const [endMs, used] of windows) yield { counter, endMs, used };
  }
}

/** End of the fixed window that holds this time, or when an entry of then leaves the sliding one. */
export function endOf({ sliding, window }: Pick<Limit, 'sliding' | 'window'>, timeMs: number): number {
  return sliding ? timeMs + slidingMs(window) : windowEnd(window, timeMs);
}

/** A counter's identity as docs/policy.md has it: server, scope, the scope's key, name, window, sliding. An organisation's is of no server. */
export function identity({ scope, counter, window, sliding }: Limit, { organisation, server, grant, session, agent }: Counted): string {
  const rest = [counter, windowName(window), sliding];
  if (scope === 'server' || scope === 'organisation') return JSON.stringify([scope === 'server' ? server : '', scope, organisation, ...rest]);
  const key = scope === 'grant' ? grant : [grant, scope === 'session' ? session : agent];
  return JSON.stringify([server, scope, key, ...rest]);
}
