import type { TokenReply } from '#access-token';
import { DocketError } from '#errors';

/** The errors that an event recorded first, in the words of those that the state machine answers without one. */
export function errorOf(reply: Extract<TokenReply, { kind: 'failed' | 'refused' | 'rejected' | 'discarded' }>, connectionId: string, nowMs: number): DocketError {
  const until = (atMs: number): number => Math.max(0, atMs - nowMs);
  switch (reply.kind) {
    case 'failed': {
      const more = { retryAfterMs: until(reply.retry_at_ms), metadata: { code: reply.code, status: String(reply.status) } };
      return reply.class === 'permanent'
        ? new DocketError('failed_precondition', { reason: 'CONNECTION_BROKEN', message: `the issuer of connection ${connectionId} refuses its credentials: ${reply.code}`, ...more })
        : new DocketError('unavailable', { reason: 'ISSUER_UNAVAILABLE', message: `the issuer of connection ${connectionId} gave no token: ${reply.code}`, ...more });
    }
    case 'refused':
      return new DocketError('resource_exhausted', { reason: 'MINT_CAP', message: `connection ${connectionId}: as many mints in a minute as its ${reply.cap} may`, retryAfterMs: until(reply.retry_at_ms) });
    case 'rejected':
      return new DocketError('failed_precondition', {
        reason: 'TOKEN_REJECTED', message: `the partner of connection ${connectionId} rejects tokens that it has just issued`, retryAfterMs: until(reply.retry_at_ms ?? nowMs),
      });
    case 'discarded':
      return new DocketError('unavailable', { reason: 'TOKEN_DISCARDED', message: `the token of connection ${connectionId} was not needed any more when it came`, retryAfterMs: 100 });
  }
}
