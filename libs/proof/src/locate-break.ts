import { Envelope, sha256, type LogRecord, type ParsedRecord, type ResumeState, type TopicPartition } from '#ledger';
import type { Fault } from './fault.js';

/** What was read before a record that does not continue the chain. */
export interface BeforeBreak {
  readonly tp: TopicPartition;
  /** Where the judge stood before it. */
  readonly resume: ResumeState;
  /** The last valid event. No record after it has confirmed it yet: its successor would have named its hash. */
  readonly lastEvent: { readonly offset: number; readonly isIntact: boolean } | undefined;
  /** The claim that began the epoch, if no valid event has followed it. */
  readonly claimOffset: number | undefined;
  /** Records behind the last valid event that count nowhere, the first few. */
  readonly voids: readonly { readonly offset: number; readonly reason: string; readonly isDamaged: boolean; readonly isOfThisEpoch: boolean; readonly isClaim: boolean; readonly hash: string }[];
}

type Event = Extract<ParsedRecord, { kind: 'event' }>;

/**
 * Finds the record that was changed, dropped, moved or put in, where the one at `broken` does not continue the chain.
 * `following` are some records after it: they tell whether that one is as it was written.
 */
export function locateBreak(before: BeforeBreak, broken: LogRecord, following: readonly LogRecord[]): Fault {
  const { tp, resume, lastEvent, claimOffset } = before;
  const envelope = new Envelope(tp.topic, tp.partition);
  const at = (offset: number, kind: Fault['kind'], what: string, throughOffset?: number): Fault =>
    ({ topic: tp.topic, partition: tp.partition, kind, offset, what, ...(throughOffset === undefined || throughOffset === offset ? {} : { throughOffset }) });
  const event = envelope.parse(broken.value) as Event;
  const name = `${event.epoch}-${event.sequence}`;
  const next = `${resume.epoch}-${resume.sequence + 1}`;
  const later = following.map(({ value }) => envelope.parse(value)).filter((parsed): parsed is Event => parsed.kind === 'event');
  const hash = sha256(broken.value);
  const isIntact = later.some(({ epoch, sequence, prev }) => epoch === event.epoch && sequence === event.sequence + 1 && prev === hash);
  const suspects = before.voids.filter(({ isDamaged, isOfThisEpoch }) => isDamaged || isOfThisEpoch);
  const [suspect] = suspects;
  /** Right after what is known to be in its place. */
  const behind = (claimOffset ?? lastEvent?.offset ?? broken.offset - 1) + 1;
  const lastSuspect = suspects.at(-1)?.offset;

  if (event.epoch > resume.epoch) {
    const instead = suspect ?? before.voids.findLast(({ isClaim }) => isClaim);
    if (instead !== undefined) return at(instead.offset, 'changed', `the record there was changed (${instead.reason}): event ${name} at offset ${broken.offset} needs what it was`);
    return isIntact
      ? at(broken.offset, 'missing', `the claim of epoch ${event.epoch} is missing before event ${name}`)
      : at(broken.offset, 'inserted', `event ${name} is of an epoch that nobody has claimed`);
  }
  if (event.sequence > resume.sequence + 1) {
    if (suspect !== undefined) return at(suspect.offset, 'changed', `the record there was changed (${suspect.reason}): event ${next} is expected before ${name} at offset ${broken.offset}`, lastSuspect);
    if (later.some(({ epoch, sequence, prev }) => epoch === resume.epoch && sequence === resume.sequence + 1 && prev === resume.head)) {
      return at(behind, 'reordered', `event ${name} at offset ${broken.offset} stands before ${next}: records were moved`, broken.offset);
    }
    return at(behind, 'missing', `event ${next} is missing before event ${name} at offset ${broken.offset}`, broken.offset);
  }
  if (lastEvent !== undefined && before.voids.some(({ hash: displaced }) => displaced === event.prev)) {
    return at(lastEvent.offset, 'inserted', `the event there was put in: event ${name} at offset ${broken.offset} continues another one with its number`);
  }
  // The right sequence, but it names another hash than that of what is before it.
  if (later.some(({ epoch, sequence, prev }) => epoch === resume.epoch && sequence === resume.sequence + 1 && prev === resume.head)) {
    return at(broken.offset, 'inserted', `event ${name} was put in: the one with this number that continues the chain comes after it`);
  }
  if (claimOffset !== undefined) {
    // The claim went into the chain as well, and names nobody before it: one of these, and the chain does not tell which.
    const candidates = [
      ...(lastEvent?.isIntact === false ? [lastEvent.offset] : []), ...before.voids.filter(({ isDamaged, isOfThisEpoch, isClaim }) => isDamaged || isOfThisEpoch || isClaim).map(({ offset }) => offset),
      claimOffset, ...(isIntact ? [] : [broken.offset]),
    ];
    return at(Math.min(...candidates), 'changed', `a record there was changed, or one is missing: event ${name} at offset ${broken.offset} names another hash before it`, Math.max(...candidates));
  }
  if (lastEvent === undefined) return at(broken.offset, 'changed', `event ${name} names another hash before it than the log has`);
  return isIntact
    ? at(lastEvent.offset, 'changed', `the record there was changed: event ${name} at offset ${broken.offset} names another hash before it`)
    : at(lastEvent.offset, 'changed', `event ${name} at offset ${broken.offset} does not name the record before it: one of the two was changed`, broken.offset);
}
