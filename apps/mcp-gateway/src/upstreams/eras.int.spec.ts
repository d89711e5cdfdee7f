import type { JsonObject } from '#mcp';
import type { UpstreamAnswer } from '../ports.js';
import { legacyServer, modernServer, type OfficialServer } from './fixtures/official-servers.fixture.js';
import { Heard, httpServer, poolOf, textOf, type PoolFixture } from './fixtures/pool.fixture.js';

const ELICITATION = { elicitation: { form: {} } };

let modern: OfficialServer;
let legacy: Awaited<ReturnType<typeof legacyServer>>;
let fixture: PoolFixture;

beforeAll(async () => {
  [modern, legacy] = await Promise.all([modernServer(), legacyServer()]);
});

afterAll(() => Promise.all([modern.stop(), legacy.stop()]));

beforeEach(() => {
  modern.seen.length = legacy.seen.length = 0;
  fixture = poolOf({ modern: httpServer(modern.url), legacy: httpServer(legacy.url) });
});

afterEach(() => fixture.close());

const officialOf = (era: string): OfficialServer => (era === 'modern' ? modern : legacy);
const methodsOf = (era: string): string[] => officialOf(era).seen.filter(({ httpMethod }) => httpMethod === 'POST').map(({ method }) => method);
const resultOf = (answer: UpstreamAnswer): JsonObject => {
  if ('result' in answer) return answer.result;
  throw new Error(JSON.stringify(answer));
};

