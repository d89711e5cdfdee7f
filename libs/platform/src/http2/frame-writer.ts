import { FRAME_HEADER_BYTES, writeFrameHeader } from './frames.js';

const SLAB_BYTES = 64 * 1_024;

/** Collects frames in large buffers, so that all answers of one turn of the event loop leave in one write. */
export class FrameWriter {
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #start = 0;
  #end = 0;
  readonly #full: Buffer[] = [];
  #fullBytes = 0;

  get pendingBytes(): number {
    return this.#fullBytes + this.#end - this.#start;
  }

  /** A frame whose payload is these parts, one after another. */
  frame(type: number, flags: number, stream: number, first: Uint8Array, second?: Uint8Array): void {
    const length = first.length + (second === undefined ? 0 : second.length);
    let at = this.begin(length, type, flags, stream);
    this.#slab.set(first, at);
    at += first.length;
    if (second !== undefined) this.#slab.set(second, at);
  }

  /** A frame whose payload the caller writes into `slab` at the place that is returned. */
  begin(length: number, type: number, flags: number, stream: number): number {
    const bytes = FRAME_HEADER_BYTES + length;
    if (this.#end + bytes > this.#slab.length) this.#turn(bytes);
    writeFrameHeader(this.#slab, this.#end, length, type, flags, stream);
    const at = this.#end + FRAME_HEADER_BYTES;
    this.#end += bytes;
    return at;
  }

  get slab(): Buffer {
    return this.#slab;
  }

  /** All that was collected; it is the caller's now. */
  take(): Buffer[] {
    if (this.#end > this.#start) this.#full.push(this.#slab.subarray(this.#start, this.#end));
    this.#start = this.#end;
    this.#fullBytes = 0;
    return this.#full.splice(0);
  }

  #turn(bytes: number): void {
    if (this.#end > this.#start) this.#full.push(this.#slab.subarray(this.#start, this.#end));
    this.#fullBytes += this.#end - this.#start;
    this.#slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, bytes));
    this.#start = this.#end = 0;
  }
}
