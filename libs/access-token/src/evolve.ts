import { withTime } from './caps.js';
import { SLOTS_MAX } from './decide-mint.js';
import { accessDenied, grantBarLifted, grantBarred, grantCutOff, grantTokensEnded, tokenHeld, tokenUnwrapped, tokenWrapped } from './evolve-handover.js';
import type { ConnectionRegistered, MintFailed, MintStarted, TokenEvent, TokenMinted, TokenRejected, TokenRevoked } from './model.js';
import { isSpent, keyOf, mayLive, type ConnectionRecord, type ReplacedToken, type Slot, type TokenState } from './state.js';

/** Of one connection: refreshed as fast as the highest cap allows, those of a quarter of an hour. The oldest are forgotten. */
const REPLACED_MAX = 10_000;

interface At {
  readonly offset: number;
  readonly timeMs: number;
}

/** Folds one event into the state, in place. Every event here was valid when it was decided: nothing is judged again. */
export function evolve(state: TokenState, event: TokenEvent, { timeMs }: At): TokenState {
  if (event.type === 'ConnectionRegistered') {
    register(state, event, timeMs);
    return state;
  }
  if (event.type === 'GrantBarred' || event.type === 'GrantBarLifted') {
    if (event.type === 'GrantBarred') grantBarred(state, event);
    else grantBarLifted(state, event);
    return state;
  }
  const connection = existing(state, event);
  switch (event.type) {
    case 'SecretRotated':
      connection.secret_id = event.secret_id;
      connection.secret_version = event.secret_version;
      connection.binding = event.binding;
      endAll(connection, timeMs);
      forgetFailures(connection);
      break;
    case 'SecretRenewed':
      connection.secret_id = event.secret_id;
      // What failed, failed with the old one.
      forgetFailures(connection);
      break;
    case 'ConnectionSuspended':
      connection.status = 'suspended';
      for (const slot of connection.slots.values()) revoke(slot, connection.generation);
      connection.replaced = connection.replaced.map(revokedOf);
      connection.revoked_up_to = connection.generation;
      break;
    case 'ConnectionResumed':
      connection.status = 'active';
      break;
    case 'ConnectionRemoved':
      connection.status = 'removed';
      endAll(connection, timeMs);
      connection.handles.clear();
      connection.holders = [];
      connection.revoked_up_to = connection.generation;
      forgetFailures(connection);
      break;
    case 'BreakerReset':
      forgetFailures(connection);
      for (const slot of connection.slots.values()) slot.hold = null;
      break;
    case 'MintStarted':
      mintStarted(state, connection, event, timeMs);
      break;
    case 'TokenMinted':
      tokenMinted(connection, event, timeMs);
      break;
    case 'MintFailed':
      mintFailed(connection, event, timeMs);
      break;
    case 'MintRefused':
      if (event.cap === 'connection') connection.capped_until_ms = event.retry_at_ms;
      else state.capped_until_ms = event.retry_at_ms;
      break;
    case 'TokenRejected':
      tokenRejected(connection, event);
      break;
    case 'TokenRevoked':
      tokenRevoked(connection, event);
      break;
    case 'TokenWrapped':
      tokenWrapped(connection, event, timeMs);
      break;
    case 'TokenUnwrapped':
      tokenUnwrapped(connection, event, timeMs);
      break;
    case 'TokenRevealed':
      tokenHeld(connection, event, timeMs);
      break;
    case 'GrantCutOff':
      grantCutOff(connection, event);
      break;
    case 'GrantCutOffLifted':
      connection.cut_off.delete(event.holder);
      break;
    case 'GrantTokensEnded':
      grantTokensEnded(connection, event);
      break;
    case 'TokenServed':
      slotOf(connection, event.slot).used_at_ms = timeMs;
      break;
    case 'AccessDenied':
      accessDenied(connection, event);
      break;
  }
  return state;
}

function register(state: TokenState, event: ConnectionRegistered, timeMs: number): void {
  const { tenant, connection_id, settings, secret_id, secret_version, binding } = event;
  const former = state.connections.get(keyOf(tenant, connection_id));
  state.connections.set(keyOf(tenant, connection_id), {
    tenant, connection_id, settings, status: 'active', secret_id, secret_version, binding, registered_by: event.actor, registered_at_ms: timeMs,
    generation: former?.generation ?? 0, failures: 0, last_failure: null, failing_days: 0, last_failing_day: 0,
    mints: former?.mints ?? [], capped_until_ms: former?.capped_until_ms ?? 0, slots: new Map(), replaced: former?.replaced ?? [],
    revoked_up_to: former?.generation ?? 0, handles: new Map(), holders: [], cut_off: former?.cut_off ?? new Set(),
  });
}

