import type { Logger } from './logger.js';

/** Stops a process in a fixed order, once. */
export class Lifecycle {
  readonly #logger: Logger;
  readonly #steps: { readonly name: string; readonly run: () => unknown }[] = [];
  #stopping: Promise<boolean> | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Adds a step that runs before all steps added earlier: what was started last is stopped first. */
  onStop(name: string, run: () => unknown): void {
    this.#steps.unshift({ name, run });
  }

  /** Runs the steps one after another; a step that fails is logged and does not hold up the rest. Resolves to whether all went well. */
  stop(): Promise<boolean> {
    return (this.#stopping ??= this.#runSteps());
  }

  /**
   * SIGTERM and SIGINT stop the process in order and then exit (0, or 1 if a step failed); a second one exits at once.
   * Returns a function that takes the handlers off again.
   */
  handleSignals(exit: (code: number) => void = (code) => process.exit(code), signals: NodeJS.EventEmitter = process): () => void {
    let received = false;
    const handle = (signal: NodeJS.Signals): void => {
      if (received) return exit(signal === 'SIGINT' ? 130 : 143);
      received = true;
      this.#logger.info({ signal }, 'stopping; a second signal exits at once');
      void this.stop().then((clean) => {
        this.#logger.info({ clean }, 'stopped');
        exit(clean ? 0 : 1);
      });
    };
    signals.on('SIGTERM', handle);
    signals.on('SIGINT', handle);
    return () => {
      signals.off('SIGTERM', handle);
      signals.off('SIGINT', handle);
    };
  }

  async #runSteps(): Promise<boolean> {
    let clean = true;
    for (const { name, run } of this.#steps) {
      const startedMs = performance.now();
      try {
        await run();
        this.#logger.debug({ step: name, ms: Math.round(performance.now() - startedMs) }, 'stopped');
      } catch (err) {
        clean = false;
        this.#logger.error({ err, step: name }, 'a step of the shutdown failed');
      }
    }
    return clean;
  }
}
