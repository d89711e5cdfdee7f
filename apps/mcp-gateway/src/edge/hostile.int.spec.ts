import { connect, type Socket } from 'node:net';
import type { IncomingMessage } from 'node:http';
import { ACCEPT, Events, initialize, legacy, modern, open, send } from './fixtures/http.fixture.js';
import { grantToken, startEdge, type TestEdge, until } from './fixtures/edge.fixture.js';

/** How many one client tries to open. */
const OPEN_STREAMS = Number(process.env['OPEN_STREAMS'] ?? 1_000);

let edge: TestEdge;
const sockets: { destroy(): unknown }[] = [];
const start = async (limits: NonNullable<Parameters<typeof startEdge>[0]>['limits']): Promise<void> => { edge = await startEdge({ limits: { ...limits } }); };
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await edge.stop();
});
const call = (id: number | string = 1, token = grantToken()) => ({ ...modern('tools/call', { name: 'echo', arguments: {} }, { id }), token });
const listen = (token = grantToken()) => ({ ...modern('subscriptions/listen', { notifications: { toolsListChanged: true } }), token });
const isServing = async (): Promise<boolean> => (await send(edge.url, call('still', grantToken('bystander')))).status === 200;

function raw(text: string): { readonly socket: Socket; readonly received: () => string; readonly closed: Promise<void> } {
  const socket = connect(edge.edge.address.port, '127.0.0.1');
  sockets.push(socket);
  let received = '';
  socket.on('error', () => undefined);
  socket.on('data', (data) => { received += data.toString(); });
  socket.write(text);
  return { socket, received: () => received, closed: new Promise((resolve) => socket.once('close', () => resolve())) };
}

test('streams are bounded for each grant and in all; who is beyond is told to come back, everybody else is served', async () => {
  await start({ streamsMax: 6, streamsPerGrantMax: 4 });
  const opened: IncomingMessage[] = [];
  for (let n = 0; n < 10; n++) opened.push(await open(edge.url, listen()));
  sockets.push(...opened);
  expect(opened.map(({ statusCode }) => statusCode)).toEqual([...Array(4).fill(200), ...Array(6).fill(429)]);
  expect(opened[9]!.headers['retry-after']).toBe('5');
  expect((await Promise.all(['b', 'c', 'd'].map((grant) => open(edge.url, listen(grantToken(grant)))))).map((response) => { sockets.push(response); return response.statusCode; }).sort()).toEqual([200, 200, 429]);
  expect(edge.edge.figures.streams).toBe(6);
  expect(await isServing()).toBe(true);
  for (const response of opened.slice(0, 4)) response.destroy();
  await until('their places are free', () => edge.edge.figures.streams === 2, () => edge.edge.figures);
  expect((await open(edge.url, listen())).statusCode).toBe(200);
});

test('a client that opens streams without end holds as many as it may and is told so for each of the others; everybody else is served meanwhile', async () => {
  await start({});
  const body = JSON.stringify(listen().body);
  const text = ['POST /mcp/shop HTTP/1.1', 'host: localhost', ...Object.entries({ ...listen().headers, authorization: `Bearer ${listen().token}`, accept: ACCEPT, 'content-type': 'application/json', 'content-length': body.length }).map(([name, value]) => `${name}: ${value}`), '', body].join('\r\n');
  const answers: string[] = [];
  const openOne = async (): Promise<void> => {
    const { socket, received, closed } = raw(text);
    // One is open when it is acknowledged; one that is refused is closed, and gives its place among the connections back.
    await Promise.race([closed, new Promise<void>((resolve) => socket.on('data', () => { if (received().includes('subscriptions/acknowledged')) resolve(); }))]);
    answers.push(received());
  };
  while (answers.length < OPEN_STREAMS) {
    await Promise.all(Array.from({ length: 250 }, openOne));
    expect(await isServing()).toBe(true);
  }
  const refused = answers.filter((answer) => answer.startsWith('HTTP/1.1 429') && /retry-after: 5/i.test(answer) && answer.includes('as many streams open as it may have'));
  expect([answers.filter((answer) => answer.startsWith('HTTP/1.1 200')).length, refused.length]).toEqual([64, answers.length - 64]);
  expect(edge.edge.figures.streams).toBe(64);
  for (const socket of sockets.splice(0)) socket.destroy();
  await until('nothing is held', () => edge.edge.figures.streams === 0 && edge.edge.figures.bufferedBytes === 0 && edge.handler.feed.listeners === 0, () => edge.edge.figures);
});

