import type { DocketError } from '#errors';

/** A command on its way to its one reply; later replies are ignored. */
export class PendingCommand<C, R> {
  readonly command: C;
  /** On the monotonic clock. */
  readonly deadlineMs: number;
  /** Once sent, only the log knows; after it is proven void it may be decided again. */
  wasSent = false;
  /** How often it asked for a recorded event. */
  loads = 0;
  readonly #onResolved: (reply: R) => void;
  readonly #onRejected: (error: DocketError) => void;
  #isSettled = false;

  constructor(command: C, deadlineMs: number, onResolved: (reply: R) => void, onRejected: (error: DocketError) => void) {
    this.command = command;
    this.deadlineMs = deadlineMs;
    this.#onResolved = onResolved;
    this.#onRejected = onRejected;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  resolve(reply: R): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#onResolved(reply);
  }

  reject(error: DocketError): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#onRejected(error);
  }
}
