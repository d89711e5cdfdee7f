import { livingTokens, type ConnectionRecord, type ReplacedToken } from '#access-token';
import { timestampOf, type token } from '#contracts';
import { Secret } from '#platform';
import { canRevoke } from '../revoking/upstream-revoker.js';
import type { Caller } from './caller.js';
import { askAllOwners, eachOf, endHere, isAppended, type RevokeOptions } from './revoke-parts.js';
import { invalid } from './token.mapping.js';

const TOKEN_CHARS_MAX = 16_384;

type Answer = token.RevokeTokenResponse & { readonly partitions: number[]; readonly byValue: { readonly tokens: token.FoundToken[] } };

/**
 * A token found somewhere it should not be: its keyed fingerprint says whose it is, of all that may still be good. Only the owner of a
 * connection can say that none has this value: another node may not have heard of a mint yet.
 */
export async function revokeByValue(o: RevokeOptions, connectionId: string, value: string, caller: Caller): Promise<token.RevokeTokenResponse> {
  if (value.length > TOKEN_CHARS_MAX) throw invalid('token', `expected at most ${TOKEN_CHARS_MAX} characters`);
  const tenant = caller.identity.organisation;
  const fingerprint = await o.vault.tokenFingerprint(tenant, new Secret(value));
  const matchingOf = (connection: ConnectionRecord): ReplacedToken[] => livingTokens(connection, o.runtime.wallMs()).filter((one) => one.fingerprint === fingerprint);
  const revokeIn = async (connections: readonly ConnectionRecord[], partitions: number[]): Promise<Answer> => {
    const found: token.FoundToken[] = [];
    await eachOf(connections, async (connection) => {
      found.push(...await revokeFound(o, connection, matchingOf(connection), caller));
      return true;
    });
    return { ...answerOf(found), partitions };
  };
  if (connectionId !== '') {
    return o.node.atOwner<token.RevokeTokenResponse>(connectionId, 'token', 'RevokeToken', { connectionId, token: value }, caller.onward, true, async () => {
      const known = o.node.listEver(tenant).filter(({ connection_id: id }) => id === connectionId);
      return revokeIn(known.length > 0 ? known : [o.node.existing(tenant, connectionId)], []);
    });
  }
  const { answers, isCovered, assertComplete } = await askAllOwners<Answer>(o, { token: value }, caller,
    (partitions) => revokeIn(o.node.listEver(tenant).filter(({ connection_id: id }) => partitions.includes(o.node.partitionOf(id))), [...partitions]));
  const found = answers.flatMap(({ byValue }) => byValue.tokens);
  // What was found is ended, whoever else does not answer; unless it is known to be there, too.
  const isElsewhere = o.node.listEver(tenant).some((connection) => !isCovered(o.node.partitionOf(connection.connection_id)) && matchingOf(connection).length > 0);
  if (found.length === 0 || isElsewhere) assertComplete();
  return { ...answerOf(found), ...(caller.onward.hops > 0 && { partitions: answers[0]!.partitions }) };
}

function answerOf(found: readonly token.FoundToken[]): Omit<Answer, 'partitions'> {
  const order = (one: token.FoundToken): string => `${one.connectionId} ${String(1e15 - Number(one.generation))}`;
  const tokens = [...found].sort((a, b) => (order(a) < order(b) ? -1 : 1));
  return { connectionIds: [...new Set(tokens.filter(({ endedBefore }) => !endedBefore).map(({ connectionId: id }) => id!))], byValue: { tokens } };
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
