import type { decision } from '#contracts';
import { findGrant } from '#decision';
import type { CallApproval, Decide, DecisionCommand, DecisionReply, DecisionState, GrantReference, ListVisibleTools, Settle } from '#decision';
import { DocketError } from '#errors';
import { partitionOf } from '#ledger';
import type { GrantKey, Ledger, Runtime } from '#ledger';
import type { Identity } from '#registry';
import { callerOf } from './access.js';
import { Admission } from './admission/admission.js';
import type { Hold } from './admission/admission.js';
import { newCallId } from './call-ids.js';
import { readDecide, readOutcome, readReference, readVisibleTools } from './decision-requests.js';
import type { CallId, DecideInput } from './decision-requests.js';
import { decideResponse, settleResponse, visibleToolsResponse } from './decision-responses.js';
import type { Patience } from './patience.js';
import type { WiderCalls } from './scopes/wider-calls.js';
import { contentDigest, sealArguments } from './sealed-arguments.js';

/** What the desk needs of the decisions ledger; this node's own, or one that forwards. */
export type DecisionsLedger = Pick<Ledger<DecisionState, DecisionCommand, unknown, DecisionReply>, 'submit' | 'peek'>;

/** Grant keys by grant id; at once when cached. undefined: never made, or erased. */
export interface GrantKeySource {
  get(grantId: string): GrantKey | undefined | Promise<GrantKey | undefined>;
}

export interface DeskOptions {
  readonly ledger: DecisionsLedger;
  readonly partitions: number;
  readonly keys: GrantKeySource;
  readonly runtime: Runtime;
  readonly patience: Patience;
  /** Who is decided next; left out, one with the usual bounds. */
  readonly admission?: Admission;
  /** For limits of wider scopes than a grant. */
  readonly wider: WiderCalls;
  /** A call has opened or redeemed an approval, say; not for what is only replayed. */
  readonly onApproval?: (action: CallApproval['action']) => void;
}

/** Of an approval id's random part. */
const APPROVAL_ID_BYTES = 12;

/** What surrounds one call. */
export interface CallContext {
  readonly identity: Identity;
  /** On the runtime's monotonic clock. */
  readonly deadlineMs: number;
  /** W3C traceparent, or ''. */
  readonly trace: string;
  /** Another node has handed the call on: it goes before those that are new. */
  readonly isBegun?: boolean;
  /** It came over a stream, which is not read while others wait long. */
  readonly isPaced?: boolean;
  /** Nobody waits for the answer any more: left out, somebody does. */
  readonly isGone?: () => boolean;
}

/** What a call takes in memory beside its arguments, roughly. */
const CALL_BYTES = 2_048;
const isNotGone = (): boolean => false;

