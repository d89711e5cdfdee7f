import { DocketError } from '#errors';
import { Pace } from '#ledger';
import type { Runtime } from '#ledger';
import { Refusals } from './refusals.js';
import type { Refused } from './refusals.js';

export interface AdmissionLimits {
  /** Calls that are being decided or whose events wait for the log; the others wait here, and have cost nothing yet. */
  readonly runningMax: number;
  /** Within that, and not below `runningMin`, as many as the log takes in so long: more would only wait there, where nobody can drop them. */
  readonly runningMs: number;
  readonly runningMin: number;
  readonly runningBytesMax: number;
  readonly waitingMax: number;
  readonly waitingBytesMax: number;
  /** Nobody is let in who would have to wait longer, nor beyond his deadline; where fewer wait than `waitingMin` (`hurriedMin`) everybody is. */
  readonly waitMsMax: number;
  readonly waitingMin: number;
  readonly hurriedMin: number;
  /** So long calls are decided before sockets are read again: what waits in a socket has an age that nobody knows. */
  readonly sliceMs: number;
  /** The same while many wait: to read a socket and to write to it costs more than all else of a refusal, and now each is read for several calls. */
  readonly congestedSliceMs: number;
  /** Of what was begun (handed on by another node, which it has cost something already) so many times as much may wait. */
  readonly begunFactor: number;
}

const MIB = 1_024 * 1_024;
/** How much one call's time counts among those before it. */
const WEIGHT = 0.02;
/** How often those who wait are looked through while nobody's turn comes, as behind a log that does not answer. */
const SWEEP_MS = 100;

export const ADMISSION: AdmissionLimits = {
  runningMax: 4_096, runningMs: 200, runningMin: 256, runningBytesMax: 64 * MIB, waitingMax: 8_192, waitingBytesMax: 64 * MIB, waitMsMax: 250, waitingMin: 512, hurriedMin: 128, sliceMs: 5, congestedSliceMs: 20, begunFactor: 1.25,
};

/** One call that wants to be decided. */
export interface Applicant {
  /** On the runtime's monotonic clock. */
  readonly deadlineMs: number;
  readonly bytes: number;
  /** Another node has handed it on. */
  readonly isBegun: boolean;
  /** It came over a stream, whose client is not read while the wait is long: it is not refused for that as well. */
  readonly isPaced: boolean;
  /** Nobody waits for the answer any more. */
  isGone(): boolean;
}

/** Keeps a call's place until `work` has settled too, whatever its caller is told before. */
export type Hold = (work: Promise<unknown>) => void;

export type Turned = 'queue_full' | 'wait_too_long' | 'deadline_too_near' | 'expired' | 'gone';

interface Entry {
  readonly applicant: Applicant;
  readonly start: (nowMs: number) => void;
  readonly reject: (error: DocketError) => void;
}

export interface AdmissionOptions {
  readonly runtime: Pick<Runtime, 'monotonicMs' | 'randomHex' | 'after'>;
  readonly limits?: Partial<AdmissionLimits>;
  /** Calls back in a later turn of the event loop, after sockets were read. */
  readonly defer?: (callback: () => void) => void;
  /** Told of each call that is not decided, and why. */
  readonly onTurned?: (why: Turned) => void;
}

