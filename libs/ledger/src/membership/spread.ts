export interface SpreadOptions {
  readonly ids: readonly string[];
  /** Of each partition: who must not stand by for it, since he owns it. */
  readonly owners: readonly string[];
  /** Who has to stand by for a partition; undefined: anybody may. */
  readonly fixed: (partition: number) => string | undefined;
  /** Who would best go on, the best one first. */
  readonly wishes: (partition: number) => readonly (string | undefined)[];
}

/**
 * A standby for each partition, never its owner: first where it would best be, then as few as it takes are given on until nobody has two
 * more than anybody else. Where owners are balanced and nothing is fixed, that can always be had. Needs two members.
 */
export function spread({ ids, owners, fixed, wishes }: SpreadOptions): string[] {
  const load = new Map(ids.map((id) => [id, 0]));
  const mayHave = (id: string | undefined, partition: number): id is string => id !== undefined && load.has(id) && id !== owners[partition];
  const given: (string | undefined)[] = owners.map((_, partition) => [fixed(partition), ...wishes(partition)].find((id) => mayHave(id, partition)));
  for (const id of given) if (id !== undefined) load.set(id, load.get(id)! + 1);
  const leastFirst = (): string[] => [...ids].sort((a, b) => load.get(a)! - load.get(b)!);
  for (const [partition, id] of given.entries()) {
    if (id !== undefined) continue;
    const found = leastFirst().find((one) => mayHave(one, partition))!;
    given[partition] = found;
    load.set(found, load.get(found)! + 1);
  }
  const standbys = given as string[];
  for (let path = handingOn(); path !== undefined; path = handingOn()) {
    for (const { partition, to } of path) standbys[partition] = to;
    load.set(path[0]!.from, load.get(path[0]!.from)! - 1);
    load.set(path.at(-1)!.to, load.get(path.at(-1)!.to)! + 1);
  }
  return standbys;

  /** From somebody who has two more than somebody else to that one, perhaps through others; each gives on one that the next may have. */
  function handingOn(): { readonly partition: number; readonly from: string; readonly to: string }[] | undefined {
    for (const start of leastFirst().reverse()) {
      const reached = new Map<string, { readonly partition: number; readonly from: string; readonly to: string }>();
      const queue = [start];
      for (let from = queue.shift(); from !== undefined; from = queue.shift()) {
        if (load.get(from)! <= load.get(start)! - 2) return pathTo(from, start, reached);
        for (const to of leastFirst()) {
          if (to === start || reached.has(to)) continue;
          // The last ones first: the partitions at the front stay, as they do with owners.
          const partition = standbys.findLastIndex((id, at) => id === from && mayHave(to, at) && fixed(at) !== from);
          if (partition < 0) continue;
          reached.set(to, { partition, from, to });
          queue.push(to);
        }
      }
    }
    return undefined;
  }
}

function pathTo<Step extends { readonly from: string }>(end: string, start: string, reached: ReadonlyMap<string, Step>): Step[] {
  const steps: Step[] = [];
  for (let at = end; at !== start; at = steps[0]!.from) steps.unshift(reached.get(at)!);
  return steps;
}
