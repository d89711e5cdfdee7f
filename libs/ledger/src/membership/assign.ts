import type { Held, NodeIdentity } from './membership.js';
import { spread } from './spread.js';

/** A member as the one who assigns sees it. */
export interface MemberView extends NodeIdentity {
  readonly topics: Readonly<Record<string, Held & { readonly partitions: number }>>;
}

/** Ids of those who should own a partition and stand by for it; null where there are not enough members. */
export interface Assigned {
  readonly owner: string;
  readonly standby: string | null;
  /** A member that owned it before and should not any more. */
  readonly movedFrom: string | null;
}

export type Assignment = Readonly<Record<string, readonly Assigned[]>>;

/** A topic with what is not settled yet. */
interface Draft {
  readonly topic: string;
  readonly ids: readonly string[];
  readonly before: readonly (string | undefined)[];
  readonly standingBefore: readonly (string | undefined)[];
  /** Where everybody has his fair share. */
  readonly target: readonly string[];
  readonly moves: readonly number[];
}

/**
 * Sticky and balanced: in the end nobody owns more than one partition more of a topic than anybody else, nor stands by for more, and no more
 * partitions move than that takes. What has lost its owner goes to its standby if that has room, at once. What has to move from a living
 * owner goes one partition at a time, of all topics together; the others stay where they are, and whoever will get them
 * stands by for them. Pure: the same members, in any order, give the same assignment.
 */
export function assign(members: readonly MemberView[]): Assignment {
  const sorted = [...members].sort((a, b) => (a.id < b.id ? -1 : 1));
  const topics = [...new Set(sorted.flatMap((member) => Object.keys(member.topics)))].sort();
  const drafts = topics.map((topic) => draftOf(topic, sorted.filter((member) => member.topics[topic] !== undefined)));
  const next = firstMove(drafts);
  return Object.fromEntries(drafts.map((draft) => [draft.topic, settle(draft, next?.topic === draft.topic ? next.partition : undefined)]));
}

function draftOf(topic: string, members: readonly MemberView[]): Draft {
  const partitions = Math.max(...members.map((member) => member.topics[topic]!.partitions));
  const heldBy = (kind: keyof Held): (string | undefined)[] => {
    const holder: (string | undefined)[] = Array.from({ length: partitions }, () => undefined);
    for (const member of members) for (const partition of member.topics[topic]![kind]) if (partition < partitions) holder[partition] ??= member.id;
    return holder;
  };
  const ids = members.map(({ id }) => id);
  const before = heldBy('owned');
  const standingBefore = heldBy('standing');
  const target = balance(ids, partitions, (partition) => [before[partition], standingBefore[partition]]);
  return { topic, ids, before, standingBefore, target, moves: target.flatMap((owner, partition) => (before[partition] !== undefined && before[partition] !== owner ? [partition] : [])) };
}

/** One whose next owner follows it already, if there is one. */
function firstMove(drafts: readonly Draft[]): { readonly topic: string; readonly partition: number } | undefined {
  const all = drafts.flatMap(({ topic, moves, target, standingBefore }) => moves.map((partition) => ({ topic, partition, isFollowed: standingBefore[partition] === target[partition] })));
  return all.find(({ isFollowed }) => isFollowed) ?? all[0];
}

function settle({ ids, before, standingBefore, target, moves }: Draft, next: number | undefined): readonly Assigned[] {
  const waiting = new Set(moves.filter((partition) => partition !== next));
  const owners = target.map((owner, partition) => (waiting.has(partition) ? before[partition]! : owner));
  const standbys = ids.length < 2 ? undefined : spread({
    ids, owners, fixed: (partition) => (waiting.has(partition) ? target[partition] : undefined),
    // One that owned it has its state at hand.
    wishes: (partition) => [standingBefore[partition], before[partition]],
  });
  return owners.map((owner, partition) => ({ owner, standby: standbys?.[partition] ?? null, movedFrom: partition === next ? before[partition]! : null }));
}

/** Gives each partition to one member: to the first it would like that has room, else to whoever has least. */
function balance(ids: readonly string[], partitions: number, wishes: (partition: number) => readonly (string | undefined)[]): string[] {
  const given = Array.from({ length: partitions }, () => undefined as string | undefined);
  const load = new Map(ids.map((id) => [id, 0]));
  const fair = Math.floor(partitions / ids.length);
  // So many may have one more than the others.
  let extra = partitions % ids.length;
  const take = (partition: number, id: string | undefined): void => {
    const has = id === undefined ? undefined : load.get(id);
    if (id === undefined || has === undefined || has > fair || (has === fair && extra === 0)) return;
    if (has === fair) extra -= 1;
    load.set(id, has + 1);
    given[partition] = id;
  };
  for (const rank of [0, 1]) {
    for (let partition = 0; partition < partitions; partition += 1) if (given[partition] === undefined) take(partition, wishes(partition)[rank]);
  }
  for (let partition = 0; partition < partitions; partition += 1) {
    if (given[partition] === undefined) take(partition, [...ids].sort((a, b) => load.get(a)! - load.get(b)!)[0]);
  }
  return given as string[];
}
