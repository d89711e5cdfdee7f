import { holdsAny, livingTokens, type ConnectionRecord, type GrantCommand, type LiftCutOff, type ReplacedToken, type TokenReply } from '#access-token';
import { timestampOf, type token } from '#contracts';
import { DocketError } from '#errors';
import { Secret } from '#platform';
import type { GrantAccess } from '../grants/grant-access.js';
import type { TokenNode } from '../node/token-node.js';
import { canRevoke } from '../revoking/upstream-revoker.js';
import type { TokenVault } from '../vault/token-vault.js';
import { grantIdOf, type Caller } from './caller.js';
import type { Handovers } from './handovers.js';
import type { TokenDesk } from './token-desk.js';
import { invalid } from './token.mapping.js';

export interface RevokeOptions {
  readonly node: Pick<TokenNode, 'find' | 'existing' | 'list' | 'listEver' | 'isHere' | 'submit' | 'handOn' | 'ownerAddress' | 'isBarred'>;
  readonly desk: Pick<TokenDesk, 'end'>;
  readonly handovers: Pick<Handovers, 'cutOff'>;
  readonly grants: Pick<GrantAccess, 'assertExists'>;
  readonly vault: Pick<TokenVault, 'tokenFingerprint'>;
  readonly runtime: { readonly wallMs: () => number };
}

const TOKEN_CHARS_MAX = 16_384;
/** At a time: revoking a tenant's tokens must not starve everybody else. */
const AT_ONCE = 16;

/**
 * Ends tokens: of one connection, of a grant, the one that is named itself, or all of the tenant. The event is the
 * revocation: it is durable when this resolves, and every node stops serving as it hears of it; this one at once.
 */
export async function revokeTokens(o: RevokeOptions, request: token.RevokeTokenRequest__Output, caller: Caller): Promise<token.RevokeTokenResponse> {
  const { connectionId, generation, token: value, all } = request;
  const grantId = grantIdOf(request.grantId);
  const others = [grantId !== '', value !== '', all].filter(Boolean).length;
  if (others > 1 || others === 0 && connectionId === '' || all && connectionId !== '') {
    throw invalid('connection_id', 'expected exactly one of connection_id, grant_id, token and all (connection_id may go together with grant_id or token)');
  }
  if (generation < 0 || generation > 0 && (connectionId === '' || others > 0)) throw invalid('generation', 'expected 0, or with connection_id alone the generation of a token');
  if (value !== '') return revokeByValue(o, connectionId, value, caller);
  if (grantId !== '') {
    await o.grants.assertExists(caller.identity.organisation, grantId);
    return connectionId === '' ? cutOffFromAll(o, grantId, caller) : cutOff(o, connectionId, grantId, caller);
  }
  if (connectionId !== '') return { connectionIds: await revokeOne(o, connectionId, generation, caller) ? [connectionId] : [] };
  const revoked = await eachOf(o.node.list(caller.identity.organisation), ({ connection_id: id }) => revokeOne(o, id, 0, caller).catch(unlessGone));
  return { connectionIds: revoked.map(({ connection_id: id }) => id) };
}

/** Lets a grant that was cut off have tokens again: of one connection, or of all. */
export async function restoreGrant(o: RevokeOptions, request: token.RestoreGrantRequest__Output, caller: Caller): Promise<token.RestoreGrantResponse> {
  const { connectionId } = request;
  const grantId = grantIdOf(request.grantId);
  if (grantId === '') throw invalid('grant_id', 'expected the grant that was cut off');
  const tenant = caller.identity.organisation;
  const isEntry = caller.onward.hops === 0;
  const lift = async (key: string, command: GrantCommand | LiftCutOff): Promise<boolean> => {
    if (!o.node.isHere(key)) {
      const connection = command.type === 'LiftCutOff' ? command.connection_id : '';
      return (await o.node.handOn<token.RestoreGrantResponse__Output>(key, 'token', 'RestoreGrant', { connectionId: connection, grantId }, caller.onward)).restored;
    }
    return isAppended(await o.node.submit(key, command, caller.onward));
  };
  const open = (id: string): Promise<boolean> => lift(id, { type: 'LiftCutOff', tenant, connection_id: id, ...caller.cause, holder: grantId });
  if (connectionId !== '') {
    if (isEntry && o.node.isBarred(tenant, grantId)) {
      throw new DocketError('failed_precondition', { reason: 'GRANT_CUT_OFF', message: 'the grant is cut off from all connections: restore it without naming one' });
    }
    return { restored: await open(connectionId) };
  }
  const isLifted = await lift(grantId, { type: 'LiftBar', tenant, ...caller.cause, holder: grantId });
  if (!isEntry) return { restored: isLifted };
  const opened = await eachOf(o.node.list(tenant).filter(({ cut_off }) => cut_off.has(grantId)), ({ connection_id: id }) => open(id).catch(unlessGone));
  return { restored: isLifted || opened.length > 0 };
}

