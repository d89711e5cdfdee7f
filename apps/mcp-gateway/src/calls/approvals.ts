import type { ApprovalState, ApprovalStatus, DocketClient } from '#client';
import { DocketError } from '#errors';
import type { Logger } from '#platform';
import { ClientGone, type Exchange } from '../ports.js';

/** How long a call is held while somebody decides; most clients wait for a minute. */
export const HOLD_MS = 45_000;
const PROGRESS_MS = 5_000;
/** Progress before there is any: an upstream's first may be 0. */
export const BEFORE_ANY = -1;
/** Small steps: what the upstream tells later must be more (C7). */
const STEPS_TO_ONE = 10_000;
const WITHDRAW_MS = 10_000;
const LOOK_MS = 5_000;
/** The oldest of them have long been decided on. */
const OF_TASKS_MAX = 10_000;

export interface ApprovalsOptions {
  readonly docket: Pick<DocketClient, 'waitApproval' | 'getApproval' | 'withdrawApproval'>;
  readonly logger: Logger;
  readonly holdMs?: number;
}

/** What people are asked for, on behalf of a client that waits for its answer. */
export class Approvals {
  readonly #o: ApprovalsOptions;
  /** How many requests wait for an approval, here. */
  readonly #held = new Map<string, number>();
  /** For which a task was given: whoever holds it comes and looks, however long he is away. */
  readonly #ofTasks = new Set<string>();
  readonly #leaving = new Set<Promise<void>>();

  constructor(options: ApprovalsOptions) {
    this.#o = options;
  }

  /**
   * The approval as soon as it has ended, or PENDING after the hold. Tells of progress where that was asked for. Never rejects.
   * @param callIds calls of this conversation: what they have opened is withdrawn if the client goes away where that cancels (C8)
   */
  async hold(approvalId: string, exchange: Exchange, told: { value: number }, callIds: readonly string[]): Promise<ApprovalState> {
    const ticking = exchange.progressToken === undefined ? undefined : setInterval(() => {
      told.value = told.value < 0 ? 0 : (Math.round(told.value * STEPS_TO_ONE) + 1) / STEPS_TO_ONE;
      exchange.notify('notifications/progress', { progressToken: exchange.progressToken!, progress: told.value, message: `Waiting for approval ${approvalId}` });
    }, PROGRESS_MS);
    this.#held.set(approvalId, (this.#held.get(approvalId) ?? 0) + 1);
    try {
      const { state } = await this.#o.docket.waitApproval(approvalId, { deadlineMs: this.#o.holdMs ?? HOLD_MS, signal: exchange.signal });
      return state;
    } catch {
      return 'PENDING';
    } finally {
      clearInterval(ticking);
      const others = this.#held.get(approvalId)! - 1;
      if (others > 0) this.#held.set(approvalId, others);
      else this.#held.delete(approvalId);
      this.left(approvalId, exchange, callIds);
    }
  }

  /** A task waits for this one: it does not go with other calls that do. */
  keptByTask(approvalId: string): void {
    this.#ofTasks.delete(approvalId);
    if (this.#ofTasks.size >= OF_TASKS_MAX) this.#ofTasks.delete(this.#ofTasks.values().next().value!);
    this.#ofTasks.add(approvalId);
  }

  /** Where the client has gone away, and that cancels: nobody would come for what it has asked for. */
  left(approvalId: string, { era, signal }: Exchange, callIds: readonly string[]): void {
    if (era !== 'modern' || !(signal.reason instanceof ClientGone) || this.#isWanted(approvalId)) return;
    const leaving: Promise<void> = this.#leave(approvalId, callIds).finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }

  /** As it is now. Rejects with a DocketError; `not_found` once it has ended more than ten minutes ago. */
  look(approvalId: string): Promise<ApprovalStatus> {
    return this.#o.docket.getApproval(approvalId, { deadlineMs: LOOK_MS });
  }

  /** Whether one of these calls has opened it: what an identical one has, that of a task or of a session, say, is not theirs to take back. Rejects as `look` does. */
  async isOf(approvalId: string, callIds: readonly string[]): Promise<boolean> {
    return callIds.includes((await this.look(approvalId)).callId);
  }

  /** Takes the question back; false: it has ended otherwise, and stays as it ended. Rejects with a DocketError if that cannot be done now. */
  async withdraw(approvalId: string): Promise<boolean> {
    try {
      await this.#o.docket.withdrawApproval(approvalId, { deadlineMs: WITHDRAW_MS });
      return true;
    } catch (error) {
      if (!(error instanceof DocketError) || (error.kind !== 'failed_precondition' && error.kind !== 'not_found')) throw error;
      return false;
    }
  }

  /** Resolves when nothing is being withdrawn any more, each by its deadline. */
  async drained(): Promise<void> {
    await Promise.all(this.#leaving);
  }

  #isWanted(approvalId: string): boolean {
    return this.#held.has(approvalId) || this.#ofTasks.has(approvalId);
  }

  async #leave(approvalId: string, callIds: readonly string[]): Promise<void> {
    try {
      const isOurs = await this.isOf(approvalId, callIds);
      // Another one may have come to wait for it meanwhile.
      if (isOurs && !this.#isWanted(approvalId)) await this.withdraw(approvalId);
    } catch (error) {
      this.#o.logger.warn({ approvalId, reason: error instanceof DocketError ? error.reason : 'INTERNAL' }, 'an approval that nobody waits for could not be withdrawn');
    }
  }
}
