import type { DocketClient, Outcome } from '#client';
import { DocketError } from '#errors';
import type { Logger, Secret } from '#platform';

const PENDING_MAX = 10_000;
const DEADLINE_MS = 15_000;
/** Outcomes for which no limit gives anything back: no verdict depends on when they are known. */
const PATIENT: ReadonlySet<Outcome> = new Set(['SUCCEEDED', 'UNKNOWN']);
/** As long as one of them waits for company, at most. */
const HELD_MS = 50;
const HELD_MAX = 256;

export interface Settled {
  readonly grant: Secret;
  readonly callId: string;
  readonly outcome: Outcome;
}

/**
 * Reports what became of calls, beside the answer to the agent: nobody waits for it, and nothing is lost by a restart of the decider,
 * since the client goes on asking. Where too many wait, the next caller does. An outcome that nobody's verdict depends on waits a moment for
 * the next call that is asked about, and is reported with it: the log takes one append at a time, and the outcome's goes while that call is
 * upstream, not before its verdict.
 */
export class Settlements {
  readonly #pending = new Set<Promise<void>>();
  #held: Settled[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param o `heldMs`: how long an outcome may wait for company; 0: none does */
  constructor(private readonly o: { readonly docket: Pick<DocketClient, 'settle'>; readonly logger: Logger; readonly onFailed: () => void; readonly heldMs?: number }) {}

  /** Resolves at once, unless too many are under way. Never rejects. */
  async settle(settled: Settled): Promise<void> {
    const heldMs = this.o.heldMs ?? HELD_MS;
    if (heldMs === 0 || !PATIENT.has(settled.outcome)) return this.#send(settled);
    this.#held.push(settled);
    if (this.#held.length >= HELD_MAX) return this.#sendHeld();
    this.#timer ??= setTimeout(() => void this.#sendHeld(), heldMs);
    return undefined;
  }

  /** A call is about to be decided: what is held goes along. */
  release(): void {
    if (this.#held.length > 0) void this.#sendHeld();
  }

  /** Resolves when all that is under way has ended, each by its deadline. */
  async drained(): Promise<void> {
    await this.#sendHeld();
    await Promise.all(this.#pending);
  }

  async #sendHeld(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const held = this.#held;
    this.#held = [];
    await Promise.all(held.map((settled) => this.#send(settled)));
  }

  async #send({ grant, callId, outcome }: Settled): Promise<void> {
    while (this.#pending.size >= PENDING_MAX) await Promise.race(this.#pending);
    const work: Promise<void> = this.o.docket.settle({ grant: grant.reveal(), callId, outcome }, { deadlineMs: DEADLINE_MS }).then(() => undefined, (error: unknown) => {
      this.o.onFailed();
      this.o.logger.warn({ callId, outcome, reason: error instanceof DocketError ? error.reason : 'INTERNAL' }, 'the outcome of a call could not be reported');
    }).finally(() => this.#pending.delete(work));
    this.#pending.add(work);
  }
}
