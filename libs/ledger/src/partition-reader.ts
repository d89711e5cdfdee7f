import { Envelope, sha256, type Claim } from './envelope.js';
import type { EventLog, LogRecord, TopicPartition } from './event-log.js';
import { Fold, Judge, dataLoss, type Applied, type Judged } from './fold.js';
import type { LedgerLimits } from './limits.js';
import type { LedgerObserver, OnAlarm } from './observer.js';
import { readRecords, readThrough } from './read-records.js';
import type { ResumeState, Runtime, SnapshotStore } from './resume-state.js';
import { loadNewestUsable } from './snapshotter.js';
import type { EncodedEvent, LoadedEvent, Position, StateMachine } from './state-machine.js';

/** What is known of the log: everything below `resume.offset` was judged; `lastHash` is that of the record just below it. */
export interface KnownLog {
  readonly resume: ResumeState;
  readonly lastHash: string | undefined;
}

/** The newest effective claim that was read. */
export interface NewestClaim extends Claim {
  readonly offset: number;
  /** When the log stored it, on its clock. */
  readonly atMs: number;
}

export interface WalkListener {
  foundValid(at: Position): void;
  /** An effective claim: nothing of an earlier epoch can become valid any more. */
  epochEnded(claim: Claim): void;
}

/** Strangers' records between an event and the next valid one, before it is taken for changed. */
const STRANGERS_MAX = 16;
/** Usually enough to find the event's successor in the same read. */
const FIRST_READ_RECORDS = 4;

interface FoldOptions {
  readonly bytesMax?: number;
  readonly isEnough?: () => boolean;
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
  newestClaim: NewestClaim | undefined;
  readonly #o: PartitionReaderOptions<S, E>;
  readonly #envelope: Envelope;
  /** Everything below was told to the observer: the log is read again and again, a void counts once. */
  #toldTo = 0;
  #isBreakTold = false;

  constructor(options: PartitionReaderOptions<S, E>) {
    this.#o = options;
    this.#envelope = new Envelope(options.tp.topic, options.tp.partition);
  }

