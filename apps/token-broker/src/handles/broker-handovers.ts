import type { ConnectionRecord, TokenCommand, TokenReply } from '#access-token';
import { durationOf, type token } from '#contracts';
import { DocketError } from '#errors';
import type { Runtime } from '#ledger';
import type { Caller } from '../api/caller.js';
import type { Handovers } from '../api/handovers.js';
import type { Wanted } from '../api/token-desk.js';
import { headerOf } from '../api/token.mapping.js';
import type { ServedToken } from '../cache/token-cache.js';
import { unpackToken } from '../minting/stored-token.js';
import type { StandIns } from '../stand-ins/stand-ins.js';
import type { TokenVault } from '../vault/token-vault.js';
import { connectionOfHandle, hashOf, newHandle } from './handle.js';

export interface BrokerHandoversOptions {
  /** To the ledger of the connection's partition, which this node owns. */
  readonly submit: (connectionId: string, command: TokenCommand, caller: Caller) => Promise<TokenReply>;
  readonly vault: Pick<TokenVault, 'get'>;
  readonly standIns: StandIns;
  /** Rejects, or throws, where a grant may not have tokens. */
  readonly assertGrant: (tenant: string, grantId: string) => Promise<void> | undefined;
  readonly runtime: Pick<Runtime, 'wallMs' | 'randomHex'>;
}

/** A handle is for passing on at once. */
const HANDLE_TTL_MS = 60_000;

/** Tokens for those who may not simply have them: each hand-over is in the log before it is in anybody's hand. */
export class BrokerHandovers implements Handovers {
  readonly #o: BrokerHandoversOptions;

  constructor(options: BrokerHandoversOptions) {
    this.#o = options;
  }

  async handOver(delivery: 'REVEAL' | 'WRAP' | 'STAND_IN', { connection, slot }: Wanted, served: ServedToken, caller: Caller): Promise<Pick<token.GetTokenResponse, 'token' | 'handle' | 'standIn'>> {
    const { connection_id: connectionId } = connection;
    const named = { ...whoOf(connection, caller), slot, generation: served.generation };
    if (delivery === 'STAND_IN') {
      if (slot !== '') throw new DocketError('invalid_argument', { reason: 'INVALID_REQUEST', message: 'there are no stand-ins for exchanged tokens', violations: [{ field: 'delivery', description: 'expected another one for a connection that exchanges tokens' }] });
      const of = { generation: served.generation, expiresAtMs: this.#o.runtime.wallMs() + served.expiresInMs };
      return { standIn: await this.#o.standIns.issue(connection, of, caller.cause.grant_id) };
    }
    if (delivery === 'REVEAL') {
      await this.#o.submit(connectionId, { type: 'RevealToken', ...named }, caller);
      return { token: served.token.reveal() };
    }
    const handle = newHandle(connectionId, (bytes) => this.#o.runtime.randomHex(bytes));
    await this.#o.submit(connectionId, { type: 'WrapToken', ...named, handle: hashOf(handle), ttl_ms: HANDLE_TTL_MS }, caller);
    return { handle };
  }

  connectionOf(handle: string): string {
    return connectionOfHandle(handle);
  }

  async unwrap(connection: ConnectionRecord, handle: string, caller: Caller): Promise<token.UnwrapResponse> {
    const { tenant, connection_id: connectionId } = connection;
    // A handle is good for no longer than the grant that it was made for.
    await this.#o.assertGrant(tenant, connection.handles.get(hashOf(handle))?.grant_id ?? '');
    const reply = await this.#o.submit(connectionId, { type: 'UnwrapToken', ...whoOf(connection, caller), handle: hashOf(handle), use_id: this.#o.runtime.randomHex(16) }, caller);
    if (reply.kind !== 'unwrapped') {
      throw new DocketError('permission_denied', { reason: reply.kind === 'denied' ? reply.reason : 'HANDLE_UNKNOWN', message: 'the handle is worth nothing any more: it was taken, is over, or its token has ended', metadata: { recorded: 'true' } });
    }
    const packed = await this.#o.vault.get({ tenant, connectionId, kind: 'token', version: reply.mint_id });
    const stored = packed && unpackToken(packed);
    if (!stored) throw new DocketError('unavailable', { reason: 'TOKEN_LOST', message: `the token of connection ${connectionId} is not in the vault`, retryAfterMs: 100 });
    return { token: stored.token.reveal(), connectionId, generation: reply.generation, expiresIn: durationOf(reply.expires_at_ms - reply.now_ms), ...headerOf(connection) };
  }

  assertStandIn(standIn: string, connection: ConnectionRecord, { cause }: Caller): Promise<void> {
    return this.#o.standIns.assertGood(standIn, connection, cause.grant_id);
  }

  async cutOff(connection: ConnectionRecord, grantId: string, caller: Caller): Promise<boolean> {
    const reply = await this.#o.submit(connection.connection_id, { type: 'CutOffGrant', ...whoOf(connection, caller), holder: grantId }, caller);
    return reply.kind === 'done' && !reply.unchanged;
  }
}

function whoOf({ tenant, connection_id }: ConnectionRecord, { cause: { actor, grant_id, trace_id } }: Caller) {
  return { tenant, connection_id, actor, grant_id, trace_id };
}
