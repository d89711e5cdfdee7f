import { msOf } from '#contracts';
import type { approval } from '#contracts';
import { listApprovals } from '#decision';
import type { ApprovalFilter, ApprovalReply, ApprovalResolvedReply, ApprovalView, Caller, DecisionCommand, DecisionReply } from '#decision';
import { DocketError } from '#errors';
import { partitionOf } from '#ledger';
import type { Runtime } from '#ledger';
import type { Onward } from '#platform';
import { expect } from '../decision-desk.js';
import type { DecisionsLedger } from '../decision-desk.js';
import { stopping } from '../decide-stream.js';
import type { Patience } from '../patience.js';
import { NOT_SHOWN, openArguments, type ValueKeys } from './approval-arguments.js';
import { pageTokenOf, readApprovalId, readList, readResolve } from './approval-requests.js';
import type { ApprovalReference, PageStart } from './approval-requests.js';
import { approvalMessage, receiptOf } from './approval-responses.js';
import type { ApprovalWaiters } from './approval.waiters.js';

export interface ApprovalDeskOptions {
  readonly ledger: DecisionsLedger;
  readonly partitions: number;
  readonly keys: ValueKeys;
  readonly runtime: Runtime;
  readonly patience: Patience;
  readonly waiters: ApprovalWaiters;
  /** Left out, this node serves every partition. */
  readonly nodes?: ApprovalNodes;
}

/** The nodes that serve the decisions partitions. */
export interface ApprovalNodes {
  isHere(partition: number): boolean;
  /** Where the others are that serve at least one; undefined if it is not known of one partition who serves it. */
  others(): readonly string[] | undefined;
  /** What one of them finds on the partitions that it serves. */
  list(address: string, request: object, onward: Onward): Promise<approval.ListApprovalsResponse__Output>;
}

/** What surrounds one call. */
export interface ApprovalContext {
  readonly caller: Caller;
  readonly credentialId: string;
  /** Whether the caller may see argument values. */
  readonly isApprover: boolean;
  /** On the runtime's monotonic clock. */
  readonly deadlineMs: number;
  readonly onward: Onward;
}

/** Event time and this node's clock may be a little apart: an approval that should have expired is looked at again. */
const EXPIRY_AGAIN_MS = 500;
/** The answer has to reach its caller, and a fresh look needs a round trip to the log. */
const ANSWER_MARGIN_MS = 500;

/** Lists approvals, has the owner of each one's partition resolve it, and waits for them. Every failure is a DocketError. */
export class ApprovalDesk {
  readonly #o: ApprovalDeskOptions;

  constructor(options: ApprovalDeskOptions) {
    this.#o = options;
  }

