import type { ApprovalReply, ApprovalResolvedReply, Caller, DecidedReply, Decide, DecisionReply, GrantReference, GetDecision, GrantSet, LimitReading, ScopeKey } from '#decision';
import { type Errands, abortInSteps, callIdTimeMs, decideInSteps, isOver, settleInSteps, visibleInSteps } from '#decision';
import { DocketError } from '#errors';
import {
  ARGUMENT_LIMITS, type ExactJson, ExactJsonError, type ExactObject, canonicalJson, canonicalPolicyText, compilePolicy, parseExactJson, parsePolicy,
} from '#policy';
import { CorePartition } from './core-partition.js';
import type { Action, CallAction, Outcome, ScenarioDriver, SeenLimit } from './driver.js';

const SERVER = 'demo';
const RIGHT_SECRET = 'a'.repeat(64);

/**
 * Plays cases with the rules themselves and nothing around them: the real state machine, a log in memory, and the clock
 * that the case sets. One driver plays one case.
 */
export class CoreDriver implements ScenarioDriver {
  private readonly partition = new CorePartition();
  private readonly grants = new Map<string, GrantSet>();
  private registryOffset = 0;
  private candidates = 0;

  perform(action: Action, nowMs: number): Outcome {
    try {
      return this.act(action, nowMs);
    } catch (error) {
      if (!(error instanceof DocketError)) throw error;
      const state = error.metadata['state'];
      return { error: error.kind, reason: error.reason, message: error.message, ...(state === undefined ? {} : { state }) };
    }
  }

  private act(action: Action, nowMs: number): Outcome {
    switch (action.type) {
      case 'document': return readDocument(action.text);
      case 'publish': return this.publish(action.policy, action.text, nowMs);
      case 'grant': {
        const { grant, policy, mode, expiresAtMs = null } = action;
        return this.setGrant(grant, { policy_id: policy ?? '', mode, expires_at_ms: expiresAtMs }, nowMs);
      }
      case 'attach': return this.setGrant(action.grant, { policy_id: action.policy, mode: action.mode }, nowMs);
      case 'revoke': return this.setGrant(action.grant, { revoked: true }, nowMs);
      case 'call': return decidedOutcome(this.call(action, nowMs));
      case 'settle': return this.settle(action, nowMs);
      case 'lookup': return decidedOutcome(this.partition.apply(this.reference('GetDecision', action), nowMs) as DecidedReply);
      case 'visible': return this.visible(action.names, nowMs);
      case 'approval': return this.approval(action, nowMs);
      case 'restart':
        this.partition.restart();
        return {};
    }
  }

  private publish(policy: string, text: string, nowMs: number): Outcome {
    const parsed = parsePolicy(text);
    if (!parsed.ok) return { error: 'invalid_argument', reason: 'POLICY_INVALID', message: 'the policy has problems', problems: parsed.problems };
    // Any name for the content will do that is one for one; the registry takes its hash.
    const version = canonicalPolicyText(parsed.policy);
    this.partition.policies.set(version, compilePolicy(parsed.policy));
    this.partition.apply({ type: 'SetPolicyVersion', registry_offset: ++this.registryOffset, organisation: 'default', policy_id: policy, version }, nowMs);
    return {};
  }

  private setGrant(name: string, fields: Partial<GrantSet>, nowMs: number): Outcome {
    const known = this.grants.get(name) ?? {
      type: 'GrantSet', grant_id: (this.grants.size + 1).toString(16).padStart(32, '0'), organisation: 'default', server_id: SERVER, secret_hash: RIGHT_SECRET, policy_id: '', mode: 'enforce',
      expires_at_ms: null, revoked: false, registry_offset: 0,
    };
    const grant: GrantSet = { ...known, ...fields, registry_offset: ++this.registryOffset };
    this.grants.set(name, grant);
    this.partition.apply({ ...grant, type: 'SetGrant' }, nowMs);
    return {};
  }

  private call(action: CallAction, nowMs: number): DecidedReply {
    const value = readArguments(action.argumentsText);
    const args: ExactObject = value instanceof Map ? value : new Map<string, ExactJson>();
    const hmac = canonicalJson(value);
    const { tool, session, agent, principal } = action;
    const grant = this.grantId(action.grant);
    return this.decide({
      type: 'Decide',
      caller: callerOf(action.by, action.organisation),
      grant: { grant_id: grant, secret_hash: action.secret === undefined ? null : action.secret === 'right' ? RIGHT_SECRET : 'wrong' },
      call_id: action.callId,
      call_id_time_ms: callIdTimeMs(action.callId) ?? 0,
      content: JSON.stringify([tool, action.server ?? '', session, agent, principal, action.logicalCallId, hmac]),
      tool, server_id: action.server ?? '', session_id: session, agent, principal, tool_definition_hash: '',
      logical_call_id: action.logicalCallId,
      dry_run: action.dryRun,
      arguments: { keys: [...args.keys()].sort(), hmac, sealed: '' },
      arguments_invalid: !(value instanceof Map),
      args,
      approval_id: `apr_${grant}_${(++this.candidates).toString(16).padStart(24, '0')}`,
      trace: '',
    }, nowMs);
  }

