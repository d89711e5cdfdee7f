import type { ServiceError } from '@grpc/grpc-js';
import { decodeStatus, STATUS_DETAILS_KEY } from '#contracts';
import { DocketError } from '#errors';

/** Why the token broker gave no token. The error's own words go no further, since they may repeat what was sent: only what the broker says in its details. */
export function brokerFailure(error: ServiceError): DocketError {
  const [bytes] = error.metadata?.get(STATUS_DETAILS_KEY) ?? [];
  try {
    if (bytes instanceof Uint8Array) {
      const { reason, message, retryAfterMs } = decodeStatus(bytes);
      return new DocketError('unavailable', { reason, message, ...(retryAfterMs !== null && { retryAfterMs }) });
    }
  } catch {
    // Not Docket's.
  }
  return new DocketError('unavailable', { reason: 'BROKER_UNREACHABLE', message: 'the token broker cannot be asked just now' });
}
