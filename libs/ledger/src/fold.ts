import { DocketError } from '#errors';
import { Envelope, SIGNED_HEAD_TYPE, sha256, type Claim } from './envelope.js';
import type { LogRecord } from './event-log.js';
import { PlainEnvelope } from './plain-envelope.js';
import { INITIAL_RESUME_STATE, type ResumeState } from './resume-state.js';
import type { DecodePlain, EncodedEvent, Position, StateMachine } from './state-machine.js';

export interface VoidRecord {
  readonly kind: 'void';
  readonly reason: string;
  /**
   * No honest writer leaves such a record: an event of a coming epoch, or of this one that is not a copy of an earlier and
   * does not continue the chain. Either it is forged, or a record before it was changed.
   */
  readonly breaksChain?: true;
}

/** Where the chain broke and no later event of the same epoch has continued it. */
export interface ChainBreak {
  readonly offset: number;
  readonly reason: string;
  /** A claim has ended the epoch meanwhile: nothing can continue it any more, so events may be missing for ever. */
  readonly isFinal: boolean;
}

/** A valid event that the ledger wrote itself, about its log: no state machine knows it, every reader passes it over. */
export interface SignedHeadEvent {
  readonly kind: 'signed_head';
  readonly encoded: EncodedEvent;
  readonly at: Position;
}

export type Judged =
  | { readonly kind: 'event'; readonly encoded: EncodedEvent; readonly at: Position }
  | SignedHeadEvent
  | ({ readonly kind: 'claim'; readonly at: Position } & Claim)
  | VoidRecord;

export type Applied<E> =
  | { readonly kind: 'event'; readonly event: E; readonly at: Position }
  | SignedHeadEvent
  | ({ readonly kind: 'claim'; readonly at: Position } & Claim)
  | VoidRecord;

/**
 * The single judge of what a record counts for (design.md 2.2 rules 1 and 2). Every reader uses it — owner, snapshot,
 * projection, verifier — so all agree for ever. It needs nothing but the records in order.
 */
export class Judge {
  readonly #topic: string;
  readonly #partition: number;
  readonly #envelope: Envelope;
  readonly #plain: PlainEnvelope;
  #resume: ResumeState;
  #lastHash: string | undefined;
  #chainBreak: ChainBreak | undefined;

  constructor(topic: string, partition: number, from: ResumeState = INITIAL_RESUME_STATE) {
    this.#topic = topic;
    this.#partition = partition;
    this.#envelope = new Envelope(topic, partition);
    this.#plain = new PlainEnvelope(topic, partition);
    this.#resume = from;
  }

  get resume(): ResumeState {
    return this.#resume;
  }

  /** Hash of the record judged last, whatever it counted for. */
  get lastHash(): string | undefined {
    return this.#lastHash;
  }

  /** The first break that stands, as far as this judge has read. Not part of the resume state: one is never taken after a final break. */
  get chainBreak(): ChainBreak | undefined {
    return this.#chainBreak;
  }

