import type { EventLog, TopicPartition } from './event-log.js';
import { Envelope, sha256 } from './envelope.js';
import { Fold } from './fold.js';
import type { OnAlarm, LedgerObserver } from './observer.js';
import type { ResumeState, SnapshotStore, StoredSnapshot } from './resume-state.js';
import type { Json, StateMachine } from './state-machine.js';

type Machine<S, E> = StateMachine<S, never, E, unknown>;

const NEWEST_TRIED = 5;
/** Writing the whole state stops everything else for a moment: a state of this many bytes waits for one more event. */
const STATE_BYTES_PER_EVENT = 100;

/**
 * The newest snapshot that the log itself confirms. Corrupt ones and ones of another log are skipped: older ones are
 * tried, then undefined (fold from zero). A snapshot is a cache: nothing but start-up time depends on it.
 */
export async function loadNewestUsable<S, E>(
  snapshots: SnapshotStore, log: EventLog, machine: Machine<S, E>, topic: string, partition: number, onUnusable?: (why: string) => void,
): Promise<{ resume: ResumeState; state: S } | undefined> {
  for (const snapshot of await snapshots.newest(topic, partition, NEWEST_TRIED)) {
    const state = restore(machine, snapshot);
    if (state === undefined) onUnusable?.(`snapshot at offset ${snapshot.resume?.offset} is corrupt`);
    else if (!(await isInLog(log, { topic, partition }, snapshot.resume))) onUnusable?.(`snapshot at offset ${snapshot.resume?.offset} is not of this log`);
    else return { resume: snapshot.resume, state: state.value };
  }
  return undefined;
}

/**
 * True if the record below `resume.offset` is the event that `resume` was taken at: the log is the one the state was
 * folded from, and a reader that goes on from there counts as one from zero would.
 */
export async function isInLog(log: EventLog, tp: TopicPartition, resume: ResumeState): Promise<boolean> {
  // What was stored may be anything, `null` included.
  if (!Number.isSafeInteger(resume?.offset) || resume.offset < 1) return false;
  // A log that ends before it is a shorter log; reading there would be an error.
  if ((await log.endOffset(tp)) < resume.offset) return false;
  const [record] = await log.read(tp, resume.offset - 1, { maxRecords: 1 });
  if (record?.offset !== resume.offset - 1 || sha256(record.value) !== resume.head) return false;
  const event = new Envelope(tp.topic, tp.partition).parse(record.value);
  return event.kind === 'event' && event.epoch === resume.epoch && event.sequence === resume.sequence && event.timeMs === resume.timeMs;
}

function restore<S, E>(machine: Machine<S, E>, snapshot: StoredSnapshot): { value: S } | undefined {
  if (sha256(snapshot.state) !== snapshot.stateHash) return undefined;
  try {
    return { value: machine.restore(JSON.parse(snapshot.state) as Json) };
  } catch {
    return undefined;
  }
}

/**
 * Writes a partition's snapshots: folds its own copy of the state through the log's reader, so it sees acknowledged
 * records only and never the owner's speculative state, a chunk at a time so that decisions go on in between.
 */
export class Snapshotter<S, E> {
  readonly #log: EventLog;
  readonly #snapshots: SnapshotStore;
  readonly #machine: Machine<S, E>;
  readonly #tp: TopicPartition;
  readonly #everyEventsMin: number;
  /** Grows with the state, so that the cost of an event stays the same. */
  #everyEvents: number;
  readonly #chunk: number;
  readonly #onAlarm: OnAlarm;
  readonly #observer: LedgerObserver;
  #fold: Fold<S, E> | undefined;
  /** Where the last valid event left the reader: the only places where a snapshot is taken. */
  #lastEvent: ResumeState | undefined;
  #eventsSince = 0;
  #target = 0;
  #running: Promise<void> | undefined;

