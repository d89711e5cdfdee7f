import { DocketError, type ErrorKind } from '#errors';
import type { TopicPartition } from './event-log.js';

/**
 * `metadata.outcome` of every error of a ledger: `not_decided` is a promise — nothing of the command is or will ever be
 * valid in the log; after `unknown` only repeating the command with the same id tells.
 */
export type CommandOutcome = 'not_decided' | 'unknown';

export interface Refusal {
  readonly kind: ErrorKind;
  readonly reason: string;
  readonly outcome: CommandOutcome;
  readonly message: string;
}

const notDecided = (kind: ErrorKind, reason: string, message: string): Refusal => ({ kind, reason, outcome: 'not_decided', message });
const unknown = (kind: ErrorKind, reason: string, message: string): Refusal => ({ kind, reason, outcome: 'unknown', message });

/** UNAVAILABLE means "not decided", but for a record that cannot be read; where else the outcome is unknown the kind is another one. */
export const REFUSALS = {
  newerOwner: notDecided('unavailable', 'NEWER_OWNER', 'another node claimed the partition'),
  notOwner: notDecided('unavailable', 'NOT_OWNER', 'another node owns the partition'),
  noOwner: notDecided('unavailable', 'PARTITION_NOT_CLAIMED', 'this node has not claimed the partition yet'),
  stopping: notDecided('unavailable', 'STOPPING', 'this node is stopping'),
  clockApart: notDecided('unavailable', 'CLOCK_APART', "this node's clock and the log's clock are too far apart"),
  // It may be the very command that asks again: what is recorded counts.
  readFailed: unknown('unavailable', 'LOG_READ_FAILED', 'the recorded event could not be read'),
  provenVoid: notDecided('unavailable', 'NOT_APPENDED', 'the append failed, and it is certain that nothing of it counts'),
  late: notDecided('deadline_exceeded', 'DEADLINE_PASSED', 'the deadline passed before the command was decided'),
  lost: unknown('deadline_exceeded', 'OUTCOME_UNKNOWN', 'the log has not confirmed the event in time; repeat with the same id'),
  tooLarge: notDecided('invalid_argument', 'EVENT_TOO_LARGE', 'the event could be larger than the log accepts'),
  partitionFull: notDecided('resource_exhausted', 'PARTITION_QUEUE_FULL', 'too many commands are waiting for this partition'),
  ledgerFull: notDecided('resource_exhausted', 'LEDGER_QUEUE_FULL', 'too many commands are waiting on this node'),
  machineFailed: notDecided('internal', 'MACHINE_FAILED', 'the command could not be processed'),
  replyFailed: unknown('internal', 'REPLY_FAILED', 'the command was decided, but its reply could not be made; repeat with the same id'),
} as const satisfies Record<string, Refusal>;

export function refuse(refusal: Refusal, tp: TopicPartition, more: { retryAfterMs?: number; cause?: unknown; detail?: string } = {}): DocketError {
  return new DocketError(refusal.kind, {
    reason: refusal.reason,
    message: `${tp.topic}/${tp.partition}: ${refusal.message}${more.detail === undefined ? '' : ` (${more.detail})`}`,
    metadata: { topic: tp.topic, partition: String(tp.partition), outcome: refusal.outcome },
    ...(more.retryAfterMs === undefined ? {} : { retryAfterMs: more.retryAfterMs }),
    ...(more.cause === undefined ? {} : { cause: more.cause }),
  });
}
