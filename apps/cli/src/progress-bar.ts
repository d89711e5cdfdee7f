import type { Context } from './context.js';

const BAR = 30;
const DRAW_MS = 200;
/** Where no line can be drawn over, one is written this often. */
const LINE_MS = 5_000;

/** How far long work has come, on stderr: one line that is drawn over on a terminal, a line now and then elsewhere; nothing with --json. */
export class ProgressBar {
  readonly #context: Context;
  readonly #name: string;
  readonly #total: number | undefined;
  readonly #isTerminal: boolean;
  readonly #startedMs = performance.now();
  #done = 0;
  #nextMs: number;
  #isDrawn = false;

  /** `total`: undefined where it is not known beforehand. */
  constructor(context: Context, name: string, total: number | undefined) {
    this.#context = context;
    this.#name = name;
    this.#total = total;
    this.#isTerminal = (context.terminal.stderr as { isTTY?: boolean }).isTTY === true;
    this.#nextMs = this.#startedMs + (this.#isTerminal ? DRAW_MS : LINE_MS);
  }

  add(records: number): void {
    this.#done += records;
    const nowMs = performance.now();
    if (this.#context.json || nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + (this.#isTerminal ? DRAW_MS : LINE_MS);
    this.#isDrawn = true;
    this.#context.terminal.stderr.write(this.#isTerminal ? `\r${this.#line(nowMs)}\u001b[K` : `${this.#line(nowMs)}\n`);
  }

  /** Wipes the line away: what was found comes next. */
  end(): { readonly seconds: number } {
    if (this.#isDrawn && this.#isTerminal) this.#context.terminal.stderr.write('\r\u001b[K');
    return { seconds: (performance.now() - this.#startedMs) / 1000 };
  }

  /** `replay [#####-----]  52 %  21,000 records/s, 3 s left` */
  #line(nowMs: number): string {
    const rate = this.#done / Math.max(0.001, (nowMs - this.#startedMs) / 1000);
    const speed = `${Math.round(rate).toLocaleString('en')} records/s`;
    if (this.#total === undefined) return `${this.#name}  ${this.#done.toLocaleString('en')} records, ${speed}`;
    const share = this.#total === 0 ? 1 : Math.min(1, this.#done / this.#total);
    const filled = Math.round(share * BAR);
    const left = Math.ceil(Math.max(0, this.#total - this.#done) / rate);
    return `${this.#name} [${'#'.repeat(filled)}${'-'.repeat(BAR - filled)}] ${String(Math.floor(share * 100)).padStart(3)} %  ${speed}, ${left} s left`;
  }
}
