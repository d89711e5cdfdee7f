import { abort } from './abort.js';
import { decideCall } from './decide-call.js';
import type { Context, Decision } from './decision.js';
import { setGrant, setPolicyVersion } from './edits.js';
import { maxEventBytes } from './event-size.js';
import { type EncodedEvent, decode, encode } from './events.js';
import { decodePlain } from './plain-events.js';
import { evolve } from './evolve.js';
import { listVisibleTools } from './list-visible-tools.js';
import type { DecisionCommand, DecisionEvent, DecisionReply, DecisionSettings, EventPosition, PolicyLookup } from './model.js';
import { getApproval, resolveApproval } from './resolve-approval.js';
import { readQuota, release, reserve } from './scope-quota.js';
import { getDecision, settle } from './settle.js';
import { type Json, restore, snapshot } from './snapshot.js';
import { type DecisionState, initialState } from './state.js';

/** Structurally a `StateMachine<DecisionState, DecisionCommand, DecisionEvent, DecisionReply>` of the ledger. */
export interface DecisionMachine {
  readonly initialState: () => DecisionState;
  readonly decide: (state: DecisionState, command: DecisionCommand, context: Context) => Decision;
  readonly evolve: (state: DecisionState, event: DecisionEvent, at: { readonly offset: number; readonly timeMs: number }) => DecisionState;
  readonly replyTo: (event: DecisionEvent, at: EventPosition) => DecisionReply;
  readonly encode: (event: DecisionEvent) => EncodedEvent;
  readonly decode: (encoded: EncodedEvent) => DecisionEvent;
  readonly decodePlain: (type: string, bytes: Uint8Array, text: string, from: number) => DecisionEvent | undefined;
  readonly snapshot: (state: DecisionState) => Json;
  readonly restore: (snapshot: Json) => DecisionState;
  readonly maxEventBytes: (command: DecisionCommand) => number;
}

/** The decisions state machine (design.md 2). `policies` finds documents by content hash; it is read by `decide` only. */
export function decisionMachine(settings: DecisionSettings, policies: PolicyLookup): DecisionMachine {
  return {
    initialState,
    decide: (state, command, context) => {
      switch (command.type) {
        case 'Decide': return decideCall(state, command, context, settings, policies);
        case 'Settle': return settle(state, command, context, settings);
        case 'GetDecision': return getDecision(state, command, context, settings);
        case 'ListVisibleTools': return listVisibleTools(state, command, context.nowMs, policies);
        case 'ResolveApproval': return resolveApproval(state, command, context.nowMs);
        case 'GetApproval': return getApproval(state, command, context);
        case 'SetGrant': return setGrant(state, command);
        case 'SetPolicyVersion': return setPolicyVersion(state, command);
        case 'Reserve': return reserve(state, command, context, settings);
        case 'ReadQuota': return readQuota(state, command, context.nowMs);
        case 'Release': return release(state, command, context, settings);
        case 'Abort': return abort(state, command, context, settings);
      }
    },
    evolve: (state, event, { offset, timeMs }) => evolve(state, event, offset, timeMs, settings),
    replyTo,
    encode,
    decode,
    decodePlain,
    snapshot,
    restore,
    maxEventBytes,
  };
}

function replyTo(event: DecisionEvent, at: EventPosition): DecisionReply {
  switch (event.type) {
    case 'CallDecided': return { type: 'Decided', event, replayed: false, at, steps: [] };
    case 'CallSettled': return { type: 'Settled', event, replayed: false, at };
    case 'ApprovalResolved': return { type: 'ApprovalResolved', event, replayed: false, at };
    case 'QuotaReserved': return { type: 'Quota', outcome: 'held', limits: event.limits };
    case 'QuotaReleased': return { type: 'Released', refunded: event.refunded };
    case 'CallAborted': return { type: 'Ended', aborted: true, passes: [] };
    default: return { type: 'Applied', changed: true };
  }
}
