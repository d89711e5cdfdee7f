import type { Findings } from './findings.js';
import type { Episode, History } from './history.js';

export interface FaultRow {
  readonly fault: string;
  readonly times: number;
  readonly calls: number;
  readonly answered: number;
  /** Attempts that ended without a verdict: the caller knew nothing, or that it was not decided. */
  readonly unknown: number;
  readonly notDecided: number;
  readonly lost: number;
  readonly doubled: number;
  readonly overLimit: number;
  /** The longest time in which no call of one partition was answered. */
  readonly longestGapMs: number;
}

/** What happened during each kind of fault, from its beginning until all was well again, and without any. */
export function faultTable(history: History, findings: Findings): FaultRow[] {
  const wrong = (...properties: readonly ('answered-is-logged' | 'one-verdict' | 'within-limits')[]): ReadonlySet<string> => new Set(properties.flatMap((property) => [...(findings.calls.get(property) ?? [])]));
  const lost = wrong('answered-is-logged');
  const doubled = wrong('one-verdict');
  const over = wrong('within-limits');
  const kinds = [...new Set(history.episodes.map(({ name }) => name))];
  const answers = answeredByPartition(history);
  const row = (fault: string, episodes: readonly Pick<Episode, 'beganMs' | 'overMs'>[]): FaultRow => {
    const inside = (atMs: number): boolean => episodes.some(({ beganMs, overMs }) => atMs >= beganMs && atMs < overMs);
    const counts = { calls: 0, answered: 0, unknown: 0, notDecided: 0, lost: 0, doubled: 0, overLimit: 0 };
    for (const [key, { firstAskedMs, turns }] of history.calls) {
      for (const turn of turns) {
        if (turn.kind === 'asked' || !inside(turn.at_ms)) continue;
        if (turn.kind === 'answered') counts.answered += 1;
        else counts[turn.outcome === 'unknown' ? 'unknown' : 'notDecided'] += 1;
      }
      if (!inside(firstAskedMs)) continue;
      counts.calls += 1;
      counts.lost += Number(lost.has(key));
      counts.doubled += Number(doubled.has(key));
      counts.overLimit += Number(over.has(key));
    }
    return { fault, times: episodes.length, ...counts, longestGapMs: Math.max(0, ...episodes.map((episode) => longestGap(answers, episode))) };
  };
  return [row('(none)', quiet(history)), ...kinds.map((kind) => row(kind, history.episodes.filter(({ name }) => name === kind)))];
}

/** The times between faults. */
function quiet({ episodes, beganMs, endedMs }: History): { beganMs: number; overMs: number }[] {
  const times: { beganMs: number; overMs: number }[] = [];
  let fromMs = beganMs;
  for (const episode of [...episodes].sort((a, b) => a.beganMs - b.beganMs)) {
    if (episode.beganMs > fromMs) times.push({ beganMs: fromMs, overMs: episode.beganMs });
    fromMs = Math.max(fromMs, episode.overMs);
  }
  if (fromMs < endedMs) times.push({ beganMs: fromMs, overMs: endedMs });
  return times;
}

function answeredByPartition({ calls }: History): number[][] {
  const times = new Map<number, number[]>();
  for (const { turns } of calls.values()) {
    for (const turn of turns) {
      if (turn.kind !== 'answered') continue;
      const of = times.get(turn.receipt.partition) ?? [];
      of.push(turn.at_ms);
      times.set(turn.receipt.partition, of);
    }
  }
  return [...times.values()].map((of) => of.sort((a, b) => a - b));
}

function longestGap(answers: readonly number[][], { beganMs, overMs }: { readonly beganMs: number; readonly overMs: number }): number {
  let longest = 0;
  for (const times of answers) {
    for (let i = 1; i < times.length; i += 1) {
      const [from, to] = [Math.max(times[i - 1]!, beganMs), Math.min(times[i]!, overMs)];
      if (to > from) longest = Math.max(longest, to - from);
    }
  }
  return longest;
}
