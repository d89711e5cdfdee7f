import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client, ClientCredentialsProvider, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { mayRetry, remedyFor } from '#access-token';
import { systemRuntime } from '#ledger';
import { TokenCache } from '../../../apps/token-broker/src/cache/token-cache.js';
import { createIssuers } from '../../../apps/token-broker/src/issuers/create-issuers.js';
import { guardedFetch } from '../../../apps/token-broker/src/issuers/guarded-fetch.js';
import { MemoryBroker, SETTINGS } from './memory-broker.js';
import type { TokenRow } from './row.js';

const CALLS = 20;
const MINT_MS = 50;

/** An MCP server whose authorization server lets one token live at a time, as the partner of the contract does. */
class OneTokenServer {
  mints = 0;
  #token = '';
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  revoke(): void {
    this.#token = '';
    this.mints = 0;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const json = (status: number, value: unknown, headers: Record<string, string> = {}): void => void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
    const path = (request.url ?? '').split('?')[0]!;
    if (path.startsWith('/.well-known/oauth-protected-resource')) return json(200, { resource: `${this.url}/mcp`, authorization_servers: [this.url] });
    if (path.startsWith('/.well-known/')) {
      return json(200, {
        issuer: this.url, token_endpoint: `${this.url}/token`, authorization_endpoint: `${this.url}/authorize`, response_types_supported: ['code'],
        grant_types_supported: ['client_credentials'], token_endpoint_auth_methods_supported: ['client_secret_basic'],
      });
    }
    if (path === '/token') {
      this.mints += 1;
      await new Promise((resolve) => setTimeout(resolve, MINT_MS));
      this.#token = `token-${Math.random().toString(36).slice(2)}`;
      return json(200, { access_token: this.#token, token_type: 'Bearer', expires_in: 3_600 });
    }
    if (request.headers.authorization !== `Bearer ${this.#token}` || this.#token === '') {
      return json(401, { error: 'invalid_token' }, { 'www-authenticate': `Bearer error="invalid_token", resource_metadata="${this.url}/.well-known/oauth-protected-resource"` });
    }
    if (request.method !== 'POST') return void response.writeHead(405).end();
    const { id, method, params } = JSON.parse(body) as { id?: number; method: string; params?: { protocolVersion?: string } };
    if (id === undefined) return void response.writeHead(202).end();
    const result = method === 'initialize'
      ? { protocolVersion: params?.protocolVersion ?? '2025-06-18', capabilities: { tools: {} }, serverInfo: { name: 'bench', version: '1' } }
      : method === 'tools/call' ? { content: [{ type: 'text', text: 'ok' }] } : { tools: [] };
    json(200, { jsonrpc: '2.0', id, result });
  }
}

async function officialClient(server: OneTokenServer): Promise<{ mints: number; failed: number }> {
  const authProvider = new ClientCredentialsProvider({ clientId: 'bench', clientSecret: 'bench-secret', expectedIssuer: server.url });
  const client = new Client({ name: 'bench', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), { authProvider }));
  await client.callTool({ name: 'a', arguments: {} });
  server.revoke();
  const done = await Promise.allSettled(Array.from({ length: CALLS }, () => client.callTool({ name: 'a', arguments: {} })));
  const mints = server.mints;
  await client.close();
  return { mints, failed: done.filter(({ status }) => status === 'rejected').length };
}

async function throughTheBroker(server: OneTokenServer): Promise<{ mints: number; failed: number }> {
  const runtime = systemRuntime();
  const issuers = createIssuers({ fetch: guardedFetch({ allowLoopback: true }), wallMs: () => runtime.wallMs() });
  const settings = { ...SETTINGS, issuer: 'oauth2-client-credentials' as const, auth_method: 'client_secret_basic' as const, token_url: `${server.url}/token`, client_id: 'bench' };
  const broker = new MemoryBroker(runtime, issuers);
  await broker.register('bench', settings);
  const cache = new TokenCache({ source: (id, ask) => broker.obtain(id, ask), runtime, random: Math.random, lastHeardMs: () => runtime.monotonicMs() });
  const call = async (): Promise<boolean> => {
    let served = await cache.get('bench');
    for (let retries = 0; ; retries += 1) {
      const response = await fetch(`${server.url}/mcp`, {
        method: 'POST', headers: { authorization: `Bearer ${served.token.reveal()}`, 'content-type': 'application/json' }, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: {} }),
      });
      await response.arrayBuffer();
      const remedy = remedyFor({ status: response.status, wwwAuthenticate: response.headers.get('www-authenticate') ?? undefined }, []);
      if (remedy.kind !== 'refresh' || !mayRetry({ retries, isReplayable: true, remainingMs: 5_000 })) return response.status === 200;
      served = await cache.get('bench', { rejectedGeneration: served.generation });
    }
  };
  await call();
  server.revoke();
  const done = await Promise.all(Array.from({ length: CALLS }, call));
  return { mints: server.mints, failed: done.filter((ok) => !ok).length };
}

/** 20 parallel calls whose token was revoked: the official MCP client by itself, and calls with tokens from the broker, on the same server. */
export async function mcpClient(rounds = 5): Promise<TokenRow[]> {
  const range = (numbers: readonly number[]): string => (Math.min(...numbers) === Math.max(...numbers) ? String(numbers[0]) : `${Math.min(...numbers)}–${Math.max(...numbers)}`);
  const server = await new OneTokenServer().start();
  try {
    const official: { mints: number; failed: number }[] = [];
    const ours: { mints: number; failed: number }[] = [];
    for (let round = 0; round < rounds; round += 1) {
      official.push(await officialClient(server));
      ours.push(await throughTheBroker(server));
    }
    const said = (all: typeof ours): string => `${range(all.map(({ mints }) => mints))} mint${range(all.map(({ mints }) => mints)) === '1' ? '' : 's'}, ${range(all.map(({ failed }) => failed))} of ${CALLS} calls failed`;
    return [{ what: `${CALLS} parallel MCP calls after a revocation, one token lives at a time`, figure: said(ours), beside: `@modelcontextprotocol/client: ${said(official)}` }];
  } finally {
    await server.stop();
  }
}

