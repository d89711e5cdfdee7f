import type { DocketClient, Outcome } from '#client';
import { DocketError } from '#errors';
import type { Logger, Secret } from '#platform';

const PENDING_MAX = 10_000;
const DEADLINE_MS = 15_000;

export interface Settled {
  readonly grant: Secret;
  readonly callId: string;
  readonly outcome: Outcome;
}

/**
 * Reports what became of calls, beside the answer to the agent: nobody waits for it, and nothing is lost by a restart of the decider,
 * since the client goes on asking. Where too many wait, the next caller does.
 */
export class Settlements {
  readonly #pending = new Set<Promise<void>>();

  constructor(private readonly o: { readonly docket: Pick<DocketClient, 'settle'>; readonly logger: Logger; readonly onFailed: () => void }) {}

  /** Resolves at once, unless too many are under way. Never rejects. */
  async settle({ grant, callId, outcome }: Settled): Promise<void> {
    while (this.#pending.size >= PENDING_MAX) await Promise.race(this.#pending);
    const work: Promise<void> = this.o.docket.settle({ grant: grant.reveal(), callId, outcome }, { deadlineMs: DEADLINE_MS }).then(() => undefined, (error: unknown) => {
      this.o.onFailed();
      this.o.logger.warn({ callId, outcome, reason: error instanceof DocketError ? error.reason : 'INTERNAL' }, 'the outcome of a call could not be reported');
    }).finally(() => this.#pending.delete(work));
    this.#pending.add(work);
  }

  /** Resolves when all that is under way has ended, each by its deadline. */
  async drained(): Promise<void> {
    await Promise.all(this.#pending);
  }
}
