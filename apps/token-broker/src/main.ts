import { createLogger, explainFailure, Lifecycle } from '#platform';
import { tokenBrokerConfig } from './config.js';
import { createApp } from './create-app.js';

try {
  const config = tokenBrokerConfig();
  const logger = createLogger({ level: config.logging.level, app: 'token-broker', node: config.node });
  const lifecycle = new Lifecycle(logger);
  const app = await createApp(config, { logger });
  lifecycle.onStop('token broker', async () => {
    if (!(await app.stop())) throw new Error('the token broker did not stop cleanly');
  });
  lifecycle.handleSignals();
} catch (error) {
  // One line, for a person: what is wrong with the configuration or with what it names.
  process.stderr.write(`docket token broker: ${explainFailure(error)}\n`);
  process.exit(1);
}
