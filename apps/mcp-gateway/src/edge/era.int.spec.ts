import { ACCEPT, Events, initialize, legacy, META, MODERN, modern, open, send } from './fixtures/http.fixture.js';
import { grantToken, startEdge, type TestEdge, until } from './fixtures/edge.fixture.js';

let edge: TestEdge;
beforeAll(async () => { edge = await startEdge(); });
afterAll(() => edge.stop());
const post = (sent: Parameters<typeof send>[1]) => send(edge.url, sent);
const call = (id: number | string = 1) => modern('tools/call', { name: 'echo', arguments: { a: 1 } }, { id });
const newSession = async (version?: string, capabilities?: object): Promise<string> => (await post(initialize(version, capabilities))).headers['mcp-session-id'] as string;

test('both eras are served on one URL at once, and neither sees the other’s state (E1)', async () => {
  const before = edge.handler.asked.length;
  const session = await newSession();
  const answers = await Promise.all([1, 2, 3, 4].flatMap((id) => [post(call(id)), post(legacy(session, 'tools/call', { name: 'echo', arguments: { b: 2 } }, id))]));
  expect(answers.map(({ status, json }) => [status, json['id']])).toEqual([1, 2, 3, 4].flatMap((id) => [[200, id], [200, id]]));
  const exchanges = edge.handler.asked.slice(before).map(({ exchange }) => exchange);
  expect(exchanges.filter(({ era }) => era === 'modern').map(({ sessionId, clientInfo }) => [sessionId, clientInfo])).toEqual(Array(4).fill([undefined, undefined]));
  expect(exchanges.filter(({ era }) => era === 'legacy').map(({ sessionId }) => sessionId)).toEqual(Array(4).fill(session));
});

test('server/discover says versions, capabilities and for how long that may be believed (E2)', async () => {
  const { status, json } = await post(modern('server/discover'));
  expect(status).toBe(200);
  expect(json['result']).toEqual({
    resultType: 'complete', supportedVersions: [MODERN], capabilities: edge.handler.capabilities, instructions: 'Be kind.', ttlMs: 60_000, cacheScope: 'private',
    _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'shop', version: '1.0.0' } },
  });
});

test('a version that is not served is refused with those that are (E3)', async () => {
  const { status, json } = await post(modern('tools/list', {}, { meta: { 'io.modelcontextprotocol/protocolVersion': '2099-01-01' }, headers: { 'mcp-protocol-version': '2099-01-01' } }));
  expect(status).toBe(400);
  expect(json).toMatchObject({ id: 1, error: { code: -32022, data: { supported: [MODERN], requested: '2099-01-01' } } });
});

test.each(['io.modelcontextprotocol/protocolVersion', 'io.modelcontextprotocol/clientCapabilities'])('a request without %s is refused, although the one before had it (E4)', async (key) => {
  expect((await post(call())).status).toBe(200);
  const meta = Object.fromEntries(Object.entries(META()).filter(([name]) => name !== key));
  const { status, json } = await post({ ...call(), body: { jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'echo', _meta: meta } } });
  expect(status).toBe(400);
  expect(json).toMatchObject({ id: 7, error: { code: -32602, message: expect.stringContaining(key) as string } });
});

test.each([['2025-11-25', '2025-11-25'], ['2025-06-18', '2025-06-18'], ['2025-03-26', '2025-11-25'], ['1999-01-01', '2025-11-25']])('initialize for %s is answered with %s (E5)', async (asked, answered) => {
  const { status, json, headers } = await post(initialize(asked));
  expect([status, json['result']?.['protocolVersion']]).toEqual([200, answered]);
  expect(headers['mcp-session-id']).toMatch(/^[\x21-\x7e]{32,}$/);
});

test('a session’s request without MCP-Protocol-Version is served, one with a value that is none is refused (E5)', async () => {
  const session = await newSession();
  const list = (version: string | undefined) => post({ ...legacy(session, 'tools/list'), headers: { 'mcp-session-id': session, 'mcp-protocol-version': version } });
  expect((await Promise.all([undefined, '2025-03-26', '2025-06-18', '2025-11-25', '2024-11-05', 'latest', '2025-11-25, 2025-11-25'].map(list))).map(({ status }) => status)).toEqual([200, 200, 200, 200, 400, 400, 400]);
});

