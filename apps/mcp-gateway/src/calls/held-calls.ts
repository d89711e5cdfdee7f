import type { Exchange, RpcAnswer } from '../ports.js';
import { APPROVAL_KEY, approvalPage, questionOf, showPage } from './approval-question.js';
import type { Approvals } from './approvals.js';
import type { Decided, Deciding, Pending, Subject } from './decide.js';
import { GATEWAY_ERRORS, refusalOf, toolError } from './refusals.js';
import type { RequestStates, StateBinding } from './request-state.js';
import { nextState, type Round } from './rounds.js';
import { declaresTasks, type Tasks } from './tasks.js';
import type { ToolRisks } from './tool-risks.js';

export interface HeldCallsOptions {
  readonly deciding: Deciding;
  readonly approvals: Pick<Approvals, 'isOf' | 'keptByTask' | 'left' | 'withdraw'>;
  readonly tasks: Pick<Tasks, 'create'>;
  readonly risks: ToolRisks;
  readonly states: RequestStates;
  /** Where people decide; undefined: nobody is sent there. */
  readonly consoleUrl: string | undefined;
}

/** Of a call that waits for people, what its task or its next round needs. */
export interface HeldCall {
  readonly name: string;
  readonly text: string;
  readonly definitionHash: string;
}

/** Whether what it is asked for brings the client back, with a state: clients with a session and of tasks answer where they are. */
export function comesBack({ era, ask }: Exchange): boolean {
  return era === 'modern' && ask === undefined;
}

/** Calls that wait for people: one approval, in the form that the client can take (mcp-gateway.md 5). */
export class HeldCalls {
  constructor(private readonly o: HeldCallsOptions) {}

  /** What a client is told at once, in a call's first round: that it has a task, or that its user is to be asked. Undefined: it waits. */
  async offer({ name, text, definitionHash }: HeldCall, round: Round, { decision, asked }: Pending, exchange: Exchange, binding: () => StateBinding): Promise<RpcAnswer | undefined> {
    if (round.number > 1 || !comesBack(exchange)) return undefined;
    const told = await this.#told({ name, text, definitionHash }, round, { kind: 'pending', decision, asked }, exchange, binding);
    if (told !== undefined) this.o.approvals.left(decision.approvalId, exchange, [decision.callId]);
    return told;
  }

  /** Waits until people have decided, if they do so within the hold; a client of a session that opens pages is shown theirs. */
  async hold(subject: Subject, pending: Pending, exchange: Exchange, told: { value: number }): Promise<Decided> {
    const over = showPage(pending.decision, subject.tool, exchange, this.o.consoleUrl);
    const found = await this.o.deciding.wait(subject, pending, exchange, told);
    over(found.kind !== 'pending');
    return found;
  }

  /** The call is not wanted any more, its user says. @param callIds under which its conversation has asked so far */
  async takeBack(approvalId: string, callIds: readonly string[]): Promise<RpcAnswer> {
    const meta = { 'docket/verdict': 'WITHDRAWN', 'docket/approval-id': approvalId };
    try {
      if (!await this.o.approvals.isOf(approvalId, callIds)) return toolError({ text: `[NOT DONE] The user does not want the call. The request for approval ${approvalId} is that of an identical call, and stays. Nothing was called.`, meta });
      const text = await this.o.approvals.withdraw(approvalId)
        ? `[NOT DONE] The request for approval ${approvalId} was taken back by the user. Nothing was called.`
        : `[NOT DONE] The request for approval ${approvalId} had ended before its user took it back. Look what has become of the call before you repeat it.`;
      return toolError({ text, meta });
    } catch {
      return { error: { code: GATEWAY_ERRORS.undecided, message: 'The request could not be taken back just now; try again in a moment', data: meta } };
    }
  }

  /** Where people decide on what this verdict waits for; undefined: it waits for nobody, or there is no page. */
  pageOf({ approvalId, verdict }: { readonly verdict: string; readonly approvalId: string | null }): string | undefined {
    return verdict !== 'APPROVAL_REQUIRED' || approvalId === null || this.o.consoleUrl === undefined ? undefined : approvalPage(this.o.consoleUrl, approvalId);
  }

  async #told({ name, text, definitionHash }: HeldCall, round: Round, { decision, asked }: Pending, exchange: Exchange, binding: () => StateBinding): Promise<RpcAnswer | undefined> {
    const task = declaresTasks(exchange) ? this.o.tasks.create({ logicalCallId: round.logicalCallId, tool: name, arguments: text, definitionHash }, decision, exchange.caller) : undefined;
    if (task !== undefined) {
      if (!exchange.signal.aborted) this.o.approvals.keptByTask(decision.approvalId);
      return task;
    }
    const question = questionOf(decision, name, await this.o.risks.severityOf(exchange.caller.serverId, name), exchange, this.o.consoleUrl);
    if (question === undefined) return undefined;
    const requestState = nextState(round, asked, round.upstreamState, this.o.states, binding(), { approvalId: decision.approvalId, mode: question.mode });
    return { result: { resultType: 'input_required', inputRequests: { [APPROVAL_KEY]: { method: 'elicitation/create', params: question.params } }, requestState, _meta: refusalOf(decision).meta } };
  }
}
