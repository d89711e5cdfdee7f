import { status } from '@grpc/grpc-js';
import type { ChannelCredentials } from '@grpc/grpc-js';
import { approvalClient, bearer } from '#contracts';
import type { ApprovalState, DocketClient } from '#client';
import type { Logger, Secret } from '#platform';
import type { Exchange } from '../ports.js';

/** How long a call is held while somebody decides; most clients wait for a minute. */
export const HOLD_MS = 45_000;
const PROGRESS_MS = 5_000;
/** Progress before there is any: an upstream's first may be 0. */
export const BEFORE_ANY = -1;
/** Small steps: what the upstream tells later must be more (C7). */
const STEPS_TO_ONE = 10_000;
const WITHDRAW_MS = 10_000;

export interface ApprovalsOptions {
  readonly docket: Pick<DocketClient, 'waitApproval'>;
  readonly address: string;
  readonly channel: ChannelCredentials;
  readonly credential: Secret;
  readonly logger: Logger;
  readonly holdMs?: number;
}

/** Waits for people on behalf of a client that waits for its answer. */
export class Approvals {
  readonly #o: ApprovalsOptions;
  readonly #client: ReturnType<typeof approvalClient>;

  constructor(options: ApprovalsOptions) {
    this.#o = options;
    this.#client = approvalClient(options.address, options.channel);
  }

  /** The approval as soon as it has ended, or PENDING after the hold. Tells of progress where that was asked for. Never rejects. */
  async hold(approvalId: string, exchange: Exchange, told: { value: number }): Promise<ApprovalState> {
    const ticking = exchange.progressToken === undefined ? undefined : setInterval(() => {
      told.value = told.value < 0 ? 0 : (Math.round(told.value * STEPS_TO_ONE) + 1) / STEPS_TO_ONE;
      exchange.notify('notifications/progress', { progressToken: exchange.progressToken!, progress: told.value, message: `Waiting for approval ${approvalId}` });
    }, PROGRESS_MS);
    try {
      const { state } = await this.#o.docket.waitApproval(approvalId, { deadlineMs: this.#o.holdMs ?? HOLD_MS, signal: exchange.signal });
      return state;
    } catch {
      return 'PENDING';
    } finally {
      clearInterval(ticking);
      // Where going away cancels, nobody would come for it (C8).
      if (exchange.era === 'modern' && exchange.signal.aborted) this.#withdraw(approvalId);
    }
  }

  close(): void {
    this.#client.close();
  }

  #withdraw(approvalId: string): void {
    this.#client.ResolveApproval({ approvalId, decision: 'WITHDRAW' }, bearer(this.#o.credential.reveal()), { deadline: Date.now() + WITHDRAW_MS }, (error) => {
      // One that has ended meanwhile needs nothing.
      if (error !== null && error.code !== status.FAILED_PRECONDITION) this.#o.logger.warn({ approvalId, code: status[error.code] }, 'an approval that nobody waits for could not be withdrawn');
    });
  }
}
