import type { AppendOutcome, EventLog, LogAppender, NewRecord, PartitionAppend, TopicPartition } from './event-log.js';
import type { LedgerLimits } from './limits.js';
import type { LedgerObserver } from './observer.js';
import type { Runtime } from './resume-state.js';

/** A partition with events to append. */
export interface CommitSource {
  readonly tp: TopicPartition;
  /** Hands over what goes out now, as one batch; empty if there is nothing (any more). */
  take(recordsMax: number, bytesMax: number): readonly NewRecord[];
  /** The outcome of the batch taken last. */
  settle(outcome: AppendOutcome): void;
}

interface Lane {
  readonly name: string;
  readonly appender: LogAppender;
  busy: boolean;
}

/**
 * Group commit (design.md 2.3): what is pending for all partitions of a lane goes out as one request; while it is in
 * flight the next one collects. Nothing waits on a timer. Never re-sends.
 */
export class GroupCommit {
  readonly #log: EventLog;
  readonly #limits: LedgerLimits;
  readonly #runtime: Runtime;
  readonly #observer: LedgerObserver;
  readonly #lanes = new Map<string, Lane>();
  /** In the order they became ready: whoever was served last waits behind the others. */
  readonly #ready = new Set<CommitSource>();
  readonly #inFlight = new Set<CommitSource>();
  /** Partitions whose last append failed: each is sent alone until it succeeds, so that it cannot drag others along. */
  readonly #alone = new Set<CommitSource>();
  #scheduled = false;
  #closed = false;
  readonly #closing = new AbortController();

  constructor(options: { log: EventLog; limits: LedgerLimits; runtime: Runtime; observer: LedgerObserver }) {
    this.#log = options.log;
    this.#limits = options.limits;
    this.#runtime = options.runtime;
    this.#observer = options.observer;
  }

  /** The partition has something to append. */
  ready(source: CommitSource): void {
    this.#ready.add(source);
    this.#schedule();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#lanes.values()].map((lane) => lane.appender.close()));
    this.#closing.abort();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // After the current run of commands, so that those that arrived together leave together.
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#closed) return;
    const byLane = new Map<Lane, CommitSource[]>();
    for (const source of this.#ready) {
      // A partition whose lane changed may still have a batch on the old one: one batch at a time.
      if (this.#inFlight.has(source)) continue;
      const lane = this.#lane(this.#log.laneOf(source.tp));
      if (lane.busy) continue;
      const sources = byLane.get(lane);
      if (sources === undefined) byLane.set(lane, [source]);
      else sources.push(source);
    }
    for (const [lane, sources] of byLane) {
      const first = sources[0]!;
      this.#send(lane, this.#alone.has(first) ? [first] : sources.filter((source) => !this.#alone.has(source)));
    }
  }

  #send(lane: Lane, candidates: readonly CommitSource[]): void {
    const { requestRecordsMax, requestBytesMax, batchRecordsMax, batchBytesMax, appendTimeoutMs } = this.#limits;
    const sources: CommitSource[] = [];
    const batch: PartitionAppend[] = [];
    let records = 0;
    let bytes = 0;
    for (const source of candidates) {
      if (records >= requestRecordsMax || bytes >= requestBytesMax) break;
      this.#ready.delete(source);
      const taken = source.take(Math.min(batchRecordsMax, requestRecordsMax - records), Math.min(batchBytesMax, requestBytesMax - bytes));
      if (taken.length === 0) continue;
      sources.push(source);
      batch.push({ ...source.tp, records: taken });
      records += taken.length;
      for (const record of taken) bytes += record.value.length;
    }
    if (sources.length === 0) {
      // Those who had nothing made room for the others.
      if (this.#ready.size > 0 && candidates.length > 0) this.#schedule();
      return;
    }
    lane.busy = true;
    for (const source of sources) this.#inFlight.add(source);
    const sentAtMs = this.#runtime.monotonicMs();
    void appendSafely(lane.appender, batch, appendTimeoutMs, this.#runtime, this.#closing.signal).then((outcomes) => {
      const unknown = outcomes.filter((outcome) => outcome.kind === 'unknown').length;
      this.#observer.onRequest?.({ lane: lane.name, partitions: sources.length, records, bytes, latencyMs: this.#runtime.monotonicMs() - sentAtMs, unknown });
      // Nothing of an unanswered request may leave this machine any more.
      if (unknown > 0) lane.appender.reset();
      lane.busy = false;
      sources.forEach((source, index) => {
        const outcome = outcomes[index]!;
        this.#inFlight.delete(source);
        if (outcome.kind === 'unknown') this.#alone.add(source);
        else this.#alone.delete(source);
        source.settle(outcome);
      });
      this.#schedule();
    });
  }

  #lane(name: string): Lane {
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = { name, appender: this.#log.openAppender(), busy: false };
      this.#lanes.set(name, lane);
    }
    return lane;
  }
}

/** What an adapter gets beyond its time-out before it is taken for broken. */
const GRACE_MS = 5_000;

/**
 * An append never rejects by contract, and always ends in time, or when its appender is closed; should an adapter break it, or answer for the wrong
 * number of partitions, everything is unknown. `closing` is aborted once the appender is closed.
 */
export async function appendSafely(appender: LogAppender, batch: readonly PartitionAppend[], timeoutMs: number, runtime: Pick<Runtime, 'after'>, closing: AbortSignal): Promise<AppendOutcome[]> {
  let cancel = (): void => {};
  try {
    const late = new Promise<never>((_, reject) => {
      const giveUp = (): void => reject(new Error(`the log did not answer within ${timeoutMs} ms, nor say that it could not`));
      const cancelTimer = runtime.after(timeoutMs + GRACE_MS, giveUp);
      closing.addEventListener('abort', giveUp);
      cancel = () => {
        cancelTimer();
        closing.removeEventListener('abort', giveUp);
      };
    });
    const outcomes = await Promise.race([appender.append(batch, timeoutMs), late]);
    if (outcomes.length === batch.length) return outcomes;
    throw new Error(`the log answered for ${outcomes.length} of ${batch.length} partitions`);
  } catch (cause) {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    return batch.map(() => ({ kind: 'unknown', error }));
  } finally {
    cancel();
  }
}
