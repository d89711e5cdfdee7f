import type { Held, NodeIdentity } from './membership.js';

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

/**
 * Sticky and balanced: nobody gets more than one partition more of a topic than anybody else, and no more partitions move
 * than that takes. What has lost its owner goes to its standby if that has room. Pure: the same members, in any order,
 * give the same assignment.
 */
export function assign(members: readonly MemberView[]): Assignment {
  const sorted = [...members].sort((a, b) => (a.id < b.id ? -1 : 1));
  const topics = [...new Set(sorted.flatMap((member) => Object.keys(member.topics)))].sort();
  return Object.fromEntries(topics.map((topic) => [topic, assignTopic(topic, sorted.filter((member) => member.topics[topic] !== undefined))]));
}

function assignTopic(topic: string, members: readonly MemberView[]): readonly Assigned[] {
  const partitions = Math.max(...members.map((member) => member.topics[topic]!.partitions));
  const heldBy = (kind: keyof Held): (string | undefined)[] => {
    const holder: (string | undefined)[] = Array.from({ length: partitions }, () => undefined);
    for (const member of members) for (const partition of member.topics[topic]![kind]) if (partition < partitions) holder[partition] ??= member.id;
    return holder;
  };
  const before = heldBy('owned');
  const standingBefore = heldBy('standing');
  const owners = balance(members.map(({ id }) => id), partitions, (partition) => [before[partition], standingBefore[partition]]);
  const standbys = members.length < 2 ? undefined
    : balance(members.map(({ id }) => id), partitions, (partition) => [standingBefore[partition], before[partition]], (partition) => owners[partition]!);
  return owners.map((owner, partition) => {
    const had = before[partition];
    return { owner, standby: standbys?.[partition] ?? null, movedFrom: had !== undefined && had !== owner ? had : null };
  });
}

/** Gives each partition to one member: to the first it would like that has room, else to whoever has least. */
function balance(
  ids: readonly string[], partitions: number, wishes: (partition: number) => readonly (string | undefined)[], not: (partition: number) => string | undefined = () => undefined,
): string[] {
  const given = Array.from({ length: partitions }, () => undefined as string | undefined);
  const load = new Map(ids.map((id) => [id, 0]));
  const fair = Math.floor(partitions / ids.length);
  // So many may have one more than the others.
  let extra = partitions % ids.length;
  const take = (partition: number, id: string | undefined): boolean => {
    const has = id === undefined ? undefined : load.get(id);
    if (id === undefined || has === undefined || id === not(partition) || has > fair || (has === fair && extra === 0)) return false;
    if (has === fair) extra -= 1;
    load.set(id, has + 1);
    given[partition] = id;
    return true;
  };
  for (const rank of [0, 1]) {
    for (let partition = 0; partition < partitions; partition += 1) if (given[partition] === undefined) take(partition, wishes(partition)[rank]);
  }
  for (let partition = 0; partition < partitions; partition += 1) {
    if (given[partition] !== undefined) continue;
    const byLoad = ids.filter((id) => id !== not(partition)).sort((a, b) => load.get(a)! - load.get(b)!);
    const id = byLoad[0]!;
    if (!take(partition, id)) {
      // Only who must not have it has room left: fairness gives way.
      load.set(id, load.get(id)! + 1);
      given[partition] = id;
    }
  }
  return given as string[];
}