/** Of one connection. */
async function cutOff(o: RevokeOptions, connectionId: string, grantId: string, caller: Caller): Promise<token.RevokeTokenResponse> {
  if (!o.node.isHere(connectionId)) return o.node.handOn<token.RevokeTokenResponse__Output>(connectionId, 'token', 'RevokeToken', { connectionId, grantId }, caller.onward);
  const connection = o.node.existing(caller.identity.organisation, connectionId);
  const isHeld = holdsAny(connection, grantId, o.runtime.wallMs());
  const isNew = await o.handovers.cutOff(connection, grantId, caller);
  endEnded(o, connectionId, caller);
  return { connectionIds: isHeld ? [connectionId] : [], byGrant: { isNew } };
}

/** Of all connections there are and will be: the log says so once, in the partition of the grant's id, and every node hears it. */
async function cutOffFromAll(o: RevokeOptions, grantId: string, caller: Caller): Promise<token.RevokeTokenResponse> {
  const tenant = caller.identity.organisation;
  const isNew = o.node.isHere(grantId) ? isAppended(await o.node.submit(grantId, { type: 'BarGrant', tenant, ...caller.cause, holder: grantId }, caller.onward))
    : (await o.node.handOn<token.RevokeTokenResponse__Output>(grantId, 'token', 'RevokeToken', { grantId }, caller.onward)).byGrant?.isNew ?? false;
  if (caller.onward.hops > 0) return { byGrant: { isNew } };
  const holding = o.node.list(tenant).filter((connection) => holdsAny(connection, grantId, o.runtime.wallMs()));
  // Those of other nodes are ended by their owners, as soon as they have heard.
  await eachOf(holding.filter(({ connection_id: id }) => o.node.isHere(id)), async ({ connection_id: id }) => {
    await o.node.submit(id, { type: 'EndHeldTokens', tenant, connection_id: id, ...caller.cause, holder: grantId }, caller.onward);
    endEnded(o, id, caller);
    return true;
  });
  return { connectionIds: holding.map(({ connection_id: id }) => id), byGrant: { isNew } };
}

