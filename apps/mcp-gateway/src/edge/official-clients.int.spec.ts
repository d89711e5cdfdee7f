import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema, LoggingMessageNotificationSchema, ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { grantToken, startEdge, type TestEdge, until } from './fixtures/edge.fixture.js';

const AUTHORIZED = { requestInit: { headers: { authorization: `Bearer ${grantToken()}` } } };
let edge: TestEdge;
beforeEach(async () => { edge = await startEdge(); });
afterEach(() => edge.stop());

test('the official client of the sessions’ era, unmodified: initialize, list, call, progress, log messages, ping, end', async () => {
  edge.handler.respond = async (message, { notify, progressToken }) => {
    for (const progress of [1, 1, 2]) notify('notifications/progress', { progressToken: progressToken!, progress, total: 2 });
    notify('notifications/message', { level: 'debug', data: 'quiet' });
    notify('notifications/message', { level: 'warning', data: 'loud' });
    return { result: { content: [{ type: 'text', text: JSON.stringify(message.params['arguments']) }] } };
  };
  const client = new LegacyClient({ name: 'v1', version: '1.0.0' });
  const transport = new LegacyTransport(new URL(edge.url), AUTHORIZED);
  const logs: unknown[] = [];
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void logs.push(params.data));
  await client.connect(transport);
  expect(client.getServerVersion()).toMatchObject({ name: 'shop' });
  expect(client.getInstructions()).toBe('Be kind.');
  expect(transport.sessionId).toMatch(/^[\x21-\x7e]{32,}$/);
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['echo']);
  const progress: number[] = [];
  const result = await client.callTool({ name: 'echo', arguments: { a: 1 } }, undefined, { onprogress: (at) => progress.push(at.progress) });
  expect(result.content).toEqual([{ type: 'text', text: '{"a":1}' }]);
  expect(progress).toEqual([1, 2]);
  await until('the log message came', () => logs.length > 0);
  expect(logs).toEqual(['loud']);
  expect(await client.ping()).toEqual({});
  await transport.terminateSession();
  expect(edge.edge.figures.sessions).toBe(0);
  await client.close();
});

test('the official client of the sessions’ era answers an elicitation and hears that the tools have changed', async () => {
  edge.handler.respond = async (_, { ask }) => {
    const answer = await ask!('elicitation/create', { message: 'Who?', requestedSchema: { type: 'object', properties: { name: { type: 'string' } } } });
    return { result: { content: [{ type: 'text', text: JSON.stringify(answer) }] } };
  };
  const client = new LegacyClient({ name: 'v1', version: '1.0.0' }, { capabilities: { elicitation: {} } });
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: { name: 'Ada' } }));
  let changes = 0;
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => { changes++; });
  await client.connect(new LegacyTransport(new URL(edge.url), AUTHORIZED));
  const result = await client.callTool({ name: 'echo', arguments: {} });
  expect(JSON.parse((result.content as { text: string }[])[0]!.text)).toEqual({ result: { action: 'accept', content: { name: 'Ada' } } });
  await until('the session listens', () => edge.handler.feed.listeners === 1);
  edge.handler.feed.send('notifications/tools/list_changed');
  await until('the change was heard', () => changes > 0);
  await client.close();
});

test('the official client of the modern era, unmodified: discover, list, call, progress', async () => {
  edge.handler.respond = async (message, { notify, progressToken }) => {
    notify('notifications/progress', { progressToken: progressToken!, progress: 0.5 });
    return { result: { content: [{ type: 'text', text: JSON.stringify(message.params['arguments']) }] } };
  };
  const client = new ModernClient({ name: 'v2', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(new ModernTransport(new URL(edge.url), AUTHORIZED));
  expect(client.getServerVersion()).toMatchObject({ name: 'shop' });
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['echo']);
  const progress: number[] = [];
  const result = await client.callTool({ name: 'echo', arguments: { a: 1 } }, { onprogress: (at) => void progress.push(at.progress) });
  expect(result.content).toEqual([{ type: 'text', text: '{"a":1}' }]);
  expect(progress).toEqual([0.5]);
  expect(edge.edge.figures.sessions).toBe(0);
  expect(edge.handler.asked.map(({ exchange }) => exchange.era)).toEqual(['modern', 'modern']);
  await client.close();
});
