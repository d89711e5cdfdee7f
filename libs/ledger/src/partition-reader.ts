import { Envelope, sha256 } from './envelope.js';
import type { EventLog, TopicPartition } from './event-log.js';
import { Fold, Judge, dataLoss } from './fold.js';
import type { LedgerLimits } from './limits.js';
import type { LedgerObserver, OnAlarm } from './observer.js';
import { readRecords, readThrough } from './read-records.js';
import type { ResumeState, Runtime, SnapshotStore } from './resume-state.js';
import { loadNewestUsable } from './snapshotter.js';
import type { LoadedEvent, Position, StateMachine } from './state-machine.js';

/** What is known of the log: everything below `resume.offset` was judged; `lastHash` is that of the record just below it. */
export interface KnownLog {
  readonly resume: ResumeState;
  readonly lastHash: string | undefined;
}

export interface WalkListener {
  foundValid(at: Position): void;
  /** An effective claim: nothing of an earlier epoch can become valid any more. */
  epochEnded(nonce: string): void;
}

export interface PartitionReaderOptions<S, E> {
  readonly log: EventLog;
  readonly tp: TopicPartition;
  readonly machine: StateMachine<S, never, E, unknown>;
  readonly runtime: Runtime;
  readonly limits: LedgerLimits;
  readonly snapshots: SnapshotStore | undefined;
  readonly onAlarm: OnAlarm;
  readonly observer: LedgerObserver;
  readonly isStopped: () => boolean;
}

/** What an owner reads from its partition: it judges like any other reader, and notices a log that lost records. */
export class PartitionReader<S, E> {
  /** Undefined until the owner has caught up for the first time. */
  known: KnownLog | undefined;
  readonly #o: PartitionReaderOptions<S, E>;
  readonly #envelope: Envelope;

  constructor(options: PartitionReaderOptions<S, E>) {
    this.#o = options;
    this.#envelope = new Envelope(options.tp.topic, options.tp.partition);
  }

  /** Judges what follows what is known: through a given offset (exclusive, acknowledged), or to the end as far as it can be seen. */
  async walk(listener: WalkListener, through?: number): Promise<void> {
    const { log, tp, observer } = this.#o;
    const from = this.known!;
    await this.#checkLastKnown(from);
    const judge = new Judge(tp.topic, tp.partition, from.resume);
    const chunks = through === undefined ? readRecords(log, tp, from.resume.offset, this.#o) : readThrough(log, tp, from.resume.offset, through, this.#o);
    for await (const records of chunks) {
      if (this.#o.isStopped()) return;
      for (const record of records) {
        const judged = judge.judge(record);
        this.known = { resume: judge.resume, lastHash: judge.lastHash };
        if (judged.kind === 'event') listener.foundValid(judged.at);
        else if (judged.kind === 'claim') listener.epochEnded(judged.nonce);
        else observer.onVoid?.({ ...tp, reason: judged.reason });
      }
    }
  }

  /**
   * State folded from `from` (acknowledged records only) or else from the newest usable snapshot and the log, to the end as
   * far as it can be seen and at least to `atLeast`.
   */
  async fold(from?: Fold<S, E>, atLeast = 0): Promise<Fold<S, E>> {
    const { log, tp, runtime, observer } = this.#o;
    const startedAtMs = runtime.monotonicMs();
    const fold = from ?? (await this.#fromSnapshot());
    const fromOffset = fold.resume.offset;
    await this.extend(fold, atLeast);
    for await (const records of readRecords(log, tp, fold.resume.offset, this.#o)) for (const record of records) fold.apply(record);
    observer.onRefold?.({ ...tp, fromOffset, toOffset: fold.resume.offset, tookMs: runtime.monotonicMs() - startedAtMs });
    return fold;
  }

  /** Folds on up to `through`, exclusive, which the log has acknowledged. */
  async extend(fold: Fold<S, E>, through: number): Promise<void> {
    for await (const records of readThrough(this.#o.log, this.#o.tp, fold.resume.offset, through, this.#o)) {
      for (const record of records) fold.apply(record);
    }
  }

  /** Reads one event that the state names, so the judge found it valid there. */
  async readEvent(offset: number): Promise<LoadedEvent<E>> {
    const { log, machine, tp } = this.#o;
    const { topic, partition } = tp;
    const [record] = await log.read(tp, offset, { maxRecords: 1 });
    if (record?.offset !== offset) throw new Error(`the log did not return the record at offset ${offset}`);
    const parsed = this.#envelope.parse(record.value);
    if (parsed.kind !== 'event') throw dataLoss('NOT_AN_EVENT', topic, partition, offset, 'expected a valid event');
    try {
      const { epoch, sequence, timeMs } = parsed;
      return { event: machine.decode(parsed.encoded), at: { topic, partition, offset, hash: sha256(record.value), epoch, sequence, timeMs } };
    } catch (cause) {
      throw dataLoss('UNREADABLE_EVENT', topic, partition, offset, `event of type ${parsed.encoded.type} could not be decoded`, cause);
    }
  }

  truncated(offset: number, what: string): ReturnType<typeof dataLoss> {
    return dataLoss('LOG_TRUNCATED', this.#o.tp.topic, this.#o.tp.partition, offset, what);
  }

  async #checkLastKnown({ resume, lastHash }: KnownLog): Promise<void> {
    if (lastHash === undefined) return;
    const [last] = await this.#o.log.read(this.#o.tp, resume.offset - 1, { maxRecords: 1 });
    if (last === undefined) throw new Error(`the log did not return the known record at offset ${resume.offset - 1}`);
    if (sha256(last.value) !== lastHash) throw this.truncated(last.offset, 'the record there is another one than before');
  }

  async #fromSnapshot(): Promise<Fold<S, E>> {
    const { log, tp, machine, snapshots, onAlarm } = this.#o;
    const { topic, partition } = tp;
    if (snapshots === undefined) return new Fold(machine, topic, partition);
    const onUnusable = (message: string): void => onAlarm({ kind: 'snapshot_unusable', message, ...tp });
    return new Fold(machine, topic, partition, await loadNewestUsable(snapshots, log, machine, topic, partition, onUnusable));
  }
}
