import { NODE_SERVICE } from '#contracts';
import { DocketError } from '#errors';

export interface LaneLimits {
  /** Calls that the other node has and has not answered. */
  readonly atOnceMax: number;
  /** Calls that wait until it has fewer. */
  readonly waitingMax: number;
  /** Of requests, those that it has and those that wait. */
  readonly bytesMax: number;
}

/**
 * To one node, over one connection, which takes 1,000 calls at once: long polls must leave room for the others. What nodes ask each other while they
 * decide a call that was handed on waits behind none of those: two nodes whose calls wait for each other would wait for ever. Nor does a hand-over, for
 * which callers wait.
 */
export const LANES = {
  calls: { atOnceMax: 512, waitingMax: 4_096, bytesMax: 32 * 1_024 * 1_024 },
  longPolls: { atOnceMax: 400, waitingMax: 0, bytesMax: 1_024 * 1_024 },
  commands: { atOnceMax: 80, waitingMax: 8_192, bytesMax: 32 * 1_024 * 1_024 },
} as const satisfies Readonly<Record<string, LaneLimits>>;

export function laneOf(service: string, method: string): keyof typeof LANES {
  if (service === NODE_SERVICE || method === 'TakeOver') return 'commands';
  return method === 'WaitApproval' ? 'longPolls' : 'calls';
}

interface Waiting {
  readonly start: () => void;
  readonly refuse: (error: DocketError) => void;
  readonly deadlineMs: number;
}

/** What callers are told about as long as nothing has been measured. */
const RETRY_MS_MIN = 50;
const RETRY_MS_MAX = 5_000;
/** How much one call's time counts among those before it. */
const WEIGHT = 0.1;

/** The calls that one node has handed on to another one: bounded, in their order, and none whose deadline has passed. */
export class PeerLane {
  readonly #limits: LaneLimits;
  readonly #nowMs: () => number;
  #waiting: Waiting[] = [];
  #atOnce = 0;
  #bytes = 0;
  /** One call's, lately. */
  #tookMs = 0;

  /** @param nowMs a clock that deadlines are on */
  constructor(limits: LaneLimits, nowMs: () => number) {
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  get load(): { readonly calls: number; readonly bytes: number } {
    return { calls: this.#atOnce + this.#waiting.length, bytes: this.#bytes };
  }

  /** Calls `work` when there is room. Rejects with resource_exhausted if too much waits already, with deadline_exceeded if its turn came too late. */
  run<T>(bytes: number, deadlineMs: number, work: () => Promise<T>): Promise<T> {
    const { atOnceMax, waitingMax, bytesMax } = this.#limits;
    if (this.#bytes + bytes > bytesMax || (this.#atOnce >= atOnceMax && this.#waiting.length >= waitingMax)) return Promise.reject(this.#full());
    this.#bytes += bytes;
    if (this.#atOnce < atOnceMax) return this.#start(bytes, work);
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({
        deadlineMs,
        start: () => void this.#start(bytes, work).then(resolve, reject),
        refuse: (error) => {
          this.#bytes -= bytes;
          reject(error);
        },
      });
    });
  }

  #start<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    this.#atOnce += 1;
    const startedMs = this.#nowMs();
    const done = (): void => {
      this.#atOnce -= 1;
      this.#bytes -= bytes;
      this.#tookMs += WEIGHT * (this.#nowMs() - startedMs - this.#tookMs);
      this.#next();
    };
    const answer = work();
    answer.then(done, done);
    return answer;
  }

  #next(): void {
    const nowMs = this.#nowMs();
    let at = 0;
    for (; at < this.#waiting.length && this.#atOnce < this.#limits.atOnceMax; at += 1) {
      const one = this.#waiting[at]!;
      if (nowMs >= one.deadlineMs) one.refuse(late());
      else one.start();
    }
    if (at > 0) this.#waiting = this.#waiting.slice(at);
  }

  #full(): DocketError {
    const expectedMs = (this.#tookMs * this.#waiting.length) / this.#limits.atOnceMax;
    return new DocketError('resource_exhausted', {
      reason: 'OWNER_BUSY', message: 'too many calls wait for the node that owns the partition; nothing of this one was decided', metadata: { outcome: 'not_decided' },
      retryAfterMs: Math.round(Math.min(RETRY_MS_MAX, Math.max(RETRY_MS_MIN, expectedMs)) * (0.5 + Math.random())),
    });
  }
}

function late(): DocketError {
  return new DocketError('deadline_exceeded', { reason: 'DEADLINE_PASSED', message: 'the deadline passed before the call could be handed on to its owner', metadata: { outcome: 'not_decided' } });
}
