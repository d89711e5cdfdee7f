import { Envelope, outOfLog, sha256, type LogRecord, type ResumeState, type TopicPartition } from '#ledger';
import { pause } from './pause.js';
import type { LogReader } from './projection.js';

/** Behind what counts there are seldom more than a few void records. */
const FIRST_LOOK = 1;
const GROWTH = 32;
const LOOK_MAX = 2_000;
/** That records are gone is said once it was seen so often. */
export const LOOKS = 3;
export const LOOK_AGAIN_MS = 250;

/**
 * Whether the log is the one that was read up to here: below `resume.offset` the newest record that counts is the event, or
 * the claim, that the head was made from. Resolves to what is wrong, for people; undefined if it is there, and where that
 * cannot be told: its beginning was deleted, a record is missing, it is away behind the end. Rejects as the log does.
 */
export async function lostPlace(log: LogReader, tp: TopicPartition, resume: ResumeState, signal: AbortSignal): Promise<string | undefined> {
  // Nothing has counted yet.
  if (resume.epoch === 0) return undefined;
  const isHead = headOf(tp, resume);
  let before = resume.offset;
  for (let size = FIRST_LOOK; before > 0; size = Math.min(size * GROWTH, LOOK_MAX)) {
    const from = Math.max(0, before - size);
    const records = await stretch(log, tp, from, before, signal);
    if (records === undefined || records.some(isHead)) return undefined;
    before = from;
  }
  const { offset, epoch, sequence } = resume;
  return anotherLog(tp, offset, sequence === 0 ? `the claim of epoch ${epoch} is not among them` : `event ${epoch}-${sequence} is not among them`);
}

/** `detail`: what shows it. */
export const anotherLog = ({ topic, partition }: TopicPartition, offset: number, detail: string): string =>
  `${topic}/${partition} holds other records below offset ${offset} than were read there (${detail}): its end was cut off and it has grown again, or it is another log. The rows are of the log as it was; a rebuild makes them of this one`;

/**
 * The same for who may have nothing left to read: that the log ends before the place, as well, once it was seen so often
 * (the end may step back for a moment when a partition gets another leader).
 */
export async function lostPlaceOrEnd(log: LogReader, tp: TopicPartition, resume: ResumeState, signal: AbortSignal): Promise<string | undefined> {
  for (let looks = 1; !signal.aborted; looks += 1) {
    const end = await log.endOffset(tp);
    if (resume.offset <= end) return lostPlace(log, tp, resume, signal);
    if (looks === LOOKS) return `${tp.topic}/${tp.partition} ends at offset ${end}, and ${resume.offset} records of it were read before: records of the log are gone`;
    await pause(LOOK_AGAIN_MS, signal);
  }
  return undefined;
}

function headOf({ topic, partition }: TopicPartition, { epoch, nonce, sequence, head }: ResumeState): (record: LogRecord) => boolean {
  if (sequence > 0) return ({ value }) => sha256(value) === head;
  const envelope = new Envelope(topic, partition);
  return ({ value }) => {
    const parsed = envelope.parse(value);
    return parsed.kind === 'claim' && parsed.claim.epoch === epoch && parsed.claim.nonce === nonce;
  };
}

/** All records from one offset up to another; undefined if they cannot all be had. */
async function stretch(log: LogReader, tp: TopicPartition, from: number, to: number, signal: AbortSignal): Promise<LogRecord[] | undefined> {
  const records: LogRecord[] = [];
  while (from + records.length < to) {
    const next = from + records.length;
    const found = await log.read(tp, next, { maxRecords: to - next, signal }).catch((error: unknown) => {
      if (outOfLog(error) !== undefined) return [];
      throw error;
    });
    // None of a call that was given up, either.
    if (found[0]?.offset !== next) return undefined;
    records.push(...found);
  }
  return records;
}
