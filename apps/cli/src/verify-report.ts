import type { ReadFrom } from '#archive';
import type { TopicPartition } from '#ledger';
import { faultText, type Fault, type PartitionSummary } from '#proof';
import { plain, table } from './terminal.js';

/** What came of one partition. */
export interface Checked {
  readonly tp: TopicPartition;
  /** Of the records before the first fault; undefined: the partition is missing. */
  readonly summary: PartitionSummary | undefined;
  readonly faults: readonly Fault[];
  /** Found as they were given or kept. */
  readonly receipts: number;
  readonly copies: number;
  readonly readFrom: ReadFrom;
}

export interface KeptOutside {
  /** For the partitions that were verified; undefined: none were given. */
  readonly receiptsGiven: number | undefined;
  readonly hasCopies: boolean;
}

export interface VerifyFacts {
  readonly keys: readonly string[];
  readonly isPinned: boolean;
  /** Where the keys are from; undefined: nobody has brought any. */
  readonly from: string | undefined;
  readonly seconds: number;
  readonly outside: KeptOutside;
}

const count = (value: number): string => value.toLocaleString('en');
const records = (value: number): string => `${count(value)} record${value === 1 ? '' : 's'}`;

/** The last offset under a signed head; null if there is none. */
const signedThrough = ({ signedThrough: end, from }: PartitionSummary): number | null => (end > from ? end - 1 : null);

export function reportJson(checked: readonly Checked[], { keys, isPinned, seconds, outside }: VerifyFacts): object {
  const faults = checked.flatMap((one) => one.faults);
  return {
    sound: faults.length === 0, faults, keys, keysPinned: isPinned,
    partitions: checked.map(({ tp, summary, faults: [fault], receipts, copies, readFrom }) => ({
      ...tp, ...(summary && { ...summary, signedThrough: signedThrough(summary) }), receipts, headsKeptOutside: copies, readFrom, ...(fault && { fault }),
    })),
    ...(outside.receiptsGiven !== undefined && { receiptsGiven: outside.receiptsGiven }), seconds,
  };
}

export function reportText(checked: readonly Checked[], facts: VerifyFacts): string {
  const { seconds, outside: { receiptsGiven, hasCopies } } = facts;
  const sum = (of: (one: Checked) => number): number => checked.reduce((total, one) => total + of(one), 0);
  const read = sum(({ summary }) => summary?.records ?? 0);
  const found = sum((one) => one.receipts);
  const lines = [
    table(['PARTITION', 'RECORDS', 'EVENTS', 'CLAIMS', 'VOID', 'SIGNED HEADS', 'SIGNED UP TO', 'LAST SIGNED', ''], checked.map((one) => [`${one.tp.topic}/${one.tp.partition}`, ...row(one)])),
    `${records(read)} of ${checked.length} partitions read in ${seconds.toFixed(1)} s (${count(Math.round(read / Math.max(seconds, 0.001)))} a second)`,
    ...readFromLines(checked),
    headsLine(checked, facts),
    ...(hasCopies ? [`signed heads kept outside: ${count(sum(({ copies }) => copies))} found in the log as they were kept`] : []),
    ...(receiptsGiven === undefined ? [] : [`receipts: ${receiptsGiven === found ? `${count(found)} found in the log as they were given` : `${count(found)} of ${count(receiptsGiven)} found in the log as they were given, ${count(receiptsGiven - found)} not, or not looked for behind a fault`}`]),
  ];
  return [...lines, ...faultLines(checked)].join('\n');
}

function row({ summary, faults: [fault] }: Checked): string[] {
  const state = fault === undefined ? 'sound' : `FAULT at ${fault.offset}`;
  if (summary === undefined) return ['0', ...Array<string>(6).fill('–'), state];
  const { records: all, events, claims, voids, signedHeads, signedAtMs } = summary;
  const through = signedThrough(summary);
  return [...[all, events, claims, voids, signedHeads].map(count), through === null ? '–' : count(through), signedAtMs === null ? '–' : new Date(signedAtMs).toISOString(), state];
}

/** Where archives stand in place of the beginning: what was read from where. */
function readFromLines(checked: readonly Checked[]): string[] {
  const sum = (of: (from: ReadFrom) => number): number => checked.reduce((total, { readFrom }) => total + of(readFrom), 0);
  const [archive, live, compared] = [sum((from) => from.archive), sum((from) => from.live), sum((from) => from.compared)];
  if (archive === 0) return [];
  return [`read from: archives ${records(archive)}, the log ${count(live)}${compared === 0 ? '' : `; ${count(compared)} that both hold were compared${checked.some(({ faults }) => faults.length > 0) ? '' : ', and are the same'}`}`];
}

function headsLine(checked: readonly Checked[], { keys, from }: VerifyFacts): string {
  const heads = checked.reduce((sum, { summary }) => sum + (summary?.signedHeads ?? 0), 0);
  const sound = checked.filter(({ faults }) => faults.length === 0);
  const unsigned = sound.reduce((sum, { summary }) => sum + (summary?.unsigned ?? 0), 0);
  const where = sound.length === checked.length ? '' : ` of the ${sound.length} partition${sound.length === 1 ? '' : 's'} without a fault`;
  const covered = sound.length === 0 ? 'what they cover is not known beside faults'
    : unsigned === 0 ? `they cover all records${where}` : `${records(unsigned)}${where} ${unsigned === 1 ? 'is' : 'are'} newer than the last of ${unsigned === 1 ? 'its' : 'their'} partition: no signature covers ${unsigned === 1 ? 'it' : 'them'} yet`;
  return `signed heads: ${count(heads)}, by ${keys.length === 0 ? 'no key' : keys.join(', ')}${from === undefined ? ' (as they say themselves)' : ` (${from})`}; ${covered}`;
}

function faultLines(checked: readonly Checked[]): string[] {
  const faults = checked.flatMap((one) => one.faults);
  if (faults.length === 0) return ['sound: no fault was found'];
  const where = new Set(faults.map(({ topic, partition }) => `${topic}/${partition}`)).size;
  return [where === 1 ? faults.length === 1 ? 'a fault:' : 'faults in one partition:' : `faults in ${where} partitions, the first of each:`, ...faults.map((fault) => plain(`  ${faultText(fault)}`))];
}
