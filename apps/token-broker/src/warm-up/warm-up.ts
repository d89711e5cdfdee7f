import { servable, type Cause, type ConnectionRecord } from '#access-token';
import type { Runtime } from '#ledger';
import type { Ask } from '../cache/token-cache.js';
import type { TokenOf } from '../minting/token-minter.js';

export interface WarmUpOptions {
  /** The connections of a partition that this node has taken over, as its log has them. */
  readonly connections: (partition: number) => Iterable<ConnectionRecord>;
  readonly obtain: (of: TokenOf, ask: Ask, cause: Cause) => Promise<unknown>;
  readonly runtime: Pick<Runtime, 'wallMs' | 'after'>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly actor: string;
  readonly mintsPerSecond?: number;
}

const MINTS_PER_SECOND = 10;

/**
 * After a start or a take-over: refreshes tokens that callers will soon want, before they wait for them. Only what somebody has used
 * within one lifetime and what is due, one after another with pauses that vary, so that a restart is no load for any issuer.
 */
export class WarmUp {
  readonly #o: WarmUpOptions;
  #warm: ReadonlySet<number> = new Set();
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: WarmUpOptions) {
    this.#o = options;
  }

  /**
   * Looks which partitions are owned now, and warms those up that were not when it looked last: one after another, so that the rate
   * is kept however many come at once.
   */
  look(owned: readonly number[], signal: AbortSignal): void {
    const taken = owned.filter((partition) => !this.#warm.has(partition));
    this.#warm = new Set(owned);
    if (taken.length > 0) this.#running = this.#running.then(() => this.run(taken, signal));
  }

  /** Resolves to how many were asked for, when all have been or `signal` aborts. What fails is left to the next caller. */
  async run(partitions: readonly number[], signal: AbortSignal): Promise<number> {
    const { runtime, random, obtain, actor } = this.#o;
    const pauseMs = 1_000 / (this.#o.mintsPerSecond ?? MINTS_PER_SECOND);
    const due = partitions.flatMap((partition) => [...this.#o.connections(partition)]).filter((connection) => isDue(connection, runtime.wallMs()));
    // Another order each time: nodes that start together do not ask one issuer together.
    const order = due.map((connection) => ({ connection, at: random() })).sort((a, b) => a.at - b.at);
    let asked = 0;
    for (const { connection: { tenant, connection_id: connectionId, slots } } of order) {
      // One to two pauses: never more in a second than was said.
      await pause(runtime, pauseMs * (1 + random()), signal);
      if (signal.aborted) break;
      asked += 1;
      const known = slots.get('')?.token?.generation ?? null;
      void obtain({ tenant, connectionId }, { knownGeneration: known, reason: 'warm_up' }, { actor, grant_id: '', trace_id: '' }).catch(() => {});
    }
    return asked;
  }
}

/** Its own token was wanted within one lifetime, and must be refreshed before the next caller should wait. */
export function isDue(connection: ConnectionRecord, nowMs: number): boolean {
  const slot = connection.slots.get('');
  const token = slot?.token;
  // What a partner rejected or an operator revoked is nobody's wish; subjects' tokens can only be exchanged by them.
  if (connection.status !== 'active' || !slot || !token || token.ended_by !== null) return false;
  const lifetimeMs = token.expires_at_ms - token.minted_at_ms;
  const wasUsed = slot.used_at_ms > 0 && nowMs - slot.used_at_ms <= lifetimeMs;
  return wasUsed && (servable(slot, nowMs) === undefined || nowMs >= token.soft_at_ms);
}

function pause(runtime: Pick<Runtime, 'after'>, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = runtime.after(ms, end);
    signal.addEventListener('abort', end);
  });
}
