import { Events, initialize, legacy, modern, open, send } from './fixtures/http.fixture.js';
import { grantToken, startEdge, type TestEdge, until } from './fixtures/edge.fixture.js';
import type { Exchange, RpcAnswer } from '../ports.js';

let edge: TestEdge;
beforeEach(async () => { edge = await startEdge({ limits: { keepAliveMs: 50 } }); });
afterEach(() => edge.stop());
const newSession = async (version?: string, capabilities?: object): Promise<string> => (await send(edge.url, initialize(version, capabilities))).headers['mcp-session-id'] as string;
const listen = (notifications: object, id: string | number = 'sub-1') => modern('subscriptions/listen', { notifications }, { id });
const get = async (session: string, lastEventId?: string): Promise<Events> => new Events(await open(edge.url, { method: 'GET', headers: { accept: 'text/event-stream', 'mcp-session-id': session, 'last-event-id': lastEventId } }));

/** A tool that says `count` things and ends when it is let. */
function talkative(): { readonly say: (n: number) => void; readonly end: () => void } {
  let exchange: Exchange | undefined;
  const done = Promise.withResolvers<RpcAnswer>();
  edge.handler.respond = (_, given) => { exchange = given; return done.promise; };
  return { say: (progress) => exchange!.notify('notifications/progress', { progressToken: 1, progress }), end: () => done.resolve({ result: { content: [] } }) };
}

test('a subscription is acknowledged first, with what is honoured of it; then only that comes, with its id; then an empty result (S1)', async () => {
  const events = new Events(await open(edge.url, listen({ toolsListChanged: true, promptsListChanged: true, resourcesListChanged: false, resourceSubscriptions: ['shop://a'] })));
  expect([events.response.statusCode, events.response.headers['content-type'], events.response.headers['x-accel-buffering']]).toEqual([200, 'text/event-stream', 'no']);
  await until('it is listened to', () => edge.handler.feed.listeners === 1);
  expect(edge.handler.listened).toEqual([{ toolsListChanged: true, resourceSubscriptions: ['shop://a'] }]);
  edge.handler.feed.send('notifications/tools/list_changed', { _meta: { kept: 1 } });
  edge.handler.feed.send('notifications/prompts/list_changed');
  edge.handler.feed.send('notifications/resources/updated', { uri: 'shop://b' });
  edge.handler.feed.send('notifications/resources/updated', { uri: 'shop://a' });
  edge.handler.feed.send('notifications/message', { level: 'error', data: 'x' });
  await until('three messages came', () => events.messages.length >= 3, () => events.messages);
  await edge.edge.stop(0);
  await events.ended;
  const _meta = { 'io.modelcontextprotocol/subscriptionId': 'sub-1' };
  expect(events.messages).toEqual([
    { jsonrpc: '2.0', method: 'notifications/subscriptions/acknowledged', params: { notifications: { toolsListChanged: true, resourceSubscriptions: ['shop://a'] }, _meta } },
    { jsonrpc: '2.0', method: 'notifications/tools/list_changed', params: { _meta: { kept: 1, ..._meta } } },
    { jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: 'shop://a', _meta } },
    { jsonrpc: '2.0', id: 'sub-1', result: { resultType: 'complete', _meta } },
  ]);
});

test.each([[undefined], [7], [{ toolsListChanged: 'yes' }], [{ resourceSubscriptions: 'x' }], [{ resourceSubscriptions: Array(1_001).fill('a') }]])('a subscription to %j is refused', async (notifications) => {
  const { status, json } = await send(edge.url, modern('subscriptions/listen', { notifications }));
  expect([status, json['error']?.['code']]).toEqual([200, -32602]);
});

test('who listens to tasks must take them, and is told that there is nothing to hear of them (K4)', async () => {
  expect(await send(edge.url, listen({ taskIds: ['x'] }))).toMatchObject({ status: 400, json: { error: { code: -32021, data: { requiredCapabilities: { extensions: { 'io.modelcontextprotocol/tasks': {} } } } } } });
  const capable = modern('subscriptions/listen', { notifications: { taskIds: ['x'] } }, { id: 'sub-1', meta: { 'io.modelcontextprotocol/clientCapabilities': { extensions: { 'io.modelcontextprotocol/tasks': {} } } } });
  const events = new Events(await open(edge.url, capable));
  await events.ended;
  expect(events.messages[0]).toMatchObject({ method: 'notifications/subscriptions/acknowledged', params: { notifications: {} } });
});