test('requests under way are bounded for each grant and in all, and refused before their bodies are read', async () => {
  await start({ requestsMax: 5, requestsPerGrantMax: 3 });
  const end = Promise.withResolvers<void>();
  edge.handler.respond = async () => { await end.promise; return { result: { content: [] } }; };
  const held = [1, 2, 3].map((id) => send(edge.url, call(id)));
  await until('three are under way', () => edge.handler.asked.length === 3);
  const refused = await send(edge.url, { ...call(4), body: '{' });
  expect([refused.status, refused.headers['retry-after'], refused.json['error']?.['code']]).toEqual([429, '1', -31001]);
  const others = [5, 6].map((id) => send(edge.url, call(id, grantToken('b'))));
  await until('five are under way', () => edge.handler.asked.length === 5);
  expect((await send(edge.url, call(7, grantToken('c')))).status).toBe(429);
  end.resolve();
  expect((await Promise.all([...held, ...others])).map(({ status }) => status)).toEqual(Array(5).fill(200));
  expect(edge.edge.figures.requests).toBe(0);
});

test('sessions are bounded: an idle one makes room, a busy one does not', async () => {
  await start({ sessionsMax: 3, sessionsPerGrantMax: 2 });
  const begin = async (grant = 'a'): Promise<string | undefined> => (await send(edge.url, { ...initialize(), token: grantToken(grant) })).headers['mcp-session-id'] as string | undefined;
  const list = (session: string) => send(edge.url, legacy(session, 'tools/list'));
  const [one, two] = [(await begin())!, (await begin())!];
  const stream = new Events(await open(edge.url, { method: 'GET', headers: { accept: 'text/event-stream', 'mcp-session-id': one } }));
  sockets.push(stream.response);
  const three = (await begin())!;
  expect((await Promise.all([one, two, three].map(list))).map(({ status }) => status)).toEqual([200, 404, 200]);
  sockets.push(await open(edge.url, { method: 'GET', headers: { accept: 'text/event-stream', 'mcp-session-id': three } }));
  expect(await begin()).toBeUndefined();
  expect([await begin('b'), await begin('c')].map((id) => id !== undefined)).toEqual([true, false]);
  expect(edge.edge.figures.sessions).toBe(3);
});

test('a session that nobody uses ends, one that is read does not', async () => {
  await start({ sessionIdleMs: 50, keepAliveMs: 20 });
  const session = (await send(edge.url, initialize())).headers['mcp-session-id'] as string;
  sockets.push(await open(edge.url, { method: 'GET', headers: { accept: 'text/event-stream', 'mcp-session-id': session } }));
  await send(edge.url, initialize());
  await until('one has ended', () => edge.edge.figures.sessions === 1, () => edge.edge.figures);
  expect((await send(edge.url, legacy(session, 'ping'))).status).toBe(200);
});

test('a grant that ends takes its sessions along', async () => {
  await start({});
  const session = (await send(edge.url, initialize())).headers['mcp-session-id'] as string;
  const stream = new Events(await open(edge.url, { method: 'GET', headers: { accept: 'text/event-stream', 'mcp-session-id': session } }));
  const end = Promise.withResolvers<void>();
  edge.handler.respond = async (_, { signal }) => { signal.addEventListener('abort', () => end.resolve()); await end.promise; return { result: { content: [] } }; };
  const answer = send(edge.url, legacy(session, 'tools/call', { name: 'echo' }));
  await until('it was asked', () => edge.handler.asked.length === 1);
  edge.handler.revocations.get('a')!.abort();
  await stream.ended;
  expect((await answer).json['error']).toMatchObject({ code: -31003 });
  expect(edge.edge.figures.sessions).toBe(0);
  expect((await send(edge.url, legacy(session, 'ping'))).status).toBe(401);
});

test('a request whose headers or body never end is cut off', async () => {
  await start({ headersTimeoutMs: 200, bodyTimeoutMs: 400 });
  const head = `POST /mcp/shop HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${grantToken()}\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n`;
  const [headers, body, nothing] = [raw(head), raw(`${head}Content-Length: 1000\r\n\r\n{"jsonrpc"`), raw('')];
  const whole = raw(`${head}Connection: close\r\nContent-Length: 2\r\n\r\n{}`);
  await Promise.all([headers.closed, body.closed, nothing.closed, whole.closed]);
  expect(headers.received()).toContain('408');
  expect(whole.received()).toContain('400 Bad Request');
  expect(edge.handler.asked).toHaveLength(0);
  await until('nothing is held', () => edge.edge.figures.requests === 0 && edge.edge.figures.bufferedBytes === 0, () => edge.edge.figures);
});

test('huge headers, many headers and what is no HTTP are refused, and nobody is asked', async () => {
  await start({ headersBytesMax: 8_192 });
  const [huge, none] = [raw(`POST /mcp/shop HTTP/1.1\r\nHost: localhost\r\nX-Huge: ${'x'.repeat(20_000)}\r\n\r\n`), raw('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n')];
  await Promise.all([huge.closed, none.closed]);
  expect(huge.received()).toContain('431');
  expect(none.received()).toContain('400');
  expect(edge.handler.admitted).toBe(0);
  expect(await isServing()).toBe(true);
});

