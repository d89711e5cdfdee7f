import { DocketError } from '#errors';
import { Envelope, sha256 } from './envelope.js';
import type { EventClock } from './event-clock.js';
import type { NewRecord, TopicPartition } from './event-log.js';
import type { Fold } from './fold.js';
import { REFUSALS, refuse, type Refusal } from './ledger-errors.js';
import type { LedgerLimits } from './limits.js';
import type { OnAlarm } from './observer.js';
import type { PartitionReader } from './partition-reader.js';
import type { PendingCommand } from './pending-command.js';
import { RecentRecords } from './recent-records.js';
import type { ResumeState, Runtime } from './resume-state.js';
import type { Snapshotter } from './snapshotter.js';
import type { LoadedEvent, Position, StateMachine } from './state-machine.js';

/** An event decided against speculative state, and those whose replies rest on it. */
interface DecidedEvent<C, E, R> {
  readonly item: PendingCommand<C, R>;
  readonly event: E;
  readonly at: Position;
  readonly record: NewRecord;
  after: Follower<C, R>[] | undefined;
}

type Follower<C, R> = { readonly item: PendingCommand<C, R> } & ({ readonly reply: R } | { readonly error: DocketError } | { readonly load: number; readonly recentWillDo: boolean });

export interface SpeculationOptions<S, C, E, R> {
  readonly tp: TopicPartition;
  readonly machine: StateMachine<S, C, E, R>;
  readonly runtime: Runtime;
  readonly limits: LedgerLimits;
  readonly clock: EventClock;
  readonly reader: PartitionReader<S, E>;
  readonly snapshotter: Snapshotter<S> | undefined;
  readonly onAlarm: OnAlarm;
  /** The log holds an event of this owner where it was expected; called in their order. */
  readonly onAcknowledged?: ((at: Position, event: E) => void) | undefined;
  /** There is an event to append. */
  readonly onDecided: () => void;
  /** Nothing can be decided any more before the state and the time are found anew. */
  readonly onStuck: () => void;
  /** It was closed before the command had read what it asked for: whoever takes commands takes it again, or refuses it. */
  readonly onInterrupted: (item: PendingCommand<C, R>) => void;
}

const LOADS_MAX = 4;

/**
 * Decides one partition's commands, one after another and without waiting, against speculative state: state that includes
 * events which are not acknowledged yet. Holds every command until it has its reply. Knows nothing of claims: its owner
 * opens it with the log's state and closes it when that may no longer be true.
 */
export class Speculation<S, C, E, R> {
  readonly #o: SpeculationOptions<S, C, E, R>;
  readonly #envelope: Envelope;
  #isOpen = false;
  #state: S;
  /** Changes with every closing: what was read for an older state is not used. */
  #generation = 0;
  #epoch = 0;
  #nonce = '';
  /** Where the last event before this epoch's first left the reader. */
  #lastEventBefore: ResumeState | undefined;
  /** Where the next event goes, if everything decided so far becomes valid. */
  #tip = { offset: 0, sequence: 0, head: '', timeMs: 0 };
  /** Not decided, or proven void. */
  #queue: PendingCommand<C, R>[] = [];
  #unsent: DecidedEvent<C, E, R>[] = [];
  /** Sent: only the log knows what becomes of them. */
  #inFlight: DecidedEvent<C, E, R>[] = [];
  /** Acknowledged since it was opened. */
  readonly #recent = new RecentRecords();
  #isAwaitingAppend = false;
  /** Whatever comes waits, as if it were closed; what is decided still goes out. */
  #isHeld = false;
  /** There was something in the state that the log had not acknowledged when it was closed. */
  #isAhead = false;