test('on modern requests a session id and a last event id are ignored, and none is made (H2)', async () => {
  const { status, headers } = await post({ ...call(), headers: { ...call().headers, 'mcp-session-id': 'mine', 'last-event-id': 's.1' } });
  expect([status, headers['mcp-session-id']]).toEqual([200, undefined]);
});

test('GET and DELETE are for live sessions only (H2)', async () => {
  const session = await newSession();
  const statuses = await Promise.all([
    send(edge.url, { method: 'GET' }), send(edge.url, { method: 'DELETE' }), send(edge.url, { method: 'PUT' }), send(edge.url, { method: 'GET', headers: { 'mcp-session-id': session, 'mcp-protocol-version': MODERN } }),
    send(edge.url, { method: 'GET', headers: { 'mcp-session-id': 'gone' } }), send(edge.url, { method: 'DELETE', headers: { 'mcp-session-id': session } }), send(edge.url, { method: 'DELETE', headers: { 'mcp-session-id': session } }),
  ]);
  expect(statuses.map(({ status }) => status)).toEqual([405, 405, 405, 405, 404, 204, 404]);
  expect(statuses[0]!.headers['allow']).toBe('POST');
});

test('without the era of sessions there is none of it: GET, DELETE and initialize are refused (H2)', async () => {
  const strict = await startEdge({ servesLegacy: false });
  try {
    const got = await Promise.all([
      send(strict.url, { method: 'GET', headers: { 'mcp-session-id': 'x' } }), send(strict.url, { method: 'DELETE', headers: { 'mcp-session-id': 'x' } }), send(strict.url, initialize()), send(strict.url, legacy('x', 'tools/list')), send(strict.url, call()),
    ]);
    expect(got.map(({ status }) => status)).toEqual([405, 405, 400, 400, 200]);
    expect(got[2]!.json['error']).toMatchObject({ code: -32022, data: { supported: [MODERN], requested: '2025-11-25' } });
  } finally {
    await strict.stop();
  }
});

test('a method that there is not is HTTP 404 for modern clients, with the error in its body (H3)', async () => {
  for (const method of ['no/such', 'initialize', 'ping', 'logging/setLevel', 'resources/subscribe']) {
    const { status, json } = await post(modern(method));
    expect([method, status, json['error']?.['code']]).toEqual([method, 404, -32601]);
  }
  const session = await newSession();
  for (const method of ['no/such', 'server/discover', 'subscriptions/listen']) {
    const { status, json } = await post(legacy(session, method));
    expect([method, status, json['error']?.['code']]).toEqual([method, 200, -32601]);
  }
});

test('the body decides, and a header that says otherwise is an error for modern clients and nothing for others (H4, H8)', async () => {
  const before = edge.handler.asked.length;
  const lying = { 'mcp-name': 'safe_tool' };
  const body = modern('tools/call', { name: 'drop_table', arguments: {} });
  const refused = await post({ ...body, headers: { ...body.headers, ...lying } });
  expect([refused.status, refused.json['error']?.['code'], refused.json['id']]).toEqual([400, -32020, 1]);
  expect(edge.handler.asked).toHaveLength(before);
  for (const missing of ['mcp-protocol-version', 'mcp-method', 'mcp-name']) expect((await post({ ...body, headers: { ...body.headers, [missing]: undefined } })).json['error']).toMatchObject({ code: -32020 });
  const session = await newSession();
  const old = legacy(session, 'tools/call', { name: 'drop_table', arguments: {} });
  expect((await post({ ...old, headers: { ...old.headers, ...lying, 'mcp-method': 'tools/list' } })).status).toBe(200);
  expect(edge.handler.asked.at(-1)!.message.params['name']).toBe('drop_table');
});

