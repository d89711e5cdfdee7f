import { HOLDERS_MAX } from './decide-handover.js';
import type { AccessDenied, GrantBarLifted, GrantBarred, GrantCutOff, GrantTokensEnded, TokenRevealed, TokenUnwrapped, TokenWrapped } from './model.js';
import { isHandleSpent, type ConnectionRecord, type TokenState } from './state.js';

export function tokenWrapped(connection: ConnectionRecord, event: TokenWrapped, nowMs: number): void {
  for (const [name, handle] of connection.handles) if (isHandleSpent(handle, nowMs)) connection.handles.delete(name);
  const { slot, generation, grant_id, handle_expires_at_ms } = event;
  connection.handles.set(event.handle, { slot, generation, grant_id, handle_expires_at_ms, use_id: null, denials: 0 });
}

export function tokenUnwrapped(connection: ConnectionRecord, event: TokenUnwrapped, nowMs: number): void {
  const handle = connection.handles.get(event.handle);
  if (handle) connection.handles.set(event.handle, { ...handle, use_id: event.use_id, generation: event.generation });
  tokenHeld(connection, event, nowMs);
}

/** Somebody outside has the token now: known by his grant, so that it can be ended with that. */
export function tokenHeld(connection: ConnectionRecord, { grant_id, slot, generation, expires_at_ms }: TokenUnwrapped | TokenRevealed, nowMs: number): void {
  if (grant_id === '') return;
  const others = connection.holders.filter((holder) => holder.expires_at_ms > nowMs && !(holder.grant_id === grant_id && holder.slot === slot));
  connection.holders = [...others, { grant_id, slot, generation, expires_at_ms }].slice(-HOLDERS_MAX);
}

export function accessDenied(connection: ConnectionRecord, event: AccessDenied): void {
  const handle = event.handle === null ? undefined : connection.handles.get(event.handle);
  if (handle) handle.denials += 1;
}

export function grantCutOff(connection: ConnectionRecord, event: GrantCutOff): void {
  connection.cut_off.add(event.holder);
  grantTokensEnded(connection, event);
}

/** What the grant holds has ended, for everybody: the partner cannot tell who shows a token. */
export function grantTokensEnded(connection: ConnectionRecord, { holder }: Pick<GrantTokensEnded, 'holder'>): void {
  for (const held of connection.holders) {
    if (held.grant_id !== holder) continue;
    connection.replaced = connection.replaced.map((token) => (token.slot === held.slot && token.generation === held.generation ? { ...token, ended_by: 'revocation' } : token));
    const slot = connection.slots.get(held.slot);
    if (slot?.token && slot.token.generation <= held.generation) slot.token = { ...slot.token, ended_by: 'revocation' };
  }
  connection.holders = connection.holders.filter(({ grant_id }) => grant_id !== holder);
}

export function grantBarred({ barred }: TokenState, { tenant, holder }: GrantBarred): void {
  const known = barred.get(tenant);
  if (known) known.add(holder);
  else barred.set(tenant, new Set([holder]));
}

export function grantBarLifted({ barred }: TokenState, { tenant, holder }: GrantBarLifted): void {
  const known = barred.get(tenant);
  known?.delete(holder);
  if (known?.size === 0) barred.delete(tenant);
}
