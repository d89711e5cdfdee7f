import { Envelope, INITIAL_RESUME_STATE, Judge, NO_PREVIOUS, parseSignedHead, resumeOf, type EncodedEvent, type Judged, type LogRecord, type Position, type ResumeState, type SignedHead, type TopicPartition } from '#ledger';
import type { Fault } from './fault.js';
import type { BeforeBreak } from './locate-break.js';
import { RecentRecords } from './recent-records.js';
import type { TrustedKeys } from './trusted-keys.js';

/** Several could only be told apart by looking at each of them. */
const VOIDS_MAX = 100;

export interface PartitionVerifierOptions extends TopicPartition {
  readonly keys: TrustedKeys;
  /** What a valid event must satisfy beside the chain; what is wrong with it, or undefined. */
  readonly problemOf: (encoded: EncodedEvent) => Pick<Fault, 'kind' | 'what'> | undefined;
  /** Where the records begin, if the beginning of the log is not among them. */
  readonly start?: ResumeState;
}

/** What a verifier found besides faults. */
export interface PartitionSummary extends TopicPartition {
  readonly from: number;
  readonly records: number;
  readonly events: number;
  readonly claims: number;
  readonly voids: number;
  readonly signedHeads: number;
  /** Records up to here are under signed heads. */
  readonly signedThrough: number;
  /** Records from there on, other than signed heads. */
  readonly unsigned: number;
  /** When the newest head was signed, ms since the epoch. */
  readonly signedAtMs: number | null;
  readonly head: string;
}

/** A record that does not continue the chain: what stands behind it tells what happened. */
export interface Break {
  readonly before: BeforeBreak;
  readonly broken: LogRecord;
}

/** A head's records lie too far back to be remembered: they must be read again. */
export interface Recheck {
  readonly head: SignedHead;
  readonly offset: number;
  /** Where a reader stands at its `from`. */
  readonly from: ResumeState;
}

export type Added =
  | { readonly kind: 'valid' | 'void'; readonly at?: Position }
  | { readonly kind: 'fault'; readonly fault: Fault }
  | { readonly kind: 'break'; readonly break: Break }
  | { readonly kind: 'recheck'; readonly recheck: Recheck };

/** Checks the records of one partition in their order, in bounded memory. Ends with its first fault. */
export class PartitionVerifier {
  readonly #o: PartitionVerifierOptions;
  readonly #judge: Judge;
  readonly #envelope: Envelope;
  readonly #start: ResumeState;
  /** Since the end of what the last signed head covers. */
  readonly #recent: RecentRecords;
  #lastHead: { readonly hash: string; readonly head: SignedHead } | undefined;
  #lastEvent: BeforeBreak['lastEvent'];
  #claimOffset: number | undefined;
  #voids: BeforeBreak['voids'][number][] = [];
  /** Records since the last signed head that are almost what a Docket writes. */
  #strange: { offset: number; reason: string }[] = [];
  #voidsSinceHead: number[] = [];
  /** Of signed heads that no later one covers yet. */
  #uncoveredHeads: number[] = [];
  readonly #counts = { records: 0, events: 0, claims: 0, voids: 0, signedHeads: 0 };

  constructor(options: PartitionVerifierOptions) {
    this.#o = options;
    this.#start = options.start ?? INITIAL_RESUME_STATE;
    this.#judge = new Judge(options.topic, options.partition, this.#start);
    this.#envelope = new Envelope(options.topic, options.partition);
    this.#recent = new RecentRecords(this.#start);
  }

  get resume(): ResumeState {
    return this.#judge.resume;
  }

