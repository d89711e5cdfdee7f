import type { ConnectionRecord } from '#access-token';
import { durationOf, msOf, timestampOf, type token } from '#contracts';
import { DocketError } from '#errors';
import { Secret } from '#platform';
import type { ServedToken, SourcedToken } from '../cache/token-cache.js';

export function invalid(field: string, description: string): DocketError {
  return new DocketError('invalid_argument', { reason: 'INVALID_REQUEST', message: `the request is not valid: ${field}`, violations: [{ field, description }] });
}

/** Where the token goes in a request upstream. */
export function headerOf({ settings }: Pick<ConnectionRecord, 'settings'>): { headerName: string; headerPrefix: string } {
  if (settings.issuer === 'partner-secret') return { headerName: 'access-token', headerPrefix: '' };
  return { headerName: 'authorization', headerPrefix: settings.oauth?.dpop === true ? 'DPoP ' : 'Bearer ' };
}

/** An answer without a value: whoever may have it adds it. */
export function servedResponse(served: ServedToken, connection: ConnectionRecord, wallMs: number): token.GetTokenResponse {
  const { generation, expiresInMs, softInMs, hardInMs, lifeMs } = served;
  return {
    generation, expiresIn: durationOf(Math.floor(expiresInMs)), refreshIn: durationOf(Math.floor(softInMs)), usableFor: durationOf(Math.floor(hardInMs)), lifetime: durationOf(lifeMs),
    expiresAt: timestampOf(Math.floor(wallMs + expiresInMs)), stale: expiresInMs <= 0, ...headerOf(connection),
  };
}

/** A token as its owner has handed it to this node. */
export function sourcedOf(answer: token.GetTokenResponse__Output): SourcedToken {
  const ms = (duration: token.GetTokenResponse__Output['expiresIn']): number => (duration === null ? 0 : msOf(duration));
  return {
    token: new Secret(answer.token), generation: answer.generation, softInMs: ms(answer.refreshIn), hardInMs: ms(answer.usableFor), expiresInMs: ms(answer.expiresIn), lifeMs: ms(answer.lifetime),
  };
}
