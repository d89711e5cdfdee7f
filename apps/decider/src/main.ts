import { createLogger, explainFailure, Lifecycle } from '#platform';
import { deciderConfig } from './config.js';
import { createApp } from './create-app.js';

try {
  const config = deciderConfig();
  const logger = createLogger({ level: config.logging.level, app: 'decider', node: config.node });
  const lifecycle = new Lifecycle(logger);
  const app = await createApp(config, { logger });
  lifecycle.onStop('decider', async () => {
    if (!(await app.stop())) throw new Error('the decider did not stop cleanly');
  });
  lifecycle.handleSignals();
} catch (error) {
  // One line, for a person: what is wrong with the configuration or with what it names.
  process.stderr.write(`docket decider: ${explainFailure(error)}\n`);
  process.exit(1);
}
