import { checkAnswers } from './answers.js';
import { BEGINNING } from './chain.js';
import type { Place } from './chain.js';
import type { Counters } from './counters.js';
import { Decisions } from './decisions.js';
import type { Recorded } from './decisions.js';
import { faultTable } from './episodes.js';
import type { FaultRow } from './episodes.js';
import { Evidence } from './evidence.js';
import { Findings } from './findings.js';
import { History } from './history.js';
import { readPartition } from './partition.js';
import type { PartitionFacts } from './partition.js';
import { checkProjections, checkResumes, checkSignedHead } from './readers.js';
import { Registry } from './registry.js';
import { Shares } from './shares.js';

export interface Report {
  readonly findings: Findings;
  readonly faults: readonly FaultRow[];
  readonly records: number;
  readonly claims: number;
  readonly voids: number;
  readonly calls: number;
  readonly answers: number;
  readonly recorded: number;
  readonly verdicts: Readonly<Record<string, number>>;
  /** Of what many grants share: taken, and given back; and ids that were ended. */
  readonly shares: number;
  readonly givenBack: number;
  readonly endedIds: number;
  readonly edits: number;
  readonly signedHeads: number;
  readonly resumes: number;
  readonly rows: number;
  readonly aheadMs: number;
  readonly behindMs: number;
}

const DECISIONS = 'docket.decisions';
const REGISTRY = 'docket.registry';

/** Judges an evidence folder. Throws only for what cannot be read at all: a missing file, a line that is no JSON, a policy that it does not know. */
export async function check(folder: string): Promise<Report> {
  const evidence = new Evidence(folder);
  const findings = new Findings();
  const history = await History.read(evidence);
  const registry = new Registry(findings);
  const recorded = new Map<string, Recorded>();
  const shares = new Shares();
  const counters = new Map<number, Counters>();
  const facts: PartitionFacts[] = [];
  let signedHeads = 0;
  const files = evidence.partitions();
  // The registry first: its documents are what verdicts follow from.
  for (const file of [...files.filter(({ topic }) => topic === REGISTRY), ...files.filter(({ topic }) => topic === DECISIONS)]) {
    const decisions = new Decisions(file.partition, registry, history.calls, shares, findings);
    const places: Place[] = [BEGINNING];
    const read = await readPartition(file, (judged, place) => {
      places[place.offset] = place;
      if (checkSignedHead(judged, (offset) => places[offset], findings)) signedHeads += 1;
      else (file.topic === REGISTRY ? registry : decisions).apply(judged);
    }, findings);
    facts.push(read);
    if (file.topic !== DECISIONS) continue;
    for (const [key, one] of decisions.recorded) {
      const other = recorded.get(key);
      if (other !== undefined) findings.add('one-verdict', `call ${one.callId} was decided in partition ${other.partition} at ${other.offset} and in ${one.partition} at ${one.offset}`, key);
      recorded.set(key, one);
    }
    counters.set(file.partition, decisions.counters);
  }
  checkEnds(evidence, facts, registry, findings);
  shares.check(recorded, history.calls, findings);
  checkAnswers(history, recorded, registry, findings);
  const resumes = await checkResumes(evidence, facts, findings);
  const rows = await checkProjections(evidence, recorded, counters, findings);
  const sum = (of: (one: PartitionFacts) => number): number => facts.reduce((total, one) => total + of(one), 0);
  const verdicts: Record<string, number> = {};
  for (const { verdict } of recorded.values()) verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
  return {
    findings, faults: faultTable(history, findings), records: sum((one) => one.records), claims: sum((one) => one.claims), voids: sum((one) => one.voids), calls: history.calls.size,
    answers: [...history.calls.values()].reduce((total, { turns }) => total + turns.filter(({ kind }) => kind === 'answered').length, 0),
    recorded: recorded.size, verdicts, shares: shares.taken, givenBack: shares.givenBack, endedIds: shares.endedIds, edits: history.edits.length, signedHeads, resumes, rows,
    aheadMs: Math.max(...facts.map((one) => one.aheadMs)), behindMs: Math.max(...facts.map((one) => one.behindMs)),
  };
}

/** A tail that was not exported, or a partition, would hide whatever is in it. */
function checkEnds(evidence: Evidence, facts: readonly PartitionFacts[], registry: Registry, findings: Findings): void {
  const read = new Map(facts.map(({ topic, partition, records }) => [`${topic}-${partition}`, records]));
  for (const { topic, partition, end } of evidence.ends()) {
    const found = read.get(`${topic}-${partition}`);
    if (found !== end) findings.add('log-is-whole', `${topic}-${partition}: ${found ?? 'no'} records exported, the brokers say ${end}`);
  }
  const partitions = facts.filter(({ topic }) => topic === DECISIONS).length;
  if (partitions !== registry.decisionsPartitions) findings.add('log-is-whole', `${partitions} partitions of ${DECISIONS} exported, the registry says ${registry.decisionsPartitions ?? 'nothing'}`);
}
