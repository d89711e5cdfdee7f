import { DocketError } from '#errors';
import { toGrpcError } from '#platform';
import type { GrpcError } from '#platform';

const DELAY_MS_MIN = 20;
const DELAY_MS_MAX = 5_000;
const STEP_MS = 10;
/** Its multiples are spread evenly between 0 and 1, however many one takes. */
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

/** The same refusal for a caller within this process and for one outside. */
export interface Refused {
  readonly error: DocketError;
  readonly grpc: GrpcError;
}

/**
 * Refusals of an overloaded node. They are made once for each delay and shared, since what is refused should cost next to nothing;
 * nobody may change them.
 */
export class Refusals {
  readonly #made = new Map<number, Refused>();
  #spread: number;

  /** `start`: 0 to 1, another one on each node. */
  constructor(start: number) {
    this.#spread = start;
  }

  /** Callers who are refused together are not told to come back together: half to one and a half times `delayMs`. */
  in(delayMs: number): Refused {
    this.#spread = (this.#spread + GOLDEN_RATIO) % 1;
    const spreadMs = Math.min(DELAY_MS_MAX, Math.max(DELAY_MS_MIN, delayMs)) * (0.5 + this.#spread);
    const retryAfterMs = Math.max(STEP_MS, Math.round(spreadMs / STEP_MS) * STEP_MS);
    let refused = this.#made.get(retryAfterMs);
    if (refused === undefined) {
      const error = new DocketError('resource_exhausted', {
        reason: 'OVERLOADED', message: 'this node is asked for more than it can decide in time; nothing of the call was decided', metadata: { outcome: 'not_decided' }, retryAfterMs,
      });
      refused = { error: Object.freeze(error), grpc: toGrpcError(error) };
      this.#made.set(retryAfterMs, refused);
    }
    return refused;
  }
}
