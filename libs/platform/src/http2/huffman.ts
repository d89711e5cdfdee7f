import { ConnectionError, ERROR } from './frames.js';

/** Bits of each byte's code, and of the end mark's (RFC 7541, appendix B). The code is canonical: lengths say all. */
const CODE_BITS: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
  30,
];
const END_MARK = 256;
const BITS_MAX = 30;

/** The code as a tree: node n has its children at 2n and 2n + 1; a leaf is stored as -1 - symbol. */
const TREE = treeOf(CODE_BITS);

function treeOf(bitsOf: readonly number[]): Int16Array {
  const tree: number[] = [0, 0];
  let code = 0;
  for (let bits = 1; bits <= BITS_MAX; bits += 1) {
    code <<= 1;
    for (let symbol = 0; symbol < bitsOf.length; symbol += 1) {
      if (bitsOf[symbol] !== bits) continue;
      let node = 0;
      for (let at = bits - 1; at > 0; at -= 1) {
        const child = 2 * node + ((code >>> at) & 1);
        if (tree[child] === 0) {
          tree[child] = tree.length / 2;
          tree.push(0, 0);
        }
        node = tree[child]!;
      }
      tree[2 * node + (code & 1)] = -1 - symbol;
      code += 1;
    }
  }
  return Int16Array.from(tree);
}

/** For texts that fit; others get a buffer of their own. */
const scratch = Buffer.allocUnsafeSlow(8 * 1_024);

/** The text of a Huffman-coded string in `bytes` from `start` to `end`, as latin1. */
export function huffmanText(bytes: Buffer, start: number, end: number): string {
  // The shortest code has five bits.
  const bytesMax = Math.floor(((end - start) * 8) / 5);
  const into = bytesMax <= scratch.length ? scratch : Buffer.allocUnsafe(bytesMax);
  let length = 0;
  let node = 0;
  let depth = 0;
  let ones = true;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at]!;
    for (let bit = 7; bit >= 0; bit -= 1) {
      const one = (byte >>> bit) & 1;
      const next = TREE[2 * node + one]!;
      if (next < 0) {
        if (next === -1 - END_MARK) throw new ConnectionError(ERROR.COMPRESSION_ERROR, 'a Huffman-coded string holds the end mark');
        into[length++] = -1 - next;
        node = 0;
        depth = 0;
        ones = true;
      } else {
        node = next;
        depth += 1;
        ones &&= one === 1;
      }
    }
  }
  if (depth > 7 || !ones) throw new ConnectionError(ERROR.COMPRESSION_ERROR, 'a Huffman-coded string ends within a code');
  return into.toString('latin1', 0, length);
}
