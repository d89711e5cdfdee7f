import { PREFIX_BYTES } from './grpc-wire.js';

/** A message has more bytes than the reader takes. */
export class MessageTooLarge extends Error {}

/** The bytes are no gRPC messages. */
export class MessageMalformed extends Error {}

export interface RawMessage {
  readonly isCompressed: boolean;
  readonly bytes: Buffer;
}

/** Cuts the bytes of a request into messages. A message that arrives in one piece is not copied. */
export class MessageReader {
  readonly #bytesMax: number;
  #held: Buffer = NOTHING;
  #start = 0;
  #end = 0;
  /** Whether `#held` is ours to write behind `#end`. */
  #isOwn = false;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get isEmpty(): boolean {
    return this.#start === this.#end;
  }

  get heldBytes(): number {
    return this.#end - this.#start;
  }

  push(bytes: Buffer): void {
    if (bytes.length === 0) return;
    if (this.isEmpty) {
      this.#held = bytes;
      this.#start = 0;
      this.#end = bytes.length;
      this.#isOwn = false;
      return;
    }
    // A large message in many pieces: space doubles, so that even pieces of one byte cost no more than twice its size.
    if (!this.#isOwn || this.#end + bytes.length > this.#held.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(1_024, 2 * (this.heldBytes + bytes.length)));
      this.#held.copy(larger, 0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
      this.#held = larger;
      this.#isOwn = true;
    }
    bytes.copy(this.#held, this.#end);
    this.#end += bytes.length;
  }

  /** The next whole message; undefined if it has not arrived yet. */
  next(): RawMessage | undefined {
    if (this.heldBytes < PREFIX_BYTES) return undefined;
    const flag = this.#held[this.#start]!;
    if (flag > 1) throw new MessageMalformed(`a message begins with 0 or 1, not ${flag}`);
    const length = this.#held.readUInt32BE(this.#start + 1);
    if (length > this.#bytesMax) throw new MessageTooLarge();
    const from = this.#start + PREFIX_BYTES;
    if (from + length > this.#end) return undefined;
    this.#start = from + length;
    const bytes = this.#held.subarray(from, this.#start);
    if (this.isEmpty) {
      this.#held = NOTHING;
      this.#start = this.#end = 0;
      this.#isOwn = false;
    }
    return { isCompressed: flag === 1, bytes };
  }
}

const NOTHING = Buffer.alloc(0);
