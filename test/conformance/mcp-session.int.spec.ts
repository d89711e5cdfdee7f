import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { FakePartner, MINT_PATH } from '#fake-partner';
import { upstreamFetch } from '#upstream';
import { BrokerTokens } from './broker-client.fixture.js';

interface Seen {
  readonly method: string;
  readonly session: string;
  readonly token: string;
}

/** An MCP server over HTTP that keeps sessions and takes the partner's living tokens only. Answers plain JSON, as the protocol allows. */
async function mcpServer(isLive: (token: string) => boolean): Promise<{ readonly url: string; readonly seen: Seen[]; stop(): Promise<void> }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const { method = request.method ?? '', id } = request.method === 'POST' ? JSON.parse(await textOf(request)) as { method?: string; id?: number } : {};
      const token = (request.headers.authorization ?? '').replace('Bearer ', '');
      seen.push({ method, session: String(request.headers['mcp-session-id'] ?? ''), token });
      if (!isLive(token)) return response.writeHead(401).end();
      if (request.method !== 'POST') return response.writeHead(405).end();
      if (id === undefined) return response.writeHead(202).end();
      const result = method === 'initialize'
        ? { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo: { name: 'lasting', version: '1.0.0' } }
        : method === 'tools/list' ? { tools: [{ name: 'order', inputSchema: { type: 'object' } }] } : { content: [{ type: 'text', text: 'done' }] };
      return response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 'session-1' }).end(JSON.stringify({ jsonrpc: '2.0', id, result }));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, seen,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

test.each(['somebody else has had refreshed', 'is refused itself'])('one MCP session of the official client outlives its token, which it %s: every request carries the newest one, read anew', async (how) => {
  const partner = await FakePartner.start();
  const tokens = await BrokerTokens.of({ issuer: 'partner-secret', token_url: partner.baseUrl + MINT_PATH, client_id: partner.apiKey }, partner.apiSecret);
  const first = (await tokens.get({})).token.reveal();
  let isFirstGood = true;
  const server = await mcpServer((token) => token !== '' && (isFirstGood || token !== first));
  const client = new Client({ name: 'docket', version: '0.1.0' });
  const call = (): Promise<unknown> => client.callTool({ name: 'order', arguments: {} });
  try {
    await client.connect(new StreamableHTTPClientTransport(new URL(server.url), { fetch: upstreamFetch({ tokens, allowLoopback: true }) }));
    await call();
    isFirstGood = false;
    if (how !== 'is refused itself') await tokens.get({ rejectedGeneration: 1 });
    await call();
    await call();
    const second = (await tokens.get({})).token.reveal();
    const toolCalls = server.seen.filter(({ method }) => method === 'tools/call');
    expect(toolCalls.map(({ token }) => [first, second].indexOf(token))).toEqual(how === 'is refused itself' ? [0, 0, 1, 1] : [0, 1, 1]);
    expect(new Set(toolCalls.map(({ session }) => session))).toEqual(new Set(['session-1']));
    expect(server.seen.filter(({ method }) => method === 'initialize')).toHaveLength(1);
    expect(tokens.mints).toBe(2);
  } finally {
    await client.close();
    await server.stop();
    await partner.stop();
  }
}, 300_000);