  /** Judges what follows what is known: through a given offset (exclusive, acknowledged), or to the end as far as it can be seen. */
  async walk(listener: WalkListener, through?: number): Promise<void> {
    const { log, tp } = this.#o;
    const from = this.known!;
    const { offset } = from.resume;
    const judge = new Judge(tp.topic, tp.partition, from.resume);
    // With the last known record before them, so that looking whether that is still there costs no read of its own.
    const first = from.lastHash === undefined ? offset : offset - 1;
    const chunks = through === undefined ? readRecords(log, tp, first, this.#o) : readThrough(log, tp, first, through, this.#o);
    let isChecked = first === offset;
    for await (const records of chunks) {
      if (this.#o.isStopped()) return;
      if (!isChecked) this.#checkLastKnown(from, records[0]!);
      isChecked = true;
      for (const record of records) {
        if (record.offset < offset) continue;
        const judged = judge.judge(record);
        this.known = { resume: judge.resume, lastHash: judge.lastHash };
        this.#tell(record, judged);
        if (judged.kind === 'event' || judged.kind === 'signed_head') listener.foundValid(judged.at);
        else if (judged.kind === 'claim') listener.epochEnded(judged);
      }
    }
    if (!isChecked && !this.#o.isStopped()) throw new Error(`the log did not return the known record at offset ${first}`);
  }

  /**
   * State folded from `from` (acknowledged records only) or else from the newest usable snapshot and the log, to the end as
   * far as it can be seen and at least to `atLeast`, `bytesMax` at a time: nothing else runs on this thread while they are folded. `isEnough` may end it before.
   */
  async fold(from?: Fold<S, E>, atLeast = 0, { bytesMax = this.#o.limits.readBytesMax, isEnough = () => false }: FoldOptions = {}): Promise<Fold<S, E>> {
    const { log, tp, runtime, observer } = this.#o;
    const startedAtMs = runtime.monotonicMs();
    const fold = from ?? (await this.#fromSnapshot());
    const fromOffset = fold.resume.offset;
    await this.extend(fold, atLeast);
    const known = this.known?.resume;
    if (known?.offset === fold.resume.offset && known.head !== fold.resume.head) throw this.truncated(known.offset, 'the log read again is not the log read before');
    const reading = { ...this.#o, limits: { ...this.#o.limits, readBytesMax: bytesMax }, isStopped: () => this.#o.isStopped() || isEnough() };
    for await (const records of readRecords(log, tp, fold.resume.offset, reading)) for (const record of records) this.#tell(record, fold.apply(record));
    // A standby that reads on has thrown nothing away.
    if (from === undefined) observer.onRefold?.({ ...tp, fromOffset, toOffset: fold.resume.offset, tookMs: runtime.monotonicMs() - startedAtMs });
    return fold;
  }

  /** Folds on up to `through`, exclusive, which the log has acknowledged. */
  async extend(fold: Fold<S, E>, through: number): Promise<void> {
    for await (const records of readThrough(this.#o.log, this.#o.tp, fold.resume.offset, through, this.#o)) {
      for (const record of records) this.#tell(record, fold.apply(record));
    }
  }

  /**
   * Reads one event that the state names, so the judge found it valid there. That it is still the same one is shown by
   * the chain: what follows must name it.
   */
  async readEvent(offset: number): Promise<LoadedEvent<E>> {
    const { log, tp } = this.#o;
    const [record, ...following] = await log.read(tp, offset, { maxRecords: FIRST_READ_RECORDS });
    if (record?.offset !== offset) throw new Error(`the log did not return the record at offset ${offset}`);
    const { at, encoded } = this.#parse(offset, record.value);
    await this.#checkNamed({ offset: offset + 1, epoch: at.epoch, nonce: '', sequence: at.sequence, head: at.hash, timeMs: at.timeMs }, following);
    return this.#decoded(at, encoded);
  }

  /** The event of a record that the log has acknowledged at this offset. */
  decodeEvent(offset: number, value: Uint8Array): LoadedEvent<E> {
    const { at, encoded } = this.#parse(offset, value);
    return this.#decoded(at, encoded);
  }

  #parse(offset: number, value: Uint8Array): { readonly at: Position; readonly encoded: EncodedEvent } {
    const { topic, partition } = this.#o.tp;
    const parsed = this.#envelope.parse(value);
    if (parsed.kind !== 'event') throw dataLoss('NOT_AN_EVENT', topic, partition, offset, 'expected a valid event');
    const { epoch, sequence, timeMs, encoded } = parsed;
    return { at: { topic, partition, offset, hash: sha256(value), epoch, sequence, timeMs }, encoded };
  }

  #decoded(at: Position, encoded: EncodedEvent): LoadedEvent<E> {
    try {
      return { event: this.#o.machine.decode(encoded), at };
    } catch (cause) {
      throw dataLoss('UNREADABLE_EVENT', at.topic, at.partition, at.offset, `event of type ${encoded.type} could not be decoded`, cause);
    }
  }

  /** Judges on from an event until the next one names it, or to the end of what is known, whose head must then rest on it. */
  async #checkNamed(from: ResumeState, following: readonly LogRecord[]): Promise<void> {
    const { log, tp } = this.#o;
    const judge = new Judge(tp.topic, tp.partition, from);
    const changed = (what: string): ReturnType<typeof dataLoss> => this.#broken(from.offset - 1, `the event there was changed: ${what}`);
    let strangers = 0;
    for (let records = following; ; ) {
      for (const record of records) {
        if (judge.resume.offset >= this.known!.resume.offset) break;
        const judged = judge.judge(record);
        if (judged.kind === 'event' || judged.kind === 'signed_head') return;
        if (judged.kind === 'void' && judged.breaksChain === true) strangers += 1;
        if (judge.chainBreak?.isFinal === true || strangers > STRANGERS_MAX) throw changed(`offset ${judge.chainBreak!.offset} does not continue it (${judge.chainBreak!.reason})`);
      }
      const { offset, head } = this.known!.resume;
      if (judge.resume.offset === offset) {
        if (judge.resume.head !== head) throw changed(`the head at offset ${offset} does not rest on it`);
        return;
      }
      records = await log.read(tp, judge.resume.offset, { maxRecords: Math.min(this.#o.limits.readRecordsMax, offset - judge.resume.offset) });
      if (records.length === 0) throw new Error(`the log did not return the record at offset ${judge.resume.offset}`);
    }
  }

  #broken(offset: number, what: string): ReturnType<typeof dataLoss> {
    const error = dataLoss('CHAIN_BROKEN', this.#o.tp.topic, this.#o.tp.partition, offset, what);
    this.#o.onAlarm({ kind: 'chain_broken', message: error.message, ...this.#o.tp });
    return error;
  }

  #tell({ offset, timestampMs: atMs }: LogRecord, judged: Judged | Applied<E>): void {
    if (judged.kind === 'claim' && judged.epoch > (this.newestClaim?.epoch ?? 0)) {
      const { epoch, nonce, node, address } = judged;
      this.newestClaim = { epoch, nonce, node, address, offset, atMs };
    }
    if (offset < this.#toldTo) return;
    this.#toldTo = offset + 1;
    if (judged.kind !== 'void') {
      this.#isBreakTold = false;
      return;
    }
    const { tp, observer, onAlarm } = this.#o;
    observer.onVoid?.({ ...tp, reason: judged.reason });
    // After a changed record every event of its epoch is one of these: the first says it.
    if (judged.breaksChain !== true || this.#isBreakTold) return;
    this.#isBreakTold = true;
    onAlarm({ kind: 'chain_broken', message: `${tp.topic}/${tp.partition} at offset ${offset}: void, and no honest writer left it there: ${judged.reason}`, ...tp });
  }

  truncated(offset: number, what: string): ReturnType<typeof dataLoss> {
    return dataLoss('LOG_TRUNCATED', this.#o.tp.topic, this.#o.tp.partition, offset, what);
  }

  #checkLastKnown({ resume, lastHash }: KnownLog, last: LogRecord): void {
    if (last.offset !== resume.offset - 1) throw new Error(`the log did not return the known record at offset ${resume.offset - 1}`);
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
