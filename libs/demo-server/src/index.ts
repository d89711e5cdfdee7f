/** Stands in for a partner's MCP server: order, quote and account tools over the fake partner. */
export { DemoServer, MCP_PATH, type DemoServerOptions } from './demo-server.js';
export type { DemoRequest } from './demo-server.js';
export { DEMO_TOOLS } from './tools.js';
export { partnerAccepts } from './partner-accepts.js';