test('header names know no case, names in base64 are read (H5)', async () => {
  const { body } = modern('tools/call', { name: 'echo', arguments: {} });
  expect((await post({ headers: { 'MCP-PROTOCOL-VERSION': MODERN, 'Mcp-METHOD': ' tools/call ', 'mcp-NAME': '=?base64?ZWNobw==?=' }, body: body! })).status).toBe(200);
});

test.each(['modern', 'legacy'])('a batch executes nothing of what is in it: %s (H9)', async (era) => {
  const before = edge.handler.asked.length;
  const session = await newSession();
  const one = era === 'modern' ? call() : legacy(session, 'tools/call', { name: 'echo' });
  const { status, json } = await post({ ...one, body: [one.body, one.body] });
  expect([status, json['error']?.['code']]).toEqual([400, -32600]);
  expect(edge.handler.asked).toHaveLength(before);
});

test('answers of clients are refused from modern ones and taken with 202 from sessions (H9)', async () => {
  const body = { jsonrpc: '2.0', id: 'x', result: {} };
  expect((await post({ headers: { 'mcp-protocol-version': MODERN }, body })).status).toBe(400);
  expect(await post({ headers: { 'mcp-session-id': await newSession() }, body })).toMatchObject({ status: 202, text: '' });
});

test.each([
  ['a key twice', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}', -32600], ['__proto__', '{"jsonrpc":"2.0","id":1,"method":"x","params":{"__proto__":{}}}', -32600],
  ['NaN', '{"jsonrpc":"2.0","id":NaN,"method":"x"}', -32700], ['depth', `{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":${'['.repeat(200_000)}`, -32600], ['many values', `{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":[${'0,'.repeat(300_000)}0]}}`, -32600],
  ['no JSON', 'hello', -32700], ['nothing', ' ', -32700],
])('%s is refused before anybody is asked (H10)', async (_, body, code) => {
  const before = edge.handler.asked.length;
  const { status, json } = await post({ ...call(), body });
  expect([status, json['error']?.['code']]).toEqual([400, code]);
  expect(edge.handler.asked).toHaveLength(before);
});

test('a body that is too large is refused, whether or not it says so (H10)', async () => {
  const body = JSON.stringify({ ...call().body as object, padding: 'x'.repeat(5_000_000) });
  expect((await post({ ...call(), body })).status).toBe(413);
  expect((await post({ ...call(), headers: { ...call().headers, 'transfer-encoding': 'chunked' }, body })).status).toBe(413);
});

test('numbers reach the handler and come back digit for digit', async () => {
  const body = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"a":1e400,"b":12345678901234567890,"c":1.50},"_meta":' + `${JSON.stringify(META())}}}`;
  expect((await post({ ...call(), body })).text).toContain('"structuredContent":{"arguments":{"a":1e400,"b":12345678901234567890,"c":1.50}}');
});

test('both media types must be accepted, and the body must be JSON (H12)', async () => {
  const statuses = await Promise.all([undefined, '*/*', 'application/json', 'text/event-stream', 'application/json;q=0, text/event-stream', 'application/json, text/event-stream; q=0.000', 'text/event-stream;q=0.5, application/json ; q=1', ACCEPT].map((accept) => post({ ...call(), headers: { ...call().headers, accept } })));
  expect(statuses.map(({ status }) => status)).toEqual([406, 406, 406, 406, 406, 406, 200, 200]);
  for (const type of ['text/plain', 'application/json; charset=utf-16', 'application/json;Charset="ISO-8859-1"; x=1']) expect([type, (await post({ ...call(), headers: { ...call().headers, 'content-type': type } })).status]).toEqual([type, 415]);
  expect((await post({ ...call(), headers: { ...call().headers, 'content-encoding': 'gzip' } })).status).toBe(415);
  for (const type of ['application/json; charset=utf-8', 'application/json ;charset="UTF-8"']) expect([type, (await post({ ...call(), headers: { ...call().headers, 'content-type': type } })).status]).toEqual([type, 200]);
});