test('connections are bounded: those beyond are told to come back, those far beyond are closed at once', async () => {
  await start({ connectionsMax: 5 });
  const idle = Array.from({ length: 5 }, () => raw(''));
  await until('five are open', () => edge.edge.figures.connections === 5, () => edge.edge.figures);
  const refused = await send(edge.url, call());
  expect([refused.status, refused.headers['retry-after'], refused.headers.connection]).toEqual([503, '5', 'close']);
  await until('it is closed', () => edge.edge.figures.connections === 5, () => edge.edge.figures);
  const more = Array.from({ length: 7 }, () => raw(''));
  let closed = 0;
  for (const each of more) void each.closed.then(() => { closed++; });
  await until('all but one were closed', () => closed === 6, () => closed);
  for (const { socket } of [...idle, ...more]) socket.destroy();
  await until('none is open', () => edge.edge.figures.connections === 0, () => edge.edge.figures);
  expect(await isServing()).toBe(true);
});

test('answers that nobody reads are bounded for each grant, and their readers cut off', async () => {
  // More than the system's own buffers take.
  const big = 'x'.repeat(15_000_000);
  await start({ bufferedBytesPerGrantMax: 40_000_000, keepAliveMs: 20, stallMs: 500, readerBytesPerSecondMin: 1_000_000_000 });
  edge.handler.respond = (_, { caller }) => ({ result: { content: [{ type: 'text', text: caller.grantId === 'a' ? big : 'small' }] } });
  const unread = Array.from({ length: 5 }, (_, id) => {
    const body = JSON.stringify(call(id).body);
    const head = Object.entries({ ...call(id).headers, authorization: `Bearer ${grantToken()}`, accept: 'application/json, text/event-stream', 'content-type': 'application/json', 'content-length': String(body.length) });
    const one = raw(`POST /mcp/shop HTTP/1.1\r\nHost: localhost\r\n${head.map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n${body}`);
    one.socket.pause();
    return one;
  });
  let heldMost = 0;
  await until('all were asked', () => {
    heldMost = Math.max(heldMost, edge.edge.figures.bufferedBytes);
    return edge.handler.asked.length === 5;
  });
  expect(heldMost).toBeLessThanOrEqual(40_000_000);
  expect(await isServing()).toBe(true);
  await until('they were let go', () => edge.edge.figures.bufferedBytes === 0, () => edge.edge.figures);
  expect(unread.filter(({ received }) => received() !== '')).toEqual([]);
});

test('a flood of events that nobody reads ends its stream and no other', async () => {
  await start({ bufferedBytesPerStreamMax: 100_000 });
  const slow = await open(edge.url, listen());
  slow.pause();
  sockets.push(slow);
  const quick = new Events(await open(edge.url, listen(grantToken('b'))));
  sockets.push(quick.response);
  await until('both listen', () => edge.handler.feed.listeners === 2);
  const filler = 'x'.repeat(50_000);
  for (let n = 0; edge.edge.figures.streams === 2 && n < 5_000; n++) {
    edge.handler.feed.send('notifications/tools/list_changed', { filler });
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until('the slow one was cut off', () => edge.edge.figures.streams === 1, () => edge.edge.figures);
  const before = quick.messages.length;
  edge.handler.feed.send('notifications/tools/list_changed');
  await until('the quick one still hears', () => quick.messages.length > before);
});

test('what is under way when the gateway stops is answered if there is time, and given up if not', async () => {
  await start({});
  const release = Promise.withResolvers<void>();
  edge.handler.respond = async (_, { signal }) => {
    await Promise.race([release.promise, new Promise((resolve) => signal.addEventListener('abort', resolve))]);
    return { result: { content: [], structuredContent: { aborted: signal.aborted } } };
  };
  const answer = send(edge.url, call());
  await until('it was asked', () => edge.handler.asked.length === 1);
  const stopped = edge.edge.stop(120_000);
  release.resolve();
  expect((await answer).json['result']).toMatchObject({ structuredContent: { aborted: false } });
  expect(await stopped).toBe(true);
  await start({});
  edge.handler.respond = async (_, { signal }) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return { result: { content: [] } };
  };
  const cut = send(edge.url, call()).catch(() => 'cut');
  await until('it was asked', () => edge.handler.asked.length === 1);
  expect(await edge.edge.stop(0)).toBe(false);
  await cut;
  expect(edge.edge.figures).toMatchObject({ requests: 0, streams: 0, sessions: 0, bufferedBytes: 0 });
});
