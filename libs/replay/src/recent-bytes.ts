/** Of all that is kept. A decision's record has one or two thousand bytes. */
const BYTES_KEPT = 8 * 1024 * 1024;
/** Larger ones would push out many others. */
const RECORD_BYTES_MAX = 64 * 1024;
const RECORDS_KEPT = 16_384;

/** The newest records' bytes by offset, in one piece of memory that is written round and round: nothing for the garbage collector to walk or to move. */
export class RecentBytes {
  readonly #memory = Buffer.allocUnsafeSlow(BYTES_KEPT);
  /** By offset modulo their length: whose bytes they are, and where they begin in all that was ever written. */
  readonly #offsets = new Float64Array(RECORDS_KEPT).fill(-1);
  readonly #starts = new Float64Array(RECORDS_KEPT);
  readonly #lengths = new Uint32Array(RECORDS_KEPT);
  #written = 0;

  /** Takes a copy. */
  add(offset: number, value: Uint8Array): void {
    if (value.length > RECORD_BYTES_MAX) return;
    const place = this.#written % BYTES_KEPT;
    const start = place + value.length <= BYTES_KEPT ? this.#written : this.#written + BYTES_KEPT - place;
    this.#memory.set(value, start % BYTES_KEPT);
    this.#written = start + value.length;
    const index = offset % RECORDS_KEPT;
    this.#offsets[index] = offset;
    this.#starts[index] = start;
    this.#lengths[index] = value.length;
  }

  /** A view that the next `add` may write over; undefined if it is not kept any more. */
  at(offset: number): Uint8Array | undefined {
    const index = offset % RECORDS_KEPT;
    const start = this.#starts[index]!;
    if (this.#offsets[index] !== offset || start + BYTES_KEPT < this.#written) return undefined;
    const place = start % BYTES_KEPT;
    return this.#memory.subarray(place, place + this.#lengths[index]!);
  }
}
