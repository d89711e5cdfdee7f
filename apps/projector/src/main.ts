import { createLogger, explainFailure, Lifecycle } from '#platform';
import { projectorConfig } from './config.js';
import { createApp } from './create-app.js';

try {
  const config = projectorConfig();
  const logger = createLogger({ level: config.logging.level, app: 'projector', node: config.node });
  const lifecycle = new Lifecycle(logger);
  const app = await createApp(config, { logger });
  lifecycle.onStop('projector', async () => {
    if (!(await app.stop())) throw new Error('the projector did not stop cleanly');
  });
  lifecycle.handleSignals();
} catch (error) {
  // One line, for a person: what is wrong with the configuration or with what it names.
  process.stderr.write(`docket projector: ${explainFailure(error)}\n`);
  process.exit(1);
}
