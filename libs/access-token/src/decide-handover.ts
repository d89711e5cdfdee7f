import type { CutOffGrant, EndHeldTokens, LiftCutOff, ReportDenied, ReportServed, RevealToken, UnwrapToken, WrapToken } from './commands.js';
import { answer, append, refuse, unchanged, type TokenDecision } from './decision.js';
import { isHandleSpent, servable, type ConnectionRecord, type HandleRecord, type TokenRecord } from './state.js';

/** Handles of one connection that may still be taken, or whose second taking would be noticed. */
export const HANDLES_MAX = 1_000;
/** Grants of one connection that hold a living token in clear. */
export const HOLDERS_MAX = 10_000;
/** Grants that one connection is closed to. */
export const CUT_OFF_MAX = 10_000;
/** So many times the log says that somebody tried a spent handle. */
const DENIALS_MAX = 10;

type Handover = WrapToken | UnwrapToken | RevealToken | CutOffGrant | LiftCutOff | EndHeldTokens | ReportServed | ReportDenied;

/** Tokens that leave the broker for anybody but a gateway that injects them, and the record of who had what. */
export function decideHandover(connection: ConnectionRecord, command: Handover, nowMs: number): TokenDecision {
  switch (command.type) {
    case 'WrapToken': return wrap(connection, command, nowMs);
    case 'UnwrapToken': return unwrap(connection, command, nowMs);
    case 'RevealToken': return reveal(connection, command, nowMs);
    case 'CutOffGrant': return cutOff(connection, command);
    case 'LiftCutOff': return connection.cut_off.has(command.holder) ? append({ type: 'GrantCutOffLifted', ...who(command), holder: command.holder }) : unchanged;
    case 'EndHeldTokens': return holdsAny(connection, command.holder, nowMs) ? append({ type: 'GrantTokensEnded', ...who(command), holder: command.holder }) : unchanged;
    case 'ReportServed': return reportServed(connection, command);
    case 'ReportDenied': {
      const { action, reason, denials } = command;
      return append({ type: 'AccessDenied', ...who(command), action, reason, denials, handle: null });
    }
  }
}

/** What a grant that was cut off is told, whatever it asks for; undefined if it was not. */
export function refusedGrant(connection: ConnectionRecord, grantId: string): TokenDecision | undefined {
  return connection.cut_off.has(grantId) ? refuse('permission_denied', 'GRANT_CUT_OFF', `connection ${connection.connection_id} gives nothing to this grant any more`) : undefined;
}

function wrap(connection: ConnectionRecord, command: WrapToken, nowMs: number): TokenDecision {
  const { connection_id, settings } = connection;
  const known = connection.handles.get(command.handle);
  if (known) return answer({ kind: 'wrapped', expires_at_ms: known.handle_expires_at_ms, now_ms: nowMs });
  if (settings.delivery === 'inject') return notForThat(connection_id, 'WRAP or REVEAL');
  const token = living(connection, command, nowMs);
  if (!token) return ended(connection_id);
  const held = [...connection.handles.values()].filter((handle) => !isHandleSpent(handle, nowMs)).length;
  if (held >= HANDLES_MAX) return refuse('resource_exhausted', 'HANDLES_LIMIT', `connection ${connection_id} has ${held} handles, at most ${HANDLES_MAX}`, { retryAfterMs: command.ttl_ms });
  return refusedGrant(connection, command.grant_id) ?? append({
    type: 'TokenWrapped', ...who(command), ...ofToken(command.slot, token), handle: command.handle, handle_expires_at_ms: Math.min(nowMs + command.ttl_ms, token.hard_at_ms),
  });
}

function unwrap(connection: ConnectionRecord, command: UnwrapToken, nowMs: number): TokenDecision {
  const handle = connection.handles.get(command.handle);
  // Somebody guesses, or comes long after: counted by whoever is asked, or anybody could fill the log.
  if (!handle) return refuse('permission_denied', 'HANDLE_UNKNOWN', 'there is no such handle, or it is long over');
  const token = connection.slots.get(handle.slot)?.token;
  if (handle.use_id === command.use_id && token?.generation === handle.generation && token.ended_by === null) {
    return answer({ kind: 'unwrapped', slot: handle.slot, generation: handle.generation, mint_id: token.mint_id, expires_at_ms: token.expires_at_ms, now_ms: nowMs });
  }
  const reason = whyNot(connection, handle, nowMs);
  if (reason !== undefined || !token) return denied(command, handle, reason ?? 'TOKEN_ENDED');
  return holdersFull(connection, nowMs) ?? append({
    type: 'TokenUnwrapped', ...who(command), grant_id: handle.grant_id, ...ofToken(handle.slot, token), mint_id: token.mint_id, handle: command.handle, use_id: command.use_id,
  });
}

