import { createHash } from 'node:crypto';

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

/** SHA-256 of a text's UTF-8 bytes, or of bytes; lower-case hex. */
export const sha256Hex = (data: string | Uint8Array): string => sha256(Buffer.from(data)).toString('hex');

/**
 * The root that the inclusion path of a leaf leads to (RFC 6962 section 2.1.1), lower-case hex; undefined where the path
 * is not as long as a tree of that size needs it.
 * @param recordHash the leaf's data: 32 bytes, in hex
 */
export function rootOf(recordHash: string, index: number, size: number, path: readonly string[]): string | undefined {
  if (index < 0 || index >= size) return undefined;
  const rest = path.map((hash) => Buffer.from(hash, 'hex'));
  const root = climb(sha256(LEAF, Buffer.from(recordHash, 'hex')), index, size, rest);
  return rest.length === 0 ? root?.toString('hex') : undefined;
}

/** From the leaf up: the last element of the path is the root's other child. Takes what it needs from `path`. */
function climb(leaf: Buffer, index: number, size: number, path: Buffer[]): Buffer | undefined {
  if (size === 1) return leaf;
  const top = path.pop();
  if (top === undefined) return undefined;
  let split = 1;
  while (split * 2 < size) split *= 2;
  const isLeft = index < split;
  const below = isLeft ? climb(leaf, index, split, path) : climb(leaf, index - split, size - split, path);
  if (below === undefined) return undefined;
  return isLeft ? sha256(NODE, below, top) : sha256(NODE, top, below);
}
