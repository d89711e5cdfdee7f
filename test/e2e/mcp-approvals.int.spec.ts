import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { createTaskSessionFromClient, resultFromTaskOutcome } from '@modelcontextprotocol/ext-tasks/client';
import type { JsonValue } from '@modelcontextprotocol/ext-tasks/core';
import { bearer, type approval } from '#contracts';
import { startThrowawayPostgres, type ThrowawayPostgres } from '#local-services';
import { createLogger } from '#platform';
import { DeciderFixture } from '../../apps/decider/src/decider.fixture.js';
import { mcpGatewayConfig } from '../../apps/mcp-gateway/src/config.js';
import { createApp, type McpGatewayApp } from '../../apps/mcp-gateway/src/create-app.js';
import { startTestedServer, type TestedServer } from '../conformance/tested-server.fixture.js';

const CASE_MS = 300_000;
const TASKS = { extensions: { 'io.modelcontextprotocol/tasks': {} } };
const DONE = 'This is a simple text response for testing.';
const POLICY = { version: '1', default: 'allow', tools: { test_simple_text: { approve_if: [{ conditions: [], message: 'Ask first.', timeout: '30m' }] } } };

let postgres: ThrowawayPostgres;
let decider: DeciderFixture;
let tested: TestedServer;
let folder: string;
let grant: string;
let approver: string;
const gateways: McpGatewayApp[] = [];

/** The second one is as the first would be after it was started anew. */
async function startGateway(): Promise<string> {
  const config = mcpGatewayConfig({
    MCP_LISTEN: '127.0.0.1:0', MCP_SERVERS_FILE: join(folder, 'servers.json'), MCP_UPSTREAMS_ON_LOOPBACK: 'true', DOCKET_ADDRESS: decider.address, DOCKET_TOKENS_ADDRESS: '127.0.0.1:9', DOCKET_CREDENTIAL: decider.token('gateway'),
    CONSOLE_PUBLIC_URL: 'https://docket.example.com', NODE_NAME: 'spec',
  });
  const app = await createApp(config, { logger: createLogger({ level: 'silent', app: 'mcp-gateway' }), http: false });
  gateways.push(app);
  return `http://127.0.0.1:${app.mcpAddress.port}/mcp/tested`;
}
let urls: readonly [string, string];

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  decider = await new DeciderFixture(await postgres.createDatabase()).start({ DRAIN_TIMEOUT_MS: '500' });
  tested = await startTestedServer();
  folder = mkdtempSync(join(tmpdir(), 'docket-approvals-'));
  writeFileSync(join(folder, 'servers.json'), JSON.stringify({ servers: { tested: { url: tested.url } } }));
  grant = (await decider.grant(POLICY, 'tested')).token;
  approver = await decider.credential('alice', ['APPROVER']);
  urls = [await startGateway(), await startGateway()];
  for (const url of urls) await until('the tools are known', () => post(url, 'tools/list', {}), ({ result }) => ((result?.['tools'] as unknown[] | undefined)?.length ?? 0) > 0);
}, CASE_MS);

afterAll(async () => {
  for (const gateway of gateways) await gateway.stop();
  await tested?.stop();
  await decider?.remove();
  await postgres?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}, CASE_MS);

interface Rpc { readonly result?: Record<string, unknown>; readonly error?: { readonly code: number } }

