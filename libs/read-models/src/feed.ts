import { DocketError } from '#errors';
import { Fold } from '#ledger';
import type { ChainBreak, DecodePlain, LogRecord, ResumeState, StateMachine } from '#ledger';
import { LOOK_AGAIN_MS, LOOKS, lostPlace } from './lost-place.js';
import { pause } from './pause.js';
import type { Batch, LogReader, ProjectedEvent } from './projection.js';

export const BATCH_RECORDS = 2_000;
const READ_BYTES = 1024 * 1024;
/** A read of so many was probably cut short: there is more. */
const FULL_RECORDS = 400;
const LONG_POLL_MS = 5_000;
/** After so many records other work of this thread gets its turn: what was taken before is being written meanwhile. */
const TURN_RECORDS = 128;
/** Records in a row that no honest writer has put behind what was read, before that is taken for changed. */
const STRANGERS_MAX = 16;

/** A valid event that could not be read, a record that is gone or another one, or a chain that is broken for good: nothing can go past it. */
export interface Unreadable {
  readonly partition: number;
  readonly offset: number;
  readonly reason: string;
}

export interface Taken<E> {
  readonly batch: Batch<E>;
  readonly unreadable: Unreadable | undefined;
  /** There is probably more to be had at once. */
  readonly full: boolean;
}

export interface FeedOptions<E> {
  readonly log: LogReader;
  readonly topic: string;
  readonly partition: number;
  readonly decode: StateMachine<null, never, E, unknown>['decode'];
  readonly decodePlain?: DecodePlain<E> | undefined;
  /** At most so many records in a batch. */
  readonly maxRecords: number;
}

/**
 * One partition of the log as batches of judged, decoded events. Before the first it is looked whether the log is still the
 * one that was read up to there. Dead once it has met what it cannot read.
 */
export class Feed<E> {
  readonly #options: FeedOptions<E>;
  readonly #fold: Fold<null, E>;
  #arrived: readonly LogRecord[] | undefined;
  /** Up to where batches were taken. A chain that is broken is not gone past before a later event has continued it. */
  #taken: ResumeState;
  #isPlaceKnown = false;
  #isBreakKnown = false;
  #strangers = 0;
  #lost: Unreadable | undefined;
  #reading: Promise<void> | undefined;

  constructor(options: FeedOptions<E>, from: ResumeState) {
    this.#options = options;
    this.#fold = new Fold<null, E>(judgeOnly(options), options.topic, options.partition, { resume: from, state: null });
    this.#taken = from;
  }

  get partition(): number {
    return this.#options.partition;
  }

  get position(): ResumeState {
    return this.#fold.resume;
  }

  /** There is something to take: records, or that there will never be any. */
  get hasRecords(): boolean {
    return this.#lost !== undefined || (this.#arrived !== undefined && this.#arrived.length > 0);
  }

