import { readdirSync, readFileSync } from 'node:fs';

/** Linux reports process times in ticks of 10 ms, whatever the kernel's own clock rate is. */
const TICKS_PER_SECOND = 100;

interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
}

function readStat(pid: string): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name stands in brackets and may hold spaces; fields are counted after it.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ').map(Number);
    const [, parent = 0] = fields;
    const ticks = (fields[11] ?? 0) + (fields[12] ?? 0) + (fields[13] ?? 0) + (fields[14] ?? 0);
    return { pid: Number(pid), parent, ticks };
  } catch {
    return undefined;
  }
}

function treeOf(roots: readonly number[]): Stat[] {
  const stats = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(readStat).filter((stat) => stat !== undefined);
  const tree = new Set(roots);
  for (let before = -1; before !== tree.size; ) {
    before = tree.size;
    for (const stat of stats) if (tree.has(stat.parent)) tree.add(stat.pid);
  }
  return stats.filter((stat) => tree.has(stat.pid));
}

/**
 * CPU seconds, user and system, that these processes and all their descendants have used: those that live, and those
 * that ended and were waited for by one that lives.
 */
export function treeCpuSeconds(roots: readonly number[]): number {
  return treeOf(roots).reduce((sum, stat) => sum + stat.ticks, 0) / TICKS_PER_SECOND;
}

/** kill -9 of a process and all its descendants. */
export function killTree(root: number): void {
  for (const { pid } of treeOf([root])) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Its parent has ended it meanwhile.
    }
  }
}
