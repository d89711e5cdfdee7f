import { holdsAny, type GrantCommand, type LiftCutOff } from '#access-token';
import type { token } from '#contracts';
import { DocketError } from '#errors';
import { grantIdOf, type Caller } from './caller.js';
import { revokeByValue } from './revoke-by-value.js';
import { askAllOwners, eachOf, endEnded, endHere, isAppended, type RevokeOptions } from './revoke-parts.js';
import { invalid } from './token.mapping.js';

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
  return revokeAll(o, caller);
}

/** Lets a grant that was cut off have tokens again: of one connection, or of all. */
export async function restoreGrant(o: RevokeOptions, request: token.RestoreGrantRequest__Output, caller: Caller): Promise<token.RestoreGrantResponse> {
  const { connectionId } = request;
  const grantId = grantIdOf(request.grantId);
  if (grantId === '') throw invalid('grant_id', 'expected the grant that was cut off');
  const tenant = caller.identity.organisation;
  const isEntry = caller.onward.hops === 0;
  const lift = async (key: string, command: GrantCommand | LiftCutOff): Promise<boolean> => {
    const asked = { connectionId: command.type === 'LiftCutOff' ? command.connection_id : '', grantId };
    const { restored } = await o.node.atOwner<{ restored: boolean }>(key, 'token', 'RestoreGrant', asked, caller.onward, true,
      async () => ({ restored: isAppended(await o.node.submit(key, command, caller.onward)) }));
    return restored;
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
function cutOff(o: RevokeOptions, connectionId: string, grantId: string, caller: Caller): Promise<token.RevokeTokenResponse> {
  return o.node.atOwner<token.RevokeTokenResponse>(connectionId, 'token', 'RevokeToken', { connectionId, grantId }, caller.onward, true, async () => {
    const connection = o.node.existing(caller.identity.organisation, connectionId);
    const isHeld = holdsAny(connection, grantId, o.runtime.wallMs());
    const isNew = await o.handovers.cutOff(connection, grantId, caller);
    endEnded(o, connectionId, caller);
    return { connectionIds: isHeld ? [connectionId] : [], byGrant: { isNew } };
  });
}

/** Of all connections there are and will be: the log says so once, in the partition of the grant's id, and every node hears it. */
async function cutOffFromAll(o: RevokeOptions, grantId: string, caller: Caller): Promise<token.RevokeTokenResponse> {
  const tenant = caller.identity.organisation;
  const { byGrant } = await o.node.atOwner<token.RevokeTokenResponse>(grantId, 'token', 'RevokeToken', { grantId }, caller.onward, true,
    async () => ({ byGrant: { isNew: isAppended(await o.node.submit(grantId, { type: 'BarGrant', tenant, ...caller.cause, holder: grantId }, caller.onward)) } }));
  const isNew = byGrant?.isNew ?? false;
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

/** Removed meanwhile: nothing is left of it. */
function unlessGone(error: unknown): boolean {
  if (error instanceof DocketError && error.kind === 'not_found') return false;
  throw error;
}

/** Of one connection, all up to `generation`; 0: all. */
async function revokeOne(o: RevokeOptions, connectionId: string, generation: number, caller: Caller): Promise<boolean> {
  const tenant = caller.identity.organisation;
  const { connectionIds = [] } = await o.node.atOwner<token.RevokeTokenResponse>(connectionId, 'token', 'RevokeToken', { connectionId, generation }, caller.onward, true, async () => {
    const connection = o.node.existing(tenant, connectionId);
    const reply = await o.node.submit(connectionId, {
      type: 'RevokeToken', tenant, connection_id: connectionId, ...caller.cause, slot: null, generation: generation === 0 ? null : Math.min(generation, Math.max(1, connection.generation)),
    }, caller.onward);
    return { connectionIds: isAppended(reply) ? [connectionId] : [] };
  });
  const connection = o.node.find(tenant, connectionId);
  // Never more than there have been: the next ones are good.
  if (connection) endHere(o, connection, null, generation === 0 ? connection.generation : Math.min(generation, connection.generation));
  return connectionIds.includes(connectionId);
}

/** Of all connections of the tenant, each by its owner: one that was registered a moment ago may be known to nobody else. */
async function revokeAll(o: RevokeOptions, caller: Caller): Promise<token.RevokeTokenResponse> {
  const tenant = caller.identity.organisation;
  // What is minted after the revocation is good.
  const before = o.node.list(tenant).map((connection) => ({ connection, generation: connection.generation }));
  const { answers, assertComplete } = await askAllOwners(o, { all: true }, caller, async (partitions) => {
    const own = o.node.list(tenant).filter(({ connection_id: id }) => partitions.includes(o.node.partitionOf(id)));
    const revoked = await eachOf(own, ({ connection_id: id }) => revokeOne(o, id, 0, caller).catch(unlessGone));
    return { connectionIds: revoked.map(({ connection_id: id }) => id), partitions: [...partitions] };
  });
  assertComplete();
  for (const { connection, generation } of before) if (!o.node.isHere(connection.connection_id)) endHere(o, connection, null, generation);
  return { connectionIds: answers.flatMap(({ connectionIds }) => connectionIds).sort(), ...(caller.onward.hops > 0 && { partitions: answers[0]!.partitions }) };
}
