import { PERMANENT_RETRY_MS, backOffMs } from './back-off.js';
import { cappedUntilMs } from './caps.js';
import type { BeginMint, FailMint, FinishMint } from './commands.js';
import { refusedGrant } from './decide-handover.js';
import { answer, append, refuse, type TokenDecision } from './decision.js';
import { LIFETIME_MIN_MS, marginsOf } from './margins.js';
import type { FailureClass, MintReason } from './model.js';
import type { TokenSettings } from './settings.js';
import { isSpent, servable, viewOf, type ConnectionRecord, type Slot, type TokenRecord, type TokenState, type UnfinishedMint } from './state.js';

/** A mint is given up after 10 s; what is older was lost with its process. */
export const MINT_UNFINISHED_MS = 15_000;
/** Subjects of one connection with tokens at a time. */
export const SLOTS_MAX = 1_000;

/**
 * Whether a new token is needed and may be minted. The order matters: a current token answers whatever else is wrong, a
 * mint under way is joined before limits are looked at, and nothing is recorded for a caller that must only wait.
 */
export function beginMint(settings: TokenSettings, state: TokenState, connection: ConnectionRecord, command: BeginMint, nowMs: number): TokenDecision {
  const { connection_id } = command;
  if (connection.status === 'suspended') return refuse('failed_precondition', 'CONNECTION_SUSPENDED', `connection ${connection_id} is suspended`);
  const barred = refusedGrant(connection, command.grant_id);
  if (barred) return barred;
  const slot = connection.slots.get(command.slot);
  const current = servable(slot, nowMs);
  // Compare and swap: a token newer than the one the caller knows will do, and so will one that is not due yet.
  if (current && !isTooShort(current, command.min_ttl_ms ?? 0, nowMs) && (command.known_generation === null || current.generation > command.known_generation || nowMs < current.soft_at_ms)) {
    return answer({ kind: 'token', token: viewOf(current), now_ms: nowMs, renewed_secret_id: null });
  }
  const unfinished = slot?.minting ?? null;
  const joined = unfinished && join(connection, unfinished, command, nowMs);
  if (joined) return joined;
  return heldBack(connection, slot, nowMs)
    ?? tooManySlots(connection, command, nowMs)
    ?? capped(settings, state, connection, command, nowMs)
    ?? startMint(connection, slot, command);
}

function isTooShort({ minted_at_ms, expires_at_ms }: TokenRecord, minTtlMs: number, nowMs: number): boolean {
  return expires_at_ms - nowMs < Math.min(minTtlMs, (expires_at_ms - minted_at_ms) / 2);
}

/** What an unfinished mint means for one that would begin; undefined if that may begin. */
function join(connection: ConnectionRecord, unfinished: UnfinishedMint, command: BeginMint, nowMs: number): TokenDecision | undefined {
  const { mint_id, owner, attempt, started_at_ms } = unfinished;
  // The command was repeated because its first answer was lost.
  if (mint_id === command.mint_id) return answer({ kind: 'mint', mint_id, secret_id: connection.secret_id, binding: connection.binding, attempt, reason: unfinished.reason });
  const remainingMs = started_at_ms + MINT_UNFINISHED_MS - nowMs;
  if (remainingMs <= 0) return undefined;
  if (owner === command.owner) return answer({ kind: 'minting', mint_id });
  // A former owner's mint is repeated at once, but once: partners may kill a token with each mint.
  if (attempt === 1) return undefined;
  return refuse('unavailable', 'MINT_INTERRUPTED', `mints of connection ${command.connection_id} were interrupted twice`, { retryAfterMs: remainingMs });
}

function heldBack(connection: ConnectionRecord, slot: Slot | undefined, nowMs: number): TokenDecision | undefined {
  const { connection_id, last_failure } = connection;
  if (slot?.hold && nowMs < slot.hold.until_ms) {
    const retryAfterMs = slot.hold.until_ms - nowMs;
    return slot.hold.cause === 'rejected'
      ? refuse('failed_precondition', 'TOKEN_REJECTED', `the partner of connection ${connection_id} rejects tokens that it has just issued`, { retryAfterMs })
      : refuse('failed_precondition', 'SUBJECT_REFUSED', `the issuer of connection ${connection_id} refuses this subject`, { retryAfterMs });
  }
  if (last_failure === null || nowMs >= last_failure.retry_at_ms) return undefined;
  return issuerError(connection_id, last_failure, last_failure.retry_at_ms - nowMs);
}

/** What callers are told between two tries: at once, with the last failure and when the next try is. */
function issuerError(connectionId: string, failure: { class: FailureClass; code: string; status: number }, retryAfterMs: number): TokenDecision {
  const metadata = { code: failure.code, status: String(failure.status) };
  return failure.class === 'permanent'
    ? refuse('failed_precondition', 'CONNECTION_BROKEN', `the issuer of connection ${connectionId} refuses its credentials: ${failure.code}`, { retryAfterMs, metadata })
    : refuse('unavailable', 'ISSUER_UNAVAILABLE', `the issuer of connection ${connectionId} gave no token: ${failure.code}`, { retryAfterMs, metadata });
}

function tooManySlots(connection: ConnectionRecord, command: BeginMint, nowMs: number): TokenDecision | undefined {
  if (connection.slots.size < SLOTS_MAX || connection.slots.has(command.slot)) return undefined;
  const live = [...connection.slots.values()].filter((slot) => !isSpent(slot, nowMs)).length;
  return live < SLOTS_MAX ? undefined
    : refuse('resource_exhausted', 'SUBJECTS_LIMIT', `connection ${connection.connection_id} has tokens for ${live} subjects, at most ${SLOTS_MAX}`);
}