test('a subscription of nothing ends at once; one whose reader leaves is forgotten; one whose grant ends is ended', async () => {
  const nothing = new Events(await open(edge.url, listen({ promptsListChanged: true })));
  await nothing.ended;
  expect(nothing.messages.map(({ method, result }) => method ?? result)).toMatchObject(['notifications/subscriptions/acknowledged', { resultType: 'complete' }]);
  const left = new Events(await open(edge.url, listen({ toolsListChanged: true })));
  await until('it is listened to', () => edge.handler.feed.listeners === 1);
  left.response.destroy();
  await until('nobody listens', () => edge.handler.feed.listeners === 0 && edge.edge.figures.streams === 0);
  const revoked = new Events(await open(edge.url, listen({ toolsListChanged: true })));
  await until('it is listened to', () => edge.handler.feed.listeners === 1);
  edge.handler.revocations.get('a')!.abort();
  await revoked.ended;
  expect(revoked.messages.at(-1)).toMatchObject({ id: 'sub-1' });
});

test('long streams are kept alive by comments, and say that they must not be buffered (H11)', async () => {
  const tool = talkative();
  const waiting = new Events(await open(edge.url, listen({ toolsListChanged: true })));
  await until('two comments came', () => waiting.raw.split(': keep-alive\n\n').length > 2, () => waiting.raw);
  const answer = open(edge.url, modern('tools/call', { name: 'echo' }, { meta: { progressToken: 1 } }));
  await until('it was asked', () => edge.handler.asked.length === 1);
  tool.say(1);
  const events = new Events(await answer);
  expect(events.response.headers['x-accel-buffering']).toBe('no');
  await until('two comments came', () => events.raw.split(': keep-alive\n\n').length > 2, () => events.raw);
  tool.end();
  await events.ended;
  expect(events.messages.map(({ id, method }) => method ?? id)).toEqual(['notifications/progress', 1]);
});

test('an answer that takes long becomes a stream, which can be kept alive, in both eras', async () => {
  await edge.stop();
  edge = await startEdge({ limits: { keepAliveMs: 50, plainAnswerMs: 10 } });
  for (const era of ['modern', 'legacy']) {
    const tool = talkative();
    const sent = era === 'modern' ? modern('tools/call', { name: 'echo' }) : legacy(await newSession(), 'tools/call', { name: 'echo' });
    const events = new Events(await open(edge.url, sent));
    expect(events.response.headers['content-type']).toBe('text/event-stream');
    tool.end();
    await events.ended;
    expect(events.messages).toHaveLength(1);
  }
});

test('what was missed of a stream is sent again to who comes back, of that stream only, and the answer with it (S4, C8)', async () => {
  const session = await newSession();
  const tool = talkative();
  const answer = open(edge.url, legacy(session, 'tools/call', { name: 'echo', _meta: { progressToken: 1 } }, 'first'));
  await until('it was asked', () => edge.handler.asked.length === 1);
  tool.say(1);
  const first = new Events(await answer);
  await until('the progress came', () => first.messages.length === 1);
  // The first event is empty: it is there for its id (2025-11-25).
  expect(first.seen[0]).toMatchObject({ data: undefined, retryMs: 1_000 });
  const ids = first.seen.map(({ id }) => id!);
  expect(new Set(ids).size).toBe(2);
  first.response.destroy();
  tool.say(2);
  tool.say(3);
  const other = await get(session);
  await until('the session listens', () => edge.handler.feed.listeners === 1);
  edge.handler.feed.send('notifications/tools/list_changed');
  await until('the change was heard', () => other.messages.length === 1);
  const back = await get(session, ids.at(-1));
  await until('two came', () => back.messages.length === 2, () => back.messages);
  tool.end();
  await back.ended;
  expect(back.messages.map(({ id, params }) => params?.['progress'] ?? id)).toEqual([2, 3, 'first']);
  // Once more, from the beginning.
  const again = await get(session, ids[0]);
  await again.ended;
  expect(again.messages.map(({ id, params }) => params?.['progress'] ?? id)).toEqual([1, 2, 3, 'first']);
  const all = [...first.seen, ...other.seen].map(({ id }) => id!);
  expect(new Set(all).size).toBe(all.length);
  expect(other.messages).toHaveLength(1);
});

test.each(['nothing', 'r99.1', 's.-1', 'r1.1; drop'])('coming back for %j, which is no event, is refused (S4)', async (lastEventId) => {
  expect((await send(edge.url, { method: 'GET', headers: { accept: 'text/event-stream', 'mcp-session-id': await newSession(), 'last-event-id': lastEventId } })).status).toBe(400);
});

test('clients before 2025-11-25 are not sent an event without data', async () => {
  const stream = await get(await newSession('2025-06-18'));
  await until('a comment came', () => stream.raw.includes(': keep-alive'), () => stream.raw);
  expect(stream.seen).toEqual([]);
});

