import { ConnectionError, ERROR, FRAME_BYTES_DEFAULT, FRAME_HEADER_BYTES, PREFACE } from './frames.js';

export type OnFrame = (type: number, flags: number, stream: number, payload: Buffer) => void;

/** Cuts what arrives on a connection into frames. Payloads are views of what was read; only a frame in two pieces is copied. */
export class FrameReader {
  readonly #onFrame: OnFrame;
  #rest: Buffer | undefined;
  #hasPreface = false;

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /** Throws ConnectionError. */
  read(chunk: Buffer): void {
    let at = 0;
    while (this.#rest !== undefined && at < chunk.length) {
      // Twice, if the frame was cut within its header: its length is known only then.
      const missing = this.#bytesOf(this.#rest, 0) - this.#rest.length;
      const rest: Buffer = Buffer.concat([this.#rest, chunk.subarray(at, at + missing)]);
      at += rest.length - this.#rest.length;
      this.#rest = rest;
      if (rest.length < this.#bytesOf(rest, 0)) continue;
      this.#rest = undefined;
      this.#one(rest, 0, rest.length);
    }
    while (at < chunk.length) {
      const needed = this.#bytesOf(chunk, at);
      if (chunk.length - at < needed) {
        this.#rest = chunk.subarray(at);
        return;
      }
      this.#one(chunk, at, at + needed);
      at += needed;
    }
  }

  /** Of the frame that begins at `at`; of its header, as long as that is not there. */
  #bytesOf(bytes: Buffer, at: number): number {
    if (!this.#hasPreface) {
      const length = Math.min(bytes.length, PREFACE.length);
      if (bytes.compare(PREFACE, 0, length, 0, length) !== 0) throw new ConnectionError(ERROR.PROTOCOL_ERROR, 'this is no HTTP/2 connection');
      return PREFACE.length;
    }
    if (bytes.length - at < FRAME_HEADER_BYTES) return FRAME_HEADER_BYTES;
    const length = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
    if (length > FRAME_BYTES_DEFAULT) throw new ConnectionError(ERROR.FRAME_SIZE_ERROR, `a frame has ${length} bytes, more than ${FRAME_BYTES_DEFAULT}`);
    return FRAME_HEADER_BYTES + length;
  }

  #one(bytes: Buffer, from: number, to: number): void {
    if (!this.#hasPreface) {
      this.#hasPreface = true;
      return;
    }
    this.#onFrame(bytes[from + 3]!, bytes[from + 4]!, bytes.readUInt32BE(from + 5) & 0x7fffffff, bytes.subarray(from + FRAME_HEADER_BYTES, to));
  }
}
