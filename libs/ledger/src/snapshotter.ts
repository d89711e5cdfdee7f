import type { EventLog, TopicPartition } from './event-log.js';
import { Envelope, sha256 } from './envelope.js';
import type { OnAlarm, LedgerObserver } from './observer.js';
import type { ResumeState, SnapshotStore, StoredSnapshot } from './resume-state.js';
import type { Json, StateMachine } from './state-machine.js';

type Machine<S, E> = StateMachine<S, never, E, unknown>;

const NEWEST_TRIED = 5;
/** Writing the whole state stops everything else for a moment: a state of this many bytes waits for one more event. */
const STATE_BYTES_PER_EVENT = 100;
/** So many partitions take their first snapshots one after another. */
const STAGGERED = 16;

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

interface Captured {
  readonly resume: ResumeState;
  readonly state: string;
}

/**
 * Takes a partition's snapshots from the state that its owner decides with. That state is ahead of the log, so what was
 * captured is held back until the log has acknowledged all of it at the expected offset, and thrown away if serving is
 * interrupted before: nothing is read, judged or folded a second time.
 */
export class Snapshotter<S> {
  readonly #o: SnapshotterOptions<S>;
  /** Grows with the state, so that the cost of an event stays the same. */
  #everyEvents: number;
  #eventsSince = 0;
  #captured: Captured | undefined;
  #writing: Promise<void> | undefined;

  constructor(options: SnapshotterOptions<S>) {
    this.#o = options;
    this.#everyEvents = options.everyEvents;
  }

  /** The owner serves from a state that so many records were folded into since the snapshot it began with. */
  opened(recordsSince: number): void {
    // The partitions of a topic fill evenly: without this they would all write at the same moment.
    const early = (this.#o.partition % STAGGERED) / STAGGERED;
    this.#eventsSince = recordsSince + Math.floor(this.#everyEvents * early);
  }

  /** One more event is in the state. True if it is time for `capture`. */
  evolved(): boolean {
    this.#eventsSince += 1;
    return this.#eventsSince >= this.#everyEvents && this.#captured === undefined && this.#writing === undefined;
  }

  /** `state` is that of the event just below `resume`, decided and not acknowledged yet. */
  capture(resume: ResumeState, state: S): void {
    this.#eventsSince = 0;
    try {
      const text = JSON.stringify(this.#o.machine.snapshot(state));
      this.#everyEvents = Math.max(this.#o.everyEvents, Math.floor(text.length / STATE_BYTES_PER_EVENT));
      this.#captured = { resume, state: text };
    } catch (cause) {
      this.#failed(cause);
    }
  }

  /** The log has acknowledged everything below `offset` where it was expected. */
  acknowledged(offset: number): void {
    if (this.#captured === undefined || offset < this.#captured.resume.offset) return;
    void this.#write(this.#captured);
    this.#captured = undefined;
  }

  /** What is not acknowledged may never be in the log. */
  interrupted(): void {
    this.#captured = undefined;
  }

  /** One last snapshot, of an acknowledged state, unless it has been taken. */
  async finish(resume: ResumeState, state: S): Promise<void> {
    await this.#writing;
    if (this.#eventsSince === 0) return;
    this.capture(resume, state);
    this.acknowledged(resume.offset);
    await this.#writing;
  }

  #write({ resume, state }: Captured): Promise<void> {
    const { topic, partition, snapshots, observer } = this.#o;
    const written = Promise.resolve()
      .then(() => snapshots.insert({ topic, partition, resume, state, stateHash: sha256(state) }))
      .then(() => observer?.onSnapshot?.({ topic, partition, offset: resume.offset, bytes: state.length }))
      // Nothing is lost: the next one holds what this one would have.
      .catch((cause: unknown) => this.#failed(cause))
      .finally(() => {
        this.#writing = undefined;
      });
    this.#writing = written;
    return written;
  }

  #failed(cause: unknown): void {
    const { topic, partition, onAlarm } = this.#o;
    onAlarm?.({ kind: 'snapshot_failed', message: `no snapshot: ${cause instanceof Error ? cause.message : String(cause)}`, topic, partition });
  }
}

export interface SnapshotterOptions<S> {
  readonly snapshots: SnapshotStore;
  readonly machine: Pick<StateMachine<S, never, never, unknown>, 'snapshot'>;
  readonly topic: string;
  readonly partition: number;
  readonly everyEvents: number;
  readonly onAlarm?: OnAlarm;
  readonly observer?: LedgerObserver;
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
