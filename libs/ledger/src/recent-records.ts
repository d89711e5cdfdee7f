/** Of one partition. */
const RECORDS_MAX = 256;
const BYTES_MAX = 512 * 1024;

/** The records that an owner has appended last, as the log has acknowledged them: so many, and no more bytes. */
export class RecentRecords {
  /** By offset, which ascends. */
  readonly #values = new Map<number, Uint8Array>();
  #bytes = 0;

  add(offset: number, value: Uint8Array): void {
    this.#values.set(offset, value);
    this.#bytes += value.length;
    for (const [oldest, { length }] of this.#values) {
      if (this.#values.size <= RECORDS_MAX && this.#bytes <= BYTES_MAX) break;
      this.#values.delete(oldest);
      this.#bytes -= length;
    }
  }

  find(offset: number): Uint8Array | undefined {
    return this.#values.get(offset);
  }

  clear(): void {
    this.#values.clear();
    this.#bytes = 0;
  }
}
