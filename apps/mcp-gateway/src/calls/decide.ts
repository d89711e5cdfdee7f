import { createHash } from 'node:crypto';
import type { ApprovalState, Decision, DocketClient } from '#client';
import { DocketError } from '#errors';
import type { Exchange } from '../ports.js';
import { type Approvals, BEFORE_ANY } from './approvals.js';
import type { Grants } from './grants.js';
import { refusalOf, undecided, type Refusal } from './refusals.js';
import { callIdOf, callIdsOf, type Round } from './rounds.js';
import type { Settlements } from './settlements.js';

const DECIDE_MS = 5_000;

/** What is decided on: a tool, or a method under its own name. */
export interface Subject {
  readonly tool: string;
  /** JSON text, digit for digit. */
  readonly arguments: string;
  readonly definitionHash?: string;
  /** Where the conversation about the call stands, if there can be one. */
  readonly round?: Pick<Round, 'logicalCallId' | 'asked' | 'isResumed'>;
}

export type Decided =
  | { readonly kind: 'decided'; readonly decision: Decision; /** How many decisions the conversation has asked for. */ readonly asked: number }
  /** It was allowed before, under the same state. */
  | { readonly kind: 'used' }
  /** There is no verdict to act on, and no call. */
  | { readonly kind: 'undecided'; readonly refusal: Refusal }
  /** People have not decided yet. */
  | { readonly kind: 'pending'; readonly decision: Decision & { readonly verdict: 'APPROVAL_REQUIRED' }; readonly asked: number };

export interface DecidingOptions {
  readonly docket: Pick<DocketClient, 'decide'>;
  readonly approvals: Pick<Approvals, 'hold' | 'left'>;
  readonly grants: Pick<Grants, 'forget'>;
  readonly settlements: Pick<Settlements, 'release'>;
}

export type Pending = Extract<Decided, { readonly kind: 'pending' }>;

/** Asks for a verdict, and where people are to be asked waits for them a while. Nothing here rejects; whatever is no recorded ALLOW permits nothing. */
export class Deciding {
  constructor(private readonly o: DecidingOptions) {}

  /** @param told progress that the client was told last */
  async decide(subject: Subject, exchange: Exchange, told: { value: number } = { value: BEFORE_ANY }): Promise<Decided> {
    const found = await this.ask(subject, exchange);
    return found.kind === 'pending' ? this.wait(subject, found, exchange, told) : found;
  }

  /** The verdict as it is, without waiting for anybody. */
  ask(subject: Subject, exchange: Exchange): Promise<Decided> {
    return this.#orUndecided(async () => this.#found(subject, await this.#ask(subject, subject.round?.asked ?? 0, exchange), (subject.round?.asked ?? 0) + 1));
  }

  /** The verdict after people have decided, if they do so within the hold. */
  wait(subject: Subject, pending: Pending, exchange: Exchange, told: { value: number }): Promise<Decided> {
    const { decision, asked } = pending;
    return this.#orUndecided(async () => {
      const state = await this.o.approvals.hold(decision.approvalId, exchange, told, [decision.callId, ...(subject.round === undefined ? [] : callIdsOf(subject.round))]);
      // Nobody is there to hear of what it would use up, or open anew.
      if (state === 'PENDING' || exchange.signal.aborted) return pending;
      // Whatever people said, the rules are judged again; an identical call of one that has expired would only ask anew.
      // Another one with the same state may have been here first: whatever became of it, this one waits behind it.
      if (state === 'APPROVED' || state === 'DENIED') {
        const found = this.#found(subject, await this.#ask(subject, asked, exchange), asked + 1);
        if (found.kind === 'pending') this.o.approvals.left(found.decision.approvalId, exchange, [found.decision.callId]);
        return found;
      }
      if (state === 'REDEEMED' && subject.round?.isResumed === true) return { kind: 'used' };
      return { kind: 'undecided', refusal: endedWithout(decision, state) };
    });
  }

  async #orUndecided(find: () => Promise<Decided>): Promise<Decided> {
    try {
      return await find();
    } catch (error) {
      const refusal = error instanceof DocketError && error.kind === 'invalid_argument'
        ? { ...undecided(error), text: `[NOT DECIDED] The call cannot be decided on: ${error.message}. Nothing was called.` } : undecided(error);
      if (refusal.meta['docket/reason']?.toString().startsWith('GRANT_') === true) this.o.grants.forget();
      return { kind: 'undecided', refusal };
    }
  }

  /** A recorded ALLOW that comes again is that of whoever asked under this id before, and not another one. */
  #found({ round }: Subject, decision: Decision, asked: number): Decided {
    if (decision.verdict === 'APPROVAL_REQUIRED') return { kind: 'pending', decision, asked };
    return decision.allowed && decision.replayed && round?.isResumed === true ? { kind: 'used' } : { kind: 'decided', decision, asked };
  }

  #ask({ tool, arguments: args, definitionHash = '', round }: Subject, asked: number, { caller, sessionId, traceparent }: Exchange): Promise<Decision> {
    this.o.settlements.release();
    return this.o.docket.decide({
      grant: caller.token.reveal(), serverId: caller.serverId, tool, arguments: args, toolDefinitionHash: definitionHash,
      ...(round !== undefined && { logicalCallId: round.logicalCallId, callId: callIdOf(round.logicalCallId, asked) }),
      ...(traceparent !== undefined && { traceparent }),
      // A session's id opens the session: what is written down only tells sessions apart.
      ...(sessionId !== undefined && { sessionId: createHash('sha256').update(sessionId).digest('hex').slice(0, 32) }),
      // Not given up with the client: what was opened or charged by then would be nobody's.
    }, { deadlineMs: DECIDE_MS });
  }
}

/** Nobody has approved it, and nobody will any more. */
export function endedWithout(decision: Pending['decision'], state: ApprovalState): Refusal {
  const { code, meta } = refusalOf(decision);
  return { code, meta, text: endedText(decision.approvalId, state) };
}

export function endedText(approvalId: string, state: ApprovalState): string {
  return `[POLICY DENIED] The approval ${approvalId} that this call needs has ended without one (${state.toLowerCase()}). Repeating the call asks for another.`;
}
