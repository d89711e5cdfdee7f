import { Metadata, status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { decodeStatus, STATUS_DETAILS_KEY } from '#contracts';
import type { StatusDetails } from '#contracts';
import type { ErrorKind, FieldViolation } from '#errors';
import type { CallOutcome } from './undecided.js';

/** Why an attempt brought no answer. */
export interface Failure {
  readonly kind: ErrorKind;
  readonly reason: string;
  readonly message: string;
  readonly outcome: CallOutcome;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly FieldViolation[];
  readonly retryAfterMs: number | null;
  /** The node itself did not answer, or will not: another one may. */
  readonly ofNode: boolean;
}

const KINDS: ReadonlyMap<number, ErrorKind> = new Map([
  [status.INVALID_ARGUMENT, 'invalid_argument'], [status.UNAUTHENTICATED, 'unauthenticated'], [status.PERMISSION_DENIED, 'permission_denied'], [status.NOT_FOUND, 'not_found'],
  [status.ALREADY_EXISTS, 'already_exists'], [status.FAILED_PRECONDITION, 'failed_precondition'], [status.RESOURCE_EXHAUSTED, 'resource_exhausted'], [status.UNAVAILABLE, 'unavailable'],
  [status.DEADLINE_EXCEEDED, 'deadline_exceeded'], [status.DATA_LOSS, 'data_loss'], [status.INTERNAL, 'internal'],
]);
/** Kinds that a node refuses a call with, having looked at it: nothing of it was written. */
const REFUSALS: readonly ErrorKind[] = ['invalid_argument', 'unauthenticated', 'permission_denied', 'not_found', 'already_exists', 'failed_precondition', 'resource_exhausted'];

/** What the details of an error say; of one item of a stream, or of a call. */
export function failureOf(details: StatusDetails): Failure {
  const kind = KINDS.get(details.code) ?? 'internal';
  const { reason, message, metadata, violations, retryAfterMs } = details;
  const said = metadata['outcome'];
  const outcome = said === 'not_decided' || said === 'unknown' ? said : REFUSALS.includes(kind) ? 'not_decided' : 'unknown';
  return { kind, reason, message, outcome, metadata, violations, retryAfterMs, ofNode: reason === 'STOPPING' };
}

/** An error of grpc-js at this node; its own words go no further, since they may repeat what was sent. */
export function failureOfCall(error: ServiceError, address: string): Failure {
  const [bytes] = error.metadata?.get(STATUS_DETAILS_KEY) ?? [];
  if (bytes instanceof Uint8Array) {
    try {
      return failureOf(decodeStatus(bytes));
    } catch {
      // Not Docket's: what follows says enough.
    }
  }
  const name = status[error.code] ?? String(error.code);
  switch (error.code) {
    case status.DEADLINE_EXCEEDED:
      return nodeFailure('deadline_exceeded', 'NODE_SILENT', `${address} has not answered in time`);
    case status.UNAUTHENTICATED: case status.PERMISSION_DENIED: case status.UNIMPLEMENTED:
      return { ...nodeFailure(KINDS.get(error.code) ?? 'failed_precondition', `GRPC_${name}`, `what is at ${address} answered ${name}; is it a decider?`), outcome: 'not_decided', ofNode: false };
    default:
      return nodeFailure('unavailable', 'NODE_UNREACHABLE', `${address} could not be asked (${name})`);
  }
}

/** A failure of a node, after which nobody knows what became of the call. */
export function nodeFailure(kind: ErrorKind, reason: string, message: string, outcome: CallOutcome = 'unknown'): Failure {
  return { kind, reason, message, outcome, metadata: {}, violations: [], retryAfterMs: null, ofNode: true };
}

export function authorization(credential: () => string): Metadata {
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${credential()}`);
  return metadata;
}
