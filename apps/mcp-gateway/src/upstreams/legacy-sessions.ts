import { type JsonObject, writeJson } from '#mcp';
import type { Posted } from './http-door.js';
import { LegacySession } from './legacy-session.js';
import type { UpstreamLimits } from './limits.js';
import type { SessionReason } from './upstream-metrics.js';
import { within } from './waiting.js';

type Refused = Extract<Posted, { kind: 'refused' }>;

export interface LegacySessionsOptions {
  readonly limits: UpstreamLimits;
  readonly monotonicMs: () => number;
  open(send: typeof fetch, capabilities: JsonObject, signal: AbortSignal): Promise<LegacySession | Refused>;
  readonly onOpened: (reason: SessionReason) => void;
  readonly onCount: (count: number) => void;
}

interface Slot {
  readonly opening: Promise<LegacySession | Refused>;
  session: LegacySession | undefined;
  usedMs: number;
  readonly send: typeof fetch;
}

/**
 * The sessions with one upstream, by who shares them: opened once however many ask at the same time, kept while they are used, and closed
 * when they have been idle. A token that changes does not change a session: each request carries the token of its moment.
 */
export class LegacySessions {
  readonly #o: LegacySessionsOptions;
  readonly #slots = new Map<string, Slot>();
  /** Why the next session of a key is opened, where one was there before. */
  readonly #why = new Map<string, SessionReason>();

  constructor(options: LegacySessionsOptions) {
    this.#o = options;
  }

  /** @param owner empty: everybody's with this credential */
  async of(send: typeof fetch, owner: string, capabilities: JsonObject, signal: AbortSignal): Promise<LegacySession | Refused> {
    const key = `${owner} ${writeJson(capabilities)}`;
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      this.#makeRoom();
      slot = this.#open(key, send, capabilities);
    }
    slot.usedMs = this.#o.monotonicMs();
    // The oldest stand first.
    if (this.#slots.get(key) === slot) {
      this.#slots.delete(key);
      this.#slots.set(key, slot);
    }
    return within(slot.opening, signal);
  }

  /** The server does not know it any more: the next one who asks opens another, once for all who come. */
  lost(session: LegacySession): void {
    for (const [key, slot] of this.#slots) if (slot.session === session) this.#forget(key, 'lost');
  }

  closeIdle(): void {
    const before = this.#o.monotonicMs() - this.#o.limits.sessionIdleMs;
    for (const [key, slot] of this.#slots) {
      if (slot.usedMs > before || slot.session === undefined || slot.session.callsInFlight > 0) continue;
      this.#forget(key, 'idle');
      void slot.session.close(slot.send);
    }
  }

  async close(send: typeof fetch): Promise<void> {
    const open = [...this.#slots.values()].flatMap(({ session }) => session ?? []);
    this.#slots.clear();
    this.#o.onCount(0);
    await Promise.all(open.map((session) => session.close(send)));
  }

  #open(key: string, send: typeof fetch, capabilities: JsonObject): Slot {
    const slot: Slot = { session: undefined, usedMs: this.#o.monotonicMs(), send, opening: this.#o.open(send, capabilities, AbortSignal.timeout(this.#o.limits.setUpMs)) };
    this.#slots.set(key, slot);
    const failed = (): void => {
      if (this.#slots.get(key) === slot) this.#forget(key, undefined);
    };
    slot.opening.then((session) => {
      if (!(session instanceof LegacySession)) return failed();
      slot.session = session;
      this.#o.onOpened(this.#why.get(key) ?? 'first');
      this.#why.delete(key);
      this.#o.onCount(this.#slots.size);
    }, failed);
    return slot;
  }

  #makeRoom(): void {
    if (this.#slots.size < this.#o.limits.sessionsMax) return;
    for (const [key, slot] of this.#slots) {
      if (slot.session === undefined || slot.session.callsInFlight > 0) continue;
      this.#forget(key, undefined);
      return void slot.session.close(slot.send);
    }
  }

  #forget(key: string, why: SessionReason | undefined): void {
    this.#slots.delete(key);
    if (why !== undefined && this.#why.size < this.#o.limits.sessionsMax) this.#why.set(key, why);
    this.#o.onCount(this.#slots.size);
  }
}
