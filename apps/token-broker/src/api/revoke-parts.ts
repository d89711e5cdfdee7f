import type { ConnectionRecord, TokenReply } from '#access-token';
import { DocketError } from '#errors';
import type { GrantAccess } from '../grants/grant-access.js';
import { ownerUnknown, type TokenNode } from '../node/token-node.js';
import type { TokenVault } from '../vault/token-vault.js';
import type { Caller } from './caller.js';
import type { Handovers } from './handovers.js';
import type { TokenDesk } from './token-desk.js';

export interface RevokeOptions {
  readonly node: Pick<TokenNode, 'find' | 'existing' | 'list' | 'listEver' | 'isHere' | 'submit' | 'atOwner' | 'askOthers' | 'atHand' | 'partitionOf' | 'partitions' | 'isBarred'>;
  readonly desk: Pick<TokenDesk, 'end'>;
  readonly handovers: Pick<Handovers, 'cutOff'>;
  readonly grants: Pick<GrantAccess, 'assertExists'>;
  readonly vault: Pick<TokenVault, 'tokenFingerprint'>;
  readonly runtime: { readonly wallMs: () => number };
}

/** At a time: revoking a tenant's tokens must not starve everybody else. */
const AT_ONCE = 16;

/**
 * What this node serves from, after the log has the event: never before it, or a crash would bring the token back. The call fails
 * if this cannot be done: who revokes must not believe that it is.
 */
export function endHere(o: RevokeOptions, connection: ConnectionRecord, slot: string | null, generation: number): void {
  try {
    o.desk.end(connection, slot, generation);
  } catch {
    throw new DocketError('unavailable', {
      reason: 'REVOCATION_NOT_IN_FORCE', message: `the revocation for connection ${connection.connection_id} is in the log, but this node could not stop serving: repeat it, or stop the node`, retryAfterMs: 100,
    });
  }
}

/** What has ended of a connection of this node is not served here any more. */
export function endEnded(o: RevokeOptions, connectionId: string, { identity }: Caller): void {
  const connection = o.node.find(identity.organisation, connectionId);
  for (const [slot, { token: held }] of connection?.slots ?? []) if (held && held.ended_by !== null) endHere(o, connection!, slot, held.generation);
}

export function isAppended(reply: TokenReply): boolean {
  return reply.kind === 'done' && !reply.unchanged;
}

/** Those of which `work` says true, in the order of their ids. */
export async function eachOf(connections: readonly ConnectionRecord[], work: (connection: ConnectionRecord) => Promise<boolean>): Promise<ConnectionRecord[]> {
  const left = [...connections];
  const hits: ConnectionRecord[] = [];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) if (await work(next)) hits.push(next);
  }));
  return hits.sort((a, b) => (a.connection_id < b.connection_id ? -1 : 1));
}

/** What nodes answer that have looked through all partitions that they own. */
interface OfItsOwn {
  /** Those partitions. Only of them a node can tell what there is not. */
  readonly partitions: readonly number[];
}

export interface OfAllOwners<A> {
  readonly answers: readonly A[];
  /** Whether the owner of a partition has answered for it. */
  readonly isCovered: (partition: number) => boolean;
  /** Throws unavailable unless all have: what was not found may be where nobody has looked. */
  readonly assertComplete: () => void;
}

/** Has every owner look through its partitions: this node by `here`, if the call comes from outside all others, too. */
export async function askAllOwners<A extends OfItsOwn>(o: RevokeOptions, request: object, { onward }: Caller, here: (partitions: readonly number[]) => Promise<A>): Promise<OfAllOwners<A>> {
  const own = await here(o.node.atHand());
  const { answers: others, failure } = onward.hops > 0 ? { answers: [], failure: undefined } : await o.node.askOthers<A>('RevokeToken', request, onward);
  const answers = [own, ...others];
  const covered = new Set(answers.flatMap(({ partitions }) => partitions));
  return {
    answers, isCovered: (partition) => covered.has(partition),
    assertComplete: () => {
      if (onward.hops === 0 && covered.size < o.node.partitions) throw failure ?? ownerUnknown();
    },
  };
}
