import type { DecisionEvent } from '#decision';

/**
 * Why a recorded event is not the one that the log gives. The first that applies, in this order:
 * `refused`: it would have been refused with an error (a revoked grant, a call id used twice, …), so nothing would be there;
 * `policy_missing`, `policy_changed`, `policy_unreadable`: the document of the version in force is not there, is another one than
 * its hash says, or cannot be read; `values_altered`: the sealed values are not those that were sealed for this call;
 * then what the record says otherwise: `grant` (its organisation or server), `policy` (id, version or mode), `verdict`, `rule`, `charges`,
 * `limits`, `approval`, `message`; of a settlement `refunds`; of a decision on an approval `vote`; of a reservation in a wider scope `limits`, of its release `refunds`.
 */
export const CAUSES = [
  'refused', 'policy_missing', 'policy_changed', 'policy_unreadable', 'values_altered', 'grant', 'policy', 'verdict', 'rule', 'charges', 'limits', 'approval',
  'message', 'refunds', 'vote',
] as const;
export type Cause = (typeof CAUSES)[number];

/** Why a verdict cannot be derived again: its values were erased, or there are no keys here to open them with. */
export const GAPS = ['values_erased', 'values_key_missing', 'values_sealed'] as const;
export type Gap = (typeof GAPS)[number];

export type Replayed = Extract<DecisionEvent['type'], 'CallDecided' | 'CallSettled' | 'ApprovalResolved' | 'QuotaReserved' | 'QuotaReleased' | 'CallAborted'>;
export const REPLAYED_TYPES: readonly Replayed[] = ['CallDecided', 'CallSettled', 'ApprovalResolved', 'QuotaReserved', 'QuotaReleased', 'CallAborted'];

export interface Difference {
  readonly partition: number;
  readonly offset: number;
  readonly timeMs: number;
  readonly type: Replayed;
  readonly grant_id: string;
  /** The approval's id for a decision on one. */
  readonly call_id: string;
  readonly cause: Cause;
  /** Names of the fields that differ. */
  readonly fields: readonly string[];
  /** What the record says and what the log gives; never an argument's value. */
  readonly recorded: string;
  readonly derived: string;
}

export interface Tally {
  compared: number;
  agreed: number;
  differing: number;
  underivable: number;
}

/** What replaying one partition, or all of them, has found. Plain data. */
export interface ReplayReport {
  /** Records read, valid or not. */
  records: number;
  events: number;
  claims: number;
  signedHeads: number;
  voids: number;
  tallies: Record<Replayed, Tally>;
  causes: Record<Cause, number>;
  gaps: Record<Gap, number>;
  /** The first few, in the order of partitions and offsets. */
  differences: Difference[];
  /** Where the chain of a partition broke and nothing continued it: events may be missing for ever. */
  chainBreaks: { partition: number; offset: number; reason: string }[];
}

const tally = (): Tally => ({ compared: 0, agreed: 0, differing: 0, underivable: 0 });
const zeros = <K extends string>(keys: readonly K[]): Record<K, number> => Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;

export function emptyReport(): ReplayReport {
  return {
    records: 0, events: 0, claims: 0, signedHeads: 0, voids: 0,
    tallies: { CallDecided: tally(), CallSettled: tally(), ApprovalResolved: tally(), QuotaReserved: tally(), QuotaReleased: tally(), CallAborted: tally() },
    causes: zeros(CAUSES), gaps: zeros(GAPS), differences: [], chainBreaks: [],
  };
}

/** All partitions as one, with at most so many differences. */
export function mergeReports(reports: readonly ReplayReport[], differencesMax: number): ReplayReport {
  const all = emptyReport();
  for (const one of reports) {
    for (const key of ['records', 'events', 'claims', 'signedHeads', 'voids'] as const) all[key] += one[key];
    for (const type of REPLAYED_TYPES) for (const key of ['compared', 'agreed', 'differing', 'underivable'] as const) all.tallies[type][key] += one.tallies[type][key];
    for (const cause of CAUSES) all.causes[cause] += one.causes[cause];
    for (const gap of GAPS) all.gaps[gap] += one.gaps[gap];
    all.differences.push(...one.differences);
    all.chainBreaks.push(...one.chainBreaks);
  }
  all.differences = all.differences.sort((a, b) => a.partition - b.partition || a.offset - b.offset).slice(0, differencesMax);
  return all;
}

/** Whether what is recorded is what the log gives, as far as that can be derived. */
export function isFaultless({ causes, chainBreaks }: ReplayReport): boolean {
  return chainBreaks.length === 0 && CAUSES.every((cause) => causes[cause] === 0);
}
