import { explainFailure } from '#platform';
import { standaloneConfig } from './config.js';
import { createApp } from './create-app.js';

try {
  let lost: ((error: Error) => void) | undefined;
  const app = await createApp(standaloneConfig(), (error) => lost?.(error));
  app.lifecycle.handleSignals();
  lost = (error) => {
    // Another process may work on the database from now on: this one must not go on.
    app.logger.fatal({ err: error }, 'the database is gone');
    process.stderr.write(`docket: the database is gone (${error.message}); stopping\n`);
    void app.lifecycle.stop().then(() => process.exit(1));
  };
  process.stdout.write(app.panel);
} catch (error) {
  // One line, for a person: what is wrong with the configuration or with what it names.
  process.stderr.write(`docket: ${explainFailure(error)}\n`);
  process.exit(1);
}