  constructor(options: {
    log: EventLog; snapshots: SnapshotStore; machine: Machine<S, E>; topic: string; partition: number; everyEvents: number;
    chunkRecords?: number; onAlarm?: OnAlarm; observer?: LedgerObserver;
  }) {
    this.#log = options.log;
    this.#snapshots = options.snapshots;
    this.#machine = options.machine;
    this.#tp = { topic: options.topic, partition: options.partition };
    this.#everyEventsMin = options.everyEvents;
    this.#everyEvents = options.everyEvents;
    this.#chunk = options.chunkRecords ?? 200;
    this.#onAlarm = options.onAlarm ?? (() => {});
    this.#observer = options.observer ?? {};
  }

  /** The log has acknowledged everything below `offset`: go and take a snapshot if enough has come together. */
  advanced(offset: number): void {
    if (this.#running !== undefined || offset - (this.#fold?.resume.offset ?? 0) + this.#eventsSince < this.#everyEvents) return;
    this.#target = offset;
    this.#start(false);
  }

  /** One last snapshot, at the newest valid event below `offset`. */
  async finish(offset: number): Promise<void> {
    await this.#running;
    this.#target = offset;
    this.#start(true);
    await this.#running;
  }

  #start(final: boolean): void {
    this.#running = this.#run(final)
      .catch((cause: unknown) => {
        // Nothing is lost: a later run starts again from the newest usable snapshot.
        this.#fold = undefined;
        this.#onAlarm({ kind: 'snapshot_failed', message: `no snapshot: ${cause instanceof Error ? cause.message : String(cause)}`, ...this.#tp });
      })
      .finally(() => {
        this.#running = undefined;
      });
  }

  async #run(final: boolean): Promise<void> {
    const fold = (this.#fold ??= await this.#load());
    while (fold.resume.offset < this.#target) {
      const records = await this.#log.read(this.#tp, fold.resume.offset, { maxRecords: this.#chunk });
      if (records.length === 0) break;
      for (const record of records) {
        if (fold.apply(record).kind !== 'event') continue;
        this.#lastEvent = fold.resume;
        this.#eventsSince += 1;
      }
      // A snapshot would hide it from everyone who starts there.
      if (fold.chainBreak?.isFinal === true) throw new Error(`the chain is broken at offset ${fold.chainBreak.offset}`);
    }
    if (this.#lastEvent === undefined || this.#eventsSince < (final ? 1 : this.#everyEvents)) return;
    const state = JSON.stringify(this.#machine.snapshot(fold.state));
    // Claims and void records after the last event leave the state as it is, so this is the state at that event.
    const resume = this.#lastEvent;
    this.#eventsSince = 0;
    this.#everyEvents = Math.max(this.#everyEventsMin, Math.floor(state.length / STATE_BYTES_PER_EVENT));
    await this.#snapshots.insert({ ...this.#tp, resume, state, stateHash: sha256(state) });
    this.#observer.onSnapshot?.({ ...this.#tp, offset: resume.offset, bytes: state.length });
  }

  async #load(): Promise<Fold<S, E>> {
    const { topic, partition } = this.#tp;
    const from = await loadNewestUsable(this.#snapshots, this.#log, this.#machine, topic, partition, (message) =>
      this.#onAlarm({ kind: 'snapshot_unusable', message, ...this.#tp }));
    this.#eventsSince = 0;
    this.#lastEvent = undefined;
    return new Fold(this.#machine, topic, partition, from);
  }
}

/** Snapshots in memory, for tests. */
export class MemorySnapshotStore implements SnapshotStore {
  readonly #stored: StoredSnapshot[] = [];

  async newest(topic: string, partition: number, limit: number): Promise<StoredSnapshot[]> {
    return this.#stored
      .filter((snapshot) => snapshot.topic === topic && snapshot.partition === partition)
      .sort((a, b) => b.resume.offset - a.resume.offset)
      .slice(0, limit);
  }

  async insert(snapshot: StoredSnapshot): Promise<void> {
    this.#stored.push(snapshot);
  }
}
