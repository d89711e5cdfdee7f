import { BEGINNING, Chain } from './chain.js';
import type { Judged, Place } from './chain.js';
import { linesOf } from './evidence.js';
import type { PartitionFile, RawRecord } from './evidence.js';
import type { Findings } from './findings.js';

/** How far event time may be from the log's: before it (two clocks, each within its tolerance), and after it (an append that took its time). */
const AHEAD_MS = 10_000;
const BEHIND_MS = 30_000;
/** A hash of the place is asked for at so many random places, from which the rest is read once more. */
const RESUMES = 3;

export interface PartitionFacts {
  readonly topic: string;
  readonly partition: number;
  readonly records: number;
  readonly claims: number;
  readonly voids: number;
  readonly aheadMs: number;
  readonly behindMs: number;
  /** Where a reader stands before the record at this offset; one more than there are records. */
  readonly places: readonly Place[];
}

/** Reads a partition from its first record, hands on what counts, and proves that one writer wrote it. Throws for a log with a hole. */
export async function readPartition({ topic, partition, file }: PartitionFile, apply: (judged: Judged, after: Place) => void, findings: Findings): Promise<PartitionFacts> {
  const name = `${topic}-${partition}`;
  const chain = new Chain(topic, partition);
  const places: Place[] = [BEGINNING];
  const nonces = new Map<string, number>();
  const facts = { claims: 0, voids: 0, aheadMs: 0, behindMs: 0 };
  let broken: string | undefined;
  let lastMs = 0;
  for await (const record of linesOf<RawRecord>(file)) {
    if (record.offset !== chain.place.offset) {
      findings.add('log-is-whole', `${name}: found offset ${record.offset}, expected ${chain.place.offset}`);
      break;
    }
    const judged = chain.take(record);
    places.push(chain.place);
    if (judged.kind === 'void') {
      facts.voids += 1;
      if (judged.ahead) broken ??= `${name} at ${judged.offset}: an event ${judged.why}, which nothing that counts leads to`;
    } else if (judged.kind === 'claim') {
      facts.claims += 1;
      if (broken !== undefined) findings.add('one-writer', broken);
      broken = undefined;
      const epoch = nonces.get(judged.nonce);
      if (epoch !== undefined) findings.add('one-writer', `${name} at ${judged.offset}: the nonce of epoch ${judged.epoch} is that of epoch ${epoch}, too`);
      nonces.set(judged.nonce, judged.epoch);
    } else {
      broken = undefined;
      const { offset, timeMs, loggedMs } = judged;
      if (timeMs < lastMs) findings.add('event-time', `${name} at ${offset}: event time ${timeMs} after ${lastMs}`);
      lastMs = timeMs;
      facts.aheadMs = Math.max(facts.aheadMs, timeMs - loggedMs);
      facts.behindMs = Math.max(facts.behindMs, loggedMs - timeMs);
      if (timeMs - loggedMs > AHEAD_MS || loggedMs - timeMs > BEHIND_MS) findings.add('event-time', `${name} at ${offset}: event time ${timeMs}, the log's is ${loggedMs}`);
    }
    apply(judged, chain.place);
  }
  if (broken !== undefined) findings.add('one-writer', broken);
  const result = { topic, partition, records: places.length - 1, ...facts, places };
  await resumeAnywhere({ topic, partition, file }, result, findings);
  return result;
}

/** Readers that begin in the middle, with nothing but the place: each must come to stand where the reader from zero does, at every record. */
async function resumeAnywhere({ topic, partition, file }: PartitionFile, { places }: PartitionFacts, findings: Findings): Promise<void> {
  const starts = Array.from({ length: RESUMES }, (_, i) => Math.floor(((i + 0.5) / RESUMES) * (places.length - 1)));
  const readers = starts.map((start) => new Chain(topic, partition, JSON.parse(JSON.stringify(places[start])) as Place));
  for await (const record of linesOf<RawRecord>(file)) {
    if (record.offset >= places.length - 1) return;
    for (const reader of readers) {
      if (reader.place.offset !== record.offset) continue;
      reader.take(record);
      if (!samePlace(reader.place, places[record.offset + 1]!)) return findings.add('readers-agree', `${topic}-${partition} at ${record.offset}: a resumed reader stands elsewhere`);
    }
  }
}

export function samePlace(one: Place, other: Place): boolean {
  return one.offset === other.offset && one.epoch === other.epoch && one.nonce === other.nonce && one.sequence === other.sequence && one.head === other.head && one.timeMs === other.timeMs;
}