/**
 * Who is decided next, who waits and who is refused (design.md 2.3). Calls wait here before anything was done for them: not opened, not sealed,
 * not hashed. In their order, those that were begun first; one whose deadline has passed by its turn, or whose caller has gone, is dropped then.
 * What would wait too long is refused when it comes, the newest first, since that costs least and tells the caller soonest; so whoever is let in is
 * answered in time, however many are not. Nothing waits on a timer; but who waits in vain, since nobody leaves, is told so at his deadline.
 */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #runtime: AdmissionOptions['runtime'];
  readonly #defer: (callback: () => void) => void;
  readonly #onTurned: (why: Turned) => void;
  readonly #refusals: Refusals;
  /** Of those who wait, and of those whose events the log takes. */
  readonly #pace = new Pace();
  readonly #logPace = new Pace();
  /** From a call's turn until the log has its event, lately. */
  #runsMs = 0;
  readonly #begun: Entry[] = [];
  #fresh: Entry[] = [];
  /** Entries of `#fresh` before this one have left. */
  #at = 0;
  #waitingBytes = 0;
  #running = 0;
  #runningBytes = 0;
  /** A turn was asked for, or is going on; calls may start at once until it ends. */
  #isTurn = false;
  #turnEndsMs = 0;
  #isSweeping = false;
  /** Somebody's turn has come since the last look at all who wait. */
  #hasMoved = false;

  constructor({ runtime, limits, defer = (callback) => void setImmediate(callback), onTurned = () => {} }: AdmissionOptions) {
    this.#limits = { ...ADMISSION, ...limits };
    this.#runtime = runtime;
    this.#defer = defer;
    this.#onTurned = onTurned;
    this.#refusals = new Refusals(Number.parseInt(runtime.randomHex(2), 16) / 0x1_00_00);
  }

  get waiting(): number {
    return this.#begun.length + this.#fresh.length - this.#at;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get running(): number {
    return this.#running;
  }

  get runningBytes(): number {
    return this.#runningBytes;
  }

  /** How many calls may run now. */
  get runningMax(): number {
    const { runningMax, runningMin, runningMs } = this.#limits;
    const { perMs } = this.#logPace;
    return perMs === undefined ? runningMax : Math.min(runningMax, Math.max(runningMin, perMs * runningMs));
  }

  /** How long a call that comes now would wait. */
  get expectedMs(): number {
    return this.#pace.expectedMs(this.waiting, this.#runtime.monotonicMs());
  }

  /** Streams are better not read just now. */
  get isCongested(): boolean {
    return this.waiting > 0 && this.expectedMs > this.#limits.waitMsMax / 2;
  }

  /** Why a call that comes now is not let in; undefined: it is, as far as can be told before it was read. Counts it as refused. */
  refuse(isBegun: boolean, deadlineMs = Infinity): Refused | undefined {
    return this.#refusal({ isBegun, isPaced: false, bytes: 0, deadlineMs }, this.#runtime.monotonicMs());
  }

  /** Calls `work` when it is the call's turn, which may be at once. Rejects with DocketError if that never comes. */
  run<T>(applicant: Applicant, work: (hold: Hold) => Promise<T>): Promise<T> {
    const nowMs = this.#runtime.monotonicMs();
    if (this.waiting === 0 && this.#hasRoom && this.#isInTurn(nowMs)) return this.#begin(applicant, nowMs, work);
    const refused = this.#refusal(applicant, nowMs);
    if (refused !== undefined) return Promise.reject(refused.error);
    return new Promise<T>((resolve, reject) => {
      (applicant.isBegun ? this.#begun : this.#fresh).push({ applicant, start: (atMs) => void this.#begin(applicant, atMs, work).then(resolve, reject), reject });
      this.#waitingBytes += applicant.bytes;
      this.#pace.begin(nowMs);
      this.#logPace.begin(nowMs);
      this.#askForTurn();
      this.#sweepLater();
    });
  }

  /** How long the log will take over a call that starts now. A log that has little to do has not been asked lately: what was once says nothing. */
  get #logMs(): number {
    return this.#running < this.#limits.runningMin ? 0 : this.#runsMs;
  }

  get #hasRoom(): boolean {
    return this.#running < this.runningMax && this.#runningBytes < this.#limits.runningBytesMax;
  }

  #isInTurn(nowMs: number): boolean {
    if (!this.#isTurn) {
      this.#turnEndsMs = nowMs + this.#limits.sliceMs;
      this.#askForTurn();
    }
    return nowMs < this.#turnEndsMs;
  }

  #askForTurn(): void {
    if (this.#isTurn) return;
    this.#isTurn = true;
    this.#defer(() => this.#turn());
  }

  #turn(): void {
    this.#isTurn = false;
    if (this.waiting === 0) return;
    let nowMs = this.#runtime.monotonicMs();
    this.#turnEndsMs = nowMs + (this.isCongested ? this.#limits.congestedSliceMs : this.#limits.sliceMs);
    let left = 0;
    while (this.waiting > 0 && this.#hasRoom && nowMs < this.#turnEndsMs) {
      const entry = this.#take();
      left += 1;
      const { applicant } = entry;
      if (applicant.isGone()) this.#drop(entry, 'gone');
      else if (nowMs >= applicant.deadlineMs) this.#drop(entry, 'expired');
      else if (nowMs + this.#logMs >= applicant.deadlineMs) this.#refuseWaiting(entry);
      else entry.start(nowMs);
      nowMs = this.#runtime.monotonicMs();
    }
    this.#hasMoved ||= left > 0;
    this.#pace.done(nowMs, left, this.waiting > 0);
    // Without room it goes on when somebody leaves.
    if (this.waiting > 0 && this.#hasRoom) this.#askForTurn();
  }

  #sweepLater(): void {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    this.#runtime.after(SWEEP_MS, () => {
      this.#isSweeping = false;
      if (this.waiting === 0) return;
      if (!this.#hasMoved) this.#sweep();
      this.#hasMoved = false;
      if (this.waiting > 0) this.#sweepLater();
    });
  }

  /** Where turns come, each is looked at at its own. */
  #sweep(): void {
    const nowMs = this.#runtime.monotonicMs();
    const mayStay = (entry: Entry): boolean => {
      const { bytes, deadlineMs } = entry.applicant;
      const why = entry.applicant.isGone() ? 'gone' : nowMs >= deadlineMs ? 'expired' : undefined;
      if (why === undefined) return true;
      this.#waitingBytes -= bytes;
      this.#drop(entry, why);
      return false;
    };
    this.#begun.splice(0, Infinity, ...this.#begun.filter(mayStay));
    this.#fresh = this.#fresh.slice(this.#at).filter(mayStay);
    this.#at = 0;
    // Nothing has moved but who gave up: that is no pace.
    this.#pace.done(nowMs, 0, this.waiting > 0);
  }

  #take(): Entry {
    const entry = this.#begun.shift() ?? this.#fresh[this.#at++]!;
    if (this.#at === this.#fresh.length || (this.#at > 1_000 && 2 * this.#at > this.#fresh.length)) {
      this.#fresh = this.#fresh.slice(this.#at);
      this.#at = 0;
    }
    this.#waitingBytes -= entry.applicant.bytes;
    return entry;
  }

  #begin<T>({ bytes }: Applicant, nowMs: number, work: (hold: Hold) => Promise<T>): Promise<T> {
    this.#running += 1;
    this.#runningBytes += bytes;
    let holders = 1;
    const release = (): void => {
      holders -= 1;
      if (holders > 0) return;
      this.#running -= 1;
      this.#runningBytes -= bytes;
      const endedMs = this.#runtime.monotonicMs();
      this.#runsMs += WEIGHT * (endedMs - nowMs - this.#runsMs);
      this.#logPace.done(endedMs, 1, this.waiting > 0);
      if (this.waiting > 0) this.#askForTurn();
    };
    const answer = work((other) => {
      holders += 1;
      other.then(release, release);
    });
    answer.then(release, release);
    return answer;
  }

  #refusal({ isBegun, isPaced, bytes, deadlineMs }: Omit<Applicant, 'isGone'>, nowMs: number): Refused | undefined {
    const { waitingMax, waitingBytesMax, waitMsMax, waitingMin, hurriedMin, begunFactor } = this.#limits;
    const factor = isBegun ? begunFactor : 1;
    const { waiting } = this;
    const expectedMs = this.#pace.expectedMs(waiting, nowMs);
    const why: Turned | undefined = waiting >= waitingMax * factor || this.#waitingBytes + bytes > waitingBytesMax * factor ? 'queue_full'
      : !isPaced && waiting >= waitingMin && expectedMs > waitMsMax * factor ? 'wait_too_long'
        : waiting >= hurriedMin && nowMs + expectedMs + this.#logMs >= deadlineMs ? 'deadline_too_near' : undefined;
    if (why === undefined) return undefined;
    this.#onTurned(why);
    return this.#refusals.in(expectedMs);
  }

  /** The log would have it too late for whoever asks: better nothing is written. */
  #refuseWaiting({ reject }: Entry): void {
    this.#onTurned('deadline_too_near');
    reject(this.#refusals.in(this.expectedMs).error);
  }

  #drop({ reject }: Entry, why: 'gone' | 'expired'): void {
    this.#onTurned(why);
    reject(TOO_LATE);
  }
}

/** One for all of them: many may be too late at once, and this is no time to make anything. */
const TOO_LATE = Object.freeze(new DocketError('deadline_exceeded', {
  reason: 'DEADLINE_PASSED', message: 'the deadline passed, or the caller left, before the call was decided', metadata: { outcome: 'not_decided' },
}));