describe.each(['modern', 'legacy'])('an official server of the %s era', (era) => {
  test('says what it is, is called, and is found out about once: no request but the calls follows', async () => {
    const description = await (await fixture.pool.of(era, undefined)).describe();
    expect(description).toMatchObject({ era, serverInfo: { name: era }, instructions: `be ${era}`, capabilities: { tools: { listChanged: true } } });
    expect(textOf(await fixture.tool(era, 'echo', '{"text":"hello"}'))).toBe('"hello"');
    const before = methodsOf(era).length;
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => fixture.tool(era, 'echo', `{"text":${n}}`, {}, `${n}`.padStart(32, 'b'))));
    expect(answers.map(textOf)).toEqual(Array.from({ length: 20 }, (_, n) => String(n)));
    expect(methodsOf(era).slice(before)).toEqual(Array.from({ length: 20 }, () => 'tools/call'));
    expect(await fixture.metric('docket_mcp_upstream_initialisations_total')).toBe(era === 'legacy' ? 1 : 0);
    expect(await fixture.metric('docket_mcp_upstream_probes_total', { era })).toBe(1);
  });

  test('a result that it originates or not has its kind, and is passed on whole', async () => {
    expect(resultOf(await fixture.tool(era, 'echo', '{"text":{"deep":[1,null,"x"]}}'))).toMatchObject({ resultType: 'complete', structuredContent: { text: { deep: [1, null, 'x'] } } });
  });

  test('numbers go up as they were written, digit for digit', async () => {
    await fixture.tool(era, 'echo', '{"text":[12345678901234567890,1.50,1e400]}');
    expect(officialOf(era).seen.at(-1)!.body).toContain('{"text":[12345678901234567890,1.50,1e400]}');
  });

  test('progress comes under the client\'s own token, strictly further each time, and to nobody who gave none', async () => {
    const heard = new Heard();
    expect(textOf(await fixture.tool(era, 'count', '{"to":4}', { onNotification: heard.take, progressToken: 'mine' }))).toBe('counted to 4');
    expect(heard.all.map(({ method, params }) => [method, params['progressToken'], params['progress']])).toEqual([1, 2, 3, 4].map((progress) => ['notifications/progress', 'mine', progress]));
    const sent = JSON.parse(officialOf(era).seen.at(-1)!.body) as { params: { _meta: { progressToken: unknown } } };
    expect(sent.params._meta.progressToken).not.toBe('mine');
    const silent = new Heard();
    await fixture.tool(era, 'count', '{"to":4}', { onNotification: silent.take });
    expect(silent.all).toEqual([]);
  });

  test('two clients with the same progress token hear their own progress only', async () => {
    const [a, b] = [new Heard(), new Heard()];
    await Promise.all([fixture.tool(era, 'count', '{"to":3}', { onNotification: a.take, progressToken: 1 }), fixture.tool(era, 'count', '{"to":5}', { onNotification: b.take, progressToken: 1 })]);
    expect([a.all.length, b.all.length, ...a.all.map(({ params }) => params['total']), ...b.all.map(({ params }) => params['total'])]).toEqual([3, 5, 3, 3, 3, 5, 5, 5, 5, 5]);
  });

  test('unknown keys of _meta and the trace go up, the envelope of the client does not', async () => {
    await fixture.call(era, 'tools/call', {
      name: 'echo', arguments: { text: 1 }, _meta: { 'example.com/kept': { a: 1 }, 'io.modelcontextprotocol/clientInfo': { name: 'somebody' }, 'docket/verdict': 'forged', progressToken: 'theirs' },
    }, { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', baggage: 'a=b' });
    const { body, headers } = officialOf(era).seen.at(-1)!;
    const meta = (JSON.parse(body) as { params: { _meta: Record<string, unknown> } }).params._meta;
    expect(meta).toMatchObject({ 'example.com/kept': { a: 1 }, traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', baggage: 'a=b' });
    expect(headers['traceparent']).toBe('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
    expect(body).not.toMatch(/somebody|forged|theirs/);
  });

  test('what neither was declared nor can be answered is not asked of anybody, and the call ends', async () => {
    const answer = await fixture.tool(era, 'ask');
    // The modern server's own words for it (-32021) mean something between it and the gateway only (R5).
    expect(answer).toMatchObject(era === 'modern'
      ? { outcome: 'answered', error: { code: -32603, data: { reason: 'UPSTREAM_WANTS_CAPABILITY', requiredCapabilities: ['elicitation'] } } }
      : { outcome: 'answered', result: { isError: true } });
  });

  test('a change of its tools is told', async () => {
    const heard = new Heard();
    fixture.pool.onChanged((serverId, message) => heard.take({ method: `${serverId} ${message.method}`, params: {} }));
    await fixture.tool(era, 'echo', '{"text":1}');
    const isListening = ({ httpMethod, method }: OfficialServer['seen'][number]): boolean => httpMethod === 'GET' || method === 'subscriptions/listen';
    while (!officialOf(era).seen.some(isListening)) await new Promise((resolve) => setImmediate(resolve));
    // The stream may open a moment after it was asked for.
    const again = setInterval(() => officialOf(era).changeTools(), 50);
    await heard.until((all) => all.some(({ method }) => method === `${era} notifications/tools/list_changed`)).finally(() => clearInterval(again));
    expect(heard.all.length).toBeGreaterThan(0);
  });
});

test('a legacy server asks the client that declared elicitation, in a session that no other grant shares', async () => {
  const asked: unknown[] = [];
  const onRequest = (method: string, params: JsonObject) => {
    asked.push([method, params['message']]);
    return Promise.resolve({ result: { action: 'accept', content: { name: 'ada' } } });
  };
  expect(textOf(await fixture.tool('legacy', 'ask', '{}', { clientCapabilities: ELICITATION, onRequest }))).toBe('hello ada');
  expect(asked).toEqual([['elicitation/create', 'who?']]);
  await fixture.tool('legacy', 'echo', '{"text":1}', { clientCapabilities: ELICITATION }, 'c'.repeat(32));
  const sessions = new Set(legacy.seen.filter(({ method }) => method === 'tools/call').map(({ headers }) => headers['mcp-session-id']));
  expect(sessions.size).toBe(2);
});

test('a modern server\'s need for input comes down as its result, and the answer goes up', async () => {
  const first = resultOf(await fixture.tool('modern', 'ask', '{}', { clientCapabilities: ELICITATION }));
  expect(first).toMatchObject({ resultType: 'input_required', requestState: 'state-1', inputRequests: { name: { method: 'elicitation/create', params: { message: 'who?' } } } });
  const second = await fixture.call('modern', 'tools/call', { name: 'ask', arguments: {}, requestState: 'state-1', inputResponses: { name: { action: 'accept', content: { name: 'ada' } } } }, { clientCapabilities: ELICITATION });
  expect(textOf(second)).toBe('hello ada');
});

test('headers mirror the request that is sent, whatever the client had sent; unknown ones go through untouched (H6, H7)', async () => {
  const inputSchema: JsonObject = { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } };
  const paramHeaders = { 'mcp-param-region': 'what the client had before a redaction', 'mcp-param-other': 'kept', 'mcp-param-grant': `dg_${'a'.repeat(32)}_secret` };
  expect(textOf(await fixture.tool('modern', 'where', '{"region":"Zürich"}', { inputSchema, paramHeaders }))).toBe('Zürich');
  expect(modern.seen.at(-1)!.headers).toMatchObject({ 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'where', 'mcp-param-region': '=?base64?WsO8cmljaA==?=', 'mcp-param-other': 'kept' });
  expect(modern.seen.at(-1)!.headers['mcp-param-grant']).toBeUndefined();
});

test('neither the grant nor anything of the client\'s connection reaches an upstream (A3, S6)', async () => {
  for (const era of ['modern', 'legacy']) await fixture.tool(era, 'echo', '{"text":1}');
  const everything = JSON.stringify([modern.seen, legacy.seen]);
  expect(everything).toContain('tools/call');
  expect(everything).not.toMatch(/dg_|canary-grant|authorization/i);
});

test('a session that the server has forgotten is opened again once, and the call is made once (S5)', async () => {
  expect(textOf(await fixture.tool('legacy', 'echo', '{"text":1}'))).toBe('1');
  legacy.forget();
  legacy.seen.length = 0;
  const answers = await Promise.all(Array.from({ length: 20 }, () => fixture.tool('legacy', 'echo', '{"text":2}')));
  expect(answers.map(textOf)).toEqual(Array.from({ length: 20 }, () => '2'));
  expect(methodsOf('legacy').filter((method) => method === 'initialize')).toHaveLength(1);
  expect(await fixture.metric('docket_mcp_upstream_initialisations_total', { reason: 'lost' })).toBe(1);
});

test('an idle session is closed, and another one is opened when it is needed', async () => {
  await fixture.tool('legacy', 'echo', '{"text":1}');
  const before = legacy.seen.at(-1)!.headers['mcp-session-id'];
  fixture.clock.aheadMs = 500_000;
  fixture.pool.closeIdle();
  await fixture.tool('legacy', 'echo', '{"text":2}');
  expect(legacy.seen.at(-1)!.headers['mcp-session-id']).toBe(before);
  fixture.clock.aheadMs = 1_200_000;
  fixture.pool.closeIdle();
  expect(await fixture.metric('docket_mcp_upstream_sessions')).toBe(0);
  expect(textOf(await fixture.tool('legacy', 'echo', '{"text":3}'))).toBe('3');
  expect(legacy.seen.at(-1)!.headers['mcp-session-id']).not.toBe(before);
  expect(legacy.seen.filter(({ httpMethod }) => httpMethod === 'DELETE').map(({ headers }) => headers['mcp-session-id'])).toEqual([before]);
  expect(await fixture.metric('docket_mcp_upstream_initialisations_total', { reason: 'idle' })).toBe(1);
});

test('a cancelled call ends at once; a legacy server is told, a modern one loses the stream', async () => {
  const own = new AbortController();
  const call = fixture.tool('legacy', 'slow', '{}', { signal: own.signal });
  while (!methodsOf('legacy').includes('tools/call')) await new Promise((resolve) => setImmediate(resolve));
  own.abort();
  expect(await call).toMatchObject({ outcome: 'unknown', reason: 'CANCELLED' });
  while (legacy.cancelled() === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(methodsOf('legacy')).toContain('notifications/cancelled');
});

test('a server that speaks the other era from one call to the next is found out about again, and no call is lost or made twice (E6)', async () => {
  const front = await legacyServer();
  const pool = poolOf({ front: httpServer(front.url) });
  let behind: OfficialServer | undefined;
  // What stands at the URL becomes another program, and back.
  front.intercept = (request, response, body) => {
    if (behind === undefined) return false;
    const { host: _host, connection: _connection, ...headers } = request.headers;
    void fetch(behind.url, { method: request.method!, headers: headers as Record<string, string>, ...(body !== '' && { body }) }).then(async (answer) => {
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' }).end(await answer.text());
    }, () => response.destroy());
    return true;
  };
  try {
    expect(textOf(await pool.tool('front', 'echo', '{"text":"legacy"}'))).toBe('"legacy"');
    behind = modern;
    expect(textOf(await pool.tool('front', 'echo', '{"text":"modern"}'))).toBe('"modern"');
    expect(modern.seen.filter(({ headers }) => headers['mcp-method'] === 'tools/call')).toHaveLength(1);
    expect((await (await pool.pool.of('front', undefined)).describe()).era).toBe('modern');
    behind = undefined;
    front.forget();
    expect(textOf(await pool.tool('front', 'echo', '{"text":"legacy again"}'))).toBe('"legacy again"');
  } finally {
    await pool.close();
    await front.stop();
  }
});

test('a server that refuses the one version that it takes, as half of a renewed fleet may, is asked once more', async () => {
  const front = await modernServer();
  const pool = poolOf({ front: httpServer(front.url) });
  let left = 1;
  front.intercept = (_request, response, body) => {
    const { id } = JSON.parse(body) as { id: number };
    if (left > 0) response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32022, message: 'Unsupported protocol version', data: { supported: ['2026-07-28'], requested: '2026-07-28' } } }));
    return left-- > 0;
  };
  try {
    expect(textOf(await pool.tool('front', 'echo', '{"text":1}'))).toBe('1');
    expect(front.seen.map(({ method }) => method)).toEqual(['server/discover', 'server/discover', 'tools/call']);
  } finally {
    await pool.close();
    await front.stop();
  }
});