  /** DocketError data_loss / LOG_GAP if it is not the next record. */
  add(record: LogRecord): Added {
    const before = this.#judge.resume;
    const judged = this.#judge.judge(record);
    this.#recent.add(this.#judge.lastHash!, judged.kind !== 'void', this.#judge.resume);
    this.#counts.records += 1;
    switch (judged.kind) {
      case 'void': return this.#void(record, judged, before);
      case 'claim':
        this.#counts.claims += 1;
        this.#claimOffset = record.offset;
        return { kind: 'valid' };
      case 'event': {
        this.#counts.events += 1;
        this.#confirmed({ offset: record.offset, isIntact: false });
        const problem = this.#o.problemOf(judged.encoded);
        return problem === undefined ? { kind: 'valid', at: judged.at } : this.#fault(record.offset, problem.kind, problem.what);
      }
      case 'signed_head':
        this.#counts.signedHeads += 1;
        this.#confirmed({ offset: record.offset, isIntact: true });
        return this.#head(record, judged, before);
    }
  }

  /** After the last record. A damaged one is a fault, unless a signed head shows that it was always like that. */
  end(): Fault | undefined {
    const [strange] = this.#strange;
    return strange && this.#fault(strange.offset, 'changed', `a record there was changed: it is almost one of Docket’s (${strange.reason}), and no signed head covers it`, this.#strange.at(-1)!.offset).fault;
  }

