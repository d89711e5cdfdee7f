import { appendFile, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoggedHead } from '#ledger';
import { copyLine } from './head-copy.js';
import { copyFileName } from './head-copies.js';

/** Some ten megabytes. Beyond it the oldest are given up: every later one covers what they cover. */
const QUEUE_MAX = 10_000;
const BATCH_MAX = 100;
const REQUEST_TIMEOUT_MS = 10_000;
const BACK_OFF_MIN_MS = 500;
const BACK_OFF_MAX_MS = 60_000;

export interface HeadsSinkOptions {
  /** A folder, or an http(s) address that takes lines of JSON by POST. */
  readonly target: string;
  /** Sent to the address as `authorization: Bearer …`. */
  readonly token?: string | undefined;
  /** An operator must see it: what is kept outside is behind, or has a gap. */
  readonly onTrouble: (message: string) => void;
  readonly onRecovered?: (message: string) => void;
  readonly backOffMinMs?: number;
  readonly queueMax?: number;
}

interface Waiting {
  readonly file: string;
  readonly line: string;
}

/**
 * Copies signed heads to where Docket has no say, in their order, in the background: a sink that is away delays nothing
 * but itself. It tries for ever, with a pause that doubles; what waits is bounded.
 */
export class HeadsSink {
  readonly #o: HeadsSinkOptions;
  #waiting: Waiting[] = [];
  #lost = 0;
  #isFailing = false;
  #isClosed = false;
  #running: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  constructor(options: HeadsSinkOptions) {
    this.#o = options;
  }

  /** How many have not been kept yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  push(head: LoggedHead): void {
    const { queueMax = QUEUE_MAX } = this.#o;
    this.#waiting.push({ file: copyFileName(head.at, head.at.timeMs), line: `${copyLine(head)}\n` });
    if (this.#waiting.length > queueMax) {
      this.#waiting.shift();
      this.#lost += 1;
      if (this.#lost === 1) this.#o.onTrouble(`more than ${queueMax} signed heads wait for ${this.#name}: the oldest are not kept outside any more`);
    }
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
  }

  /** Waits for what waits, at most so long. */
  async close(withinMs: number): Promise<void> {
    this.#isClosed = true;
    this.#wake?.();
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, withinMs);
    await Promise.race([this.#running, late.promise]);
    clearTimeout(timer);
    if (this.#waiting.length > 0) this.#o.onTrouble(`${this.#waiting.length} signed heads were not kept in ${this.#name} before the stop; the log has them`);
    this.#waiting = [];
  }

  async #run(): Promise<void> {
    const { backOffMinMs = BACK_OFF_MIN_MS } = this.#o;
    for (let pauseMs = backOffMinMs; this.#waiting.length > 0;) {
      const batch = this.#nextBatch();
      try {
        await (this.#isAddress ? this.#post(batch) : this.#append(batch));
      } catch (error) {
        if (!this.#isFailing) this.#o.onTrouble(`signed heads are not kept in ${this.#name}: ${reasonOf(error)}; it is tried again`);
        this.#isFailing = true;
        // At the end it is tried once more, and no more.
        if (this.#isClosed && pauseMs === 0) return;
        await this.#pause(pauseMs);
        pauseMs = this.#isClosed ? 0 : Math.min(pauseMs * 2, BACK_OFF_MAX_MS);
        continue;
      }
      // What was given up meanwhile was at the front.
      this.#waiting = this.#waiting.filter((one) => !batch.includes(one));
      pauseMs = backOffMinMs;
      if (this.#isFailing) this.#o.onRecovered?.(`signed heads are kept in ${this.#name} again${this.#lost > 0 ? `; ${this.#lost} were given up` : ''}`);
      this.#isFailing = false;
      this.#lost = 0;
    }
  }

  /** The first few; to a folder, those of one file. */
  #nextBatch(): readonly Waiting[] {
    const [first] = this.#waiting;
    const end = this.#isAddress ? -1 : this.#waiting.findIndex(({ file }) => file !== first!.file);
    return this.#waiting.slice(0, Math.min(BATCH_MAX, end < 0 ? BATCH_MAX : end));
  }

  /** On disk before it counts as kept. */
  async #append(batch: readonly Waiting[]): Promise<void> {
    const { target } = this.#o;
    await mkdir(target, { recursive: true });
    const file = join(target, batch[0]!.file);
    await appendFile(file, batch.map(({ line }) => line).join(''));
    const handle = await open(file, 'r+');
    await handle.sync().finally(() => handle.close());
  }

  async #post(batch: readonly Waiting[]): Promise<void> {
    const { target, token } = this.#o;
    const response = await fetch(target, {
      method: 'POST', body: batch.map(({ line }) => line).join(''), redirect: 'error', signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      headers: { 'content-type': 'application/x-ndjson', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`it answered with status ${response.status}`);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isClosed) return resolve();
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  get #isAddress(): boolean {
    return /^https?:\/\//.test(this.#o.target);
  }

  /** Without what may be secret in an address. */
  get #name(): string {
    if (!this.#isAddress) return this.#o.target;
    const { origin, pathname } = new URL(this.#o.target);
    return origin + pathname;
  }
}

function reasonOf(error: unknown): string {
  const { code, name, message, cause } = error as NodeJS.ErrnoException;
  if (name === 'TimeoutError') return 'no answer in time';
  return code ?? (cause as NodeJS.ErrnoException | undefined)?.code ?? message;
}