/** One request of the modern era, by hand. */
async function post(url: string, method: string, params: Record<string, unknown>, capabilities: object = {}, signal?: AbortSignal): Promise<Rpc> {
  const name = params['name'] ?? params['taskId'];
  const response = await fetch(url, {
    method: 'POST', ...(signal && { signal }),
    headers: {
      authorization: `Bearer ${grant}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': method, ...(typeof name === 'string' && { 'mcp-name': name }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': capabilities } } }),
  });
  const text = await response.text();
  // A stream ends with the answer.
  const last = text.startsWith('{') ? text : text.split('\n').filter((line) => line.startsWith('data: {')).at(-1)!.slice('data: '.length);
  return JSON.parse(last) as Rpc;
}

async function until<T>(what: string, look: () => Promise<T>, isThere: (found: T) => boolean): Promise<T> {
  for (const endMs = Date.now() + 120_000; ;) {
    const found = await look();
    if (isThere(found)) return found;
    if (Date.now() > endMs) throw new Error(`${what} did not come to be: ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const asked = new Set<string>();
/** The approval that was asked for since the last one. */
async function nextApproval(): Promise<string> {
  const list = (): Promise<approval.Approval__Output[]> => new Promise((resolve, reject) => {
    decider.approvals.ListApprovals({}, bearer(approver), (error, found) => (error ? reject(error) : resolve(found!.approvals)));
  });
  const found = (await until('an approval', list, (all) => all.some(({ approvalId }) => !asked.has(approvalId)))).find(({ approvalId }) => !asked.has(approvalId))!;
  asked.add(found.approvalId);
  return found.approvalId;
}
const approve = (approvalId: string): Promise<void> => new Promise((resolve, reject) => {
  decider.approvals.ResolveApproval({ approvalId, decision: 'APPROVE' }, bearer(approver), (error) => (error ? reject(error) : resolve()));
});
const stateOf = (approvalId: string): Promise<string> => new Promise((resolve, reject) => {
  decider.approvals.GetApproval({ approvalId }, bearer(approver), (error, found) => (error ? reject(error) : resolve(String(found!.approval!.state))));
});
const textOf = (result: unknown): string => (result as { content: { text: string }[] }).content[0]!.text;

/** `json()` of Node's own makes objects of another realm than the specs', which the extension's client takes for no JSON. */
const fetchHere: typeof fetch = async (url, init) => {
  const response = await fetch(url, init);
  return Object.assign(response, { json: async () => JSON.parse(await response.text()) as unknown });
};

async function connected(capabilities: object): Promise<Client> {
  const client = new Client({ name: 'spec', version: '1' }, { versionNegotiation: { mode: 'auto' }, capabilities });
  await client.connect(new StreamableHTTPClientTransport(new URL(urls[0]), { fetch: fetchHere, requestInit: { headers: { authorization: `Bearer ${grant}` } } }));
  return client;
}

test('a client that closes its stream takes back what people were asked for (C8)', async () => {
  const gone = new AbortController();
  const call = post(urls[0], 'tools/call', { name: 'test_simple_text', arguments: { n: 1 } }, {}, gone.signal).catch(() => 'gone');
  const approvalId = await nextApproval();
  expect(await stateOf(approvalId)).toBe('PENDING');
  gone.abort();
  expect(await call).toBe('gone');
  await until('it is withdrawn', () => stateOf(approvalId), (state) => state !== 'PENDING');
  expect(await stateOf(approvalId)).toBe('WITHDRAWN');
}, CASE_MS);

test('a task is carried out for the official client of the extension once it is approved (K1, K2, C9)', async () => {
  const client = await connected(TASKS);
  const session = createTaskSessionFromClient(client, {
    endpointId: 'spec', v2RequestFraming: { protocolVersion: '2026-07-28', clientInfo: { name: 'spec', version: '1' }, clientCapabilities: TASKS },
    rawDispatch: async (request) => {
      const { method, params } = request as { method: string; params: Record<string, unknown> };
      const { result, error } = await post(urls[0], method, params, TASKS);
      return error === undefined ? { kind: 'result', result: result as JsonValue } : { kind: 'error', error: error as never };
    },
  });
  try {
    const execution = await session.callTool('test_simple_text', { n: 2 });
    const approvalId = await nextApproval();
    const settled = execution.settle();
    await approve(approvalId);
    expect(textOf(resultFromTaskOutcome((await settled).outcome))).toBe(DONE);
    expect(await stateOf(approvalId)).toBe('REDEEMED');
  } finally {
    await session.close();
    await client.close();
  }
}, CASE_MS);

test('a task goes on at a gateway that was started since, is carried out once, and is cancelled by its client', async () => {
  const create = async (n: number): Promise<string> => String((await post(urls[0], 'tools/call', { name: 'test_simple_text', arguments: { n } }, TASKS)).result!['taskId']);
  const look = async (taskId: string, url: string): Promise<Record<string, unknown>> => (await post(url, 'tasks/get', { taskId }, TASKS)).result!;
  const taskId = await create(3);
  const approvalId = await nextApproval();
  for (const url of urls) expect(await look(taskId, url)).toMatchObject({ status: 'working', statusMessage: expect.stringContaining(`https://docket.example.com/approvals/${approvalId}`) as string });
  await approve(approvalId);
  const done = await until('it has ended', () => look(taskId, urls[1]), ({ status }) => status !== 'working');
  expect([done['status'], textOf(done['result'])]).toEqual(['completed', DONE]);
  // What the other one does not have it does not make up, nor do again.
  expect(textOf((await look(taskId, urls[0]))['result'])).toMatch(/^\[NO ANSWER\]/);
  const cancelled = await create(4);
  const other = await nextApproval();
  expect((await post(urls[1], 'tasks/cancel', { taskId: cancelled }, TASKS)).result).toMatchObject({ resultType: 'complete' });
  expect([await stateOf(other), (await look(cancelled, urls[0]))['status']]).toEqual(['WITHDRAWN', 'cancelled']);
  expect(await post(urls[0], 'tasks/get', { taskId }, {})).toMatchObject({ error: { code: -32021 } });
}, CASE_MS);

test('the user of an official client that answers elicitations is told, and approves nothing by saying yes', async () => {
  const client = await connected({ elicitation: {} });
  const questions: string[] = [];
  client.setRequestHandler('elicitation/create', ({ params }) => {
    questions.push(params.message);
    return { action: 'accept', content: {} };
  });
  const call = client.callTool({ name: 'test_simple_text', arguments: { n: 5 } });
  const approvalId = await nextApproval();
  await until('the user was told', async () => questions.length, (count) => count > 0);
  expect(await stateOf(approvalId)).toBe('PENDING');
  await approve(approvalId);
  expect(textOf(await call)).toBe(DONE);
  expect(questions).toEqual([expect.stringContaining(`It waits as ${approvalId} until`)]);
  await client.close();
}, CASE_MS);
