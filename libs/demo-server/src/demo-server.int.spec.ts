import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { DEMO_TOOLS, DemoServer } from '#demo-server';

let demo: DemoServer;
let good: string;

beforeAll(async () => {
  demo = await DemoServer.start({ accepts: (token) => Promise.resolve(token === good) });
});

beforeEach(() => {
  good = 'canary-token';
});

afterAll(() => demo.stop());

const withToken = { requestInit: { headers: { 'access-token': 'canary-token' } } };
const names = DEMO_TOOLS.map(({ name }) => name);

test('an official client of each era lists its tools and orders at a quote', async () => {
  const clients = [new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } }), new ClientV1({ name: 'test', version: '1' })] as const;
  await clients[0].connect(new StreamableHTTPClientTransport(new URL(demo.url), withToken));
  await clients[1].connect(new TransportV1(new URL(demo.url), withToken) as never);
  for (const client of clients) {
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(names);
    const quote = await client.callTool({ name: 'get_quote', arguments: { from: 'EUR', to: 'USD', amount: 10 } });
    const { quoteId } = quote.structuredContent as { quoteId: string };
    const order = await client.callTool({ name: 'create_order', arguments: { quoteId, amount: 10, currency: 'EUR' } });
    expect(order.structuredContent).toMatchObject({ currency: 'EUR', amount: 10, state: 'PROCESSING' });
    await client.close();
  }
  expect(new Set(demo.requests.map(({ era }) => era))).toEqual(new Set(['modern', 'legacy']));
});

test('nothing is done without the partner\'s token, and what is written down of a request holds none', async () => {
  good = 'another';
  const answers = await Promise.all([{ 'access-token': 'canary-token' }, {}].map((headers) => fetch(demo.url, {
    method: 'POST', headers: { ...headers, 'content-type': 'application/json', accept: 'application/json, text/event-stream' }, body: '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{}}}',
  } as RequestInit)));
  expect(answers.map(({ status }) => status)).toEqual([401, 401]);
  const log = await (await fetch(demo.url.replace('/mcp', '/_fake/requests'))).text();
  expect(demo.requests.slice(-2).map(({ credential }) => credential).sort()).toEqual(['missing', 'wrong']);
  expect(log).toContain('"credential":"missing"');
  expect(log).not.toContain('canary');
});
