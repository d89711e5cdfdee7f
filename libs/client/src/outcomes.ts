import { readStatus } from '#contracts';
import type { decision } from '#contracts';
import { failureOf, nodeFailure } from './failure.js';
import type { Failure } from './failure.js';

/** What became of reporting an outcome over a stream. `ofStream`: nobody has looked at it, or nobody knows. */
export type Reported = { readonly answer: decision.SettleResponse__Output } | { readonly failure: Failure; readonly ofStream: boolean };

type Request = decision.SettleRequest & { readonly callId: string };

interface Entry {
  readonly request: Request;
  readonly end: (reported: Reported) => void;
}

/** Outcomes of calls on their way over one node's stream, matched with their answers by call id. */
export class Outcomes {
  readonly #waiting = new Set<Entry>();
  readonly #entries = new Map<string, Entry>();

  /** Never rejects. Waits for an answer for so long at most. */
  add(request: Request, waitMs: number): Promise<Reported> {
    const { callId } = request;
    return new Promise((resolve) => {
      // Two about one call could not be told apart.
      if (this.#entries.has(callId)) return resolve({ failure: late('another report about the call is under way'), ofStream: true });
      const end = (reported: Reported): void => {
        clearTimeout(timer);
        this.#entries.delete(callId);
        this.#waiting.delete(entry);
        resolve(reported);
      };
      const timer = setTimeout(() => end({ failure: late('no answer in time'), ofStream: true }), waitMs);
      const entry = { request, end };
      this.#entries.set(callId, entry);
      this.#waiting.add(entry);
    });
  }

  /** What leaves now. */
  take(countMax: number): Request[] {
    const taken: Request[] = [];
    for (const entry of this.#waiting) {
      if (taken.length === countMax) break;
      this.#waiting.delete(entry);
      taken.push(entry.request);
    }
    return taken;
  }

  /** Whether the answer is one to an outcome. */
  answered({ callId, settled, settleError }: decision.DecideStreamAnswer__Output): boolean {
    if (!settled && !settleError) return false;
    this.#entries.get(callId)?.end(settled ? { answer: settled } : { failure: failureOf(readStatus(settleError!)), ofStream: false });
    return true;
  }

  /** The stream has ended. */
  fail(failure: Failure): void {
    for (const { end } of [...this.#entries.values()]) end({ failure, ofStream: true });
  }
}

function late(message: string): Failure {
  return { ...nodeFailure('deadline_exceeded', 'NODE_SILENT', message), ofNode: false };
}
