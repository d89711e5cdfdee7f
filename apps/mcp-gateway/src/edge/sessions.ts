import { randomBytes } from 'node:crypto';
import type { Caller } from '../ports.js';
import { Budget } from './budget.js';
import type { Outlet } from './event-sink.js';
import { Session, type SessionFacts } from './session.js';

/** All sessions of this node, by `<grant>:<session>` (S3): an id of somebody else is as good as none. */
export class Sessions {
  readonly #outlet: Outlet;
  readonly #nowMs: () => number;
  readonly #byKey = new Map<string, Session>();
  readonly #count: Budget;
  readonly #unlook: () => void;

  constructor(outlet: Outlet, nowMs: () => number) {
    this.#outlet = outlet;
    this.#nowMs = nowMs;
    this.#count = new Budget(outlet.limits.sessionsMax, outlet.limits.sessionsPerGrantMax);
    this.#unlook = outlet.pulse.add(() => this.#endIdle());
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** A new one; the longest unused idle one of the grant makes room for it if need be. undefined: there is no room. */
  open(facts: Omit<SessionFacts, 'id'>): Session | undefined {
    const { grantId } = facts.caller;
    if (!this.#count.take(grantId)) {
      const idle = [...this.#byKey.values()].filter(({ isIdle, facts: { caller } }) => isIdle && caller.grantId === grantId);
      const oldest = idle.reduce<Session | undefined>((a, b) => (a === undefined || b.lastUsedMs < a.lastUsedMs ? b : a), undefined);
      if (oldest === undefined) return undefined;
      this.end(oldest, 'a newer session of the grant has taken its place');
      if (!this.#count.take(grantId)) return undefined;
    }
    const id = randomBytes(24).toString('base64url');
    const session = new Session({ ...facts, id }, this.#outlet, this.#nowMs());
    this.#byKey.set(keyOf(facts.caller, id), session);
    return session;
  }

  /** The session of this id, if it is this caller's. */
  find(caller: Caller, id: string): Session | undefined {
    const session = this.#byKey.get(keyOf(caller, id));
    if (session !== undefined) session.lastUsedMs = this.#nowMs();
    return session;
  }

  end(session: Session, reason: string): void {
    if (!this.#byKey.delete(keyOf(session.facts.caller, session.facts.id))) return;
    this.#count.give(session.facts.caller.grantId);
    session.end(reason);
  }

  endOf(grantId: string, reason: string): void {
    for (const session of this.#byKey.values()) if (session.facts.caller.grantId === grantId) this.end(session, reason);
  }

  /** Lets every reader go, with a time to come back. */
  release(): void {
    for (const session of this.#byKey.values()) session.standalone.release();
  }

  close(reason: string): void {
    this.#unlook();
    for (const session of this.#byKey.values()) this.end(session, reason);
  }

  #endIdle(): void {
    const before = this.#nowMs() - this.#outlet.limits.sessionIdleMs;
    for (const session of this.#byKey.values()) if (session.isIdle && session.lastUsedMs <= before) this.end(session, 'the session was idle');
  }
}

function keyOf({ grantId, serverId }: Caller, id: string): string {
  return `${grantId}:${serverId}:${id}`;
}