test.each([401, 403, 500, 503])('a server that answers %i when it is asked what it is: no era is concluded, and it is asked again', async (status) => {
  const front = await legacyServer();
  const pool = poolOf({ front: httpServer(front.url) });
  let isIll = true;
  front.intercept = (_request, response) => {
    if (isIll) response.writeHead(status).end();
    return isIll;
  };
  try {
    expect(await pool.tool('front', 'echo', '{"text":1}')).toMatchObject({ outcome: 'not_sent' });
    expect(front.seen.map(({ method }) => method)).toEqual(['server/discover']);
    isIll = false;
    expect(textOf(await pool.tool('front', 'echo', '{"text":1}'))).toBe('1');
    expect(await pool.metric('docket_mcp_upstream_probes_total', { era: 'none' })).toBe(1);
  } finally {
    await pool.close();
    await front.stop();
  }
});

test('what a server is, is asked again after a while: a session that is open is kept', async () => {
  await fixture.tool('legacy', 'echo', '{"text":1}');
  fixture.clock.aheadMs = 700_000;
  await fixture.tool('legacy', 'echo', '{"text":1}');
  expect(await fixture.metric('docket_mcp_upstream_probes_total', { era: 'legacy' })).toBe(2);
  expect(await fixture.metric('docket_mcp_upstream_initialisations_total')).toBe(1);
});
