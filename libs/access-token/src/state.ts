import type { TokenView } from './commands.js';
import type { ConnectionSettings, FailureClass, MintReason } from './model.js';

export interface TokenRecord extends TokenView {
  /** Minted because the one before it was rejected: if this one is rejected soon too, another one would not help. */
  readonly after_rejection: boolean;
  /** Never served again, whatever its times say. */
  readonly ended_by: 'rejection' | 'revocation' | null;
}

export interface UnfinishedMint {
  readonly mint_id: string;
  readonly owner: string;
  readonly attempt: number;
  readonly reason: MintReason;
  readonly after_rejection: boolean;
  readonly started_at_ms: number;
}

/** A token that another one has taken the place of: served to nobody any more, and good at its partner for all that is known here. */
export interface ReplacedToken {
  readonly slot: string;
  readonly generation: number;
  readonly mint_id: string;
  readonly fingerprint: string;
  readonly expires_at_ms: number;
  readonly ended_by: 'rejection' | 'revocation' | null;
}

/** One token's place: the connection's own, or that of one subject it exchanges tokens for. */
export interface Slot {
  token: TokenRecord | null;
  minting: UnfinishedMint | null;
  /** When somebody wanted it last, as far as the log knows: 0 if never. */
  used_at_ms: number;
  /** No mint before it, for a reason that concerns this slot alone. */
  hold: { readonly cause: 'rejected' | 'refused'; readonly until_ms: number } | null;
}

export interface LastFailure {
  readonly class: FailureClass;
  readonly code: string;
  readonly status: number;
  readonly at_ms: number;
  readonly retry_at_ms: number;
}

/** A single-use handle, by the hash of its text. */
export interface HandleRecord {
  readonly slot: string;
  /** The token that it was made for; once it was taken, the one that it brought. */
  readonly generation: number;
  readonly grant_id: string;
  readonly handle_expires_at_ms: number;
  /** Of the request that took it; null: nobody has. */
  use_id: string | null;
  /** How often the log says that somebody tried it in vain. */
  denials: number;
}

/** A grant that was handed a token in clear. */
export interface Holder {
  readonly grant_id: string;
  readonly slot: string;
  readonly generation: number;
  readonly expires_at_ms: number;
}

export interface ConnectionRecord {
  readonly tenant: string;
  readonly connection_id: string;
  settings: ConnectionSettings;
  status: 'active' | 'suspended' | 'removed';
  secret_id: string;
  secret_version: number;
  binding: string;
  registered_by: string;
  registered_at_ms: number;
  /** Of the newest token, over all slots and for ever: never given twice. */
  generation: number;
  /** Transient failures since the last success. */
  failures: number;
  /** null since the last success, secret change or reset. A permanent one is an open breaker. */
  last_failure: LastFailure | null;
  /** Days with a failure and no success since: a burst counts once. */
  failing_days: number;
  last_failing_day: number;
  /** When mints of the last minute began, oldest first. */
  mints: number[];
  capped_until_ms: number;
  slots: Map<string, Slot>;
  /** Oldest first, until their ends. */
  replaced: ReplacedToken[];
  /** Stand-ins made for this generation or one before it are worth nothing. */
  revoked_up_to: number;
  handles: Map<string, HandleRecord>;
  holders: Holder[];
  /** Grants that get nothing of it any more. */
  cut_off: Set<string>;
}

export interface TokenState {
  readonly connections: Map<string, ConnectionRecord>;
  /** When mints of the last minute began, of all connections of the partition. */
  mints: number[];
  capped_until_ms: number;
  /** By tenant: grants that get nothing of any connection. Those whose ids belong to this partition. */
  readonly barred: Map<string, Set<string>>;
}

export function initialTokenState(): TokenState {
  return { connections: new Map(), mints: [], capped_until_ms: 0, barred: new Map() };
}

/** Whether the tenant's grant gets nothing of any connection; asked of the partition of the grant's id. */
export function isBarred({ barred }: TokenState, tenant: string, grantId: string): boolean {
  return barred.get(tenant)?.has(grantId) ?? false;
}

/** Tenant and connection ids have no slash, so no two pairs have the same key. */
export function keyOf(tenant: string, connectionId: string): string {
  return `${tenant}/${connectionId}`;
}

/** A tenant's connection, also a removed one; another tenant's is as good as none. */
export function findConnection(state: TokenState, tenant: string, connectionId: string): ConnectionRecord | undefined {
  return state.connections.get(keyOf(tenant, connectionId));
}

/** The slot's token if it may be served at `nowMs`. */
export function servable(slot: Slot | undefined, nowMs: number): TokenRecord | undefined {
  const token = slot?.token;
  return token && token.ended_by === null && nowMs < token.hard_at_ms ? token : undefined;
}

/** For so long after its end a handle is remembered, so that whoever tries it is told why it is worth nothing. */
const HANDLE_REMEMBERED_MS = 600_000;

export function isHandleSpent(handle: HandleRecord, nowMs: number): boolean {
  return nowMs >= handle.handle_expires_at_ms + HANDLE_REMEMBERED_MS;
}

/** Clocks differ, and partners are generous. */
const GRACE_MS = 60_000;

/** Its partner may still take it, for all that is known here. */
export function mayLive({ expires_at_ms }: Pick<ReplacedToken, 'expires_at_ms'>, nowMs: number): boolean {
  return nowMs < expires_at_ms + GRACE_MS;
}

/** The connection's tokens that may still be good at its partner, the present ones and those that were replaced: newest first. */
export function livingTokens({ slots, replaced }: ConnectionRecord, nowMs: number): ReplacedToken[] {
  const present = [...slots].flatMap(([slot, { token }]) => (token ? [{ slot, ...token }] : []));
  return [...replaced, ...present].filter((token) => mayLive(token, nowMs)).sort((a, b) => b.generation - a.generation);
}

/** Nothing of it is needed any more. */
export function isSpent(slot: Slot, nowMs: number): boolean {
  return slot.minting === null && (slot.token === null || slot.token.expires_at_ms <= nowMs) && (slot.hold === null || slot.hold.until_ms <= nowMs);
}

export function viewOf(token: TokenRecord): TokenView {
  const { generation, mint_id, fingerprint, minted_at_ms, soft_at_ms, hard_at_ms, expires_at_ms } = token;
  return { generation, mint_id, fingerprint, minted_at_ms, soft_at_ms, hard_at_ms, expires_at_ms };
}
