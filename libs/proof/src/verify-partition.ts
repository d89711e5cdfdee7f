import { DocketError } from '#errors';
import { Judge, MerkleTree, outOfLog, readUpToHole, sha256, type EventLog, type LogRecord, type ResumeState, type TopicPartition } from '#ledger';
import { faultOfRead } from './fault-of-read.js';
import type { Fault } from './fault.js';
import type { HeadCopy } from './head-copy.js';
import { locateBreak } from './locate-break.js';
import { PartitionVerifier, isAt, type Added, type PartitionSummary, type PartitionVerifierOptions, type Recheck } from './partition-verifier.js';
import { receiptFault, type Receipt } from './receipts.js';

const READ = { maxBytes: 1024 * 1024, maxRecords: 2_000 } as const;
/** Enough to tell a changed record from a dropped or a moved one. */
const LOOK_AHEAD_RECORDS = 64;

export interface VerifyPartitionOptions extends Pick<PartitionVerifierOptions, 'keys' | 'problemOf' | 'start'> {
  readonly log: Pick<EventLog, 'read' | 'endOffset'>;
  readonly tp: TopicPartition;
  /** By offset. */
  readonly receipts: readonly Receipt[];
  /** Kept outside, in the order in which they were signed. */
  readonly copies: AsyncIterable<HeadCopy> | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (records: number) => void;
}

export interface VerifiedPartition {
  readonly summary: PartitionSummary;
  readonly fault: Fault | undefined;
  readonly receipts: number;
  readonly copies: number;
}

/**
 * Reads one partition from its beginning to what is now its end, and stops at the first fault: records that are not there are
 * one. Rejects where the log does not answer.
 */
export async function verifyPartition(options: VerifyPartitionOptions): Promise<VerifiedPartition> {
  const run = new Run(options);
  const fault = await run.run();
  return { summary: run.verifier.summary, fault, receipts: run.receipts, copies: run.copies };
}

class Run {
  readonly verifier: PartitionVerifier;
  receipts = 0;
  copies = 0;
  readonly #o: VerifyPartitionOptions;
  readonly #copies: AsyncIterator<HeadCopy> | undefined;
  #copy: HeadCopy | undefined;
  /** Up to here the last copy and the log agree. */
  #agreedTo = 0;
  /** Hashes of the signed heads whose copies were met, by the offset that is still to come. */
  readonly #expected = new Map<number, string>();
  #end = 0;

  constructor(options: VerifyPartitionOptions) {
    this.#o = options;
    const { tp, keys, problemOf, start } = options;
    this.verifier = new PartitionVerifier({ ...tp, keys, problemOf, ...(start && { start }) });
    this.#copies = options.copies?.[Symbol.asyncIterator]();
    this.#agreedTo = start?.offset ?? 0;
  }

  async run(): Promise<Fault | undefined> {
    const { log, tp } = this.#o;
    this.#end = await log.endOffset(tp);
    try {
      return await this.#all();
    } catch (error) {
      const fault = faultOfRead(error, tp, this.verifier.resume.offset);
      if (fault === undefined) throw error;
      return fault;
    }
  }

