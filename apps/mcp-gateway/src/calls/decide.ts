import { createHash } from 'node:crypto';
import type { Decision, DocketClient } from '#client';
import { DocketError } from '#errors';
import type { Exchange } from '../ports.js';
import { type Approvals, BEFORE_ANY } from './approvals.js';
import type { Grants } from './grants.js';
import { refusalOf, undecided, type Refusal } from './refusals.js';
import { callIdOf, type Round } from './rounds.js';
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
  readonly approvals: Pick<Approvals, 'hold'>;
  readonly grants: Pick<Grants, 'forget'>;
  readonly settlements: Pick<Settlements, 'release'>;
}

/** Asks for a verdict, and where people are to be asked waits for them a while. */
export class Deciding {
  constructor(private readonly o: DecidingOptions) {}

  /** @param told progress that the client was told last. Never rejects; whatever is no recorded ALLOW permits nothing. */
  async decide(subject: Subject, exchange: Exchange, told: { value: number } = { value: BEFORE_ANY }): Promise<Decided> {
    const before = subject.round?.asked ?? 0;
    try {
      const decision = await this.#ask(subject, before, exchange);
      if (decision.verdict !== 'APPROVAL_REQUIRED') return decided(subject, decision, before + 1);
      const state = await this.o.approvals.hold(decision.approvalId, exchange, told);
      if (state === 'PENDING') return { kind: 'pending', decision, asked: before + 1 };
      // Whatever people said, the rules are judged again; an identical call of one that has expired would only ask anew.
      if (state === 'APPROVED' || state === 'DENIED') {
        const again = await this.#ask(subject, before + 1, exchange);
        // Another one with the same state was here first: whatever became of it, this one waits behind it.
        return again.verdict === 'APPROVAL_REQUIRED' ? { kind: 'pending', decision: again, asked: before + 2 } : decided(subject, again, before + 2);
      }
      if (state === 'REDEEMED' && subject.round?.isResumed === true) return { kind: 'used' };
      const { code, meta } = refusalOf(decision);
      return { kind: 'undecided', refusal: { code, meta, text: `[POLICY DENIED] The approval ${decision.approvalId} that this call needs has ended without one (${state.toLowerCase()}). Repeating the call asks for another.` } };
    } catch (error) {
      const refusal = error instanceof DocketError && error.kind === 'invalid_argument'
        ? { ...undecided(error), text: `[NOT DECIDED] The call cannot be decided on: ${error.message}. Nothing was called.` } : undecided(error);
      if (refusal.meta['docket/reason']?.toString().startsWith('GRANT_') === true) this.o.grants.forget();
      return { kind: 'undecided', refusal };
    }
  }

  #ask({ tool, arguments: args, definitionHash = '', round }: Subject, asked: number, { caller, sessionId, traceparent, signal }: Exchange): Promise<Decision> {
    this.o.settlements.release();
    return this.o.docket.decide({
      grant: caller.token.reveal(), serverId: caller.serverId, tool, arguments: args, toolDefinitionHash: definitionHash,
      ...(round !== undefined && { logicalCallId: round.logicalCallId, callId: callIdOf(round.logicalCallId, asked) }),
      ...(traceparent !== undefined && { traceparent }),
      // A session's id opens the session: what is written down only tells sessions apart.
      ...(sessionId !== undefined && { sessionId: createHash('sha256').update(sessionId).digest('hex').slice(0, 32) }),
    }, { deadlineMs: DECIDE_MS, signal });
  }
}

/** A recorded ALLOW that comes again is that of whoever sent the state before, and not another one. */
function decided({ round }: Subject, decision: Decision, asked: number): Decided {
  return round?.isResumed === true && decision.allowed && decision.replayed ? { kind: 'used' } : { kind: 'decided', decision, asked };
}
