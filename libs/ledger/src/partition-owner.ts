import { DocketError } from '#errors';
import type { ClaimConnections } from './claim-connections.js';
import { Envelope, sha256, type Claim } from './envelope.js';
import { EventClock } from './event-clock.js';
import type { AppendOutcome, EventLog, NewRecord, TopicPartition } from './event-log.js';
import { dataLoss, type Fold } from './fold.js';
import type { CommitSource, GroupCommit } from './group-commit.js';
import { REFUSALS, refuse } from './ledger-errors.js';
import type { LedgerLimits } from './limits.js';
import type { Share } from './membership/membership.js';
import type { AlarmKind, LedgerObserver, OnAlarm } from './observer.js';
import { PartitionReader, type KnownLog, type NewestClaim, type WalkListener } from './partition-reader.js';
import type { PartitionStatus } from './partition-status.js';
import type { PendingCommand } from './pending-command.js';
import type { ResumeState, Runtime, SnapshotStore } from './resume-state.js';
import { Snapshotter } from './snapshotter.js';
import { Speculation } from './speculation.js';
import type { StandbyTurns } from './standby-turns.js';
import type { Position, StateMachine } from './state-machine.js';

/** Why serving was interrupted: the log must tell more (`claim`), or the batch is not where it was expected (`moved`). */
type Trouble = { readonly kind: 'claim' } | { readonly kind: 'moved'; readonly through: number };

const FATAL_ALARMS: Readonly<Record<string, AlarmKind>> = {
  LOG_TRUNCATED: 'log_truncated', OFFSET_OUT_OF_RANGE: 'log_truncated', CHAIN_BROKEN: 'chain_broken', FOREIGN_EVENT: 'foreign_event',
};

export interface PartitionOwnerOptions<S, C, E, R> {
  readonly log: EventLog;
  readonly tp: TopicPartition;
  readonly machine: StateMachine<S, C, E, R>;
  readonly runtime: Runtime;
  readonly node: { readonly name: string; readonly address: string };
  readonly limits: LedgerLimits;
  readonly groupCommit: GroupCommit;
  readonly claims: ClaimConnections;
  readonly turns: StandbyTurns;
  readonly snapshots: SnapshotStore | undefined;
  readonly onAlarm: OnAlarm;
  readonly observer: LedgerObserver;
  /** The log holds an event of this owner where it was expected; called in their order. */
  readonly onAcknowledged?: (at: Position, event: E) => void;
}

/** A standby that begins from nothing reads so much at a time: some milliseconds of folding, between which calls are answered. */
const STANDBY_READ_BYTES = 256 * 1024;

/**
 * The single writer of one partition (design.md 2.2 to 2.5). While it serves, commands are decided at once; whatever goes
 * wrong interrupts serving, and one loop (`#run`) finds out from the log what happened before it serves again. Safety
 * rests on the judge alone, never on timing.
 */
export class PartitionOwner<S, C, E, R> implements CommitSource, WalkListener {
  readonly tp: TopicPartition;
  readonly #o: PartitionOwnerOptions<S, C, E, R>;
  readonly #envelope: Envelope;
  readonly #reader: PartitionReader<S, E>;
  readonly #clock: EventClock;
  readonly #speculation: Speculation<S, C, E, R>;
  #served = Promise.withResolvers<void>();

  #role: PartitionStatus['role'] = 'elsewhere';
  #share: Share = 'none';
  #ended = false;
  #fatal: DocketError | undefined;
  #trouble: Trouble = { kind: 'claim' };
  #wake: (() => void) | undefined;
  #cancelTimer: (() => void) | undefined;
  #attempt = 0;
  #servingSinceMs = 0;
  #notServingSinceMs = 0;
  #lookedAt: KnownLog | undefined;
  /** Another node was told to claim it, with everything that this one has written acknowledged: nothing is decided here until it is taken, or back. */
  #isGiven = false;
  #onIdle: (() => void) | undefined;
  /** Has read a newer claim of somebody else, and not paused since. */
  #isDeposed = false;
  /** What the last look at the log's end, or the last append, told. */
  #isLogReachable = true;
  /** Acknowledged records only; kept from one claim attempt to the next. */
  #standby: Fold<S, E> | undefined;
  /** When it last reached the end of what it could see. */
  #followedAtMs = 0;
  /** Claims of this writer that may still turn up: its own newer epoch is no reason to step down. */
  readonly #ownNonces = new Set<string>();

