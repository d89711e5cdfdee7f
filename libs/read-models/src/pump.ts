import type { DecodePlain, ResumeState, StateMachine } from '#ledger';
import { BATCH_RECORDS, Feed, type Unreadable } from './feed.js';
import { pause } from './pause.js';
import type { Batch, LogReader } from './projection.js';
import { CannotApply, type Member, type ReadModels } from './read-models.js';

/** After batches that were not full, more is let come together: a transaction for a handful of rows costs as much as one for hundreds. */
const GATHER_MS = 250;
/** Under load more is let come together: windows and hours that many calls touch are then written once, and decisions keep the CPU. */
const GATHER_MORE_MS = 1_000;
const BUSY_EVENTS = 100;
/** What has arrived in one partition waits this long for the others. */
const TOGETHER_MS = 5;
/** Who is no further behind than this, in all partitions together, is at the end: more comes all the time. */
const NEAR_RECORDS = 20_000;

export interface PumpOptions<E> {
  readonly readModels: ReadModels;
  readonly log: LogReader;
  readonly topic: string;
  readonly decode: StateMachine<null, never, E, unknown>['decode'];
  readonly decodePlain?: DecodePlain<E> | undefined;
  readonly members: readonly Member<E>[];
  /** Where all members stand, by partition. */
  readonly positions: readonly ResumeState[];
  /** Small when looking for the one event that cannot be applied; 1 finds it. */
  readonly maxRecords?: number;
  /** What was decided at this event time or later is not needed: a partition is done once it has got there. */
  readonly untilMs?: number | undefined;
  readonly onCommitted: (batches: readonly Batch<E>[]) => void;
  /** Once: all is committed that the log held when this began, and since then but a little has come. */
  readonly onCaughtUp?: (() => void) | undefined;
}

/**
 * - `done`: the signal, or every partition is at `until` or past `untilMs`.
 * - `superseded`: another process has moved a checkpoint, or a member is retired.
 * - `unreadable`: an event that no member can get past, or records that are gone; everything before it is committed.
 * - `unapplicable`: one that this member cannot get past; `maxRecords` must be 1 for it to be found.
 */
export type PumpEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'superseded' }
  | ({ readonly kind: 'unreadable' } & Unreadable)
  | { readonly kind: 'unapplicable'; readonly error: CannotApply; readonly at: Unreadable | undefined };

/** Carries a topic into the rows of projections that stand at the same place: reads, judges and decodes once for all. */
export class Pump<E> {
  readonly #options: PumpOptions<E>;
  readonly #feeds: readonly Feed<E>[];
  /** By partition, what has to be read before it is caught up; undefined once it is, or if nobody asks. */
  #ends: readonly number[] | undefined;

  constructor(options: PumpOptions<E>) {
    this.#options = options;
    const { log, topic, decode, decodePlain, maxRecords = BATCH_RECORDS, positions } = options;
    this.#feeds = positions.map((from, partition) => new Feed({ log, topic, partition, decode, decodePlain, maxRecords }, from));
  }

