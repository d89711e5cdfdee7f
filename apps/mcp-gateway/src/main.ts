import { createLogger, explainFailure, Lifecycle } from '#platform';
import { mcpGatewayConfig } from './config.js';
import { createApp } from './create-app.js';

try {
  const config = mcpGatewayConfig();
  const logger = createLogger({ level: config.logging.level, app: 'mcp-gateway', node: config.node });
  const lifecycle = new Lifecycle(logger);
  const app = await createApp(config, { logger });
  lifecycle.onStop('MCP gateway', async () => {
    if (!(await app.stop())) throw new Error('the MCP gateway did not stop cleanly');
  });
  lifecycle.handleSignals();
} catch (error) {
  // One line, for a person: what is wrong with the configuration or with what it names.
  process.stderr.write(`docket MCP gateway: ${explainFailure(error)}\n`);
  process.exit(1);
}
