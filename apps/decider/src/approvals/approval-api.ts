import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import type { approval } from '#contracts';
import type { Runtime } from '#ledger';
import { asDocketError, onwardOf } from '#platform';
import type { Logger, Onward } from '#platform';
import type { Identity, Role } from '#registry';
import type { Access } from '../access.js';
import { stopping } from '../decide-stream.js';
import type { DecisionMetrics } from '../decision-metrics.js';
import type { Patience } from '../patience.js';
import type { ApprovalContext, ApprovalDesk, Resolved } from './approval-desk.js';
import type { ApprovalMetrics } from './approval-metrics.js';
import type { ApprovalCards } from './card/approval-cards.js';

const LIST_ROLES: readonly Role[] = ['approver', 'auditor'];
const GET_ROLES: readonly Role[] = ['approver', 'auditor', 'gateway'];
const WAIT_ROLES: readonly Role[] = ['gateway', 'approver'];
const WAIT_MS_DEFAULT = 60_000;
const WAIT_MS_MAX = 300_000;

export interface ApprovalApiOptions {
  readonly desk: ApprovalDesk;
  readonly cards: Pick<ApprovalCards, 'of'>;
  readonly access: Access;
  readonly patience: Patience;
  readonly metrics: ApprovalMetrics;
  readonly errors: DecisionMetrics;
  readonly logger: Logger;
  readonly runtime: Runtime;
  readonly draining: AbortSignal;
}

type UnaryCall = Pick<ServerUnaryCall<unknown, unknown>, 'getDeadline' | 'once'>;

/** The approval API behind its transport: who asks, until when, and what is counted and logged of it. */
export class ApprovalApi {
  readonly #o: ApprovalApiOptions;

  constructor(options: ApprovalApiOptions) {
    this.#o = options;
  }

  list(request: approval.ListApprovalsRequest__Output, metadata: Metadata, call: UnaryCall): Promise<approval.ListApprovalsResponse> {
    return this.#answer('ListApprovals', LIST_ROLES, metadata, call, (context) => this.#o.desk.list(request, context));
  }

  get(request: approval.GetApprovalRequest__Output, metadata: Metadata, call: UnaryCall): Promise<approval.GetApprovalResponse> {
    return this.#answer('GetApproval', GET_ROLES, metadata, call, async (context) => this.#shown(await this.#o.desk.get(request, context), context));
  }

  getCard(request: approval.GetApprovalCardRequest__Output, metadata: Metadata, call: UnaryCall): Promise<approval.GetApprovalCardResponse> {
    return this.#answer('GetApprovalCard', LIST_ROLES, metadata, call, async (context) => {
      const shown = this.#shown(await this.#o.desk.get(request, context), context);
      const { caller, isApprover, deadlineMs } = context;
      const card = await this.#o.cards.of(shown.approval, { organisation: caller.organisation, isApprover, deadlineMs });
      for (const past of [...card.likeIt ?? [], ...(card.lastApproved ? [card.lastApproved] : [])]) this.#shown(past, context);
      return card;
    });
  }

  /** Who may decide depends on the decision: approvers approve and deny, the gateway that asked withdraws. */
  resolve(request: approval.ResolveApprovalRequest__Output, metadata: Metadata, call: UnaryCall): Promise<approval.ResolveApprovalResponse> {
    const roles: readonly Role[] = request.decision === 'WITHDRAW' ? ['gateway'] : ['approver'];
    return this.#answer('ResolveApproval', roles, metadata, call, async (context, startedMs) => {
      const resolved = await this.#o.desk.resolve(request, context);
      this.#resolved(resolved, context.caller.subject, startedMs);
      return resolved.response;
    });
  }

  wait(request: approval.WaitApprovalRequest__Output, metadata: Metadata, call: UnaryCall): Promise<approval.WaitApprovalResponse> {
    return this.#answer('WaitApproval', WAIT_ROLES, metadata, call, async (context, startedMs) => {
      const cancelled = new AbortController();
      call.once('cancelled', () => cancelled.abort());
      const signal = AbortSignal.any([cancelled.signal, this.#o.draining]);
      if (signal.aborted) throw stopping();
      const hasDeadline = Number.isFinite(Number(call.getDeadline()));
      const deadlineMs = hasDeadline ? Math.min(context.deadlineMs, startedMs + WAIT_MS_MAX) : startedMs + WAIT_MS_DEFAULT;
      const found = await this.#o.desk.wait(request, { ...context, deadlineMs }, signal);
      // Minutes may have passed: a credential that was revoked since shows nothing any more.
      this.#o.access.require(metadata, WAIT_ROLES);
      return this.#shown(found, context);
    });
  }

  async #answer<T>(
    method: string, roles: readonly Role[], metadata: Metadata, call: UnaryCall, run: (context: ApprovalContext, startedMs: number) => Promise<T>,
  ): Promise<T> {
    const startedMs = this.#o.runtime.monotonicMs();
    let identity: Identity | undefined;
    try {
      identity = this.#o.access.require(metadata, roles);
      return await run(contextOf(identity, roles, this.#o.patience.deadlineMs(call.getDeadline()), onwardOf(metadata, call.getDeadline())), startedMs);
    } catch (cause) {
      const error = asDocketError(cause, this.#o.logger);
      this.#o.errors.failed(method, error);
      this.#o.logger.info({ method, kind: error.kind, reason: error.reason, by: identity?.subject ?? '', ms: this.#since(startedMs) }, 'approval call failed');
      throw error;
    }
  }

  /** Who has looked at argument values is on record; the values are not. */
  #shown(found: approval.Approval, { caller }: ApprovalContext): { approval: approval.Approval } {
    if (found.argumentsShown === 'SHOWN') this.#o.logger.info({ approval: found.approvalId, by: caller.subject, grant: found.grantId, tool: found.tool }, 'approval arguments shown');
    return { approval: found };
  }

  /** One wide line per resolution: everything that is needed to find it again, and no argument or comment. */
  #resolved({ view, reply: { event, at, replayed } }: Resolved, subject: string, startedMs: number): void {
    if (!replayed) this.#o.metrics.count(event.decision);
    this.#o.logger.info({
      approval: view.approval_id, decision: event.decision, state: event.state, by: subject, approvers: event.approvers.length, needed: view.needed,
      grant: view.grant_id, server: view.server_id, tool: view.tool, rule: view.rule, policy: view.policy_id, requestedBy: view.requested_by, call: view.call_id,
      replayed, partition: at?.partition ?? null, offset: at?.offset ?? null, ms: this.#since(startedMs),
    }, 'approval resolved');
  }

  #since(startedMs: number): number {
    return Math.round((this.#o.runtime.monotonicMs() - startedMs) * 100) / 100;
  }
}

/**
 * The caller in the role that lets him call. A gateway's servers narrow what it does as a gateway, not what the same
 * credential does in another role.
 */
function contextOf(identity: Identity, roles: readonly Role[], deadlineMs: number, onward: Onward): ApprovalContext {
  const { subject, organisation, server_ids, credential_id } = identity;
  const asGateway = !roles.some((role) => role !== 'gateway' && identity.roles.includes(role));
  return {
    caller: { subject, organisation, server_ids: asGateway ? server_ids : [] },
    credentialId: credential_id,
    isApprover: identity.roles.includes('approver'),
    deadlineMs,
    onward,
  };
}