test('closing the stream cancels a modern request and no other’s (C8)', async () => {
  edge.handler.respond = async (_, { signal, notify, progressToken }) => {
    notify('notifications/progress', { progressToken: progressToken!, progress: 1 });
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return { result: { content: [] } };
  };
  const [one, two] = await Promise.all([1, 2].map((id) => open(edge.url, modern('tools/call', { name: 'echo' }, { id, meta: { progressToken: id } }))));
  const signals = edge.handler.asked.slice(-2).map(({ message, exchange }) => ({ id: message.id, signal: exchange.signal }));
  one!.destroy();
  await until('the request was cancelled', () => signals.find(({ id }) => id === 1)!.signal.aborted);
  expect(signals.find(({ id }) => id === 2)!.signal.aborted).toBe(false);
  two!.destroy();
  await until('the other was cancelled', () => signals.every(({ signal }) => signal.aborted));
});

test('a client with a session that goes away cancels nothing; notifications/cancelled does (C8)', async () => {
  edge.handler.respond = async (_, { signal, notify, progressToken }) => {
    notify('notifications/progress', { progressToken: progressToken!, progress: 1 });
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return { result: { content: [] } };
  };
  const session = await newSession();
  const gone = await open(edge.url, legacy(session, 'tools/call', { name: 'echo', _meta: { progressToken: 1 } }, 5));
  const { signal } = edge.handler.asked.at(-1)!.exchange;
  const closed = new Promise((resolve) => gone.once('close', resolve));
  gone.destroy();
  await closed;
  const events = new Events(await open(edge.url, legacy(session, 'tools/call', { name: 'echo', _meta: { progressToken: 2 } }, 6)));
  expect(signal.aborted).toBe(false);
  expect((await post({ headers: { 'mcp-session-id': session }, body: { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 6 } } })).status).toBe(202);
  await events.ended;
  expect(events.messages.at(-1)).toMatchObject({ id: 6, error: { message: 'cancelled' } });
  expect(signal.aborted).toBe(false);
  await send(edge.url, { method: 'DELETE', headers: { 'mcp-session-id': session } });
  expect(signal.aborted).toBe(true);
});

test('no log message without the level that the request names, and none below it (C10)', async () => {
  edge.handler.respond = (_, { notify, logLevel }) => {
    for (const level of ['debug', 'warning', 'error']) notify('notifications/message', { level, data: `${level} of ${logLevel}` });
    notify('notifications/tools/list_changed', {});
    return { result: { content: [] } };
  };
  const quiet = await post(call());
  expect([quiet.headers['content-type'], quiet.text.includes('notifications')]).toEqual(['application/json', false]);
  const events = new Events(await open(edge.url, modern('tools/call', { name: 'echo' }, { meta: { 'io.modelcontextprotocol/logLevel': 'warning' } })));
  await events.ended;
  expect(events.messages.map(({ method, params, id }) => [method, params?.['data'], id])).toEqual([['notifications/message', 'warning of warning', undefined], ['notifications/message', 'error of warning', undefined], [undefined, undefined, 1]]);
  expect(events.messages.at(-1)).toMatchObject({ result: { resultType: 'complete', content: [] } });
  expect((await post(modern('tools/call', { name: 'echo' }, { meta: { 'io.modelcontextprotocol/logLevel': 'loud' } }))).json['error']).toMatchObject({ code: -32602 });
});

test('what a handler answers with reserved codes reaches modern clients as what they know (R1, R2)', async () => {
  for (const [code, sent, status] of [[-32002, -32602, 200], [-32042, -32603, 200], [-32001, -32603, 200], [-32020, -32020, 400], [-32021, -32021, 400], [-32022, -32603, 200], [-32601, -32601, 404], [-32603, -32603, 200], [42, 42, 200]] as const) {
    edge.handler.respond = () => ({ error: { code, message: 'no', data: { a: 1 } } });
    const got = await post(call());
    expect([code, got.status, got.json['error']]).toEqual([code, status, { code: sent, message: 'no', data: { a: 1 } }]);
  }
  edge.handler.respond = () => { throw new Error(grantToken()); };
  expect((await post(call())).json['error']).toEqual({ code: -32603, message: 'the gateway failed to handle this request' });
});
