import type { ApprovalRequired, ApprovalStatus } from '#client';
import { DocketError } from '#errors';
import { isObject, type JsonObject, RPC } from '#mcp';
import { type Caller, type Exchange, type RpcAnswer, TASKS_EXTENSION } from '../ports.js';
import { approvalPage } from './approval-question.js';
import type { Approvals } from './approvals.js';
import { endedText } from './decide.js';
import { type Ended, EndedTasks } from './ended-tasks.js';
import { GATEWAY_ERRORS, type Refusal, refusalOf, toolError } from './refusals.js';
import { callIdOf, conversationAt } from './rounds.js';
import { type Task, type TaskIds, ttlMsOf } from './task-ids.js';
import { TaskRun } from './task-run.js';

const POLL_MS = 2_000;
/** How long a look at a task waits for what it has set off: the answer then comes with it, wherever the next look would go. */
const WAIT_MS = 20_000;
const RUNS_MAX = 1_000;
/** Looks at an approved task within such a time ask for its verdict under one id, whichever gateway they come to. */
const SLOT_MS = 5 * 60_000;

/** What came of asking again for the call of a task, and of making it. */
export type Redeemed =
  | { readonly kind: 'answered'; readonly answer: RpcAnswer }
  /** It was allowed before, under the same id. */
  | { readonly kind: 'used' }
  /** It was allowed otherwise than by the task's approval, which nothing has used up: it was not made, since it could be made again and again. */
  | { readonly kind: 'unneeded' }
  /** There is no verdict: nothing was done. */
  | { readonly kind: 'undecided'; readonly refusal: Refusal }
  /** It waits for people: for more of them than before, or its approval is not there any more, and it has met another one or opened it. */
  | { readonly kind: 'pending'; readonly approvalId: string; readonly callId: string };

export interface TasksOptions {
  readonly ids: TaskIds;
  readonly approvals: Pick<Approvals, 'isOf' | 'look' | 'withdraw'>;
  /** Asks for the verdict and makes the call. Never rejects. */
  readonly redeem: (task: Task, conversation: string, exchange: Exchange) => Promise<Redeemed>;
  readonly consoleUrl: string | undefined;
  readonly wallMs: () => number;
}

/** How a task stands: what `tasks/get` says beside its dates. */
type Standing = { readonly message: string; readonly updatedMs: number } & ({ readonly status: 'working' } | { readonly status: 'input_required'; readonly inputRequests: JsonObject } | Ended);

/** Whether this request's client takes tasks (K1). */
export function declaresTasks({ era, clientCapabilities: { extensions } }: Exchange): boolean {
  return era === 'modern' && isObject(extensions) && isObject(extensions[TASKS_EXTENSION]);
}

/**
 * Calls that wait for people, for clients that come and look (the tasks extension). The first look after the approval has the call decided
 * on again and made; its result is kept here for ten minutes. Everything else is in the task's id and in the log.
 */
export class Tasks {
  readonly #o: TasksOptions;
  readonly #ended: EndedTasks;
  readonly #runs = new Map<string, { readonly run: TaskRun; readonly work: Promise<void> }>();

  constructor(options: TasksOptions) {
    this.#o = options;
    this.#ended = new EndedTasks(options.wallMs);
  }

