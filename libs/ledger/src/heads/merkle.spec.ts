import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { InclusionPath, MerkleTree, rootFromPath } from './merkle.js';

const sha = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
const recordHash = (n: number): string => sha(Buffer.from(`record ${n}`)).toString('hex');

/** MTH of RFC 6962 section 2.1, written down as the RFC has it. */
function mth(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha();
  if (leaves.length === 1) return sha(Buffer.of(0), leaves[0]!);
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha(Buffer.of(1), mth(leaves.slice(0, k)), mth(leaves.slice(k)));
}

/** PATH of RFC 6962 section 2.1.1. */
function path(m: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length === 1) return [];
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return m < k ? [...path(m, leaves.slice(0, k)), mth(leaves.slice(k))] : [...path(m - k, leaves.slice(k)), mth(leaves.slice(0, k))];
}

const hex = (buffers: readonly Buffer[]): string[] => buffers.map((buffer) => buffer.toString('hex'));
const leavesOf = (size: number): Buffer[] => Array.from({ length: size }, (_, n) => Buffer.from(recordHash(n), 'hex'));

test('roots and inclusion paths are those of RFC 6962, for every leaf of every tree up to 40', () => {
  for (let size = 0; size <= 40; size += 1) {
    const leaves = leavesOf(size);
    const tree = new MerkleTree();
    const paths = leaves.map((_, index) => new InclusionPath(index, size));
    leaves.forEach((_, n) => [tree, ...paths].forEach((each) => each.add(recordHash(n))));
    expect(tree.root()).toBe(mth(leaves).toString('hex'));
    paths.forEach((each, index) => {
      expect(each.path()).toEqual(hex(path(index, leaves)));
      expect(rootFromPath(recordHash(index), index, size, each.path())).toBe(tree.root());
    });
  }
});


test('a path proves its own leaf at its own place in its own tree, and nothing else', () => {
  fc.assert(fc.property(fc.integer({ min: 2, max: 300 }).chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1), fc.nat(size - 1), fc.nat(), fc.nat(255))), ([size, index, other, which, bit]) => {
    const tree = new MerkleTree();
    const collected = new InclusionPath(index, size);
    for (let n = 0; n < size; n += 1) [tree, collected].forEach((each) => each.add(recordHash(n)));
    const proof = collected.path();
    const root = tree.root();
    expect(rootFromPath(recordHash(index), index, size, proof)).toBe(root);
    if (other !== index) {
      expect(rootFromPath(recordHash(other), index, size, proof)).not.toBe(root);
      expect(rootFromPath(recordHash(index), other, size, proof)).not.toBe(root);
    }
    expect(rootFromPath(recordHash(index), index, size, proof.slice(1))).not.toBe(root);
    expect(rootFromPath(recordHash(index), index, size, [...proof, root])).not.toBe(root);
    const changed = proof.map((sibling, n) => (n === which % proof.length ? flip(sibling, bit) : sibling));
    expect(rootFromPath(recordHash(index), index, size, changed)).not.toBe(root);
  }), { numRuns: 100 });
});

test('a void record’s leaf is another one, and no path makes it one that counts', () => {
  const tree = new MerkleTree();
  const path = new InclusionPath(1, 3);
  [0, 1, 2].forEach((n) => [tree, path].forEach((each) => each.add(recordHash(n), n !== 1)));
  expect(tree.root()).toBe(mth([leavesOf(1)[0]!, Buffer.concat([Buffer.from('V'), Buffer.from(recordHash(1), 'hex')]), leavesOf(3)[2]!]).toString('hex'));
  expect(rootFromPath(recordHash(1), 1, 3, path.path())).not.toBe(tree.root());
});

test('a leaf that the tree does not have is no path’s', () => {
  expect(() => new InclusionPath(3, 3)).toThrow('leaf 3 is not in a tree of 3');
  expect(rootFromPath(recordHash(0), 3, 3, [])).toBeUndefined();
  expect(() => new InclusionPath(0, 3).path()).toThrow('0 of 3 leaves have passed');
});

function flip(hash: string, bit: number): string {
  const bytes = Buffer.from(hash, 'hex');
  bytes[bit >> 3]! ^= 1 << (bit & 7);
  return bytes.toString('hex');
}
