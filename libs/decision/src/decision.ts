import { DocketError } from '#errors';
import type { DecisionEvent, DecisionReply, EventPosition } from './model.js';

/** Structurally the ledger's `Decision` and `DecideContext`; pure libs do not import the ledger. */
export type Decision =
  | { readonly kind: 'append'; readonly event: DecisionEvent }
  | { readonly kind: 'load'; readonly offset: number; readonly recentWillDo?: boolean }
  | { readonly kind: 'answer'; readonly reply: DecisionReply }
  | { readonly kind: 'refuse'; readonly error: DocketError }
  | { readonly kind: 'advise'; readonly reply: DecisionReply | DocketError };

export interface Context {
  readonly nowMs: number;
  readonly loaded?: { readonly event: DecisionEvent; readonly at: EventPosition };
}

type EventOf<T extends DecisionEvent['type']> = Extract<DecisionEvent, { type: T }>;

export interface Loaded<T extends DecisionEvent['type']> {
  readonly event: EventOf<T>;
  readonly at: EventPosition;
}

export function refuse(error: DocketError): Decision {
  return { kind: 'refuse', error };
}

/**
 * The event at `offset` if this command has just read it, otherwise the decision to read it.
 * @param recentWillDo it is not handed out as recorded: what the owner has just written need not be read back
 */
export function loadedAt<T extends DecisionEvent['type']>(context: Context, offset: number, type: T, recentWillDo = false): Loaded<T> | Decision {
  const { loaded } = context;
  if (loaded === undefined || loaded.at.offset !== offset) return recentWillDo ? { kind: 'load', offset, recentWillDo } : { kind: 'load', offset };
  if (loaded.event.type === type) return loaded as Loaded<T>;
  if (loaded.event.type === 'CallAborted') return refuse(aborted());
  return refuse(new DocketError('internal', { reason: 'WRONG_EVENT', message: `The log holds ${loaded.event.type} where ${type} was remembered.` }));
}

/** The id of a call was ended before it was decided. */
export function aborted(): DocketError {
  return new DocketError('failed_precondition', {
    reason: 'CALL_ABORTED', message: 'This call was given up before it was decided, and never will be. Sending it takes a new id.',
  });
}

export function isLoaded<T extends DecisionEvent['type']>(found: Loaded<T> | Decision): found is Loaded<T> {
  return 'at' in found;
}
