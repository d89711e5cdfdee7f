import type { approval, decision } from '#contracts';
import { DocketError } from '#errors';
import { ask, asError } from './ask.js';
import type { Question } from './ask.js';
import { AnswerProblem, readApproval, readDecision, readExplanation, readSettlement, readVisibleTools } from './answers.js';
import type { CallOptions } from './calls.js';
import { Calls } from './calls.js';
import type { ApprovalStatus, Decision, Explanation, GrantChange, Outcome, Settlement, VisibleTools } from './decision.js';
import { readCallId } from './call-id.js';
import type { Settings } from './options.js';
import type { Reported } from './outcomes.js';
import type { ToolCall } from './requests.js';
import { grantIdOf, readCall, refused } from './requests.js';
import { isWorthAnother, Undecided } from './undecided.js';
import { watchGrants } from './watch-grants.js';
import type { WatchOptions } from './watch-grants.js';

const APPROVAL_ID = /^apr_([0-9a-f]{32})_/;
const WAIT_MS = 60_000;
/** A node that has gone without a word is noticed after so long at the latest. */
const WAIT_ATTEMPT_MS = 20_000;
/** What nobody has asked to wait for so long is asked of another node sooner than that. */
const ATTEMPTS = 2;
/** So many times as long as a node may be silent is waited for an answer over the stream, which older nodes do not give. */
const REPORT_SILENCES = 3;

