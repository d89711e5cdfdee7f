import { explainFailure } from './explain-failure.js';
import { Lifecycle } from './lifecycle.js';
import { createLogger } from './logger.js';
import type { Logger } from './logger.js';

export interface AppProgram<C> {
  /** As it is named in logs: `token-broker`. */
  readonly app: string;
  /** As people say it: `token broker`. */
  readonly title: string;
  /** Reads the environment. */
  readonly config: () => C;
  readonly createApp: (config: C, overrides: { readonly logger: Logger }) => Promise<{ stop(): Promise<boolean> }>;
}

/** The whole of an app's `main.ts`: runs it as a process until a signal stops it. One that does not start says why in one line, and the process ends with 1. */
export async function runApp<C extends { readonly node: string; readonly logging: { readonly level: string } }>({ app, title, config: read, createApp }: AppProgram<C>): Promise<void> {
  try {
    const config = read();
    const logger = createLogger({ level: config.logging.level, app, node: config.node });
    const running = await createApp(config, { logger });
    const lifecycle = new Lifecycle(logger);
    lifecycle.onStop(title, async () => {
      if (!(await running.stop())) throw new Error(`the ${title} did not stop cleanly`);
    });
    lifecycle.handleSignals();
  } catch (error) {
    // One line, for a person: what is wrong with the configuration or with what it names.
    process.stderr.write(`docket ${title}: ${explainFailure(error)}\n`);
    process.exit(1);
  }
}