  /** All partitions are one here, so every step is taken at once. */
  private decide(command: Decide, nowMs: number): DecidedReply {
    const trail: ScopeKey[] = [];
    try {
      return this.run(decideInSteps(command, trail), nowMs);
    } catch (error) {
      if (trail.length > 0 && isOver(error)) this.run(abortInSteps({ grant_id: command.grant.grant_id, call_id: command.call_id, actor: command.caller.subject }, trail), nowMs);
      throw error;
    }
  }

  private run<R>(errands: Errands<R>, nowMs: number): R {
    let step = errands.next();
    while (step.done !== true) {
      let reply: DecisionReply;
      try {
        reply = this.partition.apply(step.value.command, nowMs);
      } catch (error) {
        step = errands.throw(error);
        continue;
      }
      step = errands.next(reply);
    }
    return step.value;
  }

  private settle(action: Extract<Action, { type: 'settle' }>, nowMs: number): Outcome {
    const { reply, elsewhere } = this.run(settleInSteps({ ...this.reference('Settle', action), outcome: action.outcome }), nowMs);
    return { refunded: [...reply.event.refunded, ...elsewhere].map(seen), replayed: reply.replayed };
  }

  private reference<T extends 'Settle' | 'GetDecision'>(type: T, { grant, callId }: { grant: string; callId: string }): Omit<GetDecision, 'type'> & { type: T } {
    return { type, caller: callerOf('gateway'), grant: this.byId(grant), call_id: callId, call_id_time_ms: callIdTimeMs(callId) ?? 0 };
  }

  /** As the registry would make one; a grant that was never issued has an id that nobody has. */
  private grantId(name: string): string {
    return this.grants.get(name)?.grant_id ?? 'f'.repeat(32);
  }

  private byId(grant: string): GrantReference {
    return { grant_id: this.grantId(grant), secret_hash: null };
  }

  private visible(names: readonly string[], nowMs: number): Outcome {
    const reply = this.run(visibleInSteps({ type: 'ListVisibleTools', caller: callerOf('gateway'), grant: this.byId('g1'), names, session_id: '', agent: '' }), nowMs);
    return { visible: Object.fromEntries(reply.tools.map(({ name, visible }) => [name, visible])) };
  }

  private approval({ decision, approvalId, by, comment }: Extract<Action, { type: 'approval' }>, nowMs: number): Outcome {
    const approval_id = approvalId ?? `apr_${this.grantId('g1')}_${'f'.repeat(24)}`;
    const grant_id = approval_id.split('_')[1] ?? '';
    const caller = callerOf(by);
    if (decision === 'get') {
      const { approval } = this.partition.apply({ type: 'GetApproval', caller, approval_id, grant_id }, nowMs) as ApprovalReply;
      const { state, needed, approvers, expires_at_ms, message, rule } = approval;
      return { state, needed, approvers: approvers.map(({ subject }) => subject), approvalId: approval.approval_id, approvalExpiresAtMs: expires_at_ms, message, rule };
    }
    const { event, replayed } = this.partition.apply({ type: 'ResolveApproval', caller, approval_id, grant_id, decision, comment }, nowMs) as ApprovalResolvedReply;
    return { state: event.state, approvers: event.approvers, approvalId: event.approval_id, replayed };
  }
}

function callerOf(subject: string, organisation = 'default'): Caller {
  return { subject, organisation, server_ids: [] };
}

/** What the API does with a call's argument bytes before anything is judged (policy.md 1). */
function readArguments(text: string): ExactJson {
  if (text === '') return new Map();
  try {
    return parseExactJson(text, ARGUMENT_LIMITS);
  } catch (error) {
    if (!(error instanceof ExactJsonError)) throw error;
    throw new DocketError('invalid_argument', { reason: `ARGUMENTS_${error.reason.toUpperCase()}`, message: `the arguments are not acceptable: ${error.expected}` });
  }
}

function readDocument(text: string): Outcome {
  const parsed = parsePolicy(text);
  return parsed.ok ? { normalised: canonicalPolicyText(parsed.policy), warnings: parsed.warnings } : { problems: parsed.problems };
}

function decidedOutcome({ event, replayed, steps }: DecidedReply): Outcome {
  const { approval } = event;
  return {
    verdict: event.verdict, wouldBe: event.would_be, rule: event.rule, message: event.message, retryAfterMs: event.retry_after_ms,
    limits: event.limits.map(seen), replayed, steps: steps.map(({ rule, outcome, because }) => `${rule} ${outcome}${because === '' ? '' : `: ${because}`}`),
    approvalId: approval?.id ?? null, ...(approval && { approvalExpiresAtMs: approval.expires_at_ms, needed: approval.needed }),
  };
}

function seen({ rule, counter, limit, used, remaining, resets_at_ms, refused }: LimitReading): SeenLimit {
  return { rule, counter, limit, used, remaining, resetsAtMs: resets_at_ms, refused };
}
