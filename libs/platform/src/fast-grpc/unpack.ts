import { gunzip, inflate } from 'node:zlib';

const UNPACK = { gzip: gunzip, deflate: inflate } as const;
/** In the whole process: a message of a few kilobytes may become megabytes, and zlib works at all that it is given at once. */
const AT_ONCE_MAX = 4;

export interface Packed {
  readonly packing: keyof typeof UNPACK;
  readonly bytes: Buffer;
  /** Of what it becomes. */
  readonly bytesMax: number;
  /** False: its call has ended; nothing is done, and nobody told. */
  isWanted(): boolean;
}

type Done = (error: Error | null, plain: Buffer) => void;

const waiting: (() => void)[] = [];
let running = 0;

/** True for the encodings of messages that are understood beside `identity`. */
export function isPacking(encoding: string): encoding is Packed['packing'] {
  return Object.hasOwn(UNPACK, encoding);
}

/** Unpacks a compressed message, when it is its turn. */
export function unpack(packed: Packed, done: Done): void {
  waiting.push(() => {
    if (!packed.isWanted()) return;
    running += 1;
    UNPACK[packed.packing](packed.bytes, { maxOutputLength: packed.bytesMax }, (error, plain) => {
      running -= 1;
      if (packed.isWanted()) done(error, plain);
      next();
    });
  });
  next();
}

function next(): void {
  while (running < AT_ONCE_MAX && waiting.length > 0) waiting.shift()!();
}
