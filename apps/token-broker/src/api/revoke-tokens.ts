import type { ConnectionRecord } from '#access-token';
import type { token } from '#contracts';
import { DocketError } from '#errors';
import { Secret } from '#platform';
import { noSuchConnection, type TokenNode } from '../node/token-node.js';
import type { TokenVault } from '../vault/token-vault.js';
import type { Caller } from './caller.js';
import type { Handovers } from './handovers.js';
import type { TokenDesk } from './token-desk.js';
import { invalid } from './token.mapping.js';

export interface RevokeOptions {
  readonly node: Pick<TokenNode, 'find' | 'list' | 'isHere' | 'submit' | 'handOn'>;
  readonly desk: Pick<TokenDesk, 'end'>;
  readonly handovers: Pick<Handovers, 'cutOff'>;
  readonly vault: Pick<TokenVault, 'tokenFingerprint'>;
}

const TOKEN_CHARS_MAX = 16_384;
/** At a time: revoking a tenant's tokens must not starve everybody else. */
const AT_ONCE = 16;

/**
 * Ends tokens: of one connection, of a grant, the one that is named itself, or all of the tenant. The event is the
 * revocation: it is durable when this resolves, and every node stops serving as it hears of it; this one at once.
 */
export async function revokeTokens(o: RevokeOptions, request: token.RevokeTokenRequest__Output, caller: Caller): Promise<token.RevokeTokenResponse> {
  const { connectionId, generation, grantId, token: value, all } = request;
  const named = [connectionId !== '' || grantId !== '', value !== '', all].filter(Boolean).length;
  if (named !== 1) throw invalid('connection_id', 'expected exactly one of connection_id, grant_id, token and all (connection_id and grant_id may go together)');
  if (generation < 0 || generation > 0 && connectionId === '') throw invalid('generation', 'expected 0, or with connection_id the generation of a token');
  const tenant = caller.identity.organisation;
  if (connectionId !== '') {
    const isRevoked = grantId === '' ? await revokeOne(o, connectionId, null, generation, caller) : await cutOff(o, connectionId, grantId, caller);
    return { connectionIds: isRevoked ? [connectionId] : [] };
  }
  const connections = o.node.list(tenant);
  if (value !== '') return { connectionIds: await revokeByValue(o, connections, value, caller) };
  const revoked = await eachOf(connections, ({ connection_id: id }) => (grantId === '' ? revokeOne(o, id, null, 0, caller) : cutOff(o, id, grantId, caller)).catch(unlessGone));
  return { connectionIds: revoked.map(({ connection_id: id }) => id) };
}

async function cutOff(o: RevokeOptions, connectionId: string, grantId: string, caller: Caller): Promise<boolean> {
  if (!o.node.isHere(connectionId)) {
    return (await o.node.handOn<token.RevokeTokenResponse__Output>(connectionId, 'token', 'RevokeToken', { connectionId, grantId }, caller.onward)).connectionIds.includes(connectionId);
  }
  const connection = o.node.find(caller.identity.organisation, connectionId);
  if (connection === undefined) throw noSuchConnection();
  const isCut = await o.handovers.cutOff(connection, grantId, caller);
  for (const [slot, { token: held }] of o.node.find(caller.identity.organisation, connectionId)?.slots ?? []) {
    if (held && held.ended_by !== null) endHere(o, connection, slot, held.generation);
  }
  return isCut;
}

/**
 * What this node serves from, after the log has the event: never before it, or a crash would bring the token back. The call fails
 * if this cannot be done: who revokes must not believe that it is.
 */
function endHere(o: RevokeOptions, connection: ConnectionRecord, slot: string | null, generation: number): void {
  try {
    o.desk.end(connection, slot, generation);
  } catch {
    throw new DocketError('unavailable', {
      reason: 'REVOCATION_NOT_IN_FORCE', message: `the revocation for connection ${connection.connection_id} is in the log, but this node could not stop serving: repeat it, or stop the node`, retryAfterMs: 100,
    });
  }
}

/** Removed meanwhile: nothing is left of it. */
function unlessGone(error: unknown): boolean {
  if (error instanceof DocketError && error.kind === 'not_found') return false;
  throw error;
}

async function revokeOne(o: RevokeOptions, connectionId: string, slot: string | null, generation: number, caller: Caller): Promise<boolean> {
  const tenant = caller.identity.organisation;
  let isRevoked: boolean;
  if (o.node.isHere(connectionId)) {
    const connection = o.node.find(tenant, connectionId);
    if (connection === undefined) throw noSuchConnection();
    const reply = await o.node.submit(connectionId, {
      type: 'RevokeToken', tenant, connection_id: connectionId, ...caller.cause, slot, generation: generation === 0 ? null : Math.min(generation, Math.max(1, connection.generation)),
    }, caller.onward);
    isRevoked = reply.kind === 'done' && !reply.unchanged;
  } else {
    const answer = await o.node.handOn<token.RevokeTokenResponse__Output>(connectionId, 'token', 'RevokeToken', { connectionId, generation }, caller.onward);
    isRevoked = answer.connectionIds.includes(connectionId);
  }
  const connection = o.node.find(tenant, connectionId);
  if (connection) endHere(o, connection, slot, generation === 0 ? connection.generation : generation);
  return isRevoked;
}

/** A token found somewhere it should not be: its keyed fingerprint says whose it is. */
async function revokeByValue(o: RevokeOptions, connections: readonly ConnectionRecord[], value: string, caller: Caller): Promise<string[]> {
  if (value.length > TOKEN_CHARS_MAX) throw invalid('token', `expected at most ${TOKEN_CHARS_MAX} characters`);
  const fingerprint = await o.vault.tokenFingerprint(caller.identity.organisation, new Secret(value));
  const found = await eachOf(connections, async (connection) => {
    const { connection_id: id, slots } = connection;
    const held = [...slots].find(([, slot]) => slot.token?.fingerprint === fingerprint);
    if (held === undefined) return false;
    await revokeOne(o, id, o.node.isHere(id) ? held[0] : null, held[1].token!.generation, caller);
    return true;
  });
  return found.map(({ connection_id: id }) => id);
}

/** Those of which `work` says true. */
async function eachOf(connections: readonly ConnectionRecord[], work: (connection: ConnectionRecord) => Promise<boolean>): Promise<ConnectionRecord[]> {
  const left = [...connections];
  const hits: ConnectionRecord[] = [];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) if (await work(next)) hits.push(next);
  }));
  return hits.sort((a, b) => (a.connection_id < b.connection_id ? -1 : 1));
}
