import { runApp } from '#platform';
import { mcpGatewayConfig } from './config.js';
import { createApp } from './create-app.js';

await runApp({ app: 'mcp-gateway', title: 'MCP gateway', config: mcpGatewayConfig, createApp });