  /** The next record is gone from the log. */
  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /** Reads ahead, waiting for a first record if there is none, up to `until`. Resolves when records are here or the wait is over; rejects as the log does, except where it has lost records. */
  fetch(signal: AbortSignal, until = Number.POSITIVE_INFINITY): Promise<void> {
    return (this.#reading ??= this.#read(signal, until).finally(() => (this.#reading = undefined)));
  }

  async #read(signal: AbortSignal, until: number): Promise<void> {
    if (this.hasRecords) return;
    const { log, topic, partition } = this.#options;
    const from = this.#fold.resume.offset;
    if (from >= until) return;
    if (!this.#isPlaceKnown) {
      const problem = await lostPlace(log, { topic, partition }, this.#taken, signal);
      if (problem !== undefined) {
        this.#lost = { partition, offset: this.#taken.offset, reason: problem };
        return;
      }
      this.#isPlaceKnown = true;
    }
    // A read that comes to a record which is gone brings nothing at all: fewer at a time, until that one is the first.
    let looks = 1;
    for (let maxRecords = Math.min(this.#options.maxRecords, until - from); !signal.aborted; maxRecords = Math.max(1, Math.floor(maxRecords / 2))) {
      try {
        this.#arrived = await log.read({ topic, partition }, from, { maxRecords, maxBytes: READ_BYTES, maxWaitMs: LONG_POLL_MS, signal });
        return;
      } catch (error) {
        if (!isDataLoss(error)) throw error;
        if (maxRecords > 1) continue;
        // The end may step back for a moment when a partition gets another leader.
        if (looks === LOOKS) {
          this.#lost = { partition, offset: from, reason: error.message };
          return;
        }
        looks += 1;
        await pause(LOOK_AGAIN_MS, signal);
      }
    }
  }

  /** Judges and decodes what has been read. */
  async take(): Promise<Taken<E>> {
    const records = this.#arrived ?? [];
    this.#arrived = undefined;
    const from = this.#taken;
    const events: ProjectedEvent<E>[] = [];
    let unreadable = this.#lost;
    let to = from;
    try {
      for (const [index, record] of records.entries()) {
        if (index % TURN_RECORDS === TURN_RECORDS - 1) await new Promise((resolve) => setImmediate(resolve));
        const applied = this.#fold.apply(record);
        if (applied.kind === 'event') events.push(applied);
        const { chainBreak } = this.#fold;
        if (chainBreak === undefined) {
          to = this.#fold.resume;
          this.#strangers = 0;
          continue;
        }
        if (applied.kind === 'void' && applied.breaksChain === true) this.#strangers += 1;
        if (chainBreak.isFinal || this.#strangers > STRANGERS_MAX) throw brokenChain(this.#options, chainBreak);
      }
      unreadable ??= await this.#tellAnotherLog(to);
    } catch (error) {
      if (!isDataLoss(error)) throw error;
      const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
      unreadable = { partition: this.partition, offset: to.offset, reason: `${error.message}${cause}` };
    }
    this.#taken = to;
    return { batch: { partition: this.partition, from, to, events }, unreadable, full: records.length >= Math.min(FULL_RECORDS, this.#options.maxRecords) };
  }

  /** What does not go on from what was read is a stranger's, or the log was cut and has grown again. */
  async #tellAnotherLog(to: ResumeState): Promise<Unreadable | undefined> {
    const isBroken = this.#fold.chainBreak !== undefined;
    const isNew = isBroken && !this.#isBreakKnown;
    this.#isBreakKnown = isBroken;
    if (!isNew) return undefined;
    const { log, topic, partition } = this.#options;
    const reason = await lostPlace(log, { topic, partition }, to, new AbortController().signal);
    return reason === undefined ? undefined : { partition, offset: to.offset, reason };
  }
}

/** The log is not what it was, or holds what cannot be read: trying again does not help. */
export function isDataLoss(error: unknown): error is DocketError {
  return error instanceof DocketError && error.kind === 'data_loss';
}

/** Judging needs no state: the rows are the state. */
function judgeOnly<E>({ decode, decodePlain }: FeedOptions<E>): StateMachine<null, never, E, unknown> {
  return {
    initialState: () => null,
    decide: () => { throw new Error('a projection decides nothing'); },
    evolve: () => null,
    replyTo: () => null,
    encode: () => { throw new Error('a projection writes no events'); },
    decode,
    ...(decodePlain && { decodePlain }),
    snapshot: () => null,
    restore: () => null,
    maxEventBytes: () => 0,
  };
}

/** As the owner says it, which does not go on behind such a place either. */
function brokenChain({ topic, partition }: Pick<FeedOptions<never>, 'topic' | 'partition'>, { offset, reason }: ChainBreak): DocketError {
  return new DocketError('data_loss', {
    reason: 'CHAIN_BROKEN', metadata: { topic, partition: String(partition), offset: String(offset) },
    message: `${topic}/${partition} at offset ${offset}: the chain of its epoch ends there: a record before it was changed, or it is forged (${reason}); docket log verify tells which, and where it finds nothing, the rows are of another log and a rebuild makes them anew`,
  });
}
