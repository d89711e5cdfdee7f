import { createRequire } from 'node:module';
import type { Registry } from 'prom-client';
import { formatAddress, readTls, type Lifecycle, type Logger, mcpClientSnippet } from '#platform';
import type { Demonstration } from '#platform';
import { mcpGatewayConfig } from '../../mcp-gateway/src/config.js';
import { createApp, type McpGatewayApp } from '../../mcp-gateway/src/create-app.js';
import type { UpstreamServer } from '../../mcp-gateway/src/servers-file.js';

export interface GatewayOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly lifecycle: Lifecycle;
  readonly deciderAddress: string;
  readonly tokensAddress: string;
  readonly credential: string;
  /** Server ids with what is behind them; what the configuration names beside them is served as well. */
  readonly servers: ReadonlyMap<string, UpstreamServer>;
  readonly demonstrations: readonly Demonstration[];
}

export interface Gateway {
  readonly app: McpGatewayApp;
  /** `http://127.0.0.1:7420` */
  readonly url: string;
  readonly snippet: string;
}

/** The MCP gateway in this process, in front of servers to try. */
export async function startGateway({ environment, logger, metrics, lifecycle, deciderAddress, tokensAddress, credential, servers, demonstrations }: GatewayOptions): Promise<Gateway> {
  const config = mcpGatewayConfig({ ...environment, DOCKET_ADDRESS: deciderAddress, DOCKET_TOKENS_ADDRESS: tokensAddress, DOCKET_CREDENTIAL: credential, DOCKET_CREDENTIAL_FILE: undefined });
  // In this very process, whatever name its certificate has.
  const certificate = readTls(config.transport)?.cert;
  const docket = { ...config.docket, tls: certificate !== undefined, caFile: undefined, ...(certificate !== undefined && { certificate }) };
  const app = await createApp({ ...config, docket, servers: new Map([...servers, ...config.servers]) }, { logger, metrics, http: false });
  lifecycle.onStop('MCP gateway', async () => {
    if (!(await app.stop())) throw new Error('the MCP gateway did not stop cleanly');
  });
  const url = config.mcp.publicUrl ?? `http${config.transport.tlsCertFile === undefined ? '' : 's'}://${formatAddress(app.mcpAddress)}`;
  return { app, url, snippet: mcpClientSnippet(url, demonstrations) };
}

/** The partner's stand-in, whose every call carries the token of that connection. */
export function demonstrationServer(url: string, connection: string): UpstreamServer {
  return { kind: 'http', trustFirstUse: true, url, connection, tokenTool: 'refresh_access_token', tokenDelivery: 'stand_in' };
}

/** The MCP project's own server for trying things out, as a child of ours with an empty environment: one of its tools shows it. */
export function everythingServer(): UpstreamServer {
  const entry = createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/dist/index.js');
  return { kind: 'stdio', trustFirstUse: true, command: process.execPath, args: [entry, 'stdio'], env: {}, cwd: undefined };
}
