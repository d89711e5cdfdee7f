import type { cluster } from '#contracts';

type View = cluster.PartitionView__Output;

/** What was learnt of one node. */
export interface NodeAnswer {
  readonly name: string;
  readonly address: string;
  /** undefined: it did not answer. */
  readonly views: readonly View[] | undefined;
  readonly problem: string;
}

interface Seen {
  readonly name: string;
  readonly view: View;
}

/** What all nodes' answers say together. Pure; the order of the answers does not matter. */
export function clusterStatus(answers: readonly NodeAnswer[]): Pick<cluster.GetClusterResponse, 'nodes' | 'partitions'> {
  const byPartition = new Map<string, Seen[]>();
  for (const { name, views = [] } of answers) {
    for (const view of views) {
      const key = `${view.topic}/${String(view.partition).padStart(6, '0')}`;
      const seen = byPartition.get(key);
      if (seen === undefined) byPartition.set(key, [{ name, view }]);
      else seen.push({ name, view });
    }
  }
  const nodes = answers.map(({ name, address, views, problem }) => ({
    name, address, reachable: views !== undefined, problem,
    owned: count(views, 'owner'), standingBy: count(views, 'standby'),
  }));
  const partitions = [...byPartition].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, seen]) => partitionOf(seen, answers));
  return { nodes: nodes.sort((a, b) => (a.name < b.name ? -1 : 1)), partitions };
}

function count(views: readonly View[] | undefined, role: string): number {
  return views?.filter((view) => view.role === role).length ?? 0;
}

function partitionOf(seen: readonly Seen[], answers: readonly NodeAnswer[]): cluster.Partition {
  const newestFirst = [...seen].sort((a, b) => b.view.epoch - a.view.epoch || b.view.nextOffset - a.view.nextOffset);
  const [{ view: newest } = seen[0]!] = newestFirst;
  // One that was deposed may not know yet: the newest epoch is right.
  const serving = newestFirst.find(({ view }) => view.role === 'owner' && view.epoch === newest.epoch);
  const claiming = newestFirst.find(({ view }) => view.share === 'owner' && view.role === 'claiming');
  const stopped = newestFirst.find(({ view }) => view.share === 'owner' && view.role === 'stopped');
  const owner = serving ?? claiming ?? stopped;
  // Somebody who cannot be asked may well serve it: the plan says who that is.
  const absent = owner === undefined ? unreachable(newest.plannedOwner, answers) : '';
  const standby = newestFirst.find(({ view, name }) => view.role === 'standby' && name !== owner?.name);
  const { topic, partition, epoch } = newest;
  const end = owner?.view ?? newest;
  const lastClaim = newestFirst.map(({ view }) => view.lastClaim).filter((claim) => claim !== null).sort((a, b) => b.epoch - a.epoch)[0];
  return {
    topic, partition, epoch,
    state: serving !== undefined ? (serving.view.logReachable ? 'SERVING' : 'LOG_UNREACHABLE')
      : claiming !== undefined ? 'CLAIMING' : stopped !== undefined ? 'STOPPED' : absent !== '' ? 'OWNER_UNREACHABLE' : 'NO_OWNER',
    owner: owner?.name ?? absent,
    standby: standby?.name ?? unreachable(newest.plannedStandby, answers),
    nextOffset: end.nextOffset, pending: owner?.view.pending ?? 0, lastEventAt: end.lastEventAt,
    standbyLag: standby === undefined || serving === undefined ? -1 : Math.max(0, end.nextOffset - standby.view.nextOffset),
    ...(lastClaim !== undefined && { lastClaim }),
  };
}

function unreachable(name: string, answers: readonly NodeAnswer[]): string {
  return answers.some((answer) => answer.name === name && answer.views === undefined) ? name : '';
}
