import { randomUUID } from 'node:crypto';
import { Metadata } from '@grpc/grpc-js';
import { encodeStatus, ERROR_DOMAIN, STATUS_DETAILS_KEY } from '#contracts';
import type { StatusDetails } from '#contracts';
import { DocketError } from '#errors';
import { ERROR_STATUS } from './error-status.js';
import type { ErrorStatus } from './error-status.js';
import type { Logger } from './logger.js';

/** What grpc-js takes as the error of a call. */
export interface GrpcError {
  readonly code: number;
  readonly details: string;
  readonly metadata: Metadata;
}

/**
 * The error of any failure. Something that is no DocketError is a bug: it becomes INTERNAL with a neutral message and
 * an id, and is logged whole under that id.
 */
export function asDocketError(error: unknown, logger: Logger): DocketError {
  if (error instanceof DocketError) {
    if (error.kind === 'internal' || error.kind === 'data_loss') logger.error({ err: error, reason: error.reason }, error.message);
    return error;
  }
  const errorId = randomUUID();
  logger.error({ err: error, errorId }, 'unexpected error');
  return new DocketError('internal', {
    reason: 'INTERNAL',
    message: `something went wrong inside Docket; its log has more under error id ${errorId}`,
    metadata: { error_id: errorId },
    cause: error,
  });
}

/** The rich error model's details for an error, ErrorInfo always among them. */
export function statusDetailsOf(error: DocketError): StatusDetails {
  const row: ErrorStatus = ERROR_STATUS[error.kind];
  return {
    code: row.code,
    message: error.message,
    reason: error.reason,
    domain: ERROR_DOMAIN,
    metadata: error.metadata,
    violations: error.violations,
    retryAfterMs: error.retryAfterMs ?? row.retryAfterMs ?? null,
  };
}

/** Of errors that are the same for many calls, as their makers say by freezing them: each is made once, and nobody may change it. */
const SHARED = new WeakMap<DocketError, GrpcError>();

/** A gRPC error with `grpc-status-details-bin`; the same one, frozen, for an error that is frozen. */
export function toGrpcError(error: DocketError): GrpcError {
  const shared = SHARED.get(error);
  if (shared !== undefined) return shared;
  const details = statusDetailsOf(error);
  const metadata = new Metadata();
  metadata.set(STATUS_DETAILS_KEY, encodeStatus(withinTrailers(details)));
  const made = { code: details.code, details: shortened(details.message), metadata };
  if (Object.isFrozen(error)) SHARED.set(error, Object.freeze(made));
  return made;
}

/** Trailers are limited to about 8 KiB by many clients and proxies: a long list of problems is cut, and says so. */
const TRAILER_BYTES_MAX = 5_000;
const MESSAGE_LENGTH_MAX = 1_000;

function withinTrailers(details: StatusDetails): StatusDetails {
  const short = { ...details, message: shortened(details.message) };
  let violations = short.violations;
  while (violations.length > 0 && encodeStatus({ ...short, violations }).length > TRAILER_BYTES_MAX) {
    violations = violations.slice(0, Math.floor(violations.length * 0.9));
  }
  if (violations.length === short.violations.length) return short;
  const metadata = { ...short.metadata, violations_left_out: String(short.violations.length - violations.length) };
  return { ...short, violations, metadata };
}

function shortened(message: string): string {
  return message.length <= MESSAGE_LENGTH_MAX ? message : `${message.slice(0, MESSAGE_LENGTH_MAX)}…`;
}
