import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { credentials, Metadata } from '@grpc/grpc-js';
import { bearer, connectionClient } from '#contracts';
import { FakePartner, MINT_PATH } from '#fake-partner';
import { createLogger, createMetrics } from '#platform';
import type { DeciderFixture } from '../../apps/decider/src/decider.fixture.js';
import { mcpGatewayConfig } from '../../apps/mcp-gateway/src/config.js';
import { createApp as createGateway } from '../../apps/mcp-gateway/src/create-app.js';
import type { McpGatewayApp } from '../../apps/mcp-gateway/src/create-app.js';
import type { PinnedTool } from '../../apps/mcp-gateway/src/ports.js';
import { tokenBrokerConfig } from '../../apps/token-broker/src/config.js';
import { createApp as createTokenBroker } from '../../apps/token-broker/src/create-app.js';
import type { TokenBrokerApp } from '../../apps/token-broker/src/create-app.js';

const SERVER = 'server-a';
const CONNECTION = 'partner';
const VERSION = '2026-07-28';

interface Call { readonly headers: IncomingHttpHeaders; readonly meta: Readonly<Record<string, unknown>> }

/** An MCP gateway with a token broker and a partner behind it, all in this process, in front of a decider. */
export class TracedGateway {
  /** `tools/call` as they came to the partner's MCP server. */
  readonly calls: Call[] = [];
  /** The partner's tokens that have come along with them. */
  readonly tokens: string[] = [];
  #upstream: Server | undefined;
  #partner: FakePartner | undefined;
  #broker: TokenBrokerApp | undefined;
  #gateway: McpGatewayApp | undefined;

  async start(databaseUrl: string, decider: DeciderFixture, environment: Readonly<Record<string, string>>): Promise<this> {
    this.#partner = await FakePartner.start();
    const shared = { ...environment, DATABASE_URL: databaseUrl, DATA_DIR: decider.folder };
    const logger = createLogger({ level: 'silent', app: 'spec' });
    this.#broker = await createTokenBroker(tokenBrokerConfig({ ...shared, NODE_NAME: 'broker', TOKEN_BROKER_LISTEN: '127.0.0.1:0', TOKEN_ISSUERS_ON_LOOPBACK: 'true' }), { logger, metrics: createMetrics(), http: false });
    const tokens = `127.0.0.1:${this.#broker.grpcAddress.port}`;
    await this.#register(tokens, bearer(decider.token('admin')), this.#partner);
    this.#upstream = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { id: number; method: string; params: { _meta: Record<string, unknown> } };
        if (method === 'tools/call') this.calls.push({ headers: request.headers, meta: params._meta });
        this.tokens.push(String(request.headers['access-token']));
        const result = method === 'server/discover' ? { supportedVersions: [VERSION], capabilities: { tools: {} }, ttlMs: 60_000 } : { content: [{ type: 'text', text: 'done' }] };
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, result: { resultType: 'complete', ...result } }));
      });
    });
    await new Promise<void>((resolve) => this.#upstream!.listen(0, '127.0.0.1', resolve));
    const config = mcpGatewayConfig({
      ...environment, NODE_NAME: 'gateway', MCP_LISTEN: '127.0.0.1:0', MCP_UPSTREAMS_ON_LOOPBACK: 'true', DOCKET_ADDRESS: decider.address, DOCKET_TOKENS_ADDRESS: tokens, DOCKET_CREDENTIAL: decider.token('gateway'),
    });
    const url = `http://127.0.0.1:${(this.#upstream.address() as AddressInfo).port}/mcp`;
    const servers = new Map([[SERVER, { kind: 'http', trustFirstUse: true, url, connection: CONNECTION, tokenTool: 'refresh_access_token', tokenDelivery: 'stand_in' } as const]]);
    const tool: PinnedTool = { name: 't', definition: { name: 't', inputSchema: { type: 'object' } }, definitionHash: 'a'.repeat(64), state: 'approved' };
    const pins = { toolsOf: async () => [tool], instructionsOf: async () => undefined, observed: async () => undefined, onChanged: () => () => undefined };
    this.#gateway = await createGateway({ ...config, servers }, { logger, metrics: createMetrics(), pins, http: false });
    return this;
  }

  /** Calls the tool as an agent does. Resolves to the text that it gets. */
  async call(grant: string, headers: Readonly<Record<string, string>>, meta: Readonly<Record<string, string>> = {}): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.#gateway!.mcpAddress.port}/mcp/${SERVER}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${grant}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': VERSION, 'mcp-method': 'tools/call', 'mcp-name': 't', ...headers },
      body: JSON.stringify({
        jsonrpc: '2.0', id: 1, method: 'tools/call',
        params: { name: 't', arguments: { note: 'canary-argument' }, _meta: { 'io.modelcontextprotocol/protocolVersion': VERSION, 'io.modelcontextprotocol/clientCapabilities': {}, ...meta } },
      }),
    });
    const { result, error } = await response.json() as { result?: { content: { text: string }[] }; error?: { message: string } };
    return result?.content[0]?.text ?? error?.message ?? '';
  }

  async stop(): Promise<void> {
    await this.#gateway?.stop();
    await this.#broker?.stop();
    await this.#partner?.stop();
    this.#upstream?.closeAllConnections();
    await new Promise((resolve) => (this.#upstream === undefined ? resolve(undefined) : this.#upstream.close(resolve)));
  }

  async #register(address: string, admin: Metadata, partner: FakePartner): Promise<void> {
    const client = connectionClient(address, credentials.createInsecure());
    const request = { connectionId: CONNECTION, settings: { issuer: 'PARTNER_SECRET' as const, tokenUrl: partner.baseUrl + MINT_PATH, clientId: partner.apiKey }, secret: partner.apiSecret };
    await new Promise<void>((resolve, reject) => void client.Register(request, admin, { deadline: Date.now() + 100_000 }, (error) => (error === null ? resolve() : reject(error))));
    client.close();
  }
}
