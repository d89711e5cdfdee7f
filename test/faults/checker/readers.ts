import type { Judged, Place } from './chain.js';
import type { Recorded } from './decisions.js';
import type { Counters } from './counters.js';
import { amountOf, textOf } from './amounts.js';
import type { ClaimedResume, Evidence, ProjectedDecision, ProjectedWindow } from './evidence.js';
import type { Findings } from './findings.js';
import type { PartitionFacts } from './partition.js';

/** What the service's own readers say of where they stand (snapshots, checkpoints), against where the checker stood there. Resolves to how many were compared. */
export async function checkResumes(evidence: Evidence, facts: readonly PartitionFacts[], findings: Findings): Promise<number> {
  const places = new Map(facts.map(({ topic, partition, places: found }) => [`${topic}-${partition}`, found]));
  let compared = 0;
  for await (const claimed of evidence.optional<ClaimedResume>('resumes')) {
    const { source, topic, partition, offset } = claimed;
    const place = places.get(`${topic}-${partition}`)?.[offset];
    compared += 1;
    const where = `${source} of ${topic}-${partition} at ${offset}`;
    if (place === undefined) findings.add('readers-agree', `${where}: the log does not go so far`);
    else for (const problem of differences(claimed, place)) findings.add('readers-agree', `${where}: ${problem}`);
  }
  return compared;
}

/** A signed head states a place that the reader has come by. */
export function checkSignedHead(judged: Judged, places: (offset: number) => Place | undefined, findings: Findings): boolean {
  if (judged.kind !== 'event' || judged.type !== 'docket.ledger.HeadSigned.v1') return false;
  const { to, epoch, sequence, head, event_time_ms: timeMs, topic, partition } = judged.data as { to: number; epoch: number; sequence: number; head: string; event_time_ms: number; topic: string; partition: number };
  const place = places(to);
  if (place === undefined) findings.add('readers-agree', `the signed head at ${topic}-${partition} ${judged.offset} covers offset ${to}, which was not there`);
  else for (const problem of differences({ epoch, sequence, head, time_ms: timeMs, nonce: place.nonce }, place)) findings.add('readers-agree', `the signed head at ${topic}-${partition} ${judged.offset}: ${problem}`);
  return true;
}

function differences(claimed: Pick<ClaimedResume, 'epoch' | 'nonce' | 'sequence' | 'head' | 'time_ms'>, place: Place): string[] {
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['epoch', claimed.epoch, place.epoch], ['nonce', claimed.nonce, place.nonce], ['sequence', claimed.sequence, place.sequence], ['head', claimed.head, place.head], ['event time', claimed.time_ms, place.timeMs],
  ];
  return pairs.filter(([, said, found]) => said !== found).map(([name, said, found]) => `${name} ${String(said)}, the log gives ${String(found)}`);
}

/** Every row from a valid record, every valid record in a row. Resolves to how many rows were compared. */
export async function checkProjections(evidence: Evidence, recorded: ReadonlyMap<string, Recorded>, counters: ReadonlyMap<number, Counters>, findings: Findings): Promise<number> {
  let rows = 0;
  if (evidence.has('decisions')) {
    const missing = new Map([...recorded.values()].map((one) => [`${one.partition} ${one.offset}`, one]));
    for await (const row of evidence.optional<ProjectedDecision>('decisions')) {
      rows += 1;
      const at = `${row.partition} ${row.offset}`;
      const found = missing.get(at);
      missing.delete(at);
      const due = found && [found.callId, found.grant, found.verdict, found.policyVersion, found.timeMs, found.settled?.outcome ?? null].join(' ');
      const is = [row.call_id, row.grant_id, row.verdict, row.policy_version, row.decided_at_ms, row.outcome].join(' ');
      if (due !== is) findings.add('projections-agree', `the row of ${at}: found ${is}, the log gives ${due ?? 'no such record, or that row twice'}`);
    }
    for (const at of missing.keys()) findings.add('projections-agree', `no row of the decision at ${at}`);
  }
  if (!evidence.has('windows')) return rows;
  const due = new Map<string, string>();
  for (const [partition, of] of counters) for (const { counter, endMs, used } of of.windows()) due.set(`${partition} ${counter} ${endMs}`, textOf(used));
  for await (const { partition, counter, window_end_ms: endMs, used } of evidence.optional<ProjectedWindow>('windows')) {
    if (endMs === 0) continue;
    rows += 1;
    const window = `${partition} ${counter} ${endMs}`;
    const found = due.get(window);
    due.delete(window);
    if (found !== textOf(amountOf(used))) findings.add('projections-agree', `the window ${window}: found ${used}, the log gives ${found ?? 'none'}`);
  }
  for (const window of due.keys()) findings.add('projections-agree', `no row of the window ${window}`);
  return rows;
}
