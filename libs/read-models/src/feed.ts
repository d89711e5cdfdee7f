import { DocketError } from '#errors';
import { Fold } from '#ledger';
import type { DecodePlain, LogRecord, ResumeState, StateMachine } from '#ledger';
import type { Batch, LogReader, ProjectedEvent } from './projection.js';

export const BATCH_RECORDS = 2_000;
const READ_BYTES = 1024 * 1024;
/** A read of so many was probably cut short: there is more. */
const FULL_RECORDS = 400;
const LONG_POLL_MS = 5_000;
/** After so many records other work of this thread gets its turn: what was taken before is being written meanwhile. */
const TURN_RECORDS = 128;

/** A valid event that could not be read, or a record that is gone: nothing can go past it. */
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

/** One partition of the log as batches of judged, decoded events. Dead once it has met what it cannot read. */
export class Feed<E> {
  readonly #options: FeedOptions<E>;
  readonly #fold: Fold<null, E>;
  #arrived: readonly LogRecord[] | undefined;
  #lost: Unreadable | undefined;
  #reading: Promise<void> | undefined;

  constructor(options: FeedOptions<E>, from: ResumeState) {
    this.#options = options;
    this.#fold = new Fold<null, E>(judgeOnly(options), options.topic, options.partition, { resume: from, state: null });
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
    // A read that comes to a record which is gone brings nothing at all: fewer at a time, until that one is the first.
    for (let maxRecords = Math.min(this.#options.maxRecords, until - from); ; maxRecords = Math.floor(maxRecords / 2)) {
      try {
        this.#arrived = await log.read({ topic, partition }, from, { maxRecords, maxBytes: READ_BYTES, maxWaitMs: LONG_POLL_MS, signal });
        return;
      } catch (error) {
        if (!isDataLoss(error)) throw error;
        if (maxRecords > 1) continue;
        this.#lost = { partition, offset: from, reason: error.message };
        return;
      }
    }
  }

  /** Judges and decodes what has been read. */
  async take(): Promise<Taken<E>> {
    const records = this.#arrived ?? [];
    this.#arrived = undefined;
    const from = this.#fold.resume;
    const events: ProjectedEvent<E>[] = [];
    let unreadable = this.#lost;
    let to = from;
    try {
      for (const [index, record] of records.entries()) {
        if (index % TURN_RECORDS === TURN_RECORDS - 1) await new Promise((resolve) => setImmediate(resolve));
        const applied = this.#fold.apply(record);
        if (applied.kind === 'event') events.push(applied);
        to = this.#fold.resume;
      }
    } catch (error) {
      if (!isDataLoss(error)) throw error;
      const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
      unreadable = { partition: this.partition, offset: to.offset, reason: `${error.message}${cause}` };
    }
    return { batch: { partition: this.partition, from, to, events }, unreadable, full: records.length >= Math.min(FULL_RECORDS, this.#options.maxRecords) };
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
