import { createLogger, explainFailure, Lifecycle } from '#platform';
import { consoleConfig } from './config.js';
import { createApp } from './create-app.js';

try {
  const config = consoleConfig();
  const logger = createLogger({ level: config.logging.level, app: 'console', node: config.node });
  const lifecycle = new Lifecycle(logger);
  const app = await createApp(config, { logger });
  lifecycle.onStop('console', async () => {
    if (!(await app.stop())) throw new Error('the console did not stop cleanly');
  });
  lifecycle.handleSignals();
} catch (error) {
  // One line, for a person: what is wrong with the configuration or with what it names.
  process.stderr.write(`docket console: ${explainFailure(error)}\n`);
  process.exit(1);
}