  /** From the partitions' present state: advisory, as it may hold what the log has not acknowledged yet. */
  async list(request: approval.ListApprovalsRequest__Output, context: ApprovalContext): Promise<approval.ListApprovalsResponse> {
    const { nodes } = this.#o;
    const { onward } = context;
    if (nodes === undefined || onward.hops > 0) return this.#listHere(request, context);
    const others = nodes.others();
    if (others === undefined) throw incomplete('one of the partitions is served by nobody');
    const { pageSize } = readList(request);
    const pages = await Promise.all([this.#listHere(request, context), ...others.map((address) => nodes.list(address, request, onward))]);
    const kept = pages.flatMap(({ approvals = [] }) => approvals as approval.Approval[]).sort((a, b) => compare(startOfMessage(a), startOfMessage(b)));
    const page = kept.slice(0, pageSize);
    const last = page.at(-1);
    const isMore = kept.length > page.length || pages.some(({ nextPageToken }) => nextPageToken !== '');
    return { approvals: page, nextPageToken: isMore && last !== undefined ? pageTokenOf(startOfMessage(last)) : '' };
  }

  #listHere(request: approval.ListApprovalsRequest__Output, { caller }: ApprovalContext): approval.ListApprovalsResponse {
    const { state, grantId, serverId, pageSize, after } = readList(request);
    const all = grantId === '' ? Array.from({ length: this.#o.partitions }, (_, partition) => partition) : [this.#partitionOf(grantId)];
    const partitions = all.filter((partition) => this.#o.nodes?.isHere(partition) !== false);
    const filter: ApprovalFilter = { organisation: caller.organisation, state: state ?? null, grant_id: grantId, server_id: serverId };
    // One more than the page tells whether there is another; no more than that is kept from one partition to the next.
    let kept: ApprovalView[] = [];
    for (const partition of partitions) {
      const found = this.#peek(partition, filter).filter((view) => after === undefined || compare(startOf(view), after) > 0);
      kept = [...kept, ...found].sort((a, b) => compare(startOf(a), startOf(b))).slice(0, pageSize + 1);
    }
    const page = kept.slice(0, pageSize);
    const last = page.at(-1);
    return {
      approvals: page.map((view) => approvalMessage(view, NOT_SHOWN)),
      nextPageToken: kept.length > page.length && last !== undefined ? pageTokenOf(startOf(last)) : '',
    };
  }

  async get(request: approval.GetApprovalRequest__Output, context: ApprovalContext): Promise<approval.Approval> {
    const reply = await this.#get(readApprovalId(request.approvalId), context);
    return this.#message(reply.approval, context);
  }

  /** The answer, and what the log and the metrics tell of it. */
  async resolve(request: approval.ResolveApprovalRequest__Output, context: ApprovalContext): Promise<Resolved> {
    const { approvalId, grantId, decision, comment } = readResolve(request);
    const { caller, deadlineMs } = context;
    const reply = expect(await this.#submit(grantId, { type: 'ResolveApproval', caller, approval_id: approvalId, grant_id: grantId, decision, comment }, deadlineMs), 'ApprovalResolved');
    // The state holds all but the arguments; should this node have been deposed in between, its successor tells the rest.
    const own = this.#o.ledger.peek(this.#partitionOf(grantId), (state) => listApprovals(state, { organisation: caller.organisation, state: null, grant_id: grantId, server_id: '' }, this.#o.runtime.wallMs()));
    const view = own?.find(({ approval_id }) => approval_id === approvalId) ?? (await this.#get({ approvalId, grantId }, context)).approval;
    return { response: { approval: approvalMessage(view, NOT_SHOWN), replayed: reply.replayed, receipt: reply.at && receiptOf(reply.at) }, reply, view };
  }

  /** Resolves once the approval is not pending any more, or shortly before the deadline with what it is then. */
  async wait(request: approval.WaitApprovalRequest__Output, context: ApprovalContext, signal: AbortSignal): Promise<approval.Approval> {
    const { runtime, waiters } = this.#o;
    const reference = readApprovalId(request.approvalId);
    const waiter = waiters.join(reference.approvalId, context.credentialId, signal);
    try {
      for (;;) {
        const { approval: view } = await this.#get(reference, context);
        if (signal.aborted) throw stopping();
        const leftMs = context.deadlineMs - ANSWER_MARGIN_MS - runtime.monotonicMs();
        const expiresInMs = Math.max(EXPIRY_AGAIN_MS, view.expires_at_ms - runtime.wallMs());
        if (view.state !== 'pending' || leftMs <= 0) return await this.#message(view, context);
        const isWoken = await waiter.changed(Math.min(leftMs, expiresInMs));
        if (!isWoken && leftMs < expiresInMs) return await this.#message(view, context);
      }
    } finally {
      waiter.leave();
    }
  }

  /** How many wait for a human on the partitions of this node, in all organisations; undefined while it cannot tell. */
  pending(): number | undefined {
    const { ledger, partitions, runtime } = this.#o;
    const filter: ApprovalFilter = { organisation: null, state: 'pending', grant_id: '', server_id: '' };
    let count = 0;
    for (let partition = 0; partition < partitions; partition += 1) {
      if (this.#o.nodes?.isHere(partition) === false) continue;
      const found = ledger.peek(partition, (state) => listApprovals(state, filter, runtime.wallMs()).length);
      if (found === undefined) return undefined;
      count += found;
    }
    return count;
  }

  async #get({ approvalId, grantId }: ApprovalReference, { caller, deadlineMs }: ApprovalContext): Promise<ApprovalReply> {
    return expect(await this.#submit(grantId, { type: 'GetApproval', caller, approval_id: approvalId, grant_id: grantId }, deadlineMs), 'Approval');
  }

  #submit(grantId: string, command: DecisionCommand, deadlineMs: number): Promise<DecisionReply> {
    const { ledger, patience } = this.#o;
    return patience.within(ledger.submit(this.#partitionOf(grantId), command, { deadlineMs }), deadlineMs);
  }

  async #message(view: ApprovalView, { isApprover, deadlineMs }: ApprovalContext): Promise<approval.Approval> {
    const { arguments: sealed, grant_id, call_id } = view;
    if (sealed === null || !isApprover) return approvalMessage(view, NOT_SHOWN);
    return approvalMessage(view, await this.#o.patience.within(openArguments(this.#o.keys, grant_id, call_id, sealed), deadlineMs));
  }

  #peek(partition: number, filter: ApprovalFilter): readonly ApprovalView[] {
    const found = this.#o.ledger.peek(partition, (state) => listApprovals(state, filter, this.#o.runtime.wallMs()));
    if (found !== undefined) return found;
    throw incomplete(`partition ${partition} is not served by this node just now`);
  }

  #partitionOf(grantId: string): number {
    return partitionOf(grantId, this.#o.partitions);
  }
}

/** An answer, with what is told about it elsewhere. */
export interface Resolved {
  readonly response: approval.ResolveApprovalResponse;
  readonly reply: ApprovalResolvedReply;
  readonly view: ApprovalView;
}

function incomplete(why: string): DocketError {
  return new DocketError('unavailable', { reason: 'PARTITION_UNAVAILABLE', message: `${why}, and a list without it would not be complete`, retryAfterMs: 500 });
}

function startOfMessage({ requestedAt, approvalId }: approval.Approval): PageStart {
  return { requestedAtMs: requestedAt ? msOf(requestedAt) : 0, approvalId: approvalId ?? '' };
}

function startOf(view: ApprovalView): PageStart {
  return { requestedAtMs: view.requested_at_ms, approvalId: view.approval_id };
}

function compare(a: PageStart, b: PageStart): number {
  if (a.requestedAtMs !== b.requestedAtMs) return a.requestedAtMs - b.requestedAtMs;
  return a.approvalId < b.approvalId ? -1 : a.approvalId > b.approvalId ? 1 : 0;
}
