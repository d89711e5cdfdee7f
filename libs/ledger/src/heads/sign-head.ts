import { SIGNED_HEAD_TYPE } from '../envelope.js';
import type { DecideContext, Decision, EncodedEvent, Position, StateMachine } from '../state-machine.js';
import { encodeSignedHead, type HeadKey, type HeadStatement } from './signed-head.js';

/** An event of the ledger's own, on its way through a machine that does not know it. */
export class LedgerEvent {
  constructor(readonly encoded: EncodedEvent) {}
}

/** Has the single writer of a partition append a signed head between its commands. */
export class SignHead {
  /** Event time and signature are set as it is decided; it may be decided again, if what was sent is proven void. */
  constructor(readonly statement: HeadStatement, readonly key: HeadKey) {}

  decide({ nowMs }: DecideContext<unknown>): { readonly kind: 'append'; readonly event: LedgerEvent } {
    return { kind: 'append', event: new LedgerEvent(encodeSignedHead(this.statement, nowMs, this.key)) };
  }
}

const MAX_BYTES = 4096;

type WithHeads<S, C, E, R> = StateMachine<S, C | SignHead, E | LedgerEvent, R | Position>;

/**
 * A machine that also takes `SignHead`: the event passes by the state, and the reply is where it stands. Reading needs
 * none of this: `Fold` passes signed heads over for every machine.
 */
export function withSignedHeads<S, C, E, R>(machine: StateMachine<S, C, E, R>): WithHeads<S, C, E, R> {
  return {
    initialState: machine.initialState,
    decide: (state, command, context): Decision<E | LedgerEvent, R | Position> =>
      command instanceof SignHead ? command.decide(context) : machine.decide(state, command, context as DecideContext<E>),
    evolve: (state, event, at) => (event instanceof LedgerEvent ? state : machine.evolve(state, event, at)),
    replyTo: (event, at) => (event instanceof LedgerEvent ? at : machine.replyTo(event, at)),
    encode: (event) => (event instanceof LedgerEvent ? event.encoded : machine.encode(event)),
    decode: (encoded) => (encoded.type === SIGNED_HEAD_TYPE ? new LedgerEvent(encoded) : machine.decode(encoded)),
    snapshot: machine.snapshot,
    restore: machine.restore,
    maxEventBytes: (command) => (command instanceof SignHead ? MAX_BYTES : machine.maxEventBytes(command)),
  };
}