  constructor(options: SpeculationOptions<S, C, E, R>) {
    this.#o = options;
    this.#envelope = new Envelope(options.tp.topic, options.tp.partition);
    this.#state = options.machine.initialState();
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** A batch was taken and its outcome has not come back. */
  get isAwaitingAppend(): boolean {
    return this.#isAwaitingAppend;
  }

  get inFlightCount(): number {
    return this.#inFlight.length;
  }

  /** Everything that was decided is acknowledged. */
  get isIdle(): boolean {
    return !this.#isAwaitingAppend && this.#inFlight.length === 0 && this.#unsent.length === 0;
  }

  peek<T>(read: (state: S) => T): T | undefined {
    return this.#isOpen ? read(this.#state) : undefined;
  }

  /** Starts from a state of acknowledged records only, and decides what was waiting. */
  open(fold: Fold<S, E>): void {
    const { offset, epoch, nonce, sequence, head, timeMs } = fold.resume;
    this.#state = fold.state;
    this.#epoch = epoch;
    this.#nonce = nonce;
    this.#lastEventBefore = fold.lastEvent;
    this.#o.snapshotter?.opened(offset - fold.from);
    this.#tip = { offset, sequence, head, timeMs };
    this.#isOpen = true;
    this.#isAhead = false;
    this.release();
  }

  /** Decides nothing more until `release`, or until it is opened anew. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Decides what was waiting, and what comes. */
  release(): void {
    this.#isHeld = false;
    if (!this.#isOpen) return;
    const waiting = this.#queue;
    this.#queue = [];
    for (const item of waiting) this.submit(item);
  }

  /** Stops deciding. What was decided and not sent is undone, to be decided again; what was sent stays, for the log to tell. */
  close(): void {
    this.#isOpen = false;
    this.#recent.clear();
    this.#isAhead ||= this.#unsent.length > 0 || this.#inFlight.length > 0;
    this.#generation += 1;
    this.#o.snapshotter?.interrupted();
    const undone: PendingCommand<C, R>[] = [];
    for (const decided of this.#inFlight) collectFollowers(decided, undone);
    for (const decided of this.#unsent) {
      undone.push(decided.item);
      collectFollowers(decided, undone);
    }
    this.#unsent = [];
    this.#queue = [...undone, ...this.#queue];
  }

  submit(item: PendingCommand<C, R>): void {
    if (this.#isOpen) this.#decide(item);
    else this.#queue.push(item);
  }

  #decide(item: PendingCommand<C, R>, loaded?: LoadedEvent<E>): void {
    if (this.#isHeld) return void this.#queue.push(item);
    const { machine, runtime, clock } = this.#o;
    if (runtime.monotonicMs() >= item.deadlineMs) return this.refuse(item, item.wasSent ? REFUSALS.provenVoid : REFUSALS.late);
    if (clock.isApart()) {
      this.#queue.push(item);
      return this.#o.onStuck();
    }
    const nowMs = clock.now(this.#tip.timeMs);
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
          return this.#follow({ item, load: decision.offset, recentWillDo: decision.recentWillDo === true });
        case 'advise':
          return decision.reply instanceof DocketError ? item.reject(decision.reply) : item.resolve(decision.reply);
      }
    } catch (cause) {
      this.#machineFailed(item, cause);
    }
  }

  #append(item: PendingCommand<C, R>, event: E, nowMs: number): void {
    const { machine, limits, tp } = this.#o;
    const { offset, sequence: last, head } = this.#tip;
    const sequence = last + 1;
    const encoded = machine.encode(event);
    const value = this.#envelope.encodeEvent(encoded, this.#epoch, sequence, head, nowMs);
    if (value.length > limits.eventBytesMax) throw new Error(`an event of ${value.length} bytes is larger than the machine announced`);
    const at: Position = { topic: tp.topic, partition: tp.partition, offset, hash: sha256(value), epoch: this.#epoch, sequence, timeMs: nowMs };
    try {
      this.#state = machine.evolve(this.#state, event, at);
    } catch (cause) {
      // The state may be half changed; nothing of this was sent, so it is found anew.
      this.#machineFailed(item, cause);
      return this.#o.onStuck();
    }
    this.#tip = { offset: offset + 1, sequence, head: at.hash, timeMs: nowMs };
    if (this.#o.snapshotter?.evolved() === true) this.#o.snapshotter.capture(this.#resumeAtTip(), this.#state);
    this.#unsent.push({ item, event, at, record: { key: Buffer.from(encoded.subject), value }, after: undefined });
    if (!this.#isAwaitingAppend) this.#o.onDecided();
  }

  /** A reply that appends nothing waits for the newest event that it rests on (rule 6). */
  #follow(follower: Follower<C, R>): void {
    const newest = this.#unsent.at(-1) ?? this.#inFlight.at(-1);
    if (newest === undefined) return this.#release(follower);
    (newest.after ??= []).push(follower);
  }

  #release(follower: Follower<C, R>): void {
    if ('load' in follower) void this.#load(follower.item, follower.load, follower.recentWillDo);
    else if ('error' in follower) follower.item.reject(follower.error);
    else follower.item.resolve(follower.reply);
  }

  /** Reads the event that a decision asked for, then decides again. */
  async #load(item: PendingCommand<C, R>, offset: number, recentWillDo: boolean): Promise<void> {
    const generation = this.#generation;
    item.loads += 1;
    if (item.loads > LOADS_MAX) return this.#machineFailed(item, new Error(`a command asked for more than ${LOADS_MAX} events`));
    const { runtime } = this.#o;
    // It stands in no queue meanwhile, and a log may not answer.
    const cancel = runtime.after(Math.max(0, item.deadlineMs - runtime.monotonicMs()), () => this.refuse(item, REFUSALS.readFailed));
    try {
      const recent = recentWillDo ? this.#recent.find(offset) : undefined;
      const loaded = await (recent === undefined ? this.#o.reader.readEvent(offset) : this.#o.reader.decodeEvent(offset, recent));
      if (item.isSettled) return;
      if (this.#isOpen && generation === this.#generation) this.#decide(item, loaded);
      else this.#o.onInterrupted(item);
    } catch (cause) {
      if (cause instanceof DocketError && cause.kind === 'data_loss') item.reject(cause);
      else this.refuse(item, REFUSALS.readFailed, cause);
    } finally {
      cancel();
    }
  }

  /** The next batch, at most one on its way; empty while closed. */
  take(recordsMax: number, bytesMax: number): readonly NewRecord[] {
    if (!this.#isOpen || this.#isAwaitingAppend || this.#unsent.length === 0) return [];
    if (this.#o.clock.isApart()) {
      this.#o.onStuck();
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

  /** The outcome of the batch is back, whatever it is. True if more is waiting to go out. */
  appended(): boolean {
    this.#isAwaitingAppend = false;
    return this.#isOpen && this.#unsent.length > 0;
  }

  /** The batch is where it was expected: nothing came between, so it is what every reader will find valid. Returns its last position. */
  acknowledge(): Position {
    const batch = this.#inFlight;
    this.#inFlight = [];
    for (const decided of batch) {
      this.#recent.add(decided.at.offset, decided.record.value);
      this.#o.onAcknowledged?.(decided.at, decided.event);
      this.#replyTo(decided, decided.at);
      if (decided.after !== undefined) for (const follower of decided.after) this.#release(follower);
    }
    const { at } = batch.at(-1)!;
    this.#o.snapshotter?.acknowledged(at.offset + 1);
    return at;
  }

  /** Writes a last snapshot; nothing if there is more in the state than the log has acknowledged. */
  async finalSnapshot(): Promise<void> {
    // Asked once it is closed: what was on its way then may have been given up since, and is in the state still.
    if (this.#isOpen || this.#isAhead) return;
    const resume = this.#tip.sequence === 0 ? this.#lastEventBefore : this.#resumeAtTip();
    if (resume !== undefined) await this.#o.snapshotter?.finish(resume, this.#state);
  }

  #resumeAtTip(): ResumeState {
    const { offset, sequence, head, timeMs } = this.#tip;
    return { offset, epoch: this.#epoch, nonce: this.#nonce, sequence, head, timeMs };
  }

  /** The log holds a valid event at `at`: if it is the next one on its way, it happened. False if it is not. */
  foundValid(at: Position): boolean {
    if (this.#inFlight[0]?.at.hash !== at.hash) return false;
    this.#replyTo(this.#inFlight.shift()!, at);
    return true;
  }

  /** What is on its way and was not found valid never will be: it is not decided, and may be decided again. */
  proveVoid(): void {
    const provenVoid = this.#inFlight.map(({ item }) => item).filter((item) => !item.isSettled);
    this.#inFlight = [];
    this.#queue = [...provenVoid, ...this.#queue];
  }

  refuseUndecided(refusal: Refusal): void {
    this.rejectUndecided((item) => this.refuse(item, refusal));
  }

  rejectUndecided(reject: (item: PendingCommand<C, R>) => void): void {
    const waiting = this.#queue;
    this.#queue = [];
    for (const item of waiting) reject(item);
  }

  rejectInFlight(error: DocketError): void {
    for (const { item } of this.#inFlight) item.reject(error);
    this.#inFlight = [];
  }

  /** Tells those whose time is up. */
  sweep(): void {
    const nowMs = this.#o.runtime.monotonicMs();
    const waiting = this.#queue;
    this.#queue = [];
    for (const item of waiting) {
      if (nowMs < item.deadlineMs) this.#queue.push(item);
      else this.refuse(item, item.wasSent ? REFUSALS.provenVoid : REFUSALS.late);
    }
    for (const { item } of this.#inFlight) if (nowMs >= item.deadlineMs) this.refuse(item, REFUSALS.lost);
  }

  refuse(item: PendingCommand<C, R>, refusal: Refusal, cause?: unknown): void {
    if (item.isSettled) return;
    item.reject(refuse(refusal, this.#o.tp, {
      ...(refusal.kind === 'unavailable' ? { retryAfterMs: this.#o.limits.retryAfterMs } : {}),
      ...(cause === undefined ? {} : { cause }),
    }));
  }

  #replyTo({ item, event }: DecidedEvent<C, E, R>, at: Position): void {
    if (item.isSettled) return;
    let reply: R;
    try {
      reply = this.#o.machine.replyTo(event, at);
    } catch (cause) {
      return this.refuse(item, REFUSALS.replyFailed, cause);
    }
    item.resolve(reply);
  }

  #machineFailed(item: PendingCommand<C, R>, cause: unknown): void {
    this.#o.onAlarm({ kind: 'machine_failed', message: cause instanceof Error ? cause.message : String(cause), ...this.#o.tp });
    this.refuse(item, REFUSALS.machineFailed, cause);
  }
}

function collectFollowers<C, E, R>(decided: DecidedEvent<C, E, R>, into: PendingCommand<C, R>[]): void {
  if (decided.after !== undefined) for (const { item } of decided.after) into.push(item);
  decided.after = undefined;
}
