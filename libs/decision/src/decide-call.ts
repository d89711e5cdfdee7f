import { DocketError } from '#errors';
import type { CompiledPolicy } from '#policy';
import { APPROVALS_MAX, GRANT_APPROVALS_MAX } from './approvals.js';
import { acceptedTimeMs } from './call-id.js';
import { type Context, type Decision, isLoaded, loadedAt, refuse } from './decision.js';
import { type EvaluatedCall, type Evaluation, evaluate } from './evaluate.js';
import { openLiveGrant } from './grant-access.js';
import { isSliding } from './counter-identity.js';
import type { CallDecided, Charge, Decide, DecisionSettings, GrantSet, PolicyLookup, ScopeAnswer, ScopeAskedReply, Step } from './model.js';
import { type DecisionState, policyInForce, ruledVerdict } from './state.js';

/** More live counters and entries than this in one partition are not begun: session ids are chosen by callers, memory is not theirs. */
export const LIVE_COUNTERS_MAX = 4_000_000;

/** Decides a call: replays the verdict of an id that is known, otherwise judges it by the policy in force. */
export function decideCall(state: DecisionState, command: Decide, context: Context, settings: DecisionSettings, policies: PolicyLookup): Decision {
  const grant = openLiveGrant(state, command.grant, command.caller, command.server_id, context.nowMs);
  if (grant instanceof DocketError) return command.dry_run ? { kind: 'advise', reply: grant } : refuse(grant);
  if (command.dry_run) return dryRun(state, command, grant, context.nowMs, policies);
  const timeMs = acceptedTimeMs(command.call_id, context.nowMs, settings);
  if (timeMs instanceof DocketError) return refuse(timeMs);
  const known = state.calls.get(grant.grant_id, command.call_id);
  if (known !== undefined) return replay(command, context, known.offset, known.settlement?.outcome === 'NOT_SENT');
  const round = command.logical_call_id === '' ? FIRST_ROUND : roundOf(state, command, grant, context, settings);
  if ('kind' in round) return round;
  const event = judge(state, command, grant, context.nowMs, policies, round);
  if (event instanceof DocketError) return refuse(event);
  if (event.type === 'ScopeAsked') return { kind: 'advise', reply: event };
  return tooManyCounters(state, event.charges) ?? tooManyApprovals(state, event) ?? { kind: 'append', event };
}

/** The recorded verdict of a known id, for the same content and as long as it may still be acted on. */
function replay(command: Decide, context: Context, offset: number, notSent: boolean): Decision {
  const found = loadedAt(context, offset, 'CallDecided');
  if (!isLoaded(found)) return found;
  if (found.event.content !== command.content) {
    return refuse(new DocketError('already_exists', { reason: 'CALL_ID_REUSED', message: 'This call id was used for another call of the grant. Another call takes a new id.' }));
  }
  if (notSent) {
    return refuse(new DocketError('failed_precondition', { reason: 'CALL_NOT_SENT', message: 'This call was settled as NOT_SENT. Sending it takes a new id.' }));
  }
  return { kind: 'answer', reply: { type: 'Decided', event: found.event, replayed: true, at: found.at, steps: [] } };
}

/** What an earlier round of the same logical call spares this one. */
interface Round {
  readonly charged: boolean;
  /** How many people approved it. */
  readonly approvedBy: number;
}

const FIRST_ROUND: Round = { charged: true, approvedBy: 0 };

/**
 * A call that names a logical call is not charged if an allowed call of that logical call was, with the same tool and
 * arguments; nor is a person asked again if that one redeemed an approval: what was approved is the logical call, which
 * uses its approval once. The logical call's id is chosen by the caller, or is the id of the first call itself.
 */
function roundOf(state: DecisionState, command: Decide, grant: GrantSet, context: Context, settings: DecisionSettings): Round | Decision {
  const timeMs = acceptedTimeMs(command.logical_call_id, context.nowMs, settings, 'logical_call_id');
  // One that is too old is remembered no more: charged like a first call.
  if (timeMs instanceof DocketError) return timeMs.reason === 'CALL_ID_TOO_OLD' ? FIRST_ROUND : refuse(timeMs);
  const key = grant.grant_id + command.logical_call_id;
  const first = state.calls.get(grant.grant_id, command.logical_call_id);
  const offset = state.logicalCalls.get(key, timeMs)?.offset ?? first?.offset;
  if (offset === undefined) return FIRST_ROUND;
  if (context.loaded?.at.offset === offset && context.loaded.event.type === 'CallAborted') return FIRST_ROUND;
  const found = loadedAt(context, offset, 'CallDecided');
  if (!isLoaded(found)) return found;
  if (found.event.tool !== command.tool || found.event.arguments.hmac !== command.arguments.hmac) {
    return refuse(new DocketError('already_exists', { reason: 'LOGICAL_CALL_ID_REUSED', message: 'This logical call id was used for another tool or other arguments.' }));
  }
  if (ruledVerdict(found.event) !== 'ALLOW') return FIRST_ROUND;
  if (first?.settlement?.refunded === true && offset === first.offset) return FIRST_ROUND;
  const { approval, call_id } = found.event;
  const wasSent = state.calls.get(grant.grant_id, call_id)?.settlement?.outcome !== 'NOT_SENT';
  return { charged: false, approvedBy: approval?.action === 'redeemed' && wasSent ? approval.needed : 0 };
}