test('one message goes to one stream: the newest of a session, and the older one is told to go (S7)', async () => {
  const session = await newSession();
  const one = await get(session);
  await until('the session listens', () => edge.handler.feed.listeners === 1);
  const two = await get(session);
  await one.ended;
  edge.handler.feed.send('notifications/tools/list_changed');
  await until('the change was heard', () => two.messages.length === 1);
  expect(one.messages).toEqual([]);
  expect(edge.handler.feed.listeners).toBe(1);
});

test('before it ends a session’s stream the gateway says when to come back (S4)', async () => {
  const stream = await get(await newSession('2025-06-18'));
  await edge.edge.stop(0);
  await stream.ended;
  expect(stream.seen).toMatchObject([{ data: undefined, retryMs: 1_000 }]);
});

test('a client is asked over the live stream of its call only, and only what it has declared (I8)', async () => {
  const answers: RpcAnswer[] = [];
  edge.handler.respond = async (_, { ask }) => {
    answers.push(await ask!('sampling/createMessage', {}));
    answers.push(await ask!('elicitation/create', { message: 'Who?' }));
    return { result: { content: [] } };
  };
  const session = await newSession('2025-11-25', { elicitation: {} });
  const events = new Events(await open(edge.url, legacy(session, 'tools/call', { name: 'echo' })));
  await until('it was asked', () => events.messages.length === 1);
  const [asked] = events.messages;
  expect(asked).toMatchObject({ jsonrpc: '2.0', method: 'elicitation/create', params: { message: 'Who?' } });
  // Somebody else's session cannot answer it.
  await send(edge.url, { token: grantToken(), headers: { 'mcp-session-id': await newSession() }, body: { jsonrpc: '2.0', id: asked!['id'], result: { action: 'accept' } } });
  const reply = { headers: { 'mcp-session-id': session }, body: { jsonrpc: '2.0', id: asked!['id'], result: { action: 'decline' } } };
  expect([(await send(edge.url, reply)).status, (await send(edge.url, reply)).status]).toEqual([202, 202]);
  await events.ended;
  expect(answers).toEqual([{ error: { code: -32601, message: 'the client has not declared that it answers this' } }, { result: { action: 'decline' } }]);
});

test('a client that cannot answer is not asked, one that has left is refused cleanly, one that never answers is given up (I8)', async () => {
  const seen: unknown[] = [];
  edge.handler.respond = async (_, { ask }) => { seen.push(ask); return { result: { content: [] } }; };
  await send(edge.url, legacy(await newSession(), 'tools/call', { name: 'echo' }));
  await send(edge.url, modern('tools/call', { name: 'echo' }, { meta: { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } } }));
  expect(seen).toEqual([undefined, undefined]);
  const answer = Promise.withResolvers<RpcAnswer>();
  edge.handler.respond = async (_, { ask, notify, progressToken }) => {
    notify('notifications/progress', { progressToken: progressToken!, progress: 1 });
    // Until the edge has noticed that the client has left, it is asked for nothing.
    for (;;) {
      const refused = await ask!('elicitation/create', {}, AbortSignal.timeout(50));
      if ('error' in refused && refused.error.message.includes('not there')) answer.resolve(refused);
      else continue;
      return { result: { content: [] } };
    }
  };
  const stream = await open(edge.url, legacy(await newSession('2025-11-25', { elicitation: {} }), 'tools/call', { name: 'echo', _meta: { progressToken: 1 } }));
  stream.destroy();
  expect(await answer.promise).toEqual({ error: { code: -31002, message: 'the client is not there to be asked' } });
  await edge.stop();
  edge = await startEdge({ limits: { askTimeoutMs: 20 } });
  edge.handler.respond = async (_, { ask }) => ({ result: { content: [], structuredContent: (await ask!('elicitation/create', {})) as never } });
  const events = new Events(await open(edge.url, legacy(await newSession('2025-11-25', { elicitation: {} }), 'tools/call', { name: 'echo' })));
  await events.ended;
  expect(events.messages.at(-1)!['result']!['structuredContent']).toMatchObject({ error: { code: -31002 } });
});

test('what a session may hear depends on nobody else: its id goes nowhere, its level is its own (S6)', async () => {
  const [a, b] = [await newSession(), await newSession()];
  await send(edge.url, legacy(a, 'logging/setLevel', { level: 'error' }));
  expect((await send(edge.url, legacy(a, 'logging/setLevel', { level: 'loud' }))).json['error']).toMatchObject({ code: -32602 });
  for (const session of [a, b]) await send(edge.url, legacy(session, 'tools/call', { name: 'echo' }));
  expect(edge.handler.asked.map(({ exchange }) => exchange.logLevel)).toEqual(['error', 'info']);
  expect(edge.handler.asked.map(({ message }) => JSON.stringify(message).includes(a) || JSON.stringify(message).includes(b))).toEqual([false, false]);
});
