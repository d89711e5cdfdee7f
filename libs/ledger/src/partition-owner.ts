import { DocketError } from '#errors';
import type { ClaimConnections } from './claim-connections.js';
import { Envelope, sha256 } from './envelope.js';
import { EventClock } from './event-clock.js';
import type { AppendOutcome, EventLog, NewRecord, TopicPartition } from './event-log.js';
import { Fold, Judge, dataLoss } from './fold.js';
import type { CommitSource, GroupCommit } from './group-commit.js';
import { REFUSALS, refuse, type Refusal } from './ledger-errors.js';
import type { LedgerLimits } from './limits.js';
import type { AlarmKind, LedgerObserver, OnAlarm } from './observer.js';
import { readRecords, readThrough } from './read-records.js';
import type { ResumeState, Runtime, SnapshotStore } from './resume-state.js';
import { loadNewestUsable } from './snapshotter.js';
import type { LoadedEvent, Position, StateMachine } from './state-machine.js';

/** A command on its way to its reply. */
export interface PendingCommand<C, R> {
  readonly command: C;
  readonly deadlineMs: number;
  readonly resolve: (reply: R) => void;
  readonly reject: (error: DocketError) => void;
  /** Called once, when it has its reply. */
  readonly done: () => void;
  settled: boolean;
  /** Once sent, only the log knows; after it is proven void it may be decided again. */
  wasSent: boolean;
  loads: number;
}

/** An event decided against speculative state, and those whose replies rest on it. */
interface DecidedEvent<C, E, R> {
  readonly item: PendingCommand<C, R>;
  readonly event: E;
  readonly at: Position;
  readonly record: NewRecord;
  after: Follower<C, R>[] | undefined;
}

type Follower<C, R> = { readonly item: PendingCommand<C, R> } & ({ readonly reply: R } | { readonly error: DocketError } | { readonly load: number });

type Trouble = { readonly kind: 'claim' } | { readonly kind: 'moved'; readonly through: number };

/** What is known of the log: everything below `resume.offset` was judged; `lastHash` is that of the record just below it. */
interface Known {
  readonly resume: ResumeState;
  readonly lastHash: string | undefined;
}

export interface PartitionOwnerOptions<S, C, E, R> {
  readonly log: EventLog;
  readonly tp: TopicPartition;
  readonly machine: StateMachine<S, C, E, R>;
  readonly runtime: Runtime;
  readonly node: { readonly name: string; readonly address: string };
  readonly limits: LedgerLimits;
  readonly groupCommit: GroupCommit;
  readonly claims: ClaimConnections;
  readonly snapshots: SnapshotStore | undefined;
  readonly onAlarm: OnAlarm;
  readonly observer: LedgerObserver;
  /** The log has acknowledged everything below `offset`. */
  readonly onAcknowledged: (offset: number) => void;
}

const LOADS_MAX = 4;

/**
 * The single writer of one partition (design.md 2.2 to 2.5). While it serves, commands are decided at once against
 * speculative state; whatever goes wrong interrupts serving, and one loop (`#run`) finds out from the log what happened
 * before it serves again. Safety rests on the judge alone, never on timing.
 */
export class PartitionOwner<S, C, E, R> implements CommitSource {
  readonly tp: TopicPartition;
  readonly #o: PartitionOwnerOptions<S, C, E, R>;
  readonly #envelope: Envelope;
  readonly #clock: EventClock;

  #role: 'claiming' | 'owner' | 'stopped' = 'claiming';
  #serving = false;
  #ended = false;
  #fatal: DocketError | undefined;
  #trouble: Trouble = { kind: 'claim' };
  #wake: (() => void) | undefined;
  #cancelTimer: (() => void) | undefined;
  #attempt = 0;
  #servingSinceMs = 0;
  #notServingSinceMs = 0;
  #lookedAt: Known | undefined;
  readonly #firstServed = Promise.withResolvers<void>();

  #known: Known | undefined;
  /** Acknowledged records only; kept from one claim attempt to the next. */
  #standby: Fold<S, E> | undefined;
  /** Claims of this writer that may still turn up: its own newer epoch is no reason to step down. */
  readonly #ownNonces = new Set<string>();

