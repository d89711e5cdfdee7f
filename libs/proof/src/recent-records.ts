import { MerkleTree, type ResumeState } from '#ledger';

const RECENT_MAX = 4_096;

/** What a signed head is compared with; undefined where it is no longer remembered. */
export interface Covered {
  /** First offset. */
  readonly from: number;
  readonly root: string | undefined;
  /** Where a reader stood at the end. */
  readonly at: ResumeState | undefined;
}

/** The tree over the records since an offset, and where a reader stood after each of the newest of them. */
export class RecentRecords {
  #from: number;
  /** Over everything from `from` to before the recent ones; undefined if it has not seen all of that. */
  #tree: MerkleTree | undefined = new MerkleTree();
  #recent: { readonly hash: string; readonly counts: boolean; readonly after: ResumeState }[] = [];
  #before: ResumeState;

  constructor(start: ResumeState) {
    this.#from = start.offset;
    this.#before = start;
  }

  get from(): number {
    return this.#from;
  }

  add(hash: string, counts: boolean, after: ResumeState): void {
    this.#recent.push({ hash, counts, after });
    // In blocks: shifting one at a time would move all the others.
    if (this.#recent.length === RECENT_MAX * 2) this.#drop(RECENT_MAX, this.#tree);
  }

  /** What stands from where the last cut was up to `to`. */
  cut(to: number): Covered {
    const from = this.#from;
    this.#from = to;
    const count = to - this.#before.offset;
    if (count < 0) {
      this.#tree = undefined;
      return { from, root: undefined, at: undefined };
    }
    const at = this.#drop(count, this.#tree);
    const root = this.#tree?.root();
    this.#tree = new MerkleTree();
    return { from, root, at };
  }

  #drop(count: number, into: MerkleTree | undefined): ResumeState {
    const dropped = this.#recent.splice(0, count);
    if (into !== undefined) for (const { hash, counts } of dropped) into.add(hash, counts);
    this.#before = dropped.at(-1)?.after ?? this.#before;
    return this.#before;
  }
}
