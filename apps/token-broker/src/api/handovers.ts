import type { ConnectionRecord } from '#access-token';
import type { token } from '#contracts';
import type { ServedToken } from '../cache/token-cache.js';
import type { Caller } from './caller.js';
import type { Wanted } from './token-desk.js';

/** How a token gets to those who may not simply have it. Runs on the owner of the connection's partition, but for `connectionOf`. */
export interface Handovers {
  /** The fields that the answer gets: a token that the log knows to be shown, a single-use handle, or a stand-in. */
  handOver(delivery: 'REVEAL' | 'WRAP' | 'STAND_IN', wanted: Wanted, served: ServedToken, caller: Caller): Promise<Pick<token.GetTokenResponse, 'token' | 'handle' | 'standIn'>>;
  /** The connection that a handle is of. Throws a DocketError for what is no handle. */
  connectionOf(handle: string): string;
  /** The token behind a handle, once. */
  unwrap(connection: ConnectionRecord, handle: string, caller: Caller): Promise<token.UnwrapResponse>;
  /** Resolves if the connection's token may take the stand-in's place for the grant of `caller.cause`; rejects with permission_denied. Runs on any node. */
  assertStandIn(standIn: string, connection: ConnectionRecord, caller: Caller): Promise<void>;
  /** Ends what was handed to a grant of one connection, and closes that to it. Resolves to whether it was open. */
  cutOff(connection: ConnectionRecord, grantId: string, caller: Caller): Promise<boolean>;
}