  async #all(): Promise<Fault | undefined> {
    const { log, tp, signal, onProgress } = this.#o;
    const early = (await this.#nextCopy()) ?? (await this.#copiesAt(this.verifier.resume));
    if (early !== undefined) return early;
    while (this.verifier.resume.offset < this.#end && !signal.aborted) {
      const { offset } = this.verifier.resume;
      const records = await readUpToHole(log, tp, offset, { ...READ, maxRecords: Math.min(READ.maxRecords, this.#end - offset) });
      if (records.length === 0) throw new DocketError('unavailable', { reason: 'LOG_BEHIND', message: `${tp.topic}/${tp.partition}: the log did not return the record at offset ${offset}` });
      for (const record of records) {
        const looked = this.#record(record);
        const fault = looked instanceof Promise ? await looked : looked;
        if (fault !== undefined) return fault;
      }
      onProgress(records.length);
    }
    return signal.aborted ? undefined : ((await this.#afterEnd()) ?? this.verifier.end());
  }

  /** Asynchronous only where more must be read: almost never. */
  #record(record: LogRecord): Fault | undefined | Promise<Fault | undefined> {
    const expected = this.verifier.resume.offset;
    if (record.offset !== expected) return this.#fault('missing', expected, `the records from offset ${expected} to ${record.offset - 1} are missing`);
    const added = this.verifier.add(record);
    if (added.kind === 'fault') return added.fault;
    if (added.kind === 'break' || added.kind === 'recheck' || this.#copy?.head.to === this.verifier.resume.offset) return this.#lookFurther(record, added);
    return this.#receiptAt(record.offset, added) ?? this.#copyOf(record);
  }

  async #lookFurther(record: LogRecord, added: Added): Promise<Fault | undefined> {
    return (await this.#faultIn(added)) ?? this.#receiptAt(record.offset, added) ?? this.#copyOf(record) ?? (await this.#copiesAt(this.verifier.resume));
  }

  async #faultIn(added: Added): Promise<Fault | undefined> {
    const { log, tp } = this.#o;
    if (added.kind === 'fault') return added.fault;
    if (added.kind === 'recheck') return this.#recheck(added.recheck);
    if (added.kind !== 'break') return undefined;
    const { before, broken } = added.break;
    const behind = broken.offset + 1;
    if (behind >= this.#end) return locateBreak(before, broken, []);
    // What cannot be read there does not hide the fault that is here.
    const following = await readUpToHole(log, tp, behind, { maxRecords: LOOK_AHEAD_RECORDS }).catch((error: unknown) => {
      if (error instanceof DocketError && error.kind === 'data_loss') return [];
      throw error;
    });
    return locateBreak(before, broken, following);
  }

  /** Reads the records under a signed head again, that came long after them. */
  async #recheck(recheck: Recheck): Promise<Fault | undefined> {
    const { log, tp, signal } = this.#o;
    const judge = new Judge(tp.topic, tp.partition, recheck.from);
    const tree = new MerkleTree();
    while (judge.resume.offset < recheck.head.to && !signal.aborted) {
      const { offset } = judge.resume;
      const records = await log.read(tp, offset, { ...READ, maxRecords: Math.min(READ.maxRecords, recheck.head.to - offset) });
      if (records.length === 0) throw new DocketError('unavailable', { reason: 'LOG_BEHIND', message: `${tp.topic}/${tp.partition}: the log did not return the record at offset ${offset} again` });
      for (const record of records) {
        const { kind } = judge.judge(record);
        tree.add(judge.lastHash!, kind !== 'void');
      }
    }
    return signal.aborted ? undefined : this.verifier.rechecked(recheck, judge.resume, tree.root());
  }

  // ---- receipts ----

  #receiptAt(offset: number, added: Added): Fault | undefined {
    const { tp, receipts } = this.#o;
    const found = added.kind === 'valid' ? added.at?.hash : undefined;
    for (let receipt = receipts[this.receipts]; receipt !== undefined && receipt.offset <= offset; receipt = receipts[this.receipts]) {
      const fault = receiptFault(tp.topic, tp.partition, receipt, receipt.offset === offset ? found : undefined);
      if (fault !== undefined) return fault;
      this.receipts += 1;
    }
    return undefined;
  }

  // ---- copies of signed heads ----

  /** Takes the next copy that covers more than the last one; what is wrong with it by itself. */
  async #nextCopy(): Promise<Fault | undefined> {
    for (;;) {
      const next = await this.#copies?.next();
      if (next === undefined || next.done === true) {
        this.#copy = undefined;
        return undefined;
      }
      const { head, offset, hash } = next.value;
      const problem = this.#o.keys.problemOf(head);
      if (problem !== undefined) return this.#fault('copy', offset, `the copy of the signed head that was kept outside is not to be trusted: ${problem}`);
      this.#copy = next.value;
      if (head.to >= this.verifier.resume.offset) return undefined;
      // Kept twice, or late by somebody who was no owner any more: the record itself says enough.
      const fault = offset < this.verifier.resume.offset ? await this.#lateCopy(offset, hash) : void this.#expected.set(offset, hash);
      if (fault !== undefined) return fault;
      this.copies += 1;
    }
  }

  async #lateCopy(offset: number, hash: string): Promise<Fault | undefined> {
    const { log, tp, start } = this.#o;
    if (offset < (start?.offset ?? 0)) return undefined;
    const [record] = await log.read(tp, offset, { maxRecords: 1 }).catch((error: unknown) => {
      if (outOfLog(error) !== undefined) return [];
      throw error;
    });
    return record !== undefined && record.offset === offset && sha256(record.value) === hash ? undefined : this.#notTheCopy(offset);
  }

  /** All copies whose records end where the reader stands. */
  async #copiesAt(resume: ResumeState): Promise<Fault | undefined> {
    while (this.#copy?.head.to === resume.offset) {
      const { head, offset, hash } = this.#copy;
      if (!isAt(resume, head)) {
        return this.#fault('copy', this.#agreedTo, `a signed head that was kept outside (signed ${new Date(head.signed_at_ms).toISOString()}) states another chain: records from ${this.#agreedTo} to ${head.to - 1} were rewritten since`, head.to - 1);
      }
      this.#agreedTo = head.to;
      this.#expected.set(offset, hash);
      this.copies += 1;
      const fault = await this.#nextCopy();
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #copyOf({ offset, value }: LogRecord): Fault | undefined {
    const hash = this.#expected.get(offset);
    if (hash === undefined) return undefined;
    this.#expected.delete(offset);
    return sha256(value) === hash ? undefined : this.#notTheCopy(offset);
  }

  #notTheCopy(offset: number): Fault {
    return this.#fault('copy', offset, 'the signed head that was kept outside stood there, and another record stands there now');
  }

  // ---- the end ----

  /** What was kept outside of records that are not there. The log may have grown since it was begun to be read. */
  async #afterEnd(): Promise<Fault | undefined> {
    const { log, tp, receipts } = this.#o;
    const end = this.#end;
    const now = await log.endOffset(tp);
    const cut = (what: string): Fault => this.#fault('cut', now, `the log ends there, but ${what}: its end was cut off`);
    for (; this.#copy !== undefined; ) {
      const { head, offset } = this.#copy;
      if (offset >= now) return cut(`a signed head that was kept outside (signed ${new Date(head.signed_at_ms).toISOString()}) stood at offset ${offset} and covers ${head.to} records`);
      const fault = await this.#nextCopy();
      if (fault !== undefined) return fault;
    }
    for (const offset of this.#expected.keys()) if (offset >= now) return cut(`a signed head that was kept outside stood at offset ${offset}`);
    for (let receipt = receipts[this.receipts]; receipt !== undefined; receipt = receipts[this.receipts]) {
      if (receipt.offset >= now) return cut(`the receipt in line ${receipt.line} names offset ${receipt.offset}`);
      if (receipt.offset >= end) break;
      const fault = receiptFault(tp.topic, tp.partition, receipt, undefined);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #fault(kind: Fault['kind'], offset: number, what: string, throughOffset?: number): Fault {
    return { ...this.#o.tp, kind, offset, what, ...(throughOffset === undefined || throughOffset <= offset ? {} : { throughOffset }) };
  }
}
