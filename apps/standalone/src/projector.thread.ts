import { Worker } from 'node:worker_threads';
import { symbols } from 'pino';
import type { DestinationStream } from 'pino';
import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Logger } from '#platform';
import type { FromProjector, ToProjector } from '../../projector/src/thread.messages.js';

interface Waits {
  /** Before it is started again: doubles with each failure. */
  readonly restartMinMs: number;
  readonly restartMaxMs: number;
  /** After so long the next failure is a new one. */
  readonly settledMs: number;
  /** What waits for the first start waits no longer. */
  readonly firstStartMs: number;
  readonly metricsMs: number;
  readonly stopMs: number;
}

const WAITS: Waits = { restartMinMs: 1_000, restartMaxMs: 60_000, settledMs: 60_000, firstStartMs: 10_000, metricsMs: 1_000, stopMs: 10_000 };
/** A projector that needs more must not take the decider's memory with it. */
const HEAP_MAX_MB = 2_048;

export interface ProjectorThreadOptions {
  /** The built `apps/projector/src/thread.js`. */
  readonly entry: URL;
  /** The thread's lines go where this one's go. */
  readonly logger: Logger;
  readonly metrics: Registry;
  /** For specs. */
  readonly waits?: Partial<Waits>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The projector in a thread of this process. It loads at once, and begins when it is told its environment: it reads the log and writes rows without taking time from decisions, and
 * dies with the process. When it ends by itself it is started again, later each time; decisions do not notice.
 */
export class ProjectorThread {
  /** Resolves when the first start has succeeded, to undefined, or failed, to what went wrong. It goes on trying then. */
  readonly firstStart: Promise<string | undefined>;
  readonly #options: ProjectorThreadOptions;
  readonly #waits: Waits;
  readonly #pendingMetrics = new Map<number, (text: string) => void>();
  readonly #restarts: Counter;
  #firstStarted: (problem: string | undefined) => void = () => undefined;
  #worker: Worker | undefined;
  #problem: string | undefined = 'it is starting';
  #failure: string | undefined;
  #begin: ToProjector | undefined;
  #startedAtMs = 0;
  #restartInMs: number;
  #restart: NodeJS.Timeout | undefined;
  #stopping: Promise<void> | undefined;
  #clean = true;
  #requests = 0;

  constructor(options: ProjectorThreadOptions) {
    this.#options = options;
    this.#waits = { ...WAITS, ...options.waits };
    this.#restartInMs = this.#waits.restartMinMs;
    this.firstStart = new Promise((resolve) => (this.#firstStarted = resolve));
    const registers = [options.metrics];
    this.#restarts = new Counter({ name: 'docket_projector_restarts_total', help: 'Times the projector’s thread ended by itself and was started again', registers });
    const up: Gauge = new Gauge({
      name: 'docket_projector_up', help: '1 while the projector follows the log, 0 while it is down or has stopped at an event', registers,
      collect: () => void up.set(this.problem === undefined ? 1 : 0),
    });
    this.#launch();
  }

  /** Why rows are not kept up to date now; undefined while they are. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Begins to project, on the database that the environment names. Once. `isDatabaseLocal`: its processes run here. */
  start(environment: Environment, isDatabaseLocal: boolean): void {
    this.#begin = { kind: 'start', environment, isDatabaseLocal };
    this.#worker?.postMessage(this.#begin);
    const { firstStartMs } = this.#waits;
    const timer = setTimeout(() => this.#firstStarted(`it has not started within ${firstStartMs / 1000} s`), firstStartMs);
    void this.firstStart.then(() => clearTimeout(timer));
  }

  /** The thread's metrics as text; '' if it does not answer in time. */
  metrics(): Promise<string> {
    const worker = this.#worker;
    if (worker === undefined) return Promise.resolve('');
    const request = ++this.#requests;
    return new Promise((resolve) => {
      const answer = (text: string): void => {
        clearTimeout(timer);
        this.#pendingMetrics.delete(request);
        resolve(text);
      };
      const timer = setTimeout(() => answer(''), this.#waits.metricsMs);
      this.#pendingMetrics.set(request, answer);
      worker.postMessage({ kind: 'metrics', request } satisfies ToProjector);
    });
  }

  /** Lets it finish the batch in hand; ends it after a while if it does not. Rejects if it did not stop cleanly. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#restart);
    const worker = this.#worker;
    if (worker === undefined) return;
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    worker.postMessage({ kind: 'stop' } satisfies ToProjector);
    const timer = setTimeout(() => {
      this.#clean = false;
      void worker.terminate();
    }, this.#waits.stopMs);
    await ended;
    clearTimeout(timer);
    if (!this.#clean) throw new Error('the projector did not stop cleanly');
  }

  #launch(): void {
    const { entry } = this.#options;
    this.#failure = undefined;
    this.#startedAtMs = performance.now();
    // None of this process's own flags: what is preloaded here (signal handling) is not for a thread.
    const worker = new Worker(entry, { name: 'docket projector', execArgv: ['--enable-source-maps'], resourceLimits: { maxOldGenerationSizeMb: HEAP_MAX_MB } });
    this.#worker = worker;
    worker.on('message', (message: FromProjector) => this.#hear(message));
    worker.on('error', (error) => {
      this.#failure = error instanceof Error ? error.message : String(error);
      this.#options.logger.error({ err: error }, 'the projector has failed');
    });
    worker.once('exit', (code) => this.#ended(code));
    if (this.#begin !== undefined) worker.postMessage(this.#begin);
  }

  #hear(message: FromProjector): void {
    switch (message.kind) {
      case 'log': return void (this.#options.logger as unknown as Record<symbol, DestinationStream>)[symbols.streamSym]!.write(message.line);
      case 'metrics': return this.#pendingMetrics.get(message.request)?.(message.text);
      case 'started': return this.#firstStarted(undefined);
      case 'health': return void (this.#problem = message.problem);
      case 'failed': return void (this.#failure = message.message);
      case 'stopped': return void (this.#clean &&= message.clean);
    }
  }

  #ended(code: number): void {
    this.#worker = undefined;
    for (const answer of [...this.#pendingMetrics.values()]) answer('');
    if (this.#stopping !== undefined) return;
    this.#problem = this.#failure ?? `it ended with exit code ${code}`;
    if (performance.now() - this.#startedAtMs > this.#waits.settledMs) this.#restartInMs = this.#waits.restartMinMs;
    this.#options.logger.error({ problem: this.#problem, restartInMs: this.#restartInMs }, 'the projector is down: rows are not kept up to date, decisions go on; it will be started again');
    this.#restart = setTimeout(() => {
      this.#restarts.inc();
      this.#launch();
    }, this.#restartInMs);
    this.#restartInMs = Math.min(this.#waits.restartMaxMs, this.#restartInMs * 2);
    this.#firstStarted(this.#problem);
  }
}
