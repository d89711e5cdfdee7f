const SPAN_MS = 60_000;

/** The lowest value of the last minute or two: of the present span and the one before. */
export class Lowest {
  readonly #nowMs: () => number;
  #span = 0;
  #before = Infinity;
  #now = Infinity;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  add(value: number): void {
    this.#turn();
    this.#now = Math.min(this.#now, value);
  }

  /** Infinity if there was none. */
  read(): number {
    this.#turn();
    return Math.min(this.#before, this.#now);
  }

  #turn(): void {
    const span = Math.floor(this.#nowMs() / SPAN_MS);
    if (span === this.#span) return;
    this.#before = span === this.#span + 1 ? this.#now : Infinity;
    this.#now = Infinity;
    this.#span = span;
  }
}
