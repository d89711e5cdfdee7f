import { DocketError } from '#errors';
import { REJECTED_RETRY_MS } from './back-off.js';
import type { RejectToken, RevokeToken } from './commands.js';
import { answer, append, unchanged, type TokenDecision } from './decision.js';
import { livingTokens, servable, viewOf, type ConnectionRecord } from './state.js';

/**
 * A 401 for a generation. Only the current one's counts: stragglers with an older token learn of the newer one. A token
 * that was minted for a rejection and is rejected within 30 s was not the trouble: no other one is minted for 30 s.
 */
export function rejectToken(connection: ConnectionRecord, command: RejectToken, nowMs: number): TokenDecision {
  const { tenant, connection_id, actor, grant_id, trace_id, generation } = command;
  if (generation > connection.generation) {
    return { kind: 'advise', reply: new DocketError('invalid_argument', { reason: 'UNKNOWN_GENERATION', message: `connection ${connection_id} has had no token of generation ${generation}` }) };
  }
  const slot = connection.slots.get(command.slot);
  const token = slot?.token;
  if (!token || token.ended_by !== null) return answer({ kind: 'rejected', generation: token?.generation ?? generation, retry_at_ms: slot?.hold?.until_ms ?? null });
  if (token.generation !== generation) {
    return servable(slot, nowMs)
      ? answer({ kind: 'token', token: viewOf(token), now_ms: nowMs, renewed_secret_id: null })
      : answer({ kind: 'rejected', generation, retry_at_ms: null });
  }
  const isSecondInARow = token.after_rejection && nowMs - token.minted_at_ms < REJECTED_RETRY_MS;
  return append({
    type: 'TokenRejected', tenant, connection_id, actor, grant_id, trace_id, slot: command.slot, generation, fingerprint: token.fingerprint, expires_at_ms: token.expires_at_ms,
    retry_at_ms: isSecondInARow ? nowMs + REJECTED_RETRY_MS : null,
  });
}

/**
 * Nothing to revoke is no error: the caller wants it gone, and it is. A token that was replaced and may still live can be revoked, too:
 * nobody is served it here, but its issuer is told, and the log. A mint under way always ends with it.
 */
export function revokeToken(connection: ConnectionRecord, command: RevokeToken, nowMs: number): TokenDecision {
  const { tenant, connection_id, actor, grant_id, trace_id } = command;
  const generation = Math.min(command.generation ?? connection.generation, connection.generation);
  const slots = command.slot === null ? [...connection.slots.values()] : [connection.slots.get(command.slot)];
  const isLive = slots.some((slot) => slot?.token && slot.token.ended_by !== 'revocation' && slot.token.generation <= generation)
    || livingTokens(connection, nowMs).some((token) => token.ended_by !== 'revocation' && token.generation <= generation && (command.slot === null || token.slot === command.slot));
  const isMinting = command.generation === null && slots.some((slot) => slot?.minting);
  if (!isLive && !isMinting) return unchanged;
  return append({ type: 'TokenRevoked', tenant, connection_id, actor, grant_id, trace_id, slot: command.slot, generation });
}