  /** Rejects as the log and the database do. After anything but `done` the members' writers must be made anew. */
  async run(signal: AbortSignal, until?: readonly number[]): Promise<PumpEnd> {
    const reading = new AbortController();
    const stop = (): void => reading.abort();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      return await this.#run(signal, reading.signal, until);
    } finally {
      signal.removeEventListener('abort', stop);
      stop();
    }
  }

  async #run(signal: AbortSignal, reading: AbortSignal, until: readonly number[] | undefined): Promise<PumpEnd> {
    const { onCaughtUp, untilMs = Number.POSITIVE_INFINITY } = this.#options;
    // That nothing has arrived says nothing: it may be on its way.
    if (onCaughtUp !== undefined) this.#ends = await this.#endOffsets();
    const fetch = (feed: Feed<E>): Promise<void> => feed.fetch(reading, until?.[feed.partition]);
    // One batch is written while the next is read and judged.
    let writing: Promise<PumpEnd | undefined> = Promise.resolve(undefined);
    try {
      for (let isFirst = true; !signal.aborted; isFirst = false) {
        // Event time never runs backwards in a partition.
        const open = this.#feeds.filter(({ position, partition }) => position.timeMs < untilMs && position.offset < (until?.[partition] ?? Number.POSITIVE_INFINITY));
        if (open.length === 0) break;
        const fetched = open.map(fetch);
        // Observed here too: one may fail while another is waited for.
        for (const each of fetched) each.catch(() => undefined);
        if (isFirst) await Promise.race([Promise.all(fetched), pause(GATHER_MS, signal)]);
        if (!open.some(({ hasRecords }) => hasRecords)) {
          const end = (await writing) ?? (await this.#tellIfCaughtUp(writing));
          if (end !== undefined) return end;
          if (!open.some(({ hasRecords }) => hasRecords)) await Promise.race(fetched);
        }
        await Promise.race([Promise.all(fetched), pause(TOGETHER_MS, signal)]);
        const ended = await this.#tellIfCaughtUp(writing);
        if (ended !== undefined) return ended;
        if (signal.aborted) break;
        const taken: { readonly feed: Feed<E>; readonly batch: Batch<E>; readonly unreadable: Unreadable | undefined; readonly full: boolean }[] = [];
        for (const feed of open.filter(({ hasRecords }) => hasRecords)) taken.push({ feed, ...(await feed.take()) });
        if (taken.length === 0) continue;
        const unreadable = taken.find((one) => one.unreadable !== undefined)?.unreadable;
        // Read on while the rows are written.
        if (unreadable === undefined) for (const { feed, full } of taken) if (full) void fetch(feed).catch(() => undefined);
        const end = await writing;
        if (end !== undefined) return end;
        writing = this.#apply(taken.map(({ batch }) => batch));
        writing.catch(() => undefined);
        if (unreadable !== undefined) return (await writing) ?? { kind: 'unreadable', ...unreadable };
        if (until === undefined && !taken.some(({ full }) => full)) await pause(taken.reduce((sum, { batch }) => sum + batch.events.length, 0) < BUSY_EVENTS ? GATHER_MS : GATHER_MORE_MS, signal);
      }
      return (await writing) ?? { kind: 'done' };
    } finally {
      await writing.catch(() => undefined);
    }
  }

  /** Resolves to why the pump must end, if it must. Who has come to a record that is gone is as far as anybody can come. */
  async #tellIfCaughtUp(writing: Promise<PumpEnd | undefined>): Promise<PumpEnd | undefined> {
    const ends = this.#ends;
    if (ends === undefined || this.#feeds.some(({ isLost, position, partition }) => !isLost && position.offset < ends[partition]!)) return undefined;
    const end = await writing;
    if (end === undefined && (await this.#isNearEnd())) this.#options.onCaughtUp?.();
    return end;
  }

  /** At the ends that were known: they have moved meanwhile. If not far, that was all; otherwise those are to be reached next. Never in a log that was cut below where this stands. */
  async #isNearEnd(): Promise<boolean> {
    const ends = await this.#endOffsets();
    if (this.#feeds.some(({ position, partition }) => position.offset > ends[partition]!)) return false;
    const left = this.#feeds.reduce((sum, { isLost, position, partition }) => sum + (isLost ? 0 : Math.max(0, ends[partition]! - position.offset)), 0);
    this.#ends = left > NEAR_RECORDS ? ends : undefined;
    return this.#ends === undefined;
  }

  #endOffsets(): Promise<number[]> {
    const { log, topic } = this.#options;
    return Promise.all(this.#feeds.map(({ partition }) => log.endOffset({ topic, partition })));
  }

  async #apply(batches: readonly Batch<E>[]): Promise<PumpEnd | undefined> {
    const { readModels, members, maxRecords, onCommitted } = this.#options;
    const moved = batches.filter(({ from, to }) => to.offset > from.offset);
    // Looking for one event: each by itself.
    for (const together of maxRecords === 1 ? moved.map((batch) => [batch]) : [moved]) {
      if (together.length === 0) continue;
      try {
        if (!(await readModels.apply(members, together))) return { kind: 'superseded' };
      } catch (error) {
        if (!(error instanceof CannotApply)) throw error;
        const at = maxRecords === 1 ? { partition: together[0]!.partition, offset: together[0]!.events[0]?.at.offset ?? together[0]!.from.offset, reason: error.message } : undefined;
        return { kind: 'unapplicable', error, at };
      }
      onCommitted(together);
    }
    return undefined;
  }
}
