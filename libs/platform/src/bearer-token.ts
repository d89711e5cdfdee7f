import type { Metadata } from '@grpc/grpc-js';
import { DocketError } from '#errors';

/** The token of `authorization: Bearer <token>`; throws unauthenticated if there is none. */
export function bearerToken(metadata: Metadata): string {
  const header = metadata.get('authorization');
  const match = header.length === 1 && typeof header[0] === 'string' ? /^Bearer +(\S{1,200})$/i.exec(header[0]) : null;
  if (match === null) {
    throw new DocketError('unauthenticated', {
      reason: 'CREDENTIAL_MISSING',
      message: 'this call needs a credential: send the metadata `authorization: Bearer dk_…` once',
    });
  }
  return match[1]!;
}
