import { hash } from 'node:crypto';

/**
 * The Merkle tree of RFC 6962 section 2.1 with SHA-256. The data of a leaf is the 32 bytes of a record's hash, after the
 * letter V if the record is void: so that a leaf proves not only that a record was there, but also that it counts.
 */
const LEAF = Buffer.alloc(33);
const VOID_LEAF = Buffer.from(`\0V${'\0'.repeat(32)}`);
const NODE = Buffer.alloc(65, 1);

/** @param recordHash lower-case hex */
export function leafHash(recordHash: string, counts = true): Buffer {
  if (!counts) {
    VOID_LEAF.write(recordHash, 2, 'hex');
    return hash('sha256', VOID_LEAF, 'buffer');
  }
  LEAF.write(recordHash, 1, 'hex');
  return hash('sha256', LEAF, 'buffer');
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  NODE.set(left, 1);
  NODE.set(right, 33);
  return hash('sha256', NODE, 'buffer');
}

/** The root of a tree without leaves. */
const EMPTY_ROOT = hash('sha256', '', 'hex');

/** A tree that only grows; it holds the roots of its complete subtrees, one hash for each bit of its size. */
export class MerkleTree {
  /** From the largest to the smallest. */
  readonly #subtrees: { readonly hash: Buffer; readonly size: number }[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @param recordHash lower-case hex; `counts`: it is not void */
  add(recordHash: string, counts = true): void {
    this.#size += 1;
    let last = { hash: leafHash(recordHash, counts), size: 1 };
    for (let left = this.#subtrees.at(-1); left?.size === last.size; left = this.#subtrees.at(-1)) {
      this.#subtrees.pop();
      last = { hash: nodeHash(left.hash, last.hash), size: last.size * 2 };
    }
    this.#subtrees.push(last);
  }

  /** Lower-case hex. */
  root(): string {
    const root = this.#subtrees.reduceRight<Buffer | undefined>((right, { hash: left }) => (right === undefined ? left : nodeHash(left, right)), undefined);
    return root?.toString('hex') ?? EMPTY_ROOT;
  }
}

/**
 * Collects the inclusion path (RFC 6962 section 2.1.1) of one leaf while all leaves pass by once, in order. Holds a hash
 * for each level, whatever the tree's size.
 */
export class InclusionPath {
  /** The subtrees beside the way from the leaf to the root, from the leaf up. */
  readonly #siblings: { readonly from: number; readonly to: number; readonly tree: MerkleTree }[] = [];
  #next = 0;

  constructor(readonly index: number, readonly size: number) {
    if (!(Number.isSafeInteger(index) && index >= 0 && index < size)) throw new RangeError(`leaf ${index} is not in a tree of ${size}`);
    for (let from = 0, to = size; to - from > 1;) {
      let split = 1;
      while (split * 2 < to - from) split *= 2;
      const middle = from + split;
      const isLeft = index < middle;
      this.#siblings.unshift({ from: isLeft ? middle : from, to: isLeft ? to : middle, tree: new MerkleTree() });
      if (isLeft) to = middle;
      else from = middle;
    }
  }

  /** @param recordHash lower-case hex; `counts`: it is not void */
  add(recordHash: string, counts = true): void {
    const at = this.#next++;
    this.#siblings.find(({ from, to }) => at >= from && at < to)?.tree.add(recordHash, counts);
  }

  /** Lower-case hex, from the leaf's sibling up to the root's child; once all leaves have passed. */
  path(): string[] {
    if (this.#next !== this.size) throw new Error(`${this.#next} of ${this.size} leaves have passed`);
    return this.#siblings.map(({ tree }) => tree.root());
  }
}

/** The root that the inclusion path of a record that counts leads to (RFC 9162 section 2.1.3.2), lower-case hex; undefined where the path has not the length that the tree needs. */
export function rootFromPath(recordHash: string, index: number, size: number, path: readonly string[]): string | undefined {
  if (index < 0 || index >= size) return undefined;
  let found = leafHash(recordHash);
  let at = index;
  let last = size - 1;
  for (const sibling of path) {
    if (last === 0) return undefined;
    const other = Buffer.from(sibling, 'hex');
    if (at % 2 === 1 || at === last) {
      found = nodeHash(other, found);
      while (at % 2 === 0 && at !== 0) {
        at = Math.floor(at / 2);
        last = Math.floor(last / 2);
      }
    } else {
      found = nodeHash(found, other);
    }
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? found.toString('hex') : undefined;
}