  judge(record: LogRecord): Judged {
    const { offset, epoch, sequence, head, timeMs } = this.#resume;
    // A reader that jumped over records (a log client may, silently) would judge everything after them wrongly.
    if (record.offset !== offset) {
      throw dataLoss('LOG_GAP', this.#topic, this.#partition, record.offset, `expected the record at offset ${offset}`);
    }
    const parsed = this.#envelope.parse(record.value);
    const recordHash = sha256(record.value);
    this.#lastHash = recordHash;
    if (parsed.kind === 'event') {
      const reason =
        parsed.epoch !== epoch ? `epoch ${parsed.epoch}, current ${epoch}`
        : parsed.sequence !== sequence + 1 ? `sequence ${parsed.sequence}, expected ${sequence + 1}`
        : parsed.prev !== head ? 'prev is not the head'
        : undefined;
      if (reason !== undefined) return this.#void(reason, parsed.epoch > epoch || (parsed.epoch === epoch && parsed.sequence > sequence));
      // The owner wrote past it, so what broke the chain was a stranger's.
      if (this.#chainBreak?.isFinal === false) this.#chainBreak = undefined;
      this.#resume = { ...this.#resume, offset: offset + 1, sequence: parsed.sequence, head: recordHash, timeMs: parsed.timeMs };
      return { kind: parsed.encoded.type === SIGNED_HEAD_TYPE ? 'signed_head' : 'event', encoded: parsed.encoded, at: this.#position(offset, recordHash, parsed.epoch, parsed.sequence, parsed.timeMs) };
    }
    if (parsed.kind === 'claim') {
      const { claim } = parsed;
      if (claim.epoch !== epoch + 1) return this.#void(`claim of epoch ${claim.epoch}, current ${epoch}`);
      if (this.#chainBreak !== undefined) this.#chainBreak = { ...this.#chainBreak, isFinal: true };
      this.#resume = { offset: offset + 1, epoch: claim.epoch, nonce: claim.nonce, sequence: 0, head: mixHead(head, recordHash), timeMs };
      return { kind: 'claim', ...claim, at: this.#position(offset, recordHash, claim.epoch, 0, timeMs) };
    }
    return this.#void(parsed.reason);
  }

  /**
   * The short way through an honest log: judges and decodes a record that is, character for character, the event which the
   * owner must have written there next. Undefined of every other, valid or void, which it leaves to `judge`.
   */
  judgePlain<E>(record: LogRecord, decode: DecodePlain<E>): { readonly kind: 'event'; readonly type: string; readonly event: E; readonly at: Position } | undefined {
    const { offset, epoch, nonce, sequence } = this.#resume;
    if (record.offset !== offset || epoch === 0) return undefined;
    const found = this.#plain.read(record.value, this.#resume, decode);
    if (found === undefined) return undefined;
    const { type, event, hash, timeMs } = found;
    this.#lastHash = hash;
    if (this.#chainBreak?.isFinal === false) this.#chainBreak = undefined;
    this.#resume = { offset: offset + 1, epoch, nonce, sequence: sequence + 1, head: hash, timeMs };
    return { kind: 'event', type, event, at: this.#position(offset, hash, epoch, sequence + 1, timeMs) };
  }

  #void(reason: string, breaksChain = false): Judged {
    const { offset } = this.#resume;
    this.#resume = { ...this.#resume, offset: offset + 1 };
    if (!breaksChain) return { kind: 'void', reason };
    this.#chainBreak ??= { offset, reason, isFinal: false };
    return { kind: 'void', reason, breaksChain };
  }

  #position(offset: number, recordHash: string, epoch: number, sequence: number, timeMs: number): Position {
    return { topic: this.#topic, partition: this.#partition, offset, hash: recordHash, epoch, sequence, timeMs };
  }
}

/** The judge plus the state: what every reader of a partition folds. Dead after it has thrown. */
export class Fold<S, E> {
  readonly #machine: StateMachine<S, never, E, unknown>;
  readonly #topic: string;
  readonly #partition: number;
  readonly #judge: Judge;
  #state: S;
  #lastEvent: ResumeState | undefined;
  #broken: DocketError | undefined;
  /** Where it began: 0, or right after the event that its snapshot was taken at. */
  readonly from: number;

  constructor(machine: StateMachine<S, never, E, unknown>, topic: string, partition: number, from?: { readonly resume: ResumeState; readonly state: S }) {
    this.#machine = machine;
    this.#topic = topic;
    this.#partition = partition;
    this.#judge = new Judge(topic, partition, from?.resume);
    this.from = from?.resume.offset ?? 0;
    this.#state = from === undefined ? machine.initialState() : from.state;
  }

  get resume(): ResumeState {
    return this.#judge.resume;
  }

  get state(): S {
    return this.#state;
  }

  get lastHash(): string | undefined {
    return this.#judge.lastHash;
  }

  /** Where the last event that it applied left it: claims and void records after it leave the state as it is. */
  get lastEvent(): ResumeState | undefined {
    return this.#lastEvent;
  }

  get chainBreak(): ChainBreak | undefined {
    return this.#judge.chainBreak;
  }

  /** Judges the next record and, if it is a valid event, evolves the state. A valid event that cannot be applied is never skipped: DocketError data_loss / UNREADABLE_EVENT. */
  apply(record: LogRecord): Applied<E> {
    if (this.#broken !== undefined) throw this.#broken;
    const plain = this.#machine.decodePlain && this.#judge.judgePlain(record, this.#machine.decodePlain);
    const judged = plain ?? this.#judge.judge(record);
    if (judged.kind === 'signed_head') this.#lastEvent = this.#judge.resume;
    if (judged.kind !== 'event') return judged;
    const { at } = judged;
    try {
      const event = 'event' in judged ? judged.event : this.#machine.decode(judged.encoded);
      this.#state = this.#machine.evolve(this.#state, event, at);
      this.#lastEvent = this.#judge.resume;
      return { kind: 'event', event, at };
    } catch (cause) {
      const type = 'event' in judged ? judged.type : judged.encoded.type;
      this.#broken = dataLoss('UNREADABLE_EVENT', this.#topic, this.#partition, record.offset, `valid event of type ${type} could not be applied`, cause);
      throw this.#broken;
    }
  }
}

/** SHA-256 of the canonical state: equal at equal offsets for every reader. */
export function stateHash<S>(machine: Pick<StateMachine<S, never, never, unknown>, 'snapshot'>, state: S): string {
  return sha256(JSON.stringify(machine.snapshot(state)));
}

/** An effective claim goes into the chain too, so that the end of an epoch cannot be cut off unnoticed. */
function mixHead(head: string, claimHash: string): string {
  return sha256(Buffer.from(head + claimHash, 'hex'));
}

export function dataLoss(reason: string, topic: string, partition: number, offset: number, what: string, cause?: unknown): DocketError {
  return new DocketError('data_loss', {
    reason,
    message: `${topic}/${partition} at offset ${offset}: ${what}`,
    metadata: { topic, partition: String(partition), offset: String(offset), outcome: 'unknown' },
    ...(cause === undefined ? {} : { cause }),
  });
}
