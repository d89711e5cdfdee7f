import { DocketError } from '#errors';
import { type ExactNumber, compareExact, exactText, parseExactNumber, subtractExact } from '#policy';
import { acceptedTimeMs, callIdTimeMs } from './call-id.js';
import { type Context, type Decision, isLoaded, loadedAt, refuse } from './decision.js';
import { openGrant } from './grant-access.js';
import { isReadingOf, isSliding } from './counter-identity.js';
import { remaining } from './limits.js';
import type { CallDecided, CallSettled, Charge, DecisionSettings, GetDecision, LimitReading, Outcome, ScopeKey, Settle } from './model.js';
import type { RememberedCall } from './remembered-calls.js';
import type { DecisionState } from './state.js';
import { heldBy } from './wider-charges.js';

/** Records what became of an allowed call, and gives back what its limits give back for that outcome, once. */
export function settle(state: DecisionState, command: Settle, context: Context, settings: DecisionSettings): Decision {
  const call = rememberedCall(state, command, context, settings);
  if (call instanceof DocketError) return refuse(call);
  if (call === undefined) return notFound();
  const settled = call.settlement;
  if (settled !== undefined && settled.outcome === command.outcome) {
    const found = loadedAt(context, settled.offset, 'CallSettled');
    if (!isLoaded(found)) return found;
    return { kind: 'answer', reply: { type: 'Settled', event: found.event, replayed: true, at: found.at } };
  }
  if (settled !== undefined && settled.outcome !== 'UNKNOWN') {
    return refuse(new DocketError('failed_precondition', {
      reason: 'CALL_ALREADY_SETTLED',
      message: `This call was settled as ${settled.outcome}.`,
      metadata: { outcome: settled.outcome },
    }));
  }
  const found = loadedAt(context, call.offset, 'CallDecided', true);
  if (!isLoaded(found)) return found;
  if (found.event.verdict !== 'ALLOW') {
    return refuse(new DocketError('failed_precondition', { reason: 'CALL_NOT_ALLOWED', message: 'Only an allowed call has an outcome.' }));
  }
  return { kind: 'append', event: settlement(state, command, found.event, found.at.offset, context.nowMs) };
}

/** The recorded verdict of a call id, while it is remembered. */
export function getDecision(state: DecisionState, command: GetDecision, context: Context, settings: DecisionSettings): Decision {
  const call = rememberedCall(state, command, context, settings);
  if (call instanceof DocketError) return refuse(call);
  if (call === undefined) return notFound();
  const found = loadedAt(context, call.offset, 'CallDecided');
  if (!isLoaded(found)) return found;
  return { kind: 'answer', reply: { type: 'Decided', event: found.event, replayed: true, at: found.at, steps: [] } };
}

function rememberedCall(
  state: DecisionState, command: Settle | GetDecision, context: Context, settings: DecisionSettings,
): RememberedCall | undefined | DocketError {
  const grant = openGrant(state, command.grant, command.caller);
  if (grant instanceof DocketError) return grant;
  const timeMs = acceptedTimeMs(command.call_id, context.nowMs, settings);
  if (timeMs instanceof DocketError) return timeMs;
  return state.calls.get(grant.grant_id, command.call_id);
}

/** Advisory: this process may have been deposed since (design.md 2.2 rule 6). */
function notFound(): Decision {
  return { kind: 'advise', reply: new DocketError('not_found', { reason: 'CALL_NOT_FOUND', message: 'No call of this id was decided for the grant.' }) };
}

function settlement(state: DecisionState, command: Settle, decided: CallDecided, offset: number, nowMs: number): CallSettled {
  const refunds: { counter: string; window_end_ms: number; amount: string }[] = [];
  const refunded: LimitReading[] = [];
  const shared = isShared(state, decided, offset);
  for (const charge of shared ? [] : decided.charges) {
    if (charge.window_end_ms <= nowMs || !charge.refund.some((outcome) => isOutcome(outcome, command.outcome))) continue;
    const { counter, window_end_ms, amount } = charge;
    refunds.push({ counter, window_end_ms, amount });
    const used = subtractExact(usedNow(state, charge, nowMs), exact(amount));
    for (const one of decided.limits) if (isReadingOf(one, counter)) refunded.push(afterRefund(one, compareExact(used, 0) < 0 ? 0 : used));
  }
  const elsewhere = shared ? [] : givenBackElsewhere(decided, command.outcome);
  const event: CallSettled = {
    type: 'CallSettled',
    call_id: command.call_id,
    grant_id: decided.grant_id,
    outcome: command.outcome,
    logical_call_id: decided.logical_call_id,
    refunds,
    refunded,
    actor: command.caller.subject,
  };
  return elsewhere.length === 0 ? event : { ...event, elsewhere };
}

/** The wider scopes whose limits give back for this outcome: their own partitions do it next. */
function givenBackElsewhere(decided: CallDecided, outcome: Outcome): ScopeKey[] {
  const held = heldBy(decided).filter(({ limits }) => limits.some(({ refund }) => refund.some((one) => isOutcome(one, outcome))));
  return held.map(({ scope, key }) => ({ scope, key }));
}

function usedNow(state: DecisionState, { counter, window_end_ms }: Charge, nowMs: number): ExactNumber {
  return isSliding(counter) ? (state.sliding.find(counter)?.at(nowMs).used ?? 0) : state.windows.used(window_end_ms, counter);
}

/** A charge that other rounds of its logical call have passed on cannot be given back: they would have been free. */
function isShared(state: DecisionState, decided: CallDecided, offset: number): boolean {
  const id = decided.logical_call_id === '' ? decided.call_id : decided.logical_call_id;
  const logical = state.logicalCalls.get(decided.grant_id + id, callIdTimeMs(id) ?? 0);
  return logical !== undefined && logical.offset === offset && logical.rounds > 1;
}

function isOutcome(refund: 'not_sent' | 'failed', outcome: Outcome): boolean {
  return refund === 'not_sent' ? outcome === 'NOT_SENT' : outcome === 'FAILED';
}

function afterRefund(one: LimitReading, used: ExactNumber): LimitReading {
  return { ...one, used: exactText(used), remaining: remaining(exact(one.limit), used) };
}

/** An amount of an event: written by `exactText`, checked by `decode`. */
function exact(amount: string): ExactNumber {
  return parseExactNumber(amount) ?? 0;
}