/** Also of a reservation: whoever counts bounds what it counts. */
export function tooManyCounters(state: DecisionState, charges: readonly Pick<Charge, 'counter' | 'window_end_ms'>[]): Decision | undefined {
  if (state.windows.counters + state.sliding.slots + charges.length <= LIVE_COUNTERS_MAX) return undefined;
  if (charges.every((charge) => !isSliding(charge.counter) && state.windows.has(charge.window_end_ms, charge.counter))) return undefined;
  return refuse(new DocketError('resource_exhausted', {
    reason: 'TOO_MANY_COUNTERS',
    message: 'This partition counts for as many sessions and grants as it can until some of their windows end.',
    retryAfterMs: 1_000,
  }));
}

/** Each waits in memory for people, who are slow. */
function tooManyApprovals(state: DecisionState, { approval, grant_id }: CallDecided): Decision | undefined {
  if (approval?.action !== 'opened') return undefined;
  const ofGrant = state.approvals.countOf(grant_id) >= GRANT_APPROVALS_MAX;
  if (!ofGrant && state.approvals.size < APPROVALS_MAX) return undefined;
  return refuse(new DocketError('resource_exhausted', {
    reason: 'TOO_MANY_APPROVALS',
    message: `${ofGrant ? 'This grant' : 'This partition'} has as many approvals as it can until some of them end.`,
    retryAfterMs: 60_000,
  }));
}

function dryRun(state: DecisionState, command: Decide, grant: GrantSet, nowMs: number, policies: PolicyLookup): Decision {
  const steps: Step[] = [];
  const event = judge(state, command, grant, nowMs, policies, FIRST_ROUND, steps);
  if (event instanceof DocketError || event.type === 'ScopeAsked') return { kind: 'advise', reply: event };
  // It opens no approval and redeems none.
  const approval = event.approval?.action === 'opened' || event.approval?.action === 'redeemed' ? null : event.approval;
  return { kind: 'advise', reply: { type: 'Decided', event: { ...event, approval }, replayed: false, at: null, steps } };
}

function judge(
  state: DecisionState, command: Decide, grant: GrantSet, nowMs: number, policies: PolicyLookup, round: Round, steps?: Step[],
): CallDecided | ScopeAskedReply | DocketError {
  const version = grant.policy_id === '' ? '' : policyVersion(state, grant);
  if (version instanceof DocketError) return version;
  const policy = version === '' ? undefined : compiledPolicy(version, policies);
  if (policy instanceof DocketError) return policy;
  const call: EvaluatedCall = {
    grant,
    tool: command.tool,
    session_id: command.session_id,
    agent: command.agent,
    args: command.args,
    hmac: command.arguments.hmac,
    arguments_invalid: command.arguments_invalid,
    approval_id: command.approval_id,
    charged: round.charged,
    approved_by: round.approvedBy,
    trial: command.dry_run,
    scoped: command.scoped ?? NOTHING_ASKED,
  };
  const evaluation = evaluate(state, policy, call, nowMs, steps);
  if (evaluation.ask !== undefined) return { type: 'ScopeAsked', ...evaluation.ask };
  const event = decided(command, grant, version, evaluation);
  return command.scoped === undefined || command.scoped.length === 0 ? event : { ...event, scoped: command.scoped.map((one) => asUsed(one, round)) };
}

const NOTHING_ASKED: readonly ScopeAnswer[] = [];

/** A later round of a call that was charged rests on that one's charge: what was reserved for this one is given back. */
function asUsed(answer: ScopeAnswer, { charged }: Round): ScopeAnswer {
  return charged || answer.outcome !== 'held' ? answer : { ...answer, outcome: 'returned' };
}

/** The version in force of the grant's policy. Without it nothing is allowed and nothing is recorded. */
export function policyVersion(state: DecisionState, grant: GrantSet): string | DocketError {
  return policyInForce(state, grant.organisation, grant.policy_id)?.version ?? new DocketError('unavailable', {
    reason: 'POLICY_NOT_IN_FORCE',
    message: "No version of the grant's policy has reached this partition yet.",
    retryAfterMs: 1_000,
  });
}

export function compiledPolicy(version: string, policies: PolicyLookup): CompiledPolicy | DocketError {
  return policies(version) ?? new DocketError('unavailable', {
    reason: 'POLICY_NOT_LOADED',
    message: "The document of the policy's version in force is not loaded yet.",
    retryAfterMs: 1_000,
  });
}

function decided(command: Decide, grant: GrantSet, version: string, evaluation: Evaluation): CallDecided {
  const observed = grant.mode === 'observe';
  return {
    type: 'CallDecided',
    call_id: command.call_id,
    content: command.content,
    grant_id: grant.grant_id,
    organisation: grant.organisation,
    server_id: grant.server_id,
    tool: command.tool,
    session_id: command.session_id,
    agent: command.agent,
    principal: command.principal,
    tool_definition_hash: command.tool_definition_hash,
    logical_call_id: command.logical_call_id,
    arguments: command.arguments,
    verdict: observed ? 'ALLOW' : evaluation.verdict,
    would_be: observed ? evaluation.verdict : null,
    rule: evaluation.rule,
    message: evaluation.message,
    retry_after_ms: observed ? null : evaluation.retry_after_ms,
    limits: evaluation.limits,
    charges: evaluation.charges,
    policy_id: grant.policy_id,
    policy_version: version,
    mode: grant.mode,
    actor: command.caller.subject,
    trace: command.trace,
    // Observe mode asks nobody, so it opens nothing. One that is there is met as in enforce mode: what is charged depends on it.
    approval: observed && evaluation.approval?.action === 'opened' ? null : evaluation.approval,
  };
}
