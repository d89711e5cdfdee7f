import type { DocketError } from '#errors';

/** JSON as it is stored in events and snapshots. No `undefined`, no non-finite numbers. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Where an event stands in the log, and the proof of it: what a receipt is made of. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** SHA-256 of the record's value, lower-case hex. */
  readonly hash: string;
  readonly epoch: number;
  readonly sequence: number;
  /** Event time, ms since the epoch. */
  readonly timeMs: number;
}

/** An event read back from the log for a command that asked for it (`load`). */
export interface LoadedEvent<E> {
  readonly event: E;
  readonly at: Position;
}

export interface DecideContext<E> {
  /** Event time that the event of this command will carry, ms since the epoch; never runs backwards in a partition. */
  readonly nowMs: number;
  /** The event that the previous call of `decide` for this command asked for. */
  readonly loaded?: LoadedEvent<E>;
}

/**
 * What a command does.
 * - `append`: one event; the reply is `replyTo(event, position)` once the log has acknowledged it.
 * - `load`: read the event at `offset` (which is acknowledged first), then decide again with it. `recentWillDo`: what this owner has
 *   appended itself a moment ago need not be read back; for what records something new, never for handing out what is recorded.
 * - `answer`: nothing to append; the reply rests on the state, so it waits until all events decided before it are acknowledged.
 * - `refuse`: the same, with an error.
 * - `advise`: nothing to append and no promise (NOT_FOUND, dry runs, quota readings): answered at once.
 */
export type Decision<E, R> =
  | { readonly kind: 'append'; readonly event: E }
  | { readonly kind: 'load'; readonly offset: number; readonly recentWillDo?: boolean }
  | { readonly kind: 'answer'; readonly reply: R }
  | { readonly kind: 'refuse'; readonly error: DocketError }
  | { readonly kind: 'advise'; readonly reply: R | DocketError };

/** CloudEvents attributes that the machine chooses; the ledger adds id, source, time, epoch, seq and prev. */
export interface EncodedEvent {
  /** CloudEvents `type`, with its version: `docket.decision.CallDecided.v1`. */
  readonly type: string;
  /** CloudEvents `subject` and the record's key: the grant id, for instance. */
  readonly subject: string;
  readonly data: Json;
}

/**
 * Reads an event straight from its record's text: `text` holds the same ASCII bytes, the data begins at `from`, and one
 * more `}` behind it ends the record. Undefined where it is not written exactly as `encode` writes it.
 */
export type DecodePlain<E> = (type: string, bytes: Uint8Array, text: string, from: number) => E | undefined;

/**
 * A state machine over one partition (design.md 2). `decide` and `evolve` are pure: no clock, randomness or I/O.
 * `evolve` owns the state it is given and may change it in place; it must return the state to go on with. The same
 * events at the same offsets must give the same `snapshot`, whoever folds them and from wherever.
 */
export interface StateMachine<S, C, E, R> {
  readonly initialState: () => S;
  readonly decide: (state: S, command: C, context: DecideContext<E>) => Decision<E, R>;
  readonly evolve: (state: S, event: E, at: { readonly offset: number; readonly timeMs: number }) => S;
  readonly replyTo: (event: E, at: Position) => R;
  readonly encode: (event: E) => EncodedEvent;
  /** Throws on a type or shape it does not know: a reader then stops, it never skips a valid event. */
  readonly decode: (encoded: EncodedEvent) => E;
  /** A shorter way to what `decode` returns, for those who read much. */
  readonly decodePlain?: DecodePlain<E>;
  /** Canonical: the same state gives the same JSON, key order included. */
  readonly snapshot: (state: S) => Json;
  readonly restore: (snapshot: Json) => S;
  /** Upper bound of the encoded event's size in bytes, known before it is decided. */
  readonly maxEventBytes: (command: C) => number;
}
