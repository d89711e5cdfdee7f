import { status } from '@grpc/grpc-js';
import type { ErrorKind } from '#errors';

/** What a caller does with the call id of a request that failed with this kind. */
export type RepeatSameId =
  /** Repeating is safe and may succeed: nothing was decided, or what was decided is returned. */
  | 'yes'
  /** The same request would fail again; a corrected one may succeed, with the same id. */
  | 'once corrected'
  /** This id is spent or refused for good; a new attempt takes a new id. */
  | 'no';

export interface ErrorStatus {
  readonly code: status;
  readonly repeatSameId: RepeatSameId;
  /** Wait this long before repeating, if the error itself does not say. */
  readonly retryAfterMs?: number;
}

/** The one table from error kind to gRPC status. */
export const ERROR_STATUS = {
  invalid_argument: { code: status.INVALID_ARGUMENT, repeatSameId: 'once corrected' },
  unauthenticated: { code: status.UNAUTHENTICATED, repeatSameId: 'once corrected' },
  permission_denied: { code: status.PERMISSION_DENIED, repeatSameId: 'once corrected' },
  not_found: { code: status.NOT_FOUND, repeatSameId: 'once corrected' },
  already_exists: { code: status.ALREADY_EXISTS, repeatSameId: 'no' },
  failed_precondition: { code: status.FAILED_PRECONDITION, repeatSameId: 'no' },
  resource_exhausted: { code: status.RESOURCE_EXHAUSTED, repeatSameId: 'yes', retryAfterMs: 200 },
  unavailable: { code: status.UNAVAILABLE, repeatSameId: 'yes', retryAfterMs: 500 },
  deadline_exceeded: { code: status.DEADLINE_EXCEEDED, repeatSameId: 'yes' },
  data_loss: { code: status.DATA_LOSS, repeatSameId: 'no' },
  internal: { code: status.INTERNAL, repeatSameId: 'yes' },
} as const satisfies Record<ErrorKind, ErrorStatus>;
