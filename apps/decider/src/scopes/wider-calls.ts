import { decideInSteps, isOver, settleInSteps, visibleInSteps } from '#decision';
import type { DecidedReply, Decide, DecisionReply, LimitReading, ListVisibleTools, ScopeKey, Settle, SettledReply, VisibleToolsReply } from '#decision';
import type { Patience } from '../patience.js';
import type { AbandonedCalls } from './abandoned.calls.js';
import type { ErrandRunner } from './errands.js';
import { Turnstile } from './turnstile.js';

export interface WiderCallsOptions {
  readonly errands: ErrandRunner;
  readonly abandoned: AbandonedCalls;
  readonly patience: Patience;
}

/** Calls that limits of wider scopes concern: what more there is to do once the grant's partition has said so. */
export class WiderCalls {
  readonly #o: WiderCallsOptions;
  readonly #turnstile = new Turnstile();

  constructor(options: WiderCallsOptions) {
    this.#o = options;
  }

  /**
   * `first`: what the grant's partition says to the command; `again` asks it once more. `isRepeatable`: the caller knows the id, and may
   * ask again if this fails.
   */
  async decide(command: Decide, first: DecisionReply, again: () => Promise<DecisionReply>, deadlineMs: number, isRepeatable: boolean): Promise<DecisionReply> {
    const grantId = command.grant.grant_id;
    let reply = first;
    while (reply.type === 'ScopeAsked' && reply.ask.mode === 'reserve') {
      if (this.#turnstile.tryEnter(grantId, reply.room)) {
        try {
          return await this.#inSteps(command, reply, deadlineMs, isRepeatable);
        } finally {
          this.#turnstile.leave(grantId);
        }
      }
      await this.#turnstile.turn(grantId, (turn) => this.#o.patience.within(turn, deadlineMs));
      let isAsked = false;
      try {
        reply = await again();
        isAsked = reply.type === 'ScopeAsked' && reply.ask.mode === 'reserve';
      } finally {
        if (!isAsked) this.#turnstile.pass(grantId);
      }
    }
    return this.#inSteps(command, reply, deadlineMs, isRepeatable);
  }

  async #inSteps(command: Decide, first: DecisionReply, deadlineMs: number, isRepeatable: boolean): Promise<DecidedReply> {
    const trail: ScopeKey[] = [];
    let isEnded = true;
    try {
      return await this.#o.errands.run(decideInSteps(command, trail), deadlineMs, first);
    } catch (error) {
      isEnded = !isRepeatable || isOver(error);
      throw error;
    } finally {
      const { grant: { grant_id }, call_id, caller } = command;
      this.#o.abandoned.add({ grant_id, call_id, actor: caller.subject }, trail, isEnded);
    }
  }

  /** What a settlement gives back in wider scopes, after it is logged. */
  settle(command: Settle, first: SettledReply, deadlineMs: number): Promise<{ readonly reply: SettledReply; readonly elsewhere: readonly LimitReading[] }> {
    return this.#o.errands.run(settleInSteps(command), deadlineMs, first);
  }

  visible(command: ListVisibleTools, first: DecisionReply, deadlineMs: number): Promise<VisibleToolsReply> {
    return this.#o.errands.run(visibleInSteps(command), deadlineMs, first);
  }
}