/** A gateway's way in to Docket. Made by `connect`; one for a process is enough, for any number of calls at once. */
export class DocketClient {
  readonly #settings: Settings;
  readonly #calls: Calls;
  readonly #closing = new AbortController();
  /** Reports that somebody may not wait for: they go on while the client closes. */
  readonly #settling = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#calls = new Calls(settings);
  }

  /**
   * The verdict on a tool call, once it is in the log. Forward the call if, and only if, `allowed` is true.
   *
   * Rejects with Undecided, and with nothing else, when there is no verdict within the deadline (2 seconds unless it or `connect` says
   * otherwise), when the service refuses to decide, or when the call is none. So nothing that is returned can be mistaken for a permission.
   * Meanwhile it is asked again with the same call id wherever that is safe and may help. After an Undecided whose `outcome` is `unknown`
   * the call may have been charged: `decide` again with its `callId` and the same content returns what was recorded.
   */
  decide(call: ToolCall, options: CallOptions = {}): Promise<Decision> {
    return this.#decide(call, options, false, readDecision);
  }

  /** What would be decided now, step by step. Writes and consumes nothing, and permits nothing. Rejects with Undecided. */
  explain(call: ToolCall, options: CallOptions = {}): Promise<Explanation> {
    return this.#decide(call, options, true, readExplanation);
  }

  /** Reports what became of an allowed call; quota is given back as its limits say, at most once, so asking again is safe. Rejects with DocketError. */
  async settle(report: { readonly grant: string; readonly callId: string; readonly outcome: Outcome }, options: CallOptions = {}): Promise<Settlement> {
    this.#open();
    const settling = this.#settle(report, options);
    const ended: Promise<unknown> = settling.catch(() => undefined).finally(() => this.#settling.delete(ended));
    this.#settling.add(ended);
    return settling;
  }

  async #settle({ grant, callId, outcome }: { readonly grant: string; readonly callId: string; readonly outcome: Outcome }, options: CallOptions): Promise<Settlement> {
    const { deadlineMs = this.#settings.deadlineMs, signal } = options;
    const dueMs = performance.now() + deadlineMs;
    const request = { grant, callId, outcome };
    // What may be given up goes as a call of its own.
    const reported = signal === undefined ? await this.#report(request, deadlineMs) : undefined;
    if (reported !== undefined && 'answer' in reported) return acceptable(() => readSettlement(reported.answer));
    if (reported !== undefined && !reported.ofStream && !isWorthAnother(reported.failure.kind)) throw asError(reported.failure);
    const left = { deadlineMs: Math.max(1, dueMs - performance.now()), ...(signal && { signal }) };
    const answer = await this.#askOf<decision.SettleResponse__Output>(grant, left, (node, metadata, limits, done) => node.decisions.Settle(request, metadata, limits, done));
    return acceptable(() => readSettlement(answer));
  }

  /** The recorded verdict of a call id, for as long as ids are remembered (ten minutes). Rejects with DocketError: `not_found` if there is none. */
  async getDecision({ grant, callId }: { readonly grant: string; readonly callId: string }, options: CallOptions = {}): Promise<Decision> {
    const answer = await this.#ask<decision.DecideResponse__Output>(grant, options, (node, metadata, limits, done) => node.decisions.GetDecision({ grant, callId }, metadata, limits, done));
    return acceptable(() => readDecision(answer, { callId: callId.toLowerCase(), grantId: grantIdOf(grant) ?? '' }));
  }

  /** Which of these tools the grant may see, and the present state of their limits: for filtering a list, not for permitting a call. */
  async listVisibleTools({ grant, names, sessionId = '', agent = '' }: { readonly grant: string; readonly names: readonly string[]; readonly sessionId?: string; readonly agent?: string }, options: CallOptions = {}): Promise<VisibleTools> {
    return readVisibleTools(await this.#ask<decision.ListVisibleToolsResponse__Output>(grant, options, (node, metadata, limits, done) =>
      node.decisions.ListVisibleTools({ grant, names: [...names], sessionId, agent }, metadata, limits, done)));
  }

  /**
   * The approval as soon as it is not PENDING any more, or as it is at the deadline (60 seconds if nothing is said). APPROVED permits
   * nothing: `decide` the identical call again, under a new call id. Rejects with DocketError.
   */
  async waitApproval(approvalId: string, { deadlineMs = WAIT_MS, signal }: CallOptions = {}): Promise<ApprovalStatus> {
    const grantId = grantOf(approvalId);
    const dueMs = performance.now() + deadlineMs;
    for (;;) {
      const leftMs = dueMs - performance.now();
      const answer = await this.#ask<approval.WaitApprovalResponse__Output>(grantId, { deadlineMs: Math.max(1, leftMs), ...(signal && { signal }) }, (node, metadata, limits, done) =>
        node.approvals.WaitApproval({ approvalId }, metadata, limits, done), WAIT_ATTEMPT_MS);
      const found = acceptable(() => readApproval(answer.approval));
      if (found.state !== 'PENDING' || dueMs - performance.now() < this.#settings.silenceMs) return found;
    }
  }

  /** The approval as it is now. Rejects with DocketError: `not_found` once it has ended more than ten minutes ago. */
  async getApproval(approvalId: string, options: CallOptions = {}): Promise<ApprovalStatus> {
    const answer = await this.#ask<approval.GetApprovalResponse__Output>(grantOf(approvalId), options, (node, metadata, limits, done) => node.approvals.GetApproval({ approvalId }, metadata, limits, done));
    return acceptable(() => readApproval(answer.approval));
  }

  /**
   * The call is not wanted any more: nobody need decide, and an identical one asks anew. Asking again is safe. Rejects with DocketError:
   * `failed_precondition` if the approval has ended already.
   */
  async withdrawApproval(approvalId: string, options: CallOptions = {}): Promise<ApprovalStatus> {
    const answer = await this.#ask<approval.ResolveApprovalResponse__Output>(grantOf(approvalId), options, (node, metadata, limits, done) =>
      node.approvals.ResolveApproval({ approvalId, decision: 'WITHDRAW' }, metadata, limits, done));
    return acceptable(() => readApproval(answer.approval));
  }

  /**
   * Changes of grants and policies as they come: first everything as it is, then `in_sync`, then what changes. It goes on by itself when a
   * node goes away. Throws DocketError when the service refuses, and when the client is closed.
   */
  watchGrants(options: WatchOptions = {}): AsyncGenerator<GrantChange, void, undefined> {
    this.#open();
    return watchGrants({ nodes: this.#calls.nodes, owners: this.#calls.owners, credential: this.#settings.credential }, options, this.#closing.signal);
  }

  /** Takes no more calls, waits for those that are pending (each ends by its deadline), then closes the connections. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    await Promise.all([this.#calls.drained(), ...this.#settling]);
    this.#closing.abort();
    await Promise.all(this.#calls.nodes.all.map((node) => node.close()));
  }

  async #decide<T>(call: ToolCall, options: CallOptions, dryRun: boolean, read: (answer: decision.DecideResponse__Output, asked: { callId: string; grantId: string }) => T): Promise<T> {
    let callId = typeof call.callId === 'string' ? call.callId : '';
    try {
      this.#open();
      const asked = readCall(call, dryRun);
      callId = asked.request.callId;
      const answer = await this.#calls.decide(asked, options);
      return read(answer, { callId, grantId: asked.grantId });
    } catch (error) {
      if (error instanceof Undecided) throw error;
      if (error instanceof AnswerProblem) throw new Undecided('internal', { reason: 'ANSWER_NOT_ACCEPTABLE', message: error.message, callId, outcome: 'unknown', attempts: 1 });
      if (error instanceof DocketError) throw new Undecided(error.kind, { reason: error.reason, message: error.message, violations: error.violations, callId, outcome: 'not_decided', attempts: 0 });
      throw error;
    }
  }

  /** Over the stream, if it fits there: at an eighth of what a call of its own costs. Undefined: it does not. */
  async #report(request: { readonly grant: string; readonly callId: string; readonly outcome: Outcome }, deadlineMs: number): Promise<Reported | undefined> {
    const grantId = grantIdOf(request.grant);
    const isFitting = grantId !== undefined && readCallId(request.callId) === request.callId;
    return isFitting ? this.#calls.nodes.pick(grantId)?.settle(request, Math.min(deadlineMs / ATTEMPTS, REPORT_SILENCES * this.#settings.silenceMs)) : undefined;
  }

  #ask<A>(grant: string, options: CallOptions, send: Question<A>['send'], attemptMs?: number): Promise<A> {
    this.#open();
    return this.#askOf(grant, options, send, attemptMs);
  }

  #askOf<A>(grant: string, { deadlineMs = this.#settings.deadlineMs, signal }: CallOptions, send: Question<A>['send'], attemptMs = Math.max(this.#settings.silenceMs, deadlineMs / ATTEMPTS)): Promise<A> {
    const grantId = grantIdOf(grant);
    if (grantId === undefined) throw refused([{ field: 'grant', description: 'expected a grant token (dg_…) or a grant id of 32 hex characters' }]);
    const { nodes, owners } = this.#calls;
    return ask({ nodes, owners, credential: this.#settings.credential }, { grantId, deadlineMs, attemptMs, signal, send });
  }

  #open(): void {
    if (this.#closed !== undefined) throw new DocketError('failed_precondition', { reason: 'CLIENT_CLOSED', message: 'this client has been closed' });
  }
}

/** Whose it is. Throws invalid_argument for what is no approval's id. */
function grantOf(approvalId: string): string {
  const grantId = APPROVAL_ID.exec(approvalId)?.[1];
  if (grantId === undefined) throw refused([{ field: 'approvalId', description: 'expected apr_…' }]);
  return grantId;
}

function acceptable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AnswerProblem)) throw error;
    throw new DocketError('internal', { reason: 'ANSWER_NOT_ACCEPTABLE', message: error.message });
  }
}