function capped(settings: TokenSettings, state: TokenState, connection: ConnectionRecord, command: BeginMint, nowMs: number): TokenDecision | undefined {
  return cappedBy('connection', connection, connection.settings.mints_per_minute_max, command, nowMs)
    ?? cappedBy('global', state, settings.mintsPerMinuteMax - (command.mints_elsewhere ?? 0), command, nowMs);
}

function cappedBy(
  cap: 'connection' | 'global', counted: { readonly mints: readonly number[]; readonly capped_until_ms: number }, max: number, command: BeginMint, nowMs: number,
): TokenDecision | undefined {
  const untilMs = cappedUntilMs(counted.mints, max, nowMs);
  if (untilMs === undefined) return undefined;
  const { tenant, connection_id, actor, grant_id, trace_id, slot } = command;
  // The first one refused is an event, those that follow until the cap opens are not.
  if (nowMs >= counted.capped_until_ms) return append({ type: 'MintRefused', tenant, connection_id, actor, grant_id, trace_id, slot, cap, retry_at_ms: untilMs });
  return refuse('resource_exhausted', 'MINT_CAP', `connection ${connection_id}: ${max} mints in a minute, as many as ${cap === 'global' ? 'all connections' : 'it'} may have`, { retryAfterMs: untilMs - nowMs });
}

function startMint(connection: ConnectionRecord, slot: Slot | undefined, command: BeginMint): TokenDecision {
  const { tenant, connection_id, actor, grant_id, trace_id, mint_id, owner } = command;
  const interrupted = slot?.minting;
  return append({
    type: 'MintStarted', tenant, connection_id, actor, grant_id, trace_id, slot: command.slot, mint_id, owner,
    attempt: interrupted?.attempt === 1 && interrupted.owner !== owner ? 2 : 1,
    reason: reasonOf(slot, command), after_rejection: slot?.token?.ended_by === 'rejection',
    secret_id: connection.secret_id, binding: connection.binding,
  });
}

/** Who asks knows that his token has ended, not always how: the log does. */
function reasonOf(slot: Slot | undefined, { reason }: BeginMint): MintReason {
  if (reason === 'warm_up') return reason;
  if (slot?.token?.ended_by === 'rejection') return 'rejected';
  if (reason !== 'rejected') return reason;
  return slot?.token?.ended_by === null ? 'hard' : 'missing';
}

/** Publishes a token, if its mint is still the one under way: revocation, rotation and a newer mint end it. */
export function finishMint(connection: ConnectionRecord, command: FinishMint, nowMs: number): TokenDecision {
  const { tenant, connection_id, actor, grant_id, trace_id, mint_id, fingerprint, elapsed_ms, renewed_secret_id } = command;
  const slot = connection.slots.get(command.slot);
  const current = slot?.token;
  // Repeated because its first answer was lost.
  if (current?.mint_id === mint_id && current.ended_by === null) return answer({ kind: 'token', token: viewOf(current), now_ms: nowMs, renewed_secret_id });
  if (slot?.minting?.mint_id !== mint_id) return answer({ kind: 'discarded' });
  if (current && current.ended_by !== null && current.fingerprint === fingerprint) {
    return failed(connection, { ...command, class: 'permanent', code: 'same_token', status: 200, retry_after_ms: null }, nowMs);
  }
  const remainingMs = command.lifetime_ms - elapsed_ms;
  if (remainingMs < LIFETIME_MIN_MS) {
    return failed(connection, { ...command, class: 'transient', code: 'expired_token', status: 200, retry_after_ms: null }, nowMs);
  }
  const refreshInMs = command.refresh_in_ms === null ? null : command.refresh_in_ms - elapsed_ms;
  const { softMs, hardMs } = marginsOf(remainingMs, command.random, refreshInMs);
  // The issuer hands out the same token until its end: asking again before that brings nothing.
  const isSame = current?.fingerprint === fingerprint && nowMs + remainingMs <= current.expires_at_ms + LIFETIME_MIN_MS;
  return append({
    type: 'TokenMinted', tenant, connection_id, actor, grant_id, trace_id, slot: command.slot, mint_id, generation: connection.generation + 1, fingerprint,
    soft_at_ms: nowMs + (isSame ? hardMs : softMs), hard_at_ms: nowMs + hardMs, expires_at_ms: nowMs + remainingMs, renewed_secret_id, took_ms: elapsed_ms,
  });
}

export function failMint(connection: ConnectionRecord, command: FailMint, nowMs: number): TokenDecision {
  const slot = connection.slots.get(command.slot);
  return slot?.minting?.mint_id === command.mint_id ? failed(connection, command, nowMs) : answer({ kind: 'discarded' });
}

function failed(connection: ConnectionRecord, failure: Omit<FailMint, 'type'>, nowMs: number): TokenDecision {
  const { tenant, connection_id, actor, grant_id, trace_id, slot, mint_id, code, status, random, retry_after_ms, elapsed_ms } = failure;
  const delayMs = failure.class === 'permanent' ? PERMANENT_RETRY_MS : backOffMs(connection.failures + 1, random, retry_after_ms);
  return append({ type: 'MintFailed', tenant, connection_id, actor, grant_id, trace_id, slot, mint_id, class: failure.class, code, status, retry_at_ms: nowMs + delayMs, took_ms: elapsed_ms });
}