  get summary(): PartitionSummary {
    const { topic, partition } = this.#o;
    const { head } = this.#lastHead ?? {};
    const signedThrough = head?.to ?? this.#start.offset;
    const unsigned = Math.max(0, this.#judge.resume.offset - Math.max(signedThrough, this.#start.offset) - this.#uncoveredHeads.length);
    return { topic, partition, from: this.#start.offset, ...this.#counts, signedThrough, unsigned, signedAtMs: head?.signed_at_ms ?? null, head: this.#judge.resume.head };
  }

  /** A valid event names the one before it, so that one and all before are what they were. */
  #confirmed(lastEvent: NonNullable<BeforeBreak['lastEvent']>): void {
    this.#lastEvent = lastEvent;
    this.#claimOffset = undefined;
    this.#voids = [];
  }

  #void(record: LogRecord, judged: Extract<Judged, { kind: 'void' }>, before: ResumeState): Added {
    this.#counts.voids += 1;
    if (judged.breaksChain === true) {
      const { topic, partition } = this.#o;
      return { kind: 'break', break: { before: { tp: { topic, partition }, resume: before, lastEvent: this.#lastEvent, claimOffset: this.#claimOffset, voids: this.#voids }, broken: record } };
    }
    const parsed = this.#envelope.parse(record.value);
    const isDamaged = parsed.kind === 'malformed' && this.#looksWritten(record.value);
    if (this.#voids.length < VOIDS_MAX) this.#voids.push({ offset: record.offset, reason: judged.reason, isDamaged, isOfThisEpoch: parsed.kind === 'event' && parsed.epoch === before.epoch, isClaim: parsed.kind === 'claim', hash: this.#judge.lastHash! });
    if (this.#voidsSinceHead.length < VOIDS_MAX) this.#voidsSinceHead.push(record.offset);
    if (isDamaged && this.#strange.length < VOIDS_MAX) this.#strange.push({ offset: record.offset, reason: judged.reason });
    return { kind: 'void' };
  }

  /** A few bytes that are others leave most of it: what a stranger wrote has nothing of it. */
  #looksWritten(value: Uint8Array): boolean {
    const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return ['{"specversion":"1.0","id":"', `"source":"/docket/${this.#o.topic}/${this.#o.partition}"`, '"datacontenttype":"application/json"'].filter((part) => text.includes(part)).length >= 2;
  }

  #head(record: LogRecord, { encoded, at }: Extract<Judged, { kind: 'signed_head' }>, before: ResumeState): Added {
    const { topic, partition, keys } = this.#o;
    const wrong = (what: string): Added => this.#fault(record.offset, 'head', what);
    const head = parseSignedHead(encoded.data);
    if (head === undefined) return wrong('the signed head there has not the form of one');
    const canonical = this.#envelope.encodeEvent({ ...encoded, subject: 'head' }, at.epoch, at.sequence, before.head, at.timeMs);
    if (!canonical.equals(record.value) || head.signed_at_ms !== at.timeMs) return wrong('the signed head there was changed: it is not written as Docket writes it');
    const problem = keys.problemOf(head);
    if (problem !== undefined) return wrong(`the signed head there is not to be trusted: ${problem}`);
    if (head.topic !== topic || head.partition !== partition) return wrong(`the signed head there is that of ${head.topic}/${head.partition}`);
    if (head.to > record.offset) {
      return this.#fault(this.#recent.from, 'missing', `a record is missing: the signed head at offset ${record.offset} covers those up to offset ${head.to - 1}`, record.offset);
    }
    const last = this.#lastHead;
    this.#lastHead = { hash: at.hash, head };
    this.#uncoveredHeads = [...this.#uncoveredHeads.filter((offset) => offset >= head.to), record.offset];
    // Below the first record here there may be others, and a signed head among them.
    const isFirstHere = last === undefined && this.#start.offset > 0;
    if (isFirstHere ? head.from > this.#start.offset : (head.from !== (last?.head.to ?? 0) || head.previous !== (last?.hash ?? NO_PREVIOUS))) {
      return wrong(`the signed head there begins at ${head.from}, after ${short(head.previous)}; the one before it ends at ${last?.head.to ?? 0} and is ${short(last?.hash ?? NO_PREVIOUS)}: a signed head is missing`);
    }
    const voids = this.#voidsSinceHead.filter((offset) => offset < head.to);
    this.#voidsSinceHead = this.#voidsSinceHead.filter((offset) => offset >= head.to);
    this.#strange = this.#strange.filter(({ offset }) => offset >= head.to);
    const { from, root, at: there } = this.#recent.cut(head.to);
    if (head.from < this.#start.offset) {
      return there !== undefined && head.to >= this.#start.offset && !isAt(there, head) ? wrong('it states another chain than the records give') : { kind: 'valid', at };
    }
    if (root === undefined || there === undefined) return { kind: 'recheck', recheck: { head, offset: record.offset, from: last === undefined ? this.#start : resumeOf(last.head) } };
    return this.#compare(head, record.offset, from, there, root, voids) ?? { kind: 'valid', at };
  }

  /** What a head's records were read again for. */
  rechecked({ head, offset, from }: Recheck, at: ResumeState, root: string): Fault | undefined {
    const found = this.#compare(head, offset, from.offset, at, root, []);
    return found?.kind === 'fault' ? found.fault : undefined;
  }

  #compare(head: SignedHead, offset: number, from: number, at: ResumeState, root: string, voids: readonly number[]): Extract<Added, { kind: 'fault' }> | undefined {
    if (!isAt(at, head)) return this.#fault(from, 'head', `the signed head at offset ${offset} states another chain: records from ${from} to ${head.to - 1} were changed, dropped or put in`, head.to - 1);
    if (root === head.root) return undefined;
    const [only, ...others] = voids;
    const what = `a record that counts nowhere was changed, dropped or put in: the Merkle root of the signed head at offset ${offset} is another one`;
    return only !== undefined && others.length === 0 ? this.#fault(only, 'changed', what) : this.#fault(from, 'changed', what, head.to - 1);
  }

  #fault(offset: number, kind: Fault['kind'], what: string, throughOffset?: number): Extract<Added, { kind: 'fault' }> {
    const { topic, partition } = this.#o;
    return { kind: 'fault', fault: { topic, partition, offset, kind, what, ...(throughOffset === undefined || throughOffset === offset ? {} : { throughOffset }) } };
  }
}

const short = (hash: string): string => `${hash.slice(0, 12)}…`;

export function isAt(at: ResumeState, { to, epoch, sequence, head, event_time_ms }: Pick<SignedHead, 'to' | 'epoch' | 'sequence' | 'head' | 'event_time_ms'>): boolean {
  return at.offset === to && at.epoch === epoch && at.sequence === sequence && at.head === head && at.timeMs === event_time_ms;
}
