import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { httpServer, poolOf, textOf, type PoolFixture } from './fixtures/pool.fixture.js';
import type { UpstreamLimits } from './limits.js';

/** How the server behaves in the next request that is no question of what it is. */
type Behaviour = (request: IncomingMessage, response: ServerResponse, id: number, body: string) => void;

let server: Server;
let fixture: PoolFixture | undefined;
let behave: Behaviour;
let asked: string[];

const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
const json = (response: ServerResponse, value: unknown, status = 200, headers: Record<string, string> = {}): void => void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
const sse = (response: ServerResponse): ServerResponse => response.writeHead(200, { 'content-type': 'text/event-stream' });
const result = (id: number, content: object): object => ({ jsonrpc: '2.0', id, result: content });

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    response.on('error', () => undefined);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const { id, method } = JSON.parse(body || '{}') as { id: number; method: string };
      asked.push(method);
      if (method === 'server/discover') return json(response, result(id, { supportedVersions: ['2026-07-28'], capabilities: { tools: {} }, ttlMs: 1, cacheScope: 'public' }));
      behave(request, response, id, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  await fixture?.close();
  fixture = undefined;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const open = (limits: Partial<UpstreamLimits> = {}): PoolFixture => (fixture = poolOf({ hostile: httpServer(url()) }, { limits }));
const calls = (): string[] => asked.filter((method) => method !== 'server/discover');

describe('an upstream that', () => {
  test.each<[string, Behaviour, string, Partial<UpstreamLimits>]>([
    ['answers nothing for long', () => undefined, 'UPSTREAM_TOO_LATE', { silenceMs: 200 }],
    ['stops in the middle of its answer', (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{"jsonrpc"'), 'UPSTREAM_TOO_LATE', { silenceMs: 200 }],
    ['never ends its stream', (_, response) => {
      sse(response);
      const more = setInterval(() => response.write(': alive\n\n'), 20);
      response.on('close', () => clearInterval(more));
    }, 'UPSTREAM_TOO_LATE', { callMs: 400 }],
    ['closes the connection', (request) => request.socket.destroy(), 'UPSTREAM_LOST', {}],
    ['closes it in the middle', (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' }).write('{"jsonrpc"');
      setImmediate(() => response.destroy());
    }, 'UPSTREAM_LOST', {}],
    ['ends its stream without an answer', (_, response) => void sse(response).end(': bye\n\n'), 'UPSTREAM_LOST', {}],
    ['sends a huge answer', (_, response, id) => json(response, result(id, { content: [{ type: 'text', text: 'x'.repeat(100_000) }] })), 'UPSTREAM_TOO_LARGE', { message: { bytesMax: 50_000, depthMax: 100, valuesMax: 1_000 } }],
    ['sends an answer without end', (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = (): void => { while (!response.destroyed && response.write('[1,'.repeat(20_000))); };
      response.on('drain', more);
      more();
    }, 'UPSTREAM_TOO_LARGE', {}],
    ['sends an event without end', (_, response) => {
      sse(response).write('data: ');
      const more = (): void => { while (!response.destroyed && response.write('x'.repeat(65_536))); };
      response.on('drain', more);
      more();
    }, 'UPSTREAM_TOO_LARGE', {}],
    ['sends notifications without end', (_, response) => {
      sse(response);
      const more = (): void => { while (!response.destroyed && response.write(`data: {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"${'x'.repeat(60_000)}"}}\n\n`)); };
      response.on('drain', more);
      more();
    }, 'UPSTREAM_TOO_LARGE', {}],
    ['nests its answer too deep', (_, response, id) => void response.writeHead(200, { 'content-type': 'application/json' }).end(`{"jsonrpc":"2.0","id":${id},"result":{"a":${'['.repeat(1_000)}${']'.repeat(1_000)}}}`), 'UPSTREAM_MALFORMED', {}],
    ['sends a key twice', (_, response, id) => void response.writeHead(200, { 'content-type': 'application/json' }).end(`{"jsonrpc":"2.0","id":${id},"result":{"content":[],"content":[]}}`), 'UPSTREAM_MALFORMED', {}],
    ['sends __proto__', (_, response, id) => void response.writeHead(200, { 'content-type': 'application/json' }).end(`{"jsonrpc":"2.0","id":${id},"result":{"__proto__":{"a":1}}}`), 'UPSTREAM_MALFORMED', {}],
    ['sends HTML', (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>maintenance</h1>'), 'UPSTREAM_MALFORMED', {}],
    ['sends what is no JSON', (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{'), 'UPSTREAM_MALFORMED', {}],
    ['sends what is no UTF-8', (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(Buffer.from([0x22, 0xff, 0x22])), 'UPSTREAM_MALFORMED', {}],
    ['compresses unasked', (_, response) => void response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end('x'), 'UPSTREAM_MALFORMED', {}],
    ['answers another request', (_, response, id) => json(response, result(id + 1, { content: [] })), 'UPSTREAM_MALFORMED', {}],
    ['answers with a batch', (_, response, id) => json(response, [result(id, { content: [] })]), 'UPSTREAM_MALFORMED', {}],
    ['answers with a result that is a list', (_, response, id) => json(response, { jsonrpc: '2.0', id, result: [] }), 'UPSTREAM_MALFORMED', {}],
    ['answers with a result of an unknown kind', (_, response, id) => json(response, result(id, { resultType: 'later', content: [] })), 'UPSTREAM_MALFORMED', {}],
    ['asks for input with nothing to ask', (_, response, id) => json(response, result(id, { resultType: 'input_required' })), 'UPSTREAM_MALFORMED', {}],
    ['accepts a request and says nothing', (_, response) => void response.writeHead(202).end(), 'UPSTREAM_MALFORMED', {}],
    ['sends a status that is none', (request) => void request.socket.end('HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n'), 'UPSTREAM_MALFORMED', {}],
    ['sends headers without end', (request) => void request.socket.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`), 'UPSTREAM_MALFORMED', {}],
    ['speaks no HTTP', (request) => void request.socket.end('SSH-2.0-server\r\n'), 'UPSTREAM_MALFORMED', {}],
    ['fails', (_, response) => json(response, { error: 'stack trace with s3cret' }, 500), 'UPSTREAM_FAILED', {}],
  ])('%s ends in a clear answer, of which nobody knows whether it was done', async (_, how, reason, limits) => {
    behave = how;
    // What it is is known by then: a slow machine has no part in what becomes of the call.
    await (await open(limits).pool.of('hostile', undefined)).describe();
    const answer = await fixture!.tool('hostile', 'any');
    expect(answer).toEqual({ outcome: 'unknown', reason, message: expect.stringMatching(/^the (?:connection to the )?server/) as string });
    expect(JSON.stringify(answer)).not.toContain('s3cret');
    expect(calls()).toEqual(['tools/call']);
    await fixture!.close();
    // It is not held against it.
    open();
    behave = (_request, response, id) => json(response, result(id, { content: [{ type: 'text', text: 'well again' }] }));
    expect(textOf(await fixture!.tool('hostile', 'any'))).toBe('well again');
  });

  test.each([301, 302, 303, 307, 308])('answers %i leads nobody anywhere', async (status) => {
    let elsewhere = 0;
    const other = createServer((_, response) => {
      elsewhere += 1;
      response.end();
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    for (const location of [`http://127.0.0.1:${(other.address() as AddressInfo).port}/`, '/elsewhere', 'http://169.254.169.254/latest/meta-data/']) {
      behave = (_, response) => void response.writeHead(status, { location }).end();
      const answer = await open().tool('hostile', 'any');
      expect(answer).toMatchObject({ outcome: 'unknown', reason: 'UPSTREAM_REDIRECTS' });
      expect(JSON.stringify(answer)).not.toMatch(/127\.0|169\.254|\/elsewhere/);
      await fixture!.close();
    }
    expect(elsewhere).toBe(0);
    expect(calls()).toHaveLength(3);
    await new Promise((resolve) => other.close(resolve));
  });

  test.each<[number, object, Record<string, string>, object]>([
    [401, {}, { 'www-authenticate': 'Bearer resource_metadata="URL/.well-known/oauth-protected-resource", scope="all"' }, { outcome: 'not_sent', reason: 'UPSTREAM_REFUSES_US' }],
    [403, {}, { 'www-authenticate': 'Bearer error="insufficient_scope", scope="admin"' }, { outcome: 'not_sent', reason: 'UPSTREAM_REFUSES_US' }],
    [429, {}, { 'retry-after': '7' }, { outcome: 'not_sent', reason: 'UPSTREAM_BUSY', retryAfterMs: 7_000 }],
    [503, {}, { 'retry-after': '3' }, { outcome: 'unknown', reason: 'UPSTREAM_FAILED', retryAfterMs: 3_000 }],
  ])('answers %i is not asked again, and signs nobody in (A6)', async (status, body, headers, expected) => {
    const said = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace('URL', new URL(url()).origin)]));
    behave = (_, response) => json(response, body, status, said);
    expect(await open().tool('hostile', 'any')).toMatchObject(expected);
    expect(asked).toEqual(['server/discover', 'tools/call']);
  });

  test.each<[number, object, object]>([
    [-32002, { code: -32602, message: 'no such thing' }, {}],
    [-32042, { code: -32603, data: { reason: 'UPSTREAM_WANTS_URL' } }, { elicitations: [{ url: 'https://phish.example.com' }] }],
    [-32021, { code: -32603, data: { reason: 'UPSTREAM_WANTS_CAPABILITY', requiredCapabilities: ['sampling'] } }, { requiredCapabilities: { sampling: {}, '<b>x</b>': {} } }],
    [-32020, { code: -32603, data: { reason: 'UPSTREAM_REFUSES_HEADERS' } }, {}],
    [-32050, { code: -32603, message: 'no such thing' }, {}],
    [-32001, { code: -32603, message: 'no such thing' }, {}],
    [-32601, { code: -32601, message: 'no such thing' }, {}],
    [4711, { code: 4711, message: 'no such thing', data: { a: 1 } }, { a: 1 }],
  ])('answers with the error %i has it translated where it is not for clients (R2, R5)', async (code, expected, data) => {
    behave = (_, response, id) => json(response, { jsonrpc: '2.0', id, error: { code, message: 'no such thing', data } });
    const answer = await open().tool('hostile', 'any');
    expect(answer).toMatchObject({ outcome: 'answered', error: expected });
    expect(JSON.stringify(answer)).not.toContain('phish');
  });

  test('sends an error with a long text, keys in it, has it cut and scrubbed', async () => {
    behave = (_, response, id) => json(response, { jsonrpc: '2.0', id, error: { code: 1, message: `no: key AKIA0123456789ABCDEF ${'blah '.repeat(500)}`, data: 'y'.repeat(10_000) } });
    const answer = await open().tool('hostile', 'any');
    expect(answer).toMatchObject({ error: { message: expect.stringMatching(/^no: key \*\*\* blah/) as string } });
    expect(JSON.stringify(answer).length).toBeLessThan(500);
  });

  test('has more calls under way than allowed: one more is refused, not queued without end', async () => {
    const waiting: (() => void)[] = [];
    behave = (_, response, id) => void waiting.push(() => json(response, result(id, { content: [] })));
    const pool = open({ callsMax: 2 });
    const two = [pool.tool('hostile', 'a'), pool.tool('hostile', 'b')];
    while (waiting.length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(await pool.tool('hostile', 'c')).toMatchObject({ outcome: 'not_sent', reason: 'UPSTREAM_BUSY' });
    for (const answer of waiting) answer();
    expect((await Promise.all(two)).map(({ outcome }) => outcome)).toEqual(['answered', 'answered']);
  });

  test('lists tools with invalid x-mcp-header annotations has those left out, and the others kept (H6)', async () => {
    const tool = (name: string, property: object) => ({ name, inputSchema: { type: 'object', properties: { a: property } }, x: name });
    const tools = [tool('good', { type: 'string', 'x-mcp-header': 'A' }), tool('number', { type: 'number', 'x-mcp-header': 'A' }), tool('items', { type: 'array', items: { type: 'string', 'x-mcp-header': 'A' } }), tool('plain', { type: 'string' })];
    behave = (_, response, id) => json(response, result(id, { tools, ttlMs: 0, cacheScope: 'private' }));
    const answer = await open().call('hostile', 'tools/list');
    expect(answer).toMatchObject({ result: { tools: [tools[0], tools[3]] } });
    expect(await fixture!.metric('docket_mcp_upstream_tools_dropped_total')).toBe(2);
    expect(fixture!.log.join('')).toContain('"tools":["number","items"]');
  });
});

test('what is not there is not sent to, and says so', async () => {
  const free = createTcpServer();
  await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
  const { port } = free.address() as AddressInfo;
  await new Promise((resolve) => free.close(resolve));
  fixture = poolOf({ gone: httpServer(`http://127.0.0.1:${port}/mcp`) });
  expect(await fixture.tool('gone', 'any')).toEqual({ outcome: 'not_sent', reason: 'UPSTREAM_UNREACHABLE', message: 'the server cannot be reached' });
  await expect((await fixture.pool.of('gone', undefined)).describe()).rejects.toMatchObject({ kind: 'unavailable', reason: 'UPSTREAM_UNREACHABLE' });
  await expect(fixture.pool.of('unknown', undefined)).rejects.toMatchObject({ kind: 'not_found' });
});