/** What has ended of a connection of this node is not served here any more. */
function endEnded(o: RevokeOptions, connectionId: string, { identity }: Caller): void {
  const connection = o.node.find(identity.organisation, connectionId);
  for (const [slot, { token: held }] of connection?.slots ?? []) if (held && held.ended_by !== null) endHere(o, connection!, slot, held.generation);
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

function isAppended(reply: TokenReply): boolean {
  return reply.kind === 'done' && !reply.unchanged;
}

async function revokeOne(o: RevokeOptions, connectionId: string, generation: number, caller: Caller): Promise<boolean> {
  const tenant = caller.identity.organisation;
  let isRevoked: boolean;
  if (o.node.isHere(connectionId)) {
    const connection = o.node.existing(tenant, connectionId);
    isRevoked = isAppended(await o.node.submit(connectionId, {
      type: 'RevokeToken', tenant, connection_id: connectionId, ...caller.cause, slot: null, generation: generation === 0 ? null : Math.min(generation, Math.max(1, connection.generation)),
    }, caller.onward));
  } else {
    const answer = await o.node.handOn<token.RevokeTokenResponse__Output>(connectionId, 'token', 'RevokeToken', { connectionId, generation }, caller.onward);
    isRevoked = answer.connectionIds.includes(connectionId);
  }
  const connection = o.node.find(tenant, connectionId);
  // Never more than there have been: the next ones are good.
  if (connection) endHere(o, connection, null, generation === 0 ? connection.generation : Math.min(generation, connection.generation));
  return isRevoked;
}

/** A token found somewhere it should not be: its keyed fingerprint says whose it is, of all that may still be good. */
async function revokeByValue(o: RevokeOptions, connectionId: string, value: string, caller: Caller): Promise<token.RevokeTokenResponse> {
  if (value.length > TOKEN_CHARS_MAX) throw invalid('token', `expected at most ${TOKEN_CHARS_MAX} characters`);
  const tenant = caller.identity.organisation;
  const fingerprint = await o.vault.tokenFingerprint(tenant, new Secret(value));
  const isEntry = caller.onward.hops === 0;
  const asked = o.node.listEver(tenant).filter(({ connection_id: id }) => connectionId === '' || id === connectionId);
  if (connectionId !== '' && asked.length === 0) {
    if (o.node.isHere(connectionId) || !isEntry) asked.push(o.node.existing(tenant, connectionId));
    else return o.node.handOn<token.RevokeTokenResponse__Output>(connectionId, 'token', 'RevokeToken', { connectionId, token: value }, caller.onward);
  }
  const found: token.FoundToken[] = [];
  await eachOf(asked, async (connection) => {
    const { connection_id: id } = connection;
    const matching = livingTokens(connection, o.runtime.wallMs()).filter((one) => one.fingerprint === fingerprint);
    if (o.node.isHere(id)) found.push(...await revokeFound(o, connection, matching, caller));
    // Its owner looks for itself.
    else if (isEntry && (matching.length > 0 || connectionId !== '')) found.push(...await foundElsewhere(o, id, { connectionId: id, token: value }, caller));
    return true;
  });
  // Minted by another node a moment ago, it is not known here yet: every owner is asked once.
  if (isEntry && found.length === 0 && connectionId === '') {
    const owners = new Map(asked.map(({ connection_id: id }) => [o.node.isHere(id) ? '' : o.node.ownerAddress(id), id]));
    owners.delete('');
    for (const id of owners.values()) found.push(...await foundElsewhere(o, id, { token: value }, caller));
  }
  const order = (one: token.FoundToken): string => `${one.connectionId} ${String(1e15 - Number(one.generation))}`;
  found.sort((a, b) => (order(a) < order(b) ? -1 : 1));
  return { connectionIds: [...new Set(found.filter(({ endedBefore }) => !endedBefore).map(({ connectionId: id }) => id!))], byValue: { tokens: found } };
}

async function foundElsewhere(o: RevokeOptions, connectionId: string, request: token.RevokeTokenRequest, caller: Caller): Promise<token.FoundToken[]> {
  return (await o.node.handOn<token.RevokeTokenResponse__Output>(connectionId, 'token', 'RevokeToken', request, caller.onward)).byValue?.tokens ?? [];
}

/** An issuer may have handed the same value out several times: with the newest of a slot those before it have ended. */
async function revokeFound(o: RevokeOptions, connection: ConnectionRecord, matching: readonly ReplacedToken[], caller: Caller): Promise<token.FoundToken[]> {
  const { tenant, connection_id, slots } = connection;
  const found: token.FoundToken[] = [];
  for (const { slot, generation, expires_at_ms } of new Map([...matching].reverse().map((one) => [one.slot, one])).values()) {
    const reply = await o.node.submit(connection_id, { type: 'RevokeToken', tenant, connection_id, ...caller.cause, slot, generation }, caller.onward);
    endHere(o, connection, slot, generation);
    found.push({
      connectionId: connection_id, generation, expiresAt: timestampOf(expires_at_ms), newest: slots.get(slot)?.token?.generation === generation, endedBefore: !isAppended(reply), issuerTold: canRevoke(connection),
    });
  }
  return found;
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
