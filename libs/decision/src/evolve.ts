import { type ExactNumber, parseExactNumber } from '#policy';
import { callIdTimeMs } from './call-id.js';
import { isSliding } from './counter-identity.js';
import { reservationKey, reserved } from './scope-quota.js';
import { heldBy } from './wider-charges.js';
import type { ApprovalResolved, CallApproval, CallDecided, CallSettled, DecisionEvent, DecisionSettings, GrantSet, PolicyVersionSet, QuotaReleased } from './model.js';
import { type DecisionState, ruledVerdict, shareNames } from './state.js';

/** Applies one event in place, then drops what has expired at its time: so equal offsets give equal states. */
export function evolve(state: DecisionState, event: DecisionEvent, offset: number, timeMs: number, settings: DecisionSettings): DecisionState {
  switch (event.type) {
    case 'CallDecided': decided(state, event, offset, timeMs); break;
    case 'CallSettled': settled(state, event, offset); break;
    case 'ApprovalResolved': resolved(state, event, timeMs); break;
    case 'GrantSet': setGrant(state, event, timeMs); break;
    case 'PolicyVersionSet': setVersion(state, event); break;
    case 'QuotaReserved': reserved(state, event, offset); break;
    case 'QuotaReleased': released(state, event, offset); break;
    case 'CallAborted': state.calls.decided(event.grant_id, event.call_id, offset); break;
  }
  state.windows.dropEnded(timeMs);
  state.sliding.dropLeft(timeMs);
  state.approvals.dropForgotten(timeMs);
  state.calls.dropBefore(timeMs - settings.callIdMemoryMs);
  state.logicalCalls.dropBefore(timeMs - settings.callIdMemoryMs);
  state.reservations.dropBefore(timeMs - settings.callIdMemoryMs);
  return state;
}

function decided(state: DecisionState, event: CallDecided, offset: number, timeMs: number): void {
  for (const { window_end_ms, counter, amount } of event.charges) {
    (isSliding(counter) ? state.sliding : state.windows).add(window_end_ms, counter, exact(amount));
  }
  if (event.approval !== null) touchApproval(state, event, event.approval, offset, timeMs);
  if (event.logical_call_id !== '' && ruledVerdict(event) === 'ALLOW') countRound(state, event, offset);
  state.calls.decided(event.grant_id, event.call_id, offset);
}

function touchApproval(state: DecisionState, event: CallDecided, { id, action, needed }: CallApproval, offset: number, timeMs: number): void {
  switch (action) {
    case 'opened': return state.approvals.open(event, offset, timeMs);
    case 'pending': return state.approvals.raise(id, needed);
    case 'redeemed': return state.approvals.redeem(id, event.call_id, timeMs);
    case 'denied': return;
  }
}

function resolved(state: DecisionState, event: ApprovalResolved, timeMs: number): void {
  const vote = { subject: event.actor, at_ms: timeMs, comment: event.comment };
  switch (event.decision) {
    case 'approve': return state.approvals.approve(event.approval_id, vote);
    case 'deny': return state.approvals.end(event.approval_id, 'denied', vote);
    case 'withdraw': return state.approvals.end(event.approval_id, 'withdrawn', vote);
  }
}

/** A round that was charged, or that redeemed an approval, is the one that later rounds rest on; one that was not rests on the round before. */
function countRound(state: DecisionState, event: CallDecided, offset: number): void {
  const key = event.grant_id + event.logical_call_id;
  const timeMs = callIdTimeMs(event.logical_call_id) ?? 0;
  const logical = state.logicalCalls.get(key, timeMs);
  const first = state.calls.get(event.grant_id, event.logical_call_id);
  const counts = event.charges.length > 0 || heldBy(event).length > 0 || event.approval?.action === 'redeemed';
  if (counts || (logical === undefined && first === undefined)) state.logicalCalls.set(key, timeMs, { offset, rounds: 1 });
  else if (logical !== undefined) state.logicalCalls.set(key, timeMs, { offset: logical.offset, rounds: logical.rounds + 1 });
  else if (first !== undefined) state.logicalCalls.set(key, timeMs, { offset: first.offset, rounds: 2 });
}

function settled(state: DecisionState, event: CallSettled, offset: number): void {
  giveBack(state, event.refunds);
  const refunded = event.refunds.length > 0 || event.elsewhere !== undefined;
  if (refunded && event.logical_call_id !== '') {
    state.logicalCalls.delete(event.grant_id + event.logical_call_id, callIdTimeMs(event.logical_call_id) ?? 0);
  }
  state.calls.settled(event.grant_id, event.call_id, { outcome: event.outcome, offset, refunded });
}

function released(state: DecisionState, event: QuotaReleased, offset: number): void {
  giveBack(state, event.refunds);
  state.reservations.set(reservationKey(event), callIdTimeMs(event.call_id) ?? 0, { offset, released: true });
}

function giveBack(state: DecisionState, refunds: CallSettled['refunds']): void {
  for (const { window_end_ms, counter, amount } of refunds) {
    (isSliding(counter) ? state.sliding : state.windows).refund(window_end_ms, counter, exact(amount));
  }
}

/** What of an erased grant still waits for people ends: nobody can be shown what it is about. */
function setGrant(state: DecisionState, event: GrantSet, timeMs: number): void {
  state.grants.set(event.grant_id, shareNames(state, event));
  if (event.erased === true) state.approvals.erase(event.grant_id, timeMs);
}

function setVersion(state: DecisionState, event: PolicyVersionSet): void {
  let versions = state.policies.get(event.organisation);
  if (versions === undefined) {
    versions = new Map();
    state.policies.set(event.organisation, versions);
  }
  versions.set(event.policy_id, { version: event.version, registry_offset: event.registry_offset });
}

/** An amount of an event: written by `exactText`, checked by `decode`. Almost all are 1. */
function exact(amount: string): ExactNumber {
  return amount === '1' ? 1 : (parseExactNumber(amount) ?? 0);
}