  /** Speculative: includes what was decided and is not acknowledged. Replaced, never repaired. */
  #state: S;
  #generation = 0;
  #epoch = 0;
  #tip = { offset: 0, sequence: 0, head: '', timeMs: 0 };

  #queue: PendingCommand<C, R>[] = [];
  #unsent: DecidedEvent<C, E, R>[] = [];
  #inFlight: DecidedEvent<C, E, R>[] = [];
  #isAwaitingAppend = false;

  constructor(options: PartitionOwnerOptions<S, C, E, R>) {
    this.#o = options;
    this.tp = options.tp;
    this.#envelope = new Envelope(options.tp.topic, options.tp.partition);
    this.#clock = new EventClock(options.runtime, options.limits.clockToleranceMs);
    this.#state = options.machine.initialState();
    this.#firstServed.promise.catch(() => {});
  }

  /** Claims the partition, catches up, serves; resolves when it serves for the first time. Goes on for ever, until `end`. */
  start(): Promise<void> {
    this.#notServingSinceMs = this.#o.runtime.monotonicMs();
    this.#armTimer();
    void this.#run();
    return this.#firstServed.promise;
  }

  submit(item: PendingCommand<C, R>): void {
    if (this.#fatal !== undefined) return this.#reject(item, this.#fatal);
    if (this.#ended) return this.#refuse(item, REFUSALS.stopping);
    if (this.#serving) return this.#decide(item);
    if (this.#hasWaitedForOwner()) return this.#refuse(item, REFUSALS.noOwner);
    this.#queue.push(item);
  }

  /** Reads the speculative state; undefined while this node cannot decide. */
  peek<T>(read: (state: S) => T): T | undefined {
    return this.#serving ? read(this.#state) : undefined;
  }

  status(): { role: 'claiming' | 'owner' | 'stopped'; epoch: number; nextOffset: number; sequence: number; lastEventTimeMs: number } {
    const resume = this.#known?.resume;
    return {
      role: this.#role, epoch: resume?.epoch ?? 0, nextOffset: resume?.offset ?? 0, sequence: resume?.sequence ?? 0, lastEventTimeMs: resume?.timeMs ?? 0,
    };
  }

  /** Stops for good. What was sent and not acknowledged is reported as unknown. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopServing('stopped');
    this.#cancelTimer?.();
    this.#rejectInFlight(refuse(REFUSALS.lost, this.tp));
    this.#refuseUndecided(REFUSALS.stopping);
    this.#firstServed.reject(refuse(REFUSALS.stopping, this.tp));
    this.#wake?.();
  }

  // ---- deciding ----

  #decide(item: PendingCommand<C, R>, loaded?: LoadedEvent<E>): void {
    const { machine, runtime } = this.#o;
    if (runtime.monotonicMs() >= item.deadlineMs) return this.#refuse(item, item.wasSent ? REFUSALS.provenVoid : REFUSALS.late);
    if (this.#clock.isApart()) {
      this.#queue.push(item);
      return this.#interrupt({ kind: 'claim' });
    }
    const nowMs = this.#clock.now(this.#tip.timeMs);
    try {
      const decision = machine.decide(this.#state, item.command, loaded === undefined ? { nowMs } : { nowMs, loaded });
      switch (decision.kind) {
        case 'append':
          return this.#append(item, decision.event, nowMs);
        case 'answer':
          return this.#follow({ item, reply: decision.reply });
        case 'refuse':
          return this.#follow({ item, error: decision.error });
        case 'load':
          return this.#follow({ item, load: decision.offset });
        case 'advise':
          return decision.reply instanceof DocketError ? this.#reject(item, decision.reply) : this.#resolve(item, decision.reply);
      }
    } catch (cause) {
      this.#machineFailed(item, cause);
    }
  }

  #append(item: PendingCommand<C, R>, event: E, nowMs: number): void {
    const { machine, limits, groupCommit } = this.#o;
    const tip = this.#tip;
    const encoded = machine.encode(event);
    const value = this.#envelope.encodeEvent(encoded, this.#epoch, tip.sequence + 1, tip.head, nowMs);
    if (value.length > limits.eventBytesMax) throw new Error(`an event of ${value.length} bytes is larger than the machine announced`);
    const at: Position = {
      topic: this.tp.topic, partition: this.tp.partition, offset: tip.offset, hash: sha256(value), epoch: this.#epoch, sequence: tip.sequence + 1, timeMs: nowMs,
    };
    try {
      this.#state = machine.evolve(this.#state, event, at);
    } catch (cause) {
      // The state may be half changed; nothing was sent, so it is computed again.
      this.#machineFailed(item, cause);
      return this.#interrupt({ kind: 'claim' });
    }
    this.#tip = { offset: at.offset + 1, sequence: at.sequence, head: at.hash, timeMs: nowMs };
    this.#unsent.push({ item, event, at, record: { key: Buffer.from(encoded.subject), value }, after: undefined });
    if (!this.#isAwaitingAppend) groupCommit.ready(this);
  }

  /** A reply that appends nothing waits for the newest event that it rests on (rule 6). */
  #follow(follower: Follower<C, R>): void {
    const newest = this.#unsent.at(-1) ?? this.#inFlight.at(-1);
    if (newest === undefined) return this.#release(follower);
    (newest.after ??= []).push(follower);
  }

  #release(follower: Follower<C, R>): void {
    if ('load' in follower) void this.#load(follower.item, follower.load);
    else if ('error' in follower) this.#reject(follower.item, follower.error);
    else this.#resolve(follower.item, follower.reply);
  }

  /** Reads the event that a decision asked for, then decides again. The state named its offset, so the judge found it valid there. */
  async #load(item: PendingCommand<C, R>, offset: number): Promise<void> {
    const generation = this.#generation;
    let loaded: LoadedEvent<E>;
    try {
      item.loads += 1;
      if (item.loads > LOADS_MAX) throw new Error(`a command asked for more than ${LOADS_MAX} events`);
      loaded = await this.#readEvent(offset);
    } catch (cause) {
      if (cause instanceof DocketError && cause.kind === 'data_loss') return this.#reject(item, cause);
      if (item.loads > LOADS_MAX) return this.#machineFailed(item, cause);
      return this.#refuse(item, this.#ended ? REFUSALS.stopping : REFUSALS.readFailed, cause);
    }
    if (item.settled) return;
    if (this.#serving && generation === this.#generation) this.#decide(item, loaded);
    else this.submit(item);
  }

  async #readEvent(offset: number): Promise<LoadedEvent<E>> {
    const { log, machine } = this.#o;
    const { topic, partition } = this.tp;
    const [record] = await log.read(this.tp, offset, { maxRecords: 1 });
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

  // ---- appending (called by the group commit) ----

  take(recordsMax: number, bytesMax: number): readonly NewRecord[] {
    if (!this.#serving || this.#isAwaitingAppend || this.#unsent.length === 0) return [];
    if (this.#clock.isApart()) {
      this.#interrupt({ kind: 'claim' });
      return [];
    }
    let count = 0;
    let bytes = 0;
    for (const { record } of this.#unsent) {
      bytes += record.value.length;
      // The first one always goes: its size was checked when it was decided.
      if (count > 0 && (count >= recordsMax || bytes > bytesMax)) break;
      count += 1;
    }
    this.#inFlight = this.#unsent.splice(0, count);
    this.#isAwaitingAppend = true;
    return this.#inFlight.map(({ item, record }) => {
      item.wasSent = true;
      return record;
    });
  }

  settle(outcome: AppendOutcome): void {
    this.#isAwaitingAppend = false;
    if (this.#ended) return;
    const expected = this.#known!.resume.offset;
    if (outcome.kind === 'unknown') {
      this.#interrupt({ kind: 'claim' });
    } else if (outcome.baseOffset < expected) {
      this.#fail(this.#truncated(outcome.baseOffset, `an append was acknowledged there, expected at ${expected}`));
    } else if (outcome.baseOffset > expected) {
      this.#interrupt({ kind: 'moved', through: outcome.baseOffset + this.#inFlight.length });
    } else {
      this.#acknowledge();
      if (this.#serving && this.#unsent.length > 0) this.#o.groupCommit.ready(this);
    }
    if (!this.#serving) this.#wake?.();
  }

  /** The batch is where it was expected: nothing else came between, so it is what every reader will find valid. */
  #acknowledge(): void {
    const batch = this.#inFlight;
    this.#inFlight = [];
    const { at } = batch.at(-1)!;
    this.#known = {
      resume: { ...this.#known!.resume, offset: at.offset + 1, sequence: at.sequence, head: at.hash, timeMs: at.timeMs },
      lastHash: at.hash,
    };
    for (const decided of batch) {
      this.#replyTo(decided, decided.at);
      if (decided.after !== undefined) for (const follower of decided.after) this.#release(follower);
    }
    this.#o.onAcknowledged(at.offset + 1);
  }

  #replyTo({ item, event }: DecidedEvent<C, E, R>, at: Position): void {
    if (item.settled) return;
    try {
      this.#resolve(item, this.#o.machine.replyTo(event, at));
    } catch (cause) {
      this.#refuse(item, REFUSALS.replyFailed, cause);
    }
  }

  // ---- serving, and what interrupts it ----

  async #run(): Promise<void> {
    while (!this.#ended) {
      let isOwner = false;
      try {
        isOwner = this.#trouble.kind === 'moved' ? await this.#readOwnBatch(this.#trouble.through) : await this.#claim();
      } catch (error) {
        this.#standby = undefined;
        if (this.#ended) return;
        if (error instanceof DocketError && error.kind === 'data_loss') return this.#fail(error);
        this.#alarm('claim_failed', error instanceof Error ? error.message : String(error));
      }
      if (this.#ended) return;
      if (isOwner) {
        await this.#serve();
        this.#attempt = this.#o.runtime.monotonicMs() - this.#servingSinceMs > this.#o.limits.backOffMaxMs ? 1 : this.#attempt + 1;
        if (this.#trouble.kind === 'claim' && this.#attempt > 1) await this.#backOff();
      } else {
        this.#trouble = { kind: 'claim' };
        this.#attempt += 1;
        await this.#backOff();
      }
    }
  }

  /** Decides what was waiting and everything that comes, until something interrupts and nothing is on its way any more. */
  async #serve(): Promise<void> {
    const interrupted = new Promise<void>((resolve) => (this.#wake = resolve));
    this.#serving = true;
    this.#role = 'owner';
    this.#servingSinceMs = this.#o.runtime.monotonicMs();
    this.#firstServed.resolve();
    const waiting = this.#queue;
    this.#queue = [];
    for (const item of waiting) {
      if (this.#serving) this.#decide(item);
      else this.#queue.push(item);
    }
    await interrupted;
    this.#wake = undefined;
  }

  /** Stops deciding. What was decided and not sent is undone; what was sent stays, for the log to tell. */
  #interrupt(trouble: Trouble): void {
    if (this.#ended) return;
    // While a batch is on its way a first trouble waits for it; a batch that then fails calls for a claim all the same.
    this.#trouble = this.#serving ? trouble : { kind: 'claim' };
    this.#stopServing('claiming');
    if (!this.#isAwaitingAppend) this.#wake?.();
  }

  #stopServing(role: 'claiming' | 'stopped'): void {
    if (this.#serving) this.#notServingSinceMs = this.#o.runtime.monotonicMs();
    this.#serving = false;
    this.#role = role;
    this.#generation += 1;
    const undone: PendingCommand<C, R>[] = [];
    for (const decided of this.#inFlight) this.#collectFollowers(decided, undone);
    for (const decided of this.#unsent) {
      undone.push(decided.item);
      this.#collectFollowers(decided, undone);
    }
    this.#unsent = [];
    this.#queue = [...undone, ...this.#queue];
  }

  #collectFollowers(decided: DecidedEvent<C, E, R>, into: PendingCommand<C, R>[]): void {
    if (decided.after !== undefined) for (const { item } of decided.after) into.push(item);
    decided.after = undefined;
  }

  // ---- finding out what the log holds ----

  /** Rule 4: acknowledged elsewhere. Judges everything through the own batch like any reader, then folds the state anew. */
  async #readOwnBatch(through: number): Promise<boolean> {
    await this.#walk(through);
    const known = this.#known!;
    if (known.resume.epoch !== this.#epoch) return false;
    if (this.#inFlight.length > 0) {
      this.#alarm('own_events_void', 'events of the current owner were judged void');
      return false;
    }
    const fold = await this.#refold(known.resume.offset);
    if (fold.resume.epoch !== this.#epoch) return false;
    this.#adopt(fold);
    return true;
  }

  /** Rules 1, 3 and 5: claims the partition once and reads to the claim; false if it did not become the owner. */
  async #claim(): Promise<boolean> {
    const { runtime, node, claims, limits } = this.#o;
    if (this.#known !== undefined) await this.#walk();
    const fold = (this.#standby = await this.#refold());
    const claim = { epoch: fold.resume.epoch + 1, nonce: runtime.randomHex(16), node: node.name, address: node.address };
    const value = this.#envelope.encodeClaim(claim, runtime.wallMs());
    this.#ownNonces.add(claim.nonce);
    const outcome = await claims.append(this.tp, { key: null, value }, limits.claimTimeoutMs);
    const sample = this.#clock.sample();
    if (this.#ended) return false;
    if (outcome.kind === 'unknown') return this.#claimed(claim.epoch, 'unknown', outcome.error.message);
    const readSoFar = Math.max(fold.resume.offset, this.#known?.resume.offset ?? 0);
    if (outcome.baseOffset < readSoFar) throw this.#truncated(outcome.baseOffset, `a claim was acknowledged there, but the log reached ${readSoFar} before`);
    // Caught up means: has applied its own claim at the offset that the log acknowledged.
    await this.#extend(fold, outcome.baseOffset + 1);
    if (fold.lastHash !== sha256(value)) throw this.#truncated(outcome.baseOffset, 'another record stands where the claim was acknowledged');
    if (this.#known !== undefined) {
      await this.#walk(outcome.baseOffset + 1);
      const judged = this.#known.resume;
      if (judged.head !== fold.resume.head || judged.offset !== fold.resume.offset) throw this.#truncated(judged.offset, 'the log read again is not the log read before');
    }
    if (fold.resume.nonce !== claim.nonce) return this.#claimed(claim.epoch, 'void');
    const apartMs = this.#clock.start(sample, fold.resume.timeMs, outcome.logTimeMs);
    if (apartMs !== undefined) {
      this.#refuseUndecided(REFUSALS.clockApart);
      return this.#claimed(claim.epoch, 'refused_by_clock', `event time would be ${Math.round(apartMs)} ms from the log's clock`);
    }
    this.#claimed(claim.epoch, 'effective');
    this.#ownNonces.clear();
    this.#standby = undefined;
    this.#adopt(fold);
    return true;
  }

  #claimed(epoch: number, outcome: 'effective' | 'void' | 'unknown' | 'refused_by_clock', why?: string): false {
    this.#o.observer.onClaim?.({ ...this.tp, epoch, outcome });
    if (outcome === 'refused_by_clock') this.#alarm('clock_apart', why!);
    else if (outcome === 'unknown') this.#alarm('claim_failed', `claim of epoch ${epoch}: ${why}`);
    return false;
  }

  /** Serves from here on: the state of everything the log has acknowledged and this reader judged. */
  #adopt(fold: Fold<S, E>): void {
    const { offset, epoch, sequence, head, timeMs } = fold.resume;
    this.#state = fold.state;
    this.#epoch = epoch;
    this.#known = { resume: fold.resume, lastHash: fold.lastHash ?? head };
    this.#tip = { offset, sequence, head, timeMs };
  }

  /**
   * Judges what follows what is known — through a given offset, or to the end — and settles what is on its way: valid
   * ones are answered with their own positions; a newer effective claim makes all others void for ever.
   */
  async #walk(through?: number): Promise<void> {
    const { log, limits, runtime, observer } = this.#o;
    const from = this.#known!;
    if (from.lastHash !== undefined) {
      const [last] = await log.read(this.tp, from.resume.offset - 1, { maxRecords: 1 });
      if (last === undefined) throw new Error(`the log did not return the known record at offset ${from.resume.offset - 1}`);
      if (sha256(last.value) !== from.lastHash) throw this.#truncated(last.offset, 'the record there is another one than before');
    }
    const judge = new Judge(this.tp.topic, this.tp.partition, from.resume);
    const options = { limits, runtime, isStopped: () => this.#ended };
    const chunks = through === undefined ? readRecords(log, this.tp, from.resume.offset, options) : readThrough(log, this.tp, from.resume.offset, through, options);
    for await (const records of chunks) {
      if (this.#ended) return;
      for (const record of records) {
        const judged = judge.judge(record);
        this.#known = { resume: judge.resume, lastHash: judge.lastHash };
        if (judged.kind === 'event') this.#foundValid(judged.at);
        else if (judged.kind === 'claim') this.#epochEnded(judged.nonce);
        else observer.onVoid?.({ ...this.tp, reason: judged.reason });
      }
    }
  }

  #foundValid(at: Position): void {
    if (this.#inFlight[0]?.at.hash !== at.hash) return;
    this.#replyTo(this.#inFlight.shift()!, at);
  }

  /** A newer epoch: whatever was sent and not found before this claim is void for ever, whatever lands later. */
  #epochEnded(nonce: string): void {
    const provenVoid = this.#inFlight.map(({ item }) => item).filter((item) => !item.settled);
    this.#inFlight = [];
    this.#queue = [...provenVoid, ...this.#queue];
    if (!this.#ownNonces.has(nonce)) this.#refuseUndecided(REFUSALS.newerOwner);
  }

  /** State is folded from snapshot and log, to the end as far as it can be seen and at least to `atLeast`. */
  async #refold(atLeast = 0): Promise<Fold<S, E>> {
    const { log, machine, snapshots, limits, runtime, observer } = this.#o;
    const { topic, partition } = this.tp;
    const startedAtMs = runtime.monotonicMs();
    let fold = this.#standby;
    if (fold === undefined) {
      const onUnusable = (message: string): void => this.#alarm('snapshot_unusable', message);
      fold = new Fold(machine, topic, partition, snapshots && (await loadNewestUsable(snapshots, log, machine, topic, partition, onUnusable)));
    }
    const fromOffset = fold.resume.offset;
    await this.#extend(fold, atLeast);
    for await (const records of readRecords(log, this.tp, fold.resume.offset, { limits, runtime, isStopped: () => this.#ended })) {
      for (const record of records) fold.apply(record);
    }
    observer.onRefold?.({ ...this.tp, fromOffset, toOffset: fold.resume.offset, tookMs: runtime.monotonicMs() - startedAtMs });
    return fold;
  }

  async #extend(fold: Fold<S, E>, through: number): Promise<void> {
    const { log, limits, runtime } = this.#o;
    for await (const records of readThrough(log, this.tp, fold.resume.offset, through, { limits, runtime, isStopped: () => this.#ended })) {
      for (const record of records) fold.apply(record);
    }
  }

  // ---- time ----

  #armTimer(): void {
    const { runtime, limits } = this.#o;
    this.#cancelTimer = runtime.after(this.#serving ? limits.idleCheckMs : limits.sweepMs, () => {
      if (this.#ended) return;
      this.#armTimer();
      if (this.#serving) void this.#lookAtEnd();
      else this.#sweep();
    });
  }

  /** An owner with nothing to append looks at the log's end, so that a deposed one finds out. */
  async #lookAtEnd(): Promise<void> {
    const known = this.#known;
    const wasIdle = this.#lookedAt === known;
    this.#lookedAt = known;
    if (!wasIdle || this.#isAwaitingAppend) return;
    let end: number;
    try {
      end = await this.#o.log.endOffset(this.tp);
    } catch {
      return; // The log is out of reach: the next append will tell.
    }
    if (!this.#serving || this.#isAwaitingAppend || this.#known !== known) return;
    const expected = known!.resume.offset;
    if (end < expected) this.#fail(this.#truncated(end, `the log ends there, but reached ${expected} before`));
    else if (end > expected) this.#interrupt({ kind: 'moved', through: end });
  }

  /** While nothing can be decided: commands whose time is up are told so. */
  #sweep(): void {
    const nowMs = this.#o.runtime.monotonicMs();
    if (this.#hasWaitedForOwner()) this.#refuseUndecided(REFUSALS.noOwner);
    const waiting = this.#queue;
    this.#queue = [];
    for (const item of waiting) {
      if (nowMs < item.deadlineMs) this.#queue.push(item);
      else this.#refuse(item, item.wasSent ? REFUSALS.provenVoid : REFUSALS.late);
    }
    for (const { item } of this.#inFlight) if (nowMs >= item.deadlineMs) this.#refuse(item, REFUSALS.lost);
  }

  #hasWaitedForOwner(): boolean {
    return this.#o.runtime.monotonicMs() - this.#notServingSinceMs > this.#o.limits.waitForOwnerMs;
  }

  /** Random, so that two writers do not claim in step; growing, until it has served for a while. */
  async #backOff(): Promise<void> {
    const { runtime, limits } = this.#o;
    const boundMs = Math.min(limits.backOffMaxMs, limits.backOffMinMs * 2 ** Math.min(this.#attempt, 20));
    const random = Number.parseInt(runtime.randomHex(4), 16) / 2 ** 32;
    await new Promise<void>((resolve) => {
      const cancel = runtime.after(limits.backOffMinMs + random * (boundMs - limits.backOffMinMs), resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
    this.#wake = undefined;
  }

  // ---- endings ----

  /** The log lost what it had acknowledged, or holds what cannot be read: never serves again until restarted. */
  #fail(error: DocketError): void {
    this.#fatal = error;
    this.#ended = true;
    this.#stopServing('stopped');
    this.#cancelTimer?.();
    this.#alarm(error.reason === 'LOG_TRUNCATED' || error.reason === 'OFFSET_OUT_OF_RANGE' ? 'log_truncated' : 'log_unreadable', error.message);
    this.#rejectInFlight(error);
    const waiting = this.#queue;
    this.#queue = [];
    for (const item of waiting) this.#reject(item, error);
    this.#firstServed.reject(error);
    this.#wake?.();
  }

  #truncated(offset: number, what: string): DocketError {
    return dataLoss('LOG_TRUNCATED', this.tp.topic, this.tp.partition, offset, what);
  }

  #rejectInFlight(error: DocketError): void {
    for (const { item } of this.#inFlight) this.#reject(item, error);
    this.#inFlight = [];
  }

  #refuseUndecided(refusal: Refusal): void {
    const waiting = this.#queue;
    this.#queue = [];
    for (const item of waiting) this.#refuse(item, refusal);
  }

  #machineFailed(item: PendingCommand<C, R>, cause: unknown): void {
    this.#alarm('machine_failed', cause instanceof Error ? cause.message : String(cause));
    this.#refuse(item, REFUSALS.machineFailed, cause);
  }

  #refuse(item: PendingCommand<C, R>, refusal: Refusal, cause?: unknown): void {
    if (item.settled) return;
    const retryAfterMs = refusal.kind === 'unavailable' ? this.#o.limits.retryAfterMs : undefined;
    this.#reject(item, refuse(refusal, this.tp, { ...(retryAfterMs === undefined ? {} : { retryAfterMs }), ...(cause === undefined ? {} : { cause }) }));
  }

  #resolve(item: PendingCommand<C, R>, reply: R): void {
    if (item.settled) return;
    item.settled = true;
    item.done();
    item.resolve(reply);
  }

  #reject(item: PendingCommand<C, R>, error: DocketError): void {
    if (item.settled) return;
    item.settled = true;
    item.done();
    item.reject(error);
  }

  #alarm(kind: AlarmKind, message: string): void {
    this.#o.onAlarm({ kind, message, ...this.tp });
  }
}
