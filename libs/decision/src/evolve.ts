import { parseExactNumber } from '#policy';
import { callIdTimeMs } from './call-id.js';
import type { CallDecided, CallSettled, DecisionEvent, DecisionSettings, PolicyVersionSet } from './model.js';
import { type DecisionState, ruledVerdict, shareNames } from './state.js';

/** Applies one event in place, then drops what has expired at its time: so equal offsets give equal states. */
export function evolve(state: DecisionState, event: DecisionEvent, offset: number, timeMs: number, settings: DecisionSettings): DecisionState {
  switch (event.type) {
    case 'CallDecided': decided(state, event, offset); break;
    case 'CallSettled': settled(state, event, offset); break;
    case 'GrantSet': state.grants.set(event.grant_id, shareNames(state, event)); break;
    case 'PolicyVersionSet': setVersion(state, event); break;
  }
  state.windows.dropEnded(timeMs);
  state.calls.dropBefore(timeMs - settings.callIdMemoryMs);
  state.logicalCalls.dropBefore(timeMs - settings.callIdMemoryMs);
  return state;
}

function decided(state: DecisionState, event: CallDecided, offset: number): void {
  for (const { window_end_ms, counter, amount } of event.charges) state.windows.add(window_end_ms, counter, parseExactNumber(amount) ?? 0);
  if (event.logical_call_id !== '' && ruledVerdict(event) === 'ALLOW') countRound(state, event, offset);
  state.calls.decided(event.grant_id, event.call_id, offset);
}

/** A round that was charged is the one that later rounds rest on; one that was not rests on the round before. */
function countRound(state: DecisionState, event: CallDecided, offset: number): void {
  const key = event.grant_id + event.logical_call_id;
  const timeMs = callIdTimeMs(event.logical_call_id) ?? 0;
  const logical = state.logicalCalls.get(key, timeMs);
  const first = state.calls.get(event.grant_id, event.logical_call_id);
  if (event.charges.length > 0 || (logical === undefined && first === undefined)) state.logicalCalls.set(key, timeMs, { offset, rounds: 1 });
  else if (logical !== undefined) state.logicalCalls.set(key, timeMs, { offset: logical.offset, rounds: logical.rounds + 1 });
  else if (first !== undefined) state.logicalCalls.set(key, timeMs, { offset: first.offset, rounds: 2 });
}

function settled(state: DecisionState, event: CallSettled, offset: number): void {
  for (const { window_end_ms, counter, amount } of event.refunds) state.windows.refund(window_end_ms, counter, parseExactNumber(amount) ?? 0);
  const refunded = event.refunds.length > 0;
  if (refunded && event.logical_call_id !== '') {
    state.logicalCalls.delete(event.grant_id + event.logical_call_id, callIdTimeMs(event.logical_call_id) ?? 0);
  }
  state.calls.settled(event.grant_id, event.call_id, { outcome: event.outcome, offset, refunded });
}

function setVersion(state: DecisionState, event: PolicyVersionSet): void {
  let versions = state.policies.get(event.organisation);
  if (versions === undefined) {
    versions = new Map();
    state.policies.set(event.organisation, versions);
  }
  versions.set(event.policy_id, { version: event.version, registry_offset: event.registry_offset });
}