/** Takes requests in, has the owner of the grant's partition decide them, hands responses out. Every failure is a DocketError. */
export class DecisionDesk {
  readonly #options: DeskOptions;
  readonly #admission: Admission;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#admission = options.admission ?? new Admission({ runtime: options.runtime });
  }

  /** One verdict, when it is the call's turn. `idRequired`: without a call id the answer could not be matched. */
  decide(request: decision.DecideRequest__Output, context: CallContext, idRequired = false): Promise<decision.DecideResponse> {
    const { deadlineMs, isBegun = false, isPaced = false, isGone = isNotGone } = context;
    const applicant = { deadlineMs, bytes: CALL_BYTES + request.arguments.length, isBegun, isPaced, isGone };
    return this.#admission.run(applicant, (hold) => this.#decide(request, context, idRequired, hold));
  }

  async #decide(request: decision.DecideRequest__Output, context: CallContext, idRequired: boolean, hold: Hold): Promise<decision.DecideResponse> {
    const input = readDecide(request, { idRequired });
    const partition = this.partitionOf(input.grant.grant_id);
    const found = this.#key(input.grant, partition);
    const key = found instanceof Promise ? await this.#options.patience.within(found, context.deadlineMs) : found;
    const known = this.#known(key, input.grant, partition);
    const id = input.id ?? newCallId(this.#options.runtime);
    const submit = (made: CallId): Promise<DecisionReply> => this.#inSteps(partition, this.#command(input, made, known, context), context.deadlineMs, input.id !== undefined, hold);
    const reply = submit(id).catch((error: unknown) => {
      // This node's wall clock is wrong, which is not the caller's fault: an id of ours goes by the partition's clock.
      const eventTimeMs = input.id === undefined ? serverTimeMs(error, id) : undefined;
      if (eventTimeMs === undefined) throw error;
      return submit(newCallId(this.#options.runtime, eventTimeMs));
    });
    const decided = expect(await reply, 'Decided');
    if (decided.event.approval !== null && decided.at !== null && !decided.replayed) this.#options.onApproval?.(decided.event.approval.action);
    return decideResponse(decided);
  }

  async settle(request: decision.SettleRequest__Output, context: CallContext): Promise<decision.SettleResponse> {
    const { grant, id } = readReference(request);
    const outcome = readOutcome(request.outcome);
    const command: Settle = { type: 'Settle', caller: callerOf(context.identity), grant, call_id: id.callId, call_id_time_ms: id.timeMs, outcome };
    const settled = expect(await this.#submit(this.partitionOf(grant.grant_id), command, context.deadlineMs), 'Settled');
    if (settled.event.elsewhere === undefined) return settleResponse(settled, []);
    const { elsewhere } = await this.#options.wider.settle(command, settled, context.deadlineMs);
    return settleResponse(settled, elsewhere);
  }

  async getDecision(request: decision.GetDecisionRequest__Output, context: CallContext): Promise<decision.DecideResponse> {
    const { grant, id } = readReference(request);
    const reply = await this.#submit(this.partitionOf(grant.grant_id), {
      type: 'GetDecision', caller: callerOf(context.identity), grant, call_id: id.callId, call_id_time_ms: id.timeMs,
    }, context.deadlineMs);
    return decideResponse(expect(reply, 'Decided'));
  }

  async listVisibleTools(request: decision.ListVisibleToolsRequest__Output, context: CallContext): Promise<decision.ListVisibleToolsResponse> {
    const { grant, names, sessionId, agent } = readVisibleTools(request);
    const command: ListVisibleTools = { type: 'ListVisibleTools', caller: callerOf(context.identity), grant, names, session_id: sessionId, agent };
    const reply = await this.#submit(this.partitionOf(grant.grant_id), command, context.deadlineMs);
    return visibleToolsResponse(reply.type === 'ScopeAsked' ? await this.#options.wider.visible(command, reply, context.deadlineMs) : expect(reply, 'VisibleTools'));
  }

  /** Calls wait long for their turn: streams are better not read. */
  get isCongested(): boolean {
    return this.#admission.isCongested;
  }

  /** The decisions partition of a grant. */
  partitionOf(grantId: string): number {
    return partitionOf(grantId, this.#options.partitions);
  }

  /** A call that wider limits concern has more steps; also a recorded verdict of one, in case that whoever gave it died before the last. */
  async #inSteps(partition: number, command: Decide, deadlineMs: number, isRepeatable: boolean, hold: Hold): Promise<DecisionReply> {
    const ask = (): Promise<DecisionReply> => this.#submit(partition, command, deadlineMs, hold);
    const reply = await ask();
    const isWider = reply.type === 'ScopeAsked' || (reply.type === 'Decided' && reply.replayed && reply.event.scoped !== undefined);
    return isWider ? this.#options.wider.decide(command, reply, ask, deadlineMs, isRepeatable) : reply;
  }

  #submit(partition: number, command: DecisionCommand, deadlineMs: number, hold?: Hold): Promise<DecisionReply> {
    const submitted = this.#options.ledger.submit(partition, command, { deadlineMs });
    // Whatever its caller is told at the deadline: as long as the ledger holds it, it takes a place.
    hold?.(submitted);
    return this.#options.patience.within(submitted, deadlineMs);
  }

  /** A grant that this partition's owner does not know costs no look into the database. */
  #key(grant: GrantReference, partition: number): GrantKey | undefined | Promise<GrantKey | undefined> {
    const known = this.#options.ledger.peek(partition, (state) => findGrant(state, grant.grant_id) !== undefined);
    return known === false ? undefined : this.#options.keys.get(grant.grant_id);
  }

  #known(key: GrantKey | undefined, grant: GrantReference, partition: number): GrantKey {
    if (key !== undefined) return key;
    const erased = this.#options.ledger.peek(partition, (state) => findGrant(state, grant.grant_id) !== undefined);
    if (erased !== true) {
      throw new DocketError('unauthenticated', { reason: 'GRANT_INVALID', message: 'The grant is not known, or its token is wrong.' });
    }
    throw new DocketError('failed_precondition', {
      reason: 'GRANT_KEY_ERASED', message: 'The key that seals the arguments of this grant was erased; it takes no more calls.',
    });
  }

  #command(input: DecideInput, id: CallId, key: GrantKey, context: CallContext): Decide {
    const { request, grant, logicalCallId } = input;
    const sealed = sealArguments(key, grant.grant_id, id.callId, input.canonical, input.keys);
    const { tool, serverId, sessionId, agent, principal, toolDefinitionHash } = request;
    return {
      type: 'Decide',
      caller: callerOf(context.identity),
      grant,
      call_id: id.callId,
      call_id_time_ms: id.timeMs,
      content: contentDigest([tool, serverId, sessionId, agent, principal, toolDefinitionHash, logicalCallId], sealed.hmac),
      tool,
      server_id: serverId,
      session_id: sessionId,
      agent,
      principal,
      tool_definition_hash: toolDefinitionHash,
      logical_call_id: logicalCallId,
      dry_run: request.dryRun,
      arguments: sealed,
      args: input.args,
      approval_id: `apr_${grant.grant_id}_${this.#options.runtime.randomHex(APPROVAL_ID_BYTES)}`,
      arguments_invalid: input.argumentsInvalid,
      trace: context.trace,
    };
  }
}

/** The event time at which an id was refused for its own time; undefined for any other error. */
function serverTimeMs(error: unknown, id: CallId): number | undefined {
  if (!(error instanceof DocketError) || (error.reason !== 'CALL_ID_TOO_OLD' && error.reason !== 'CALL_ID_IN_FUTURE')) return undefined;
  // Not the logical call's id, which is the caller's.
  if (error.metadata['id_time_ms'] !== String(id.timeMs)) return undefined;
  return Number(error.metadata['server_time_ms']);
}

/** The reply of the type that the command makes. */
export function expect<T extends DecisionReply['type']>(reply: DecisionReply, type: T): Extract<DecisionReply, { readonly type: T }> {
  if (reply.type === type) return reply as Extract<DecisionReply, { readonly type: T }>;
  throw new DocketError('internal', { reason: 'UNEXPECTED_REPLY', message: `the owner answered with ${reply.type} instead of ${type}` });
}