function mintStarted(state: TokenState, connection: ConnectionRecord, event: MintStarted, timeMs: number): void {
  connection.mints = withTime(connection.mints, timeMs);
  state.mints = withTime(state.mints, timeMs);
  let slot = connection.slots.get(event.slot);
  if (slot === undefined) {
    if (connection.slots.size >= SLOTS_MAX) forgetSpent(connection, timeMs);
    slot = { token: null, minting: null, used_at_ms: 0, hold: null };
    connection.slots.set(event.slot, slot);
  }
  const { mint_id, owner, attempt, reason, after_rejection } = event;
  // A refresh is somebody's wish, but that of a start: nobody may want the token any more.
  if (reason !== 'warm_up') slot.used_at_ms = timeMs;
  slot.minting = { mint_id, owner, attempt, reason, after_rejection, started_at_ms: timeMs };
}

function tokenMinted(connection: ConnectionRecord, event: TokenMinted, timeMs: number): void {
  const { generation, mint_id, fingerprint, soft_at_ms, hard_at_ms, expires_at_ms } = event;
  const slot = slotOf(connection, event.slot);
  replace(connection, event.slot, slot, timeMs);
  slot.token = {
    generation, mint_id, fingerprint, minted_at_ms: timeMs, soft_at_ms, hard_at_ms, expires_at_ms,
    after_rejection: slot.minting?.after_rejection ?? false, ended_by: null,
  };
  slot.minting = null;
  slot.hold = null;
  connection.generation = generation;
  if (event.renewed_secret_id !== null) connection.secret_id = event.renewed_secret_id;
  forgetFailures(connection);
}

function mintFailed(connection: ConnectionRecord, event: MintFailed, timeMs: number): void {
  const slot = slotOf(connection, event.slot);
  slot.minting = null;
  // A subject whose grant is over says nothing about the connection: the others go on.
  if (event.slot !== '' && event.code === 'invalid_grant') {
    slot.hold = { cause: 'refused', until_ms: event.retry_at_ms };
    return;
  }
  const { class: failureClass, code, status, retry_at_ms } = event;
  connection.failures += 1;
  connection.last_failure = { class: failureClass, code, status, at_ms: timeMs, retry_at_ms };
  const day = Math.floor(timeMs / 86_400_000);
  if (day !== connection.last_failing_day) connection.failing_days += 1;
  connection.last_failing_day = day;
}

function tokenRejected(connection: ConnectionRecord, event: TokenRejected): void {
  const slot = slotOf(connection, event.slot);
  if (slot.token !== null) slot.token = { ...slot.token, ended_by: 'rejection' };
  if (event.retry_at_ms !== null) slot.hold = { cause: 'rejected', until_ms: event.retry_at_ms };
}

function tokenRevoked(connection: ConnectionRecord, event: TokenRevoked): void {
  connection.revoked_up_to = Math.max(connection.revoked_up_to, event.generation);
  const isMeant = (slot: string): boolean => event.slot === null || event.slot === slot;
  // The slot of a token that was replaced may be gone.
  for (const [name, slot] of connection.slots) if (isMeant(name)) revoke(slot, event.generation);
  connection.replaced = connection.replaced.map((token) => (isMeant(token.slot) && token.generation <= event.generation ? revokedOf(token) : token));
}

function revokedOf(token: ReplacedToken): ReplacedToken {
  return { ...token, ended_by: 'revocation' };
}

/** Of a former secret, or of a connection that is no more. */
function endAll(connection: ConnectionRecord, nowMs: number): void {
  for (const [name, slot] of connection.slots) replace(connection, name, slot, nowMs);
  connection.slots.clear();
  connection.replaced = connection.replaced.map(revokedOf);
}

/** The slot's token is about to be another one, or none: it is remembered until its end, so that it can be told by its value. */
function replace(connection: ConnectionRecord, slot: string, { token }: Slot, nowMs: number): void {
  if (token === null) return;
  const { generation, mint_id, fingerprint, expires_at_ms, ended_by } = token;
  const all = [...connection.replaced, { slot, generation, mint_id, fingerprint, expires_at_ms, ended_by }];
  connection.replaced = all.filter((one) => mayLive(one, nowMs)).slice(-REPLACED_MAX);
}

function revoke(slot: Slot, generation: number): void {
  if (slot.token !== null && slot.token.generation <= generation) slot.token = { ...slot.token, ended_by: 'revocation' };
  slot.minting = null;
}

function forgetFailures(connection: ConnectionRecord): void {
  connection.failures = 0;
  connection.last_failure = null;
  connection.failing_days = 0;
  connection.last_failing_day = 0;
}

function forgetSpent(connection: ConnectionRecord, nowMs: number): void {
  for (const [name, slot] of connection.slots) if (isSpent(slot, nowMs)) connection.slots.delete(name);
}

function slotOf(connection: ConnectionRecord, name: string): Slot {
  const slot = connection.slots.get(name);
  if (slot === undefined) throw new Error(`token event about a slot of connection ${connection.connection_id} that no earlier event made`);
  return slot;
}

function existing(state: TokenState, { tenant, connection_id }: { readonly tenant: string; readonly connection_id: string }): ConnectionRecord {
  const connection = state.connections.get(keyOf(tenant, connection_id));
  if (connection === undefined) throw new Error(`token event about connection ${connection_id}, which no earlier event made`);
  return connection;
}