  constructor(options: PartitionOwnerOptions<S, C, E, R>) {
    const { tp, runtime, limits, groupCommit, snapshots, machine, onAlarm, observer } = options;
    this.#o = options;
    this.tp = tp;
    this.#envelope = new Envelope(tp.topic, tp.partition);
    this.#reader = new PartitionReader({ ...options, isStopped: () => this.#ended });
    this.#clock = new EventClock(runtime, limits.clockToleranceMs);
    this.#speculation = new Speculation({
      ...options, clock: this.#clock, reader: this.#reader,
      snapshotter: snapshots && new Snapshotter({ ...tp, snapshots, machine, everyEvents: limits.snapshotEveryEvents, onAlarm, observer }),
      onDecided: () => groupCommit.ready(this), onStuck: () => this.#interrupt({ kind: 'claim' }), onInterrupted: (item) => this.submit(item),
    });
    this.#served.resolve();
  }

  /** Does what its share says, from now on and until `end`: nothing, at first. */
  start(): void {
    this.#armTimer();
    void this.#run();
  }

  /**
   * `owner`: claims the partition, catches up, serves. `standby`: follows the log, so that taking over takes no time. `none`: neither. One
   * that serves goes on until it has read a newer claim, whatever its share is. Resolves when it serves, or should not any more; rejects
   * with data_loss if it never can.
   */
  setShare(share: Share): Promise<void> {
    if (this.#share === share) return this.#served.promise;
    this.#share = share;
    if (share === 'owner') {
      this.#served = Promise.withResolvers<void>();
      this.#served.promise.catch(() => {});
      if (this.#fatal !== undefined) this.#served.reject(this.#fatal);
      else if (this.#role === 'owner') this.#served.resolve();
      else this.#notServingSinceMs = this.#o.runtime.monotonicMs();
    } else {
      this.#served.resolve();
    }
    if (!this.#speculation.isOpen && !this.#speculation.isAwaitingAppend) this.#wake?.();
    return this.#served.promise;
  }

  submit(item: PendingCommand<C, R>): void {
    if (this.#fatal !== undefined) item.reject(this.#fatal);
    else if (this.#isGiven) this.#speculation.refuse(item, REFUSALS.notOwner);
    else if (this.#ended) this.#speculation.refuse(item, REFUSALS.stopping);
    else if (!this.#speculation.isOpen && this.#share !== 'owner') this.#speculation.refuse(item, REFUSALS.notOwner);
    else if (!this.#speculation.isOpen && this.#hasWaitedForOwner()) this.#speculation.refuse(item, REFUSALS.noOwner);
    else this.#speculation.submit(item);
  }

  /**
   * Decides nothing more, so that another node that claims the partition now has the log to itself. Resolves when nothing of this owner is on its way
   * to the log any more, or when it does not serve. What comes waits for `give` or `release`.
   */
  hold(): Promise<void> {
    if (!this.#speculation.isOpen) return Promise.resolve();
    this.#speculation.hold();
    if (this.#speculation.isIdle) return Promise.resolve();
    return new Promise((resolve) => (this.#onIdle = resolve));
  }

  /** The other node was told: whoever comes should go there. */
  give(): void {
    if (!this.#speculation.isOpen) return;
    this.#isGiven = true;
    this.#speculation.refuseUndecided(REFUSALS.notOwner);
  }

  /** The other node has not claimed it, as far as it says: decides on, as any owner that has read no newer claim. */
  release(): void {
    this.#isGiven = false;
    this.#speculation.release();
  }

  /** Stands by, and has folded all that was there when it looked last: it could serve at once. */
  get follows(): boolean {
    return this.#role === 'standby' && this.#isUpToDate;
  }

  get #isUpToDate(): boolean {
    return this.#standby !== undefined && this.#o.runtime.monotonicMs() - this.#followedAtMs < this.#o.limits.waitForOwnerMs;
  }

  /** Reads the speculative state; undefined while this node cannot decide. */
  peek<T>(read: (state: S) => T): T | undefined {
    return this.#isGiven ? undefined : this.#speculation.peek(read);
  }

  status(): Omit<PartitionStatus, 'partition' | 'pending'> {
    const resume = this.#reader.known?.resume ?? this.#standby?.resume;
    return {
      role: this.#role, share: this.#share, isLogReachable: this.#isLogReachable, epoch: resume?.epoch ?? 0, nextOffset: resume?.offset ?? 0, sequence: resume?.sequence ?? 0, lastEventTimeMs: resume?.timeMs ?? 0,
      newestClaim: this.#reader.newestClaim,
    };
  }

  /** The epoch that it serves; undefined while it does not serve. Cheap: asked for each call. */
  get servedEpoch(): number | undefined {
    return this.#role === 'owner' && !this.#isGiven ? this.#reader.known?.resume.epoch : undefined;
  }

  /** Where this owner stands, with everything below acknowledged; undefined while it does not serve. */
  acknowledged(): ResumeState | undefined {
    return this.#role === 'owner' ? this.#reader.known?.resume : undefined;
  }

  /** Once it has ended: of the state it served last, if all of that was acknowledged. */
  finalSnapshot(): Promise<void> {
    return this.#speculation.finalSnapshot();
  }

  /** Stops for good. What was sent and not acknowledged is reported as unknown. */
  end(): void {
    if (this.#ended) return;
    const stopping = refuse(REFUSALS.stopping, this.tp);
    this.#endWith(refuse(REFUSALS.lost, this.tp), stopping);
  }

  /** The newest claim read here, somebody else's or this node's own; undefined before the first. */
  get newestClaim(): NewestClaim | undefined {
    return this.#reader.newestClaim;
  }

  /** Looks at the log's end now: somebody else may have claimed the partition. */
  look(): void {
    if (!this.#speculation.isOpen) return;
    this.#lookedAt = this.#reader.known;
    void this.#lookAtEnd();
  }

  // ---- appending (called by the group commit) ----

  take(recordsMax: number, bytesMax: number): readonly NewRecord[] {
    return this.#speculation.take(recordsMax, bytesMax);
  }

  settle(outcome: AppendOutcome): void {
    if (this.#ended) return;
    const { resume } = this.#reader.known!;
    const isMore = this.#speculation.appended();
    if (outcome.kind === 'unknown') {
      this.#interrupt({ kind: 'claim' });
    } else if (outcome.baseOffset < resume.offset) {
      this.#fail(this.#reader.truncated(outcome.baseOffset, `an append was acknowledged there, expected at ${resume.offset}`));
    } else if (outcome.baseOffset > resume.offset) {
      this.#interrupt({ kind: 'moved', through: outcome.baseOffset + this.#speculation.inFlightCount });
    } else {
      this.#isLogReachable = true;
      const { offset, sequence, hash, timeMs } = this.#speculation.acknowledge();
      this.#reader.known = { resume: { ...resume, offset: offset + 1, sequence, head: hash, timeMs }, lastHash: hash };
      if (isMore) this.#o.groupCommit.ready(this);
    }
    if (!this.#speculation.isOpen) this.#wake?.();
    if (this.#speculation.isIdle) this.#onIdle?.();
  }

  // ---- serving, and what interrupts it ----

  async #run(): Promise<void> {
    while (!this.#ended) {
      if (this.#share !== 'owner') {
        await this.#standBy();
        continue;
      }
      this.#role = 'claiming';
      const fold = await this.#becomeOwner();
      if (this.#ended) return;
      if (fold !== undefined) {
        await this.#serve(fold);
        if (this.#ended) return;
        this.#attempt = this.#o.runtime.monotonicMs() - this.#servingSinceMs > this.#o.limits.backOffMaxMs ? 1 : this.#attempt + 1;
        if (this.#trouble.kind === 'claim' && this.#attempt > 1) await this.#backOff();
      } else {
        this.#trouble = { kind: 'claim' };
        this.#attempt += 1;
        await this.#backOff();
      }
    }
  }

  /** One look at the log while somebody else should own the partition, and a pause. */
  async #standBy(): Promise<void> {
    const { limits, runtime } = this.#o;
    const isFollowing = this.#share === 'standby';
    this.#speculation.refuseUndecided(REFUSALS.notOwner);
    try {
      // One that served reads who came after it, and what became of its last batch.
      if (this.#reader.known !== undefined) await this.#reader.walk(this);
      if (this.#speculation.inFlightCount === 0) {
        this.#reader.known = undefined;
        this.#role = isFollowing ? 'standby' : 'elsewhere';
        if (!isFollowing) this.#standby = undefined;
        else if (this.#standby !== undefined || this.#o.turns.take(this, () => this.#wake?.())) await this.#follow();
      }
      // One that has nothing to read here knows of nothing that is wrong.
      this.#isLogReachable = true;
      if (this.#standby !== undefined || !isFollowing) this.#o.turns.end(this);
    } catch (error) {
      this.#standby = undefined;
      this.#o.turns.end(this);
      if (error instanceof DocketError && error.kind === 'data_loss' && !this.#ended) return this.#fail(error);
      this.#isLogReachable = false;
    }
    this.#attempt = 0;
    this.#isDeposed = false;
    this.#trouble = { kind: 'claim' };
    await new Promise<void>((resolve) => {
      const cancel = isFollowing || this.#reader.known !== undefined ? runtime.after(limits.standbyPollMs, resolve) : () => {};
      this.#wake = () => {
        cancel();
        resolve();
      };
      // The share may have changed while the log was read.
      if (this.#ended || this.#share === 'owner' || (this.#share === 'standby') !== isFollowing) this.#wake();
    });
    this.#wake = undefined;
  }

  async #follow(): Promise<void> {
    const isNew = this.#standby === undefined;
    // One that followed already claims it as soon as it is told, wherever in this read that is.
    this.#standby = await this.#reader.fold(this.#standby, 0, isNew ? { bytesMax: STANDBY_READ_BYTES } : { isEnough: () => this.#share === 'owner' && this.#isUpToDate });
    this.#followedAtMs = this.#o.runtime.monotonicMs();
    this.#o.claims.warm(this.tp);
  }

  /** One try; the state to serve from, or undefined. */
  async #becomeOwner(): Promise<Fold<S, E> | undefined> {
    // Whoever waited for its turn would be woken as an owner.
    this.#o.turns.end(this);
    const end = this.#o.turns.claiming();
    try {
      return this.#trouble.kind === 'moved' ? await this.#readOwnBatch(this.#trouble.through) : await this.#claim();
    } catch (error) {
      this.#standby = undefined;
      if (this.#ended) return undefined;
      if (error instanceof DocketError && error.kind === 'data_loss') this.#fail(error);
      else this.#alarm('claim_failed', error instanceof Error ? error.message : String(error));
      return undefined;
    } finally {
      end();
    }
  }

  /** Decides what was waiting and everything that comes, until something interrupts and nothing is on its way any more. */
  async #serve(fold: Fold<S, E>): Promise<void> {
    const interrupted = new Promise<void>((resolve) => (this.#wake = resolve));
    this.#role = 'owner';
    this.#isDeposed = false;
    this.#isLogReachable = true;
    this.#servingSinceMs = this.#o.runtime.monotonicMs();
    this.#reader.known = { resume: fold.resume, lastHash: fold.lastHash ?? fold.resume.head };
    this.#served.resolve();
    this.#speculation.open(fold);
    await interrupted;
    this.#wake = undefined;
  }

  #interrupt(trouble: Trouble): void {
    if (this.#ended) return;
    // While a batch is on its way a first trouble waits for it; if that one then fails too, only a claim tells enough.
    this.#trouble = this.#speculation.isOpen ? trouble : { kind: 'claim' };
    this.#stopServing('claiming');
    if (!this.#speculation.isAwaitingAppend) this.#wake?.();
  }

  #stopServing(role: 'claiming' | 'stopped'): void {
    if (this.#role === 'owner') this.#notServingSinceMs = this.#o.runtime.monotonicMs();
    this.#role = role;
    this.#isGiven = false;
    this.#speculation.close();
    this.#onIdle?.();
  }

  // ---- finding out what the log holds ----

  /** Rule 4: acknowledged elsewhere. Judges everything through the own batch like any reader, then folds the state anew. */
  async #readOwnBatch(through: number): Promise<Fold<S, E> | undefined> {
    const { epoch } = this.#speculation;
    await this.#reader.walk(this, through);
    const { resume } = this.#reader.known!;
    if (resume.epoch !== epoch) return undefined;
    if (this.#speculation.inFlightCount > 0) {
      this.#alarm('own_events_void', 'events of the current owner were judged void');
      return undefined;
    }
    const fold = await this.#reader.fold(undefined, resume.offset);
    return fold.resume.epoch === epoch ? fold : undefined;
  }

  /** Rules 1, 3 and 5: claims the partition once and reads to the claim. */
  async #claim(): Promise<Fold<S, E> | undefined> {
    const { runtime, node, claims, limits } = this.#o;
    const reader = this.#reader;
    if (reader.known !== undefined) await reader.walk(this);
    // Somebody has claimed it since: both would go on claiming in turn without a pause, and the group may be about to say whose it is.
    if (this.#isDeposed) return void (this.#isDeposed = false);
    // A standby has read on until just now. Should there be a newer claim since, this one is void, and the next try reads first.
    const follows = this.#attempt === 0 && reader.known === undefined && this.#isUpToDate ? this.#standby : undefined;
    const fold = (this.#standby = follows ?? await reader.fold(this.#standby));
    const claim = { epoch: fold.resume.epoch + 1, nonce: runtime.randomHex(16), node: node.name, address: node.address };
    const value = this.#envelope.encodeClaim(claim, runtime.wallMs());
    this.#ownNonces.add(claim.nonce);
    const outcome = await claims.append(this.tp, { key: null, value }, limits.claimTimeoutMs);
    const sample = this.#clock.sample();
    if (this.#ended) return undefined;
    if (outcome.kind === 'unknown') return this.#notClaimed(claim.epoch, 'unknown', outcome.error.message);
    const reached = Math.max(fold.resume.offset, reader.known?.resume.offset ?? 0);
    if (outcome.baseOffset < reached) throw reader.truncated(outcome.baseOffset, `a claim was acknowledged there, but the log reached ${reached} before`);
    // Caught up means: has applied its own claim at the offset that the log acknowledged.
    await reader.extend(fold, outcome.baseOffset + 1);
    if (fold.lastHash !== sha256(value)) throw reader.truncated(outcome.baseOffset, 'another record stands where the claim was acknowledged');
    if (reader.known !== undefined) {
      await reader.walk(this, outcome.baseOffset + 1);
      const { offset, head } = reader.known.resume;
      if (head !== fold.resume.head) throw reader.truncated(offset, 'the log read again is not the log read before');
    }
    const { chainBreak } = fold;
    if (chainBreak?.isFinal === true) throw dataLoss('CHAIN_BROKEN', this.tp.topic, this.tp.partition, chainBreak.offset, `the chain of its epoch ends there: a record before it was changed, or it is forged (${chainBreak.reason})`);
    if (fold.resume.nonce !== claim.nonce) return this.#notClaimed(claim.epoch, 'void');
    const apartMs = this.#clock.start(sample, fold.resume.timeMs, outcome.logTimeMs);
    if (apartMs !== undefined) return this.#notClaimed(claim.epoch, 'refused_by_clock', `event time would be ${Math.round(apartMs)} ms from the log's clock`);
    this.#o.observer.onClaim?.({ ...this.tp, epoch: claim.epoch, outcome: 'effective' });
    this.#ownNonces.clear();
    this.#standby = undefined;
    return fold;
  }

  #notClaimed(epoch: number, outcome: 'void' | 'unknown' | 'refused_by_clock', why = ''): undefined {
    this.#o.observer.onClaim?.({ ...this.tp, epoch, outcome });
    if (outcome === 'unknown') this.#alarm('claim_failed', `claim of epoch ${epoch}: ${why}`);
    if (outcome === 'refused_by_clock') {
      this.#alarm('clock_apart', why);
      this.#speculation.refuseUndecided(REFUSALS.clockApart);
    }
    return undefined;
  }

  foundValid(at: Position): void {
    if (this.#speculation.foundValid(at) || at.epoch !== this.#speculation.epoch) return;
    // Its epoch has one writer, which appends nothing more before it knows what became of its last batch.
    throw dataLoss('FOREIGN_EVENT', at.topic, at.partition, at.offset, `event ${at.epoch}-${at.sequence} is valid, but its owner did not write it`);
  }

  /** Whatever was sent and not found before this claim is void for ever, whatever lands later. */
  epochEnded({ nonce }: Claim): void {
    this.#speculation.proveVoid();
    if (!this.#ownNonces.has(nonce)) {
      this.#isDeposed = true;
      this.#speculation.refuseUndecided(REFUSALS.newerOwner);
    }
  }

  // ---- time ----

  #armTimer(): void {
    const { runtime, limits } = this.#o;
    // One that is about to be replaced should notice soon.
    const lookMs = this.#share === 'owner' ? limits.idleCheckMs : limits.standbyPollMs;
    this.#cancelTimer = runtime.after(this.#speculation.isOpen ? lookMs : limits.sweepMs, () => {
      if (this.#ended) return;
      this.#armTimer();
      if (this.#speculation.isOpen) return void this.#lookAtEnd();
      if (this.#hasWaitedForOwner()) this.#speculation.refuseUndecided(REFUSALS.noOwner);
      this.#speculation.sweep();
    });
  }

  /** An owner with nothing to append looks at the log's end, so that a deposed one finds out. */
  async #lookAtEnd(): Promise<void> {
    const { known } = this.#reader;
    const wasIdle = this.#lookedAt === known;
    this.#lookedAt = known;
    if (!wasIdle || this.#speculation.isAwaitingAppend) return;
    let end: number;
    try {
      end = await this.#o.log.endOffset(this.tp);
      this.#isLogReachable = true;
    } catch {
      // Nothing is known to be wrong, so it stays the owner; but whoever asks should send calls elsewhere.
      this.#isLogReachable = false;
      return;
    }
    if (!this.#speculation.isOpen || this.#speculation.isAwaitingAppend || this.#reader.known !== known) return;
    const expected = known!.resume.offset;
    if (end < expected) this.#fail(this.#reader.truncated(end, `the log ends there, but reached ${expected} before`));
    else if (end > expected) this.#interrupt({ kind: 'moved', through: end });
  }

  /** Commands wait a moment for a claim, not for ever. */
  #hasWaitedForOwner(): boolean {
    return this.#o.runtime.monotonicMs() - this.#notServingSinceMs > this.#o.limits.waitForOwnerMs;
  }

  /** Random, so that two writers do not claim in step; growing, until it has served for a while. */
  async #backOff(): Promise<void> {
    this.#isDeposed = false;
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
    this.#alarm(FATAL_ALARMS[error.reason] ?? 'log_unreadable', error.message);
    this.#endWith(error, error);
  }

  #endWith(sent: DocketError, undecided: DocketError): void {
    this.#ended = true;
    this.#stopServing('stopped');
    this.#cancelTimer?.();
    this.#o.turns.end(this);
    this.#speculation.rejectInFlight(sent);
    this.#speculation.rejectUndecided((item) => item.reject(undecided));
    this.#served.reject(undecided);
    this.#wake?.();
  }

  #alarm(kind: AlarmKind, message: string): void {
    this.#o.onAlarm({ kind, message, ...this.tp });
  }
}