  /** A task for a call that waits for this approval, which is in the log; undefined if its arguments are too long for one. */
  create(call: Pick<Task, 'logicalCallId' | 'tool' | 'arguments' | 'definitionHash'>, decision: ApprovalRequired, caller: Caller): RpcAnswer | undefined {
    const task: Task = { ...call, approvalId: decision.approvalId, createdMs: this.#o.wallMs(), expiresMs: decision.approvalExpiresAt.getTime() };
    const id = this.#o.ids.seal(task, caller);
    if (id === undefined) return undefined;
    return { result: { ...shown(id, task, this.#waiting(task)), resultType: 'task', _meta: refusalOf(decision).meta } };
  }

  /** `tasks/get`, `tasks/update`, `tasks/cancel`. Never rejects. */
  async request(method: string, params: JsonObject, exchange: Exchange): Promise<RpcAnswer> {
    if (!declaresTasks(exchange)) return { error: { code: RPC.missingClientCapability, message: `Missing required client capability: extensions["${TASKS_EXTENSION}"]`, data: { requiredCapabilities: { extensions: { [TASKS_EXTENSION]: {} } } } } };
    const task = this.#o.ids.open(params['taskId'], exchange.caller);
    if (task === undefined) return unknownTask();
    const id = String(params['taskId']);
    if (method === 'tasks/cancel') return this.#cancel(id, task);
    if (method === 'tasks/update') return this.#update(id, params['inputResponses']);
    const standing = await this.#look(id, task, exchange);
    return standing === undefined ? unknownTask() : { result: { resultType: 'complete', ...shown(id, task, standing) } };
  }

  /** Ends what is under way; outcomes are reported by whoever makes the calls. */
  async stop(): Promise<void> {
    for (const { run } of this.#runs.values()) run.cancel();
    await Promise.all([...this.#runs.values()].map(({ work }) => work));
  }

  async #look(id: string, task: Task, exchange: Exchange): Promise<Standing | undefined> {
    const before = this.#here(id, task);
    if (before?.status === 'input_required' || this.#ended.get(id) !== undefined) return before;
    if (!this.#runs.has(id)) {
      let approval: ApprovalStatus;
      try {
        approval = await this.#o.approvals.look(task.approvalId);
      } catch (error) {
        if (error instanceof DocketError && error.kind === 'not_found') return undefined;
        return this.#working(task, 'How it stands cannot be found out just now.');
      }
      // Another look may have been quicker.
      if (this.#ended.get(id) !== undefined) return this.#here(id, task);
      if (!this.#runs.has(id)) {
        const standing = this.#of(task, approval);
        if (standing !== undefined) return standing;
        if (this.#runs.size >= RUNS_MAX) return this.#working(task, 'It waits for other calls to end.');
        this.#begin(id, task, approval, exchange);
      }
    }
    await this.#runs.get(id)?.run.changed(WAIT_MS, exchange.signal);
    return this.#here(id, task) ?? this.#working(task, 'No decision could be had just now; nothing was called.');
  }

  /** How it stands as far as this gateway has to do with it. */
  #here(id: string, task: Task): Standing | undefined {
    const ended = this.#ended.get(id);
    if (ended !== undefined) return { ...ended, message: MESSAGES[ended.status], updatedMs: ended.endedMs };
    const run = this.#runs.get(id)?.run;
    if (run === undefined) return undefined;
    const { inputRequests } = run;
    return inputRequests === undefined ? this.#working(task, 'It was approved, and is being carried out.') : { status: 'input_required', message: 'The server needs more input.', inputRequests, updatedMs: this.#o.wallMs() };
  }

  /** How it stands by its approval; undefined: people have decided, so the call is to be asked for again. */
  #of(task: Task, approval: ApprovalStatus): Standing | undefined {
    const completed = (text: string, endedMs: number): Standing => ({ status: 'completed', message: MESSAGES.completed, result: resultOf(toolError({ text, meta: { 'docket/approval-id': task.approvalId } })), endedMs, updatedMs: endedMs });
    switch (approval.state) {
      case 'PENDING': return this.#waiting(task);
      case 'APPROVED':
      case 'DENIED': return undefined;
      case 'EXPIRED': return completed(endedText(task.approvalId, approval.state), task.expiresMs);
      case 'REDEEMED': return completed(isOwn(task, approval.redeemedByCallId) ? LOST : OTHERS, approval.decidedAt?.getTime() ?? task.createdMs);
      case 'WITHDRAWN':
      case 'ERASED': return { status: 'cancelled', message: MESSAGES.cancelled, endedMs: task.createdMs, updatedMs: task.createdMs };
    }
  }

  #begin(id: string, task: Task, { decidedAt }: ApprovalStatus, exchange: Exchange): void {
    const run = new TaskRun();
    const decidedMs = decidedAt?.getTime() ?? task.createdMs;
    const slot = Math.max(0, Math.floor((this.#o.wallMs() - decidedMs) / SLOT_MS));
    const conversation = conversationAt(decidedMs + slot * SLOT_MS, task.logicalCallId);
    const work = this.#make(task, conversation, run, exchange).then((ended) => {
      if (ended !== undefined) this.#ended.keep(id, ended);
      this.#runs.delete(id);
      run.over();
    });
    this.#runs.set(id, { run, work });
  }

  /** Undefined: nothing was done, and the next look tries again. */
  async #make(task: Task, conversation: string, run: TaskRun, exchange: Exchange): Promise<Ended | undefined> {
    const found = await this.#o.redeem(task, conversation, run.exchangeFor(exchange));
    const endedMs = this.#o.wallMs();
    switch (found.kind) {
      case 'answered': {
        const { answer } = found;
        if ('error' in answer) return { status: 'failed', error: answer.error, endedMs };
        const reason = isObject(answer.result['_meta']) ? answer.result['_meta']['docket/reason'] : undefined;
        // What the server had done by then is its answer all the same.
        return run.isCancelled && reason !== undefined ? { status: 'cancelled', endedMs } : { status: 'completed', result: answer.result, endedMs };
      }
      case 'used': return { status: 'completed', result: resultOf(toolError({ text: LOST, meta: { 'docket/approval-id': task.approvalId } })), endedMs };
      case 'unneeded':
        // Nor is it there for later, when it might be needed again.
        await this.#o.approvals.withdraw(task.approvalId).catch(() => undefined);
        return { status: 'completed', result: resultOf(toolError({ text: UNNEEDED, meta: { 'docket/approval-id': task.approvalId } })), endedMs };
      case 'pending':
        // Somebody was quicker, and nobody waits for the one that was opened then.
        await this.#takeBack(found.approvalId, found.callId).catch(() => undefined);
        return undefined;
      case 'undecided': return undefined;
    }
  }

  async #takeBack(approvalId: string, openedBy: string): Promise<void> {
    if (await this.#o.approvals.isOf(approvalId, [openedBy])) await this.#o.approvals.withdraw(approvalId);
  }

  async #cancel(id: string, task: Task): Promise<RpcAnswer> {
    const running = this.#runs.get(id);
    if (running !== undefined) {
      running.run.cancel();
      return DONE;
    }
    try {
      if (this.#ended.get(id) === undefined) await this.#o.approvals.withdraw(task.approvalId);
      return DONE;
    } catch {
      return { error: { code: GATEWAY_ERRORS.undecided, message: 'The task could not be cancelled just now; try again in a moment' } };
    }
  }

  #update(id: string, inputResponses: JsonObject[string]): RpcAnswer {
    if (!isObject(inputResponses)) return { error: { code: RPC.invalidParams, message: 'Invalid params: expected inputResponses, an object' } };
    this.#runs.get(id)?.run.update(inputResponses);
    return DONE;
  }

  #waiting(task: Task): Standing {
    const where = this.#o.consoleUrl === undefined ? '' : ` Approvers decide at ${approvalPage(this.#o.consoleUrl, task.approvalId)}.`;
    return this.#working(task, `Waiting for approval ${task.approvalId}.${where}`);
  }

  #working({ createdMs }: Task, message: string): Standing {
    return { status: 'working', message, updatedMs: createdMs };
  }
}

const DONE: RpcAnswer = { result: { resultType: 'complete' } };
const MESSAGES: Readonly<Record<Ended['status'], string>> = { completed: 'It has ended; see the result.', failed: 'The server has answered with an error.', cancelled: 'The request was taken back.' };
const LOST = '[NO ANSWER] The call was approved and let through, but its result is not kept any more: the gateway that made it has started anew, or it is long ago. Look what it has done before you repeat it.';
const OTHERS = '[POLICY DENIED] The approval that this call waited for has let an identical call through, and is used once. Repeating the call asks for another.';
const UNNEEDED = '[NOT DONE] The policy has changed since people were asked: this call does not need their approval any more. Nothing was called; repeat the call.';

function shown(taskId: string, task: Task, standing: Standing): JsonObject {
  return {
    taskId, status: standing.status, statusMessage: standing.message, createdAt: new Date(task.createdMs).toISOString(), lastUpdatedAt: new Date(standing.updatedMs).toISOString(), ttlMs: Math.max(0, Math.round(ttlMsOf(task))), pollIntervalMs: POLL_MS,
    ...(standing.status === 'completed' && { result: standing.result }), ...(standing.status === 'failed' && { error: { ...standing.error } }), ...(standing.status === 'input_required' && { inputRequests: standing.inputRequests }),
  };
}

/** Whether the call that used the approval was the task's: its id says of when it is. */
function isOwn(task: Task, callId: string): boolean {
  return callId === callIdOf(conversationAt(parseInt(callId.slice(0, 13).replace('-', ''), 16), task.logicalCallId), 0);
}

function unknownTask(): RpcAnswer {
  return { error: { code: RPC.invalidParams, message: 'Unknown task: it has ended, or is none of this grant’s' } };
}

function resultOf(answer: RpcAnswer): JsonObject {
  return 'result' in answer ? answer.result : {};
}
