import type { EventLog, TopicPartition } from '../event-log.js';
import { Judge, dataLoss } from '../fold.js';
import { INITIAL_RESUME_STATE, type ResumeState } from '../resume-state.js';
import type { Position } from '../state-machine.js';
import { headsBefore, type FoundHead } from './last-head.js';
import { MerkleTree } from './merkle.js';
import { NO_PREVIOUS, parseSignedHead, resumeOf, type HeadStatement } from './signed-head.js';

/** What was acknowledged since a signed head, or since the log's beginning. */
interface Covered {
  readonly from: number;
  /** Of the owner when it was begun: within an epoch nobody else signs. */
  readonly epoch: number;
  /** Undefined while the signed head that ends at `from` is on its way. */
  previous: string | undefined;
  readonly tree: MerkleTree;
  /** Where the tree ends. */
  resume: ResumeState;
  /** It holds anything but signed heads. */
  hasNews: boolean;
}

const READ_BYTES = 1024 * 1024;

export interface PartitionHeadsOptions {
  readonly log: Pick<EventLog, 'read'>;
  readonly tp: TopicPartition;
  /** At most so many records under one head where an old log is covered for the first time. */
  readonly treeRecordsMax: number;
}

/**
 * Knows what the next signed head of a partition states. It follows the owner's acknowledgements, so that nothing is read
 * twice; what it did not see (before the owner was the owner, after trouble) it reads and judges. It begins at the last
 * signed head, which is the last one if the chain leads from it to where the owner stands.
 */
export class PartitionHeads {
  readonly #o: PartitionHeadsOptions;
  #covered: Covered | undefined;

  constructor(options: PartitionHeadsOptions) {
    this.#o = options;
  }

  /** The log has acknowledged an event of this owner. */
  acknowledged({ offset, hash, epoch, sequence, timeMs }: Position, isSignedHead: boolean): void {
    const covered = this.#covered;
    if (covered === undefined || covered.resume.offset !== offset || covered.resume.epoch !== epoch) return;
    covered.tree.add(hash);
    covered.resume = { offset: offset + 1, epoch, nonce: '', sequence, head: hash, timeMs };
    if (!isSignedHead) covered.hasNews = true;
  }

  /** Catches up, so that the next acknowledgements are followed. `known`: where the owner stands; undefined once it is none. */
  async follow(known: () => ResumeState | undefined): Promise<void> {
    await this.#catchUp(known);
  }

  /**
   * What a signed head is to state now, undefined if there is nothing new. What follows goes into the next one, once
   * `logged` or `forget` has told what became of this one. Rejects as the log does; data_loss: it is not what the owner knows.
   */
  async next(known: () => ResumeState | undefined): Promise<HeadStatement | undefined> {
    const covered = await this.#catchUp(known);
    if (covered?.hasNews !== true || covered.previous === undefined) return undefined;
    const { from, epoch: begunIn, previous, tree, resume } = covered;
    // At once: an acknowledgement may come before the caller goes on.
    this.#covered = { from: resume.offset, epoch: begunIn, previous: undefined, tree: new MerkleTree(), resume, hasNews: false };
    const { topic, partition } = this.#o.tp;
    const { offset: to, epoch, sequence, head, timeMs } = resume;
    return { topic, partition, epoch, sequence, from, to, head, event_time_ms: timeMs, tree_size: tree.size, root: tree.root(), previous };
  }

  /** The signed head of the last statement is in the log. */
  logged(hash: string): void {
    if (this.#covered !== undefined) this.#covered.previous = hash;
  }

  /** What became of it is not known: the next time everything is found anew. */
  forget(): void {
    this.#covered = undefined;
  }

  async #catchUp(known: () => ResumeState | undefined): Promise<Covered | undefined> {
    for (;;) {
      const target = known();
      if (target === undefined) return undefined;
      if (this.#covered?.epoch !== target.epoch) this.forget();
      const covered = this.#covered;
      if (covered === undefined) {
        this.#covered = await this.#begin(target);
        // Meanwhile the owner may have lost the partition, and have it again.
        continue;
      }
      const through = Math.min(target.offset, covered.from + this.#o.treeRecordsMax);
      if (covered.resume.offset >= through) return covered;
      const isNewest = await this.#read(covered, through);
      const { offset, head } = covered.resume;
      if (isNewest && (offset !== target.offset || head === target.head)) continue;
      this.forget();
      throw dataLoss('LOG_TRUNCATED', this.#o.tp.topic, this.#o.tp.partition, offset, 'the log read again is not the log that was acknowledged');
    }
  }

  /** From the newest signed head that counts. */
  async #begin(target: ResumeState): Promise<Covered> {
    for await (const found of headsBefore(this.#o.log, this.#o.tp, target.offset)) {
      const covered = begunAt(resumeOf(found.head), target.epoch, found.hash);
      if ((await this.#read(covered, target.offset, found)) && covered.resume.head === target.head) return covered;
    }
    return begunAt(INITIAL_RESUME_STATE, target.epoch, NO_PREVIOUS);
  }

  /** Judges on up to an offset, exclusive. False if it should have begun elsewhere: `found` is not valid where it stands, or another owner has signed since. */
  async #read(covered: Covered, through: number, found?: FoundHead): Promise<boolean> {
    const { log, tp } = this.#o;
    const judge = new Judge(tp.topic, tp.partition, covered.resume);
    while (judge.resume.offset < through) {
      const { offset } = judge.resume;
      const records = await log.read(tp, offset, { maxRecords: through - offset, maxBytes: READ_BYTES });
      if (records.length === 0) throw new Error(`the log did not return the acknowledged record at offset ${offset}`);
      for (const record of records) {
        const judged = judge.judge(record);
        const isHead = judged.kind === 'signed_head';
        if (record.offset === found?.offset && !isHead) return false;
        if (isHead && (parseSignedHead(judged.encoded.data)?.to ?? 0) > covered.from) return false;
        covered.tree.add(judge.lastHash!, judged.kind !== 'void');
        if (!isHead) covered.hasNews = true;
      }
      covered.resume = judge.resume;
    }
    return true;
  }
}

function begunAt(resume: ResumeState, epoch: number, previous: string): Covered {
  return { from: resume.offset, epoch, previous, tree: new MerkleTree(), resume, hasNews: false };
}