function whyNot(connection: ConnectionRecord, handle: HandleRecord, nowMs: number): string | undefined {
  if (handle.use_id !== null) return 'HANDLE_USED';
  if (nowMs >= handle.handle_expires_at_ms) return 'HANDLE_EXPIRED';
  if (connection.cut_off.has(handle.grant_id)) return 'GRANT_CUT_OFF';
  // It outlives a refresh, which is nobody's fault and may come at any moment, and brings the newer token; never one that came after a revocation.
  if (connection.status !== 'active' || handle.generation <= connection.revoked_up_to) return 'TOKEN_ENDED';
  return servable(connection.slots.get(handle.slot), nowMs) ? undefined : 'TOKEN_ENDED';
}

function denied(command: UnwrapToken, handle: HandleRecord, reason: string): TokenDecision {
  if (handle.denials >= DENIALS_MAX) return refuse('permission_denied', reason, 'the handle is worth nothing any more');
  return append({ type: 'AccessDenied', ...who(command), grant_id: handle.grant_id, action: 'unwrap', reason, denials: 1, handle: command.handle });
}

function reveal(connection: ConnectionRecord, command: RevealToken, nowMs: number): TokenDecision {
  if (connection.settings.delivery !== 'reveal') return notForThat(connection.connection_id, 'REVEAL');
  const token = living(connection, command, nowMs);
  if (!token) return ended(connection.connection_id);
  return refusedGrant(connection, command.grant_id) ?? holdersFull(connection, nowMs) ?? append({ type: 'TokenRevealed', ...who(command), ...ofToken(command.slot, token) });
}

function cutOff(connection: ConnectionRecord, command: CutOffGrant): TokenDecision {
  if (connection.cut_off.has(command.holder)) return unchanged;
  if (connection.cut_off.size >= CUT_OFF_MAX) {
    return refuse('resource_exhausted', 'CUT_OFF_LIMIT', `connection ${connection.connection_id} is closed to ${CUT_OFF_MAX} grants, as many as may be: revoke the grant itself, or lift what is needed no more`);
  }
  return append({ type: 'GrantCutOff', ...who(command), holder: command.holder });
}

function reportServed(connection: ConnectionRecord, command: ReportServed): TokenDecision {
  const { slot, generation, served, least_remaining_ms } = command;
  // A token that this connection never had is a broken report, and no reason to stop.
  if (generation > connection.generation || !connection.slots.has(slot)) return unchanged;
  return append({ type: 'TokenServed', ...who(command), slot, generation, served, least_remaining_ms });
}

function living(connection: ConnectionRecord, { slot, generation }: { readonly slot: string; readonly generation: number }, nowMs: number): TokenRecord | undefined {
  const token = connection.status === 'active' ? servable(connection.slots.get(slot), nowMs) : undefined;
  return token?.generation === generation ? token : undefined;
}

/** Whether the grant has a token in its hands that would be served to others, or that its partner may still take. */
export function holdsAny({ holders }: ConnectionRecord, grantId: string, nowMs: number): boolean {
  return holders.some(({ grant_id, expires_at_ms }) => grant_id === grantId && expires_at_ms > nowMs);
}

function holdersFull(connection: ConnectionRecord, nowMs: number): TokenDecision | undefined {
  if (connection.holders.length < HOLDERS_MAX || connection.holders.some(({ expires_at_ms }) => expires_at_ms <= nowMs)) return undefined;
  return refuse('resource_exhausted', 'HOLDERS_LIMIT', `${HOLDERS_MAX} grants hold tokens of connection ${connection.connection_id}`);
}

function who({ tenant, connection_id, actor, grant_id, trace_id }: Handover) {
  return { tenant, connection_id, actor, grant_id, trace_id };
}

function ofToken(slot: string, { generation, fingerprint, expires_at_ms }: TokenRecord) {
  return { slot, generation, fingerprint, expires_at_ms };
}

function notForThat(connectionId: string, delivery: string): TokenDecision {
  return refuse('failed_precondition', 'DELIVERY_NOT_ALLOWED', `connection ${connectionId} was not registered with delivery ${delivery}`);
}

function ended(connectionId: string): TokenDecision {
  return refuse('unavailable', 'TOKEN_ENDED', `the token of connection ${connectionId} has ended meanwhile: ask again`, { retryAfterMs: 100 });
}
