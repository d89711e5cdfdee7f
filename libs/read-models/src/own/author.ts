import { Worker } from 'node:worker_threads';
import type { ProjectedEvent } from '../projection.js';
import { refused } from './declared.js';

/** One change to a table, as the thread has checked it: kind, table, key, values. */
export type Operation = readonly [kind: 'insert' | 'set' | 'add' | 'delete', table: string, key: Readonly<Record<string, unknown>>, values: Readonly<Record<string, unknown>>];

/** The author's code cannot get past this event. */
export class AuthorFault extends Error {
  constructor(readonly partition: number, readonly offset: number, reason: string) {
    super(reason);
    this.name = 'AuthorFault';
  }
}

export interface AuthorOptions {
  /** Absolute. */
  readonly file: string;
  /** As the user wrote it. */
  readonly shownFile: string;
  /** For one event. */
  readonly timeLimitMs: number;
  /** What the file prints. */
  readonly onOutput: (text: string) => void;
}

const LOAD_LIMIT_MS = 30_000;
const LOOK_MS = 50;
const HEAP_MAX_MB = 512;
/** In the sources a thread is started from the sources: Node strips their types. */
const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const here = (name: string): URL => new URL(`./${name}.${ending}`, import.meta.url);

type Answer = { readonly kind: 'ran'; readonly operations: Operation[] } | { readonly kind: 'threw'; readonly index: number; readonly reason: string };
type Loaded = { readonly kind: 'loaded'; readonly declared: unknown } | { readonly kind: 'failed'; readonly reason: string };

/** An author's file in a thread of its own. After a fault the thread is gone, and made anew for the next batch. */
export class Author {
  readonly #options: AuthorOptions;
  readonly #progress = new Int32Array(new SharedArrayBuffer(4));
  #worker: Worker | undefined;
  /** Why the thread has ended while no event was in its hands. */
  #failure: string | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: AuthorOptions) {
    this.#options = options;
  }

  /** Loads the file; resolves to what it declares, unchecked. Rejects with DocketError. */
  async load(): Promise<unknown> {
    const { file, shownFile, onOutput } = this.#options;
    const worker = new Worker(here('author.thread'), {
      name: 'docket projection', workerData: { file, defineUrl: here('define-projection').href, progress: this.#progress.buffer }, execArgv: [], env: {}, stdout: true, stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MAX_MB },
    });
    for (const stream of [worker.stdout, worker.stderr]) stream.setEncoding('utf8').on('data', onOutput);
    // What follows hears it, too; without this one it would end the process.
    worker.on('error', (error) => (this.#failure = failureOf(error))).on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#failure ??= ENDED;
    });
    const untilMs = performance.now() + LOAD_LIMIT_MS;
    const loaded = await this.#answer<Loaded>(worker, () => untilMs - performance.now());
    if (loaded.kind === 'loaded') {
      this.#worker = worker;
      this.#failure = undefined;
      return loaded.declared;
    }
    await worker.terminate();
    throw refused(shownFile, loaded.kind === 'failed' ? `it cannot be loaded: ${loaded.reason}` : loaded.kind === 'late' ? `it was not loaded within ${LOAD_LIMIT_MS / 1000} s` : `it ended while it was loaded: ${loaded.reason}`);
  }

  /** What the handlers do with these events, in their order. Rejects with AuthorFault. One batch at a time. */
  run(events: readonly ProjectedEvent<unknown>[]): Promise<readonly Operation[]> {
    const running = this.#turn.then(() => this.#run(events));
    this.#turn = running.catch(() => undefined);
    return running;
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#failure = undefined;
  }

  async #run(events: readonly ProjectedEvent<unknown>[]): Promise<readonly Operation[]> {
    if (events.length === 0) return [];
    if (this.#failure !== undefined) {
      const [{ at }, reason] = [events[0]!, this.#failure];
      this.#failure = undefined;
      throw new AuthorFault(at.partition, at.offset, `before this event, with none in its hands (a timer, a promise that nobody awaits): ${reason}`);
    }
    if (this.#worker === undefined) await this.load();
    const worker = this.#worker!;
    const { timeLimitMs } = this.#options;
    Atomics.store(this.#progress, 0, 0);
    let last = 0;
    let sinceMs = performance.now();
    const answer = this.#answer<Answer>(worker, () => {
      const now = Atomics.load(this.#progress, 0);
      if (now !== last) [last, sinceMs] = [now, performance.now()];
      return sinceMs + timeLimitMs - performance.now();
    });
    worker.postMessage({ events });
    const found = await answer;
    if (found.kind === 'ran') return found.operations;
    const index = found.kind === 'threw' ? found.index : Math.max(0, Atomics.load(this.#progress, 0) - 1);
    await this.stop();
    const { event, at } = events[index]!;
    const reason = found.kind === 'late' ? `it has not ended within ${timeLimitMs / 1000} s` : found.reason;
    throw new AuthorFault(at.partition, at.offset, `the handler of ${(event as { type: string }).type}: ${reason}`);
  }

  /** The thread's next message; `late` when `leftMs` has come to 0, `ended` when the thread has. */
  #answer<T>(worker: Worker, leftMs: () => number): Promise<T | { readonly kind: 'late' } | { readonly kind: 'ended'; readonly reason: string }> {
    return new Promise((resolve) => {
      let failure: string | undefined;
      const end = (value: T | { readonly kind: 'late' } | { readonly kind: 'ended'; readonly reason: string }): void => {
        clearInterval(looking);
        worker.off('message', heard).off('error', failed).off('exit', exited);
        resolve(value);
      };
      const heard = (message: T): void => end(message);
      const failed = (error: unknown): void => void (failure = failureOf(error));
      const exited = (): void => end({ kind: 'ended', reason: failure ?? this.#failure ?? ENDED });
      const looking = setInterval(() => {
        if (leftMs() > 0) return;
        void worker.terminate();
        end({ kind: 'late' });
      }, LOOK_MS);
      worker.on('message', heard).on('error', failed).on('exit', exited);
    });
  }
}

const ENDED = 'it ended the process (process.exit?)';

function failureOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code === 'ERR_WORKER_OUT_OF_MEMORY' ? `it took more than ${HEAP_MAX_MB} MiB of memory` : `it failed: ${message ?? String(error)}`;
}
