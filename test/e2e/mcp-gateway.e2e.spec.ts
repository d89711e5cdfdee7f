import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { type DriftingServer, startDriftingServer } from './drifting-server.fixture.js';
import { Installation } from './standalone.fixture.js';

const START_MS = 300_000;
const CASE_MS = 300_000;

interface Grant { readonly serverId: string; readonly grantId: string; readonly grantToken: string }
interface Credentials { readonly mcp: string; readonly demo: Grant; readonly everything: Grant; readonly partners: Readonly<Record<string, string>> }

const here = new Installation();
let file: Credentials;
let drifting: DriftingServer;

beforeAll(async () => {
  drifting = await startDriftingServer();
  await writeFile(join(here.folder, 'servers.json'), JSON.stringify({ servers: { drifting: { url: drifting.url } } }));
  await here.start({ MCP_SERVERS_FILE: join(here.folder, 'servers.json') }).says('Docket is ready');
  file = JSON.parse(readFileSync(join(here.dataFolder, 'credentials.json'), 'utf8')) as Credentials;
  // Until the servers' tools were seen there is nothing to call.
  for (const { serverId, grantToken } of [file.demo, file.everything]) await until(`tools of ${serverId}`, async () => ((await raw(serverId, grantToken, 'tools/list')) as { result?: { tools?: unknown[] } }).result?.tools?.length, (count) => (count ?? 0) > 0);
}, START_MS);

afterAll(async () => {
  await here.remove();
  await drifting?.stop();
}, START_MS);

async function until<T>(what: string, look: () => Promise<T>, isThere: (found: T) => boolean): Promise<T> {
  for (const endMs = Date.now() + 120_000; ;) {
    const found = await look();
    if (isThere(found)) return found;
    if (Date.now() > endMs) throw new Error(`${what} did not come to be: ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** One request of the modern era, by hand. */
async function post(serverId: string, grantToken: string, method: string, params: Record<string, unknown> = {}): Promise<Response> {
  const { name } = params;
  return fetch(`${file.mcp}/mcp/${serverId}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${grantToken}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': method,
      ...(typeof name === 'string' && { 'mcp-name': name }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} } } }),
  });
}
async function raw(serverId: string, grantToken: string, method: string, params: Record<string, unknown> = {}): Promise<unknown> {
  return (await post(serverId, grantToken, method, params)).json();
}

interface Answer { readonly content?: readonly { readonly type: string; readonly text?: string }[]; readonly isError?: boolean; readonly structuredContent?: Record<string, unknown>; readonly _meta?: Record<string, unknown> }
interface Agent {
  tools(): Promise<string[]>;
  call(name: string, args?: Record<string, unknown>): Promise<Answer>;
  close(): Promise<void>;
}

/** How many tokens the partner has made. */
async function mints(): Promise<number> {
  const log = (await (await fetch(`${file.partners['demo']}/_fake/requests`)).json()) as { kind: string }[];
  return log.filter(({ kind }) => kind === 'mint').length;
}

/** The official clients as they are. */
const AGENTS: Readonly<Record<string, (grant: Grant) => Promise<Agent>>> = {
  'v1 of the SDK, with a session': async ({ serverId, grantToken }) => {
    const client = new ClientV1({ name: 'e2e', version: '1' });
    await client.connect(new TransportV1(new URL(`${file.mcp}/mcp/${serverId}`), { requestInit: { headers: { authorization: `Bearer ${grantToken}` } } }) as never);
    return { tools: async () => (await client.listTools()).tools.map(({ name }) => name), call: async (name, args = {}) => (await client.callTool({ name, arguments: args })) as Answer, close: () => client.close() };
  },
  'v2 of the SDK, of 2026-07-28': async ({ serverId, grantToken }) => {
    const client = new Client({ name: 'e2e', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    await client.connect(new StreamableHTTPClientTransport(new URL(`${file.mcp}/mcp/${serverId}`), { requestInit: { headers: { authorization: `Bearer ${grantToken}` } } }));
    expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28');
    return { tools: async () => (await client.listTools()).tools.map(({ name }) => name), call: async (name, args = {}) => (await client.callTool({ name, arguments: args })) as Answer, close: () => client.close() };
  },
};

it('official clients of both eras list, call what is allowed, and read why something is denied', async () => {
  for (const connect of Object.values(AGENTS)) {
    const everything = await connect(file.everything);
    expect(await everything.tools()).toEqual(expect.arrayContaining(['echo', 'get-sum']) as string[]);
    expect(await everything.tools()).not.toContain('get-env');
    expect(await everything.call('echo', { message: 'héllo' })).toMatchObject({ content: [{ type: 'text', text: 'Echo: héllo' }] });
    await everything.close();
    const demo = await connect(file.demo);
    expect(await demo.tools()).toContain('refresh_access_token');
    const denied = await demo.call('get_account');
    expect(denied).toMatchObject({ isError: true, _meta: { 'docket/verdict': 'DENY', 'docket/rule': '(default deny)' } });
    expect(denied.content![0]!.text).toMatch(/^\[POLICY DENIED\] /);
    await demo.close();
  }
}, CASE_MS);

it('a hidden tool is byte for byte one that there is not', async () => {
  const { serverId, grantToken } = file.everything;
  const text = async (name: string): Promise<string> => (await post(serverId, grantToken, 'tools/call', { name, arguments: {} })).text().then((body) => body.replaceAll(name, 'NAME'));
  expect(await text('get-env')).toContain('Unknown tool: NAME');
  expect(await text('get-env')).toBe(await text('get-enx'));
}, CASE_MS);

it('the 61st refresh in a minute is refused with the seconds to wait; 60 shared one mint, and none was handed the token', async () => {
  const agent = await AGENTS['v2 of the SDK, of 2026-07-28']!(file.demo);
  await agent.call('refresh_access_token');
  const before = await mints();
  // As many more as a minute that ends meanwhile lets through.
  const answers: Answer[] = [];
  while (!answers.some(({ isError }) => isError === true) && answers.length < 400) answers.push(...await Promise.all(Array.from({ length: 61 }, () => agent.call('refresh_access_token'))));
  const refused = answers.find(({ isError }) => isError === true)!;
  expect(refused.content![0]!.text).toMatch(/^\[POLICY DENIED\] .*\b\d+ seconds?\b/);
  expect(refused._meta).toMatchObject({ 'docket/verdict': 'RATE_LIMITED', 'docket/retry-after-seconds': expect.any(Number) as number });
  const given = answers.filter(({ isError }) => isError !== true).map(({ structuredContent }) => structuredContent!['accessToken'] as string);
  // One went before.
  expect(given.length).toBeGreaterThanOrEqual(59);
  expect(given.every((value) => value.startsWith('si_demo_'))).toBe(true);
  expect(await mints()).toBe(before);
  await agent.close();
}, CASE_MS);

it('an edit of the policy is told to a client that listens, and acts on its next call; 20 calls at once that meet a token which the partner has revoked all succeed, with one mint', async () => {
  const client = new ClientV1({ name: 'e2e', version: '1' });
  let told = 0;
  const { ToolListChangedNotificationSchema } = await import('@modelcontextprotocol/sdk/types.js');
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
    told += 1;
  });
  await client.connect(new TransportV1(new URL(`${file.mcp}/mcp/demo`), { requestInit: { headers: { authorization: `Bearer ${file.demo.grantToken}` } } }) as never);
  const call = async (name: string) => (await client.callTool({ name, arguments: {} })) as Answer;
  expect(await call('get_account')).toMatchObject({ isError: true });
  const policy = join(here.folder, 'seed.json');
  await writeFile(policy, JSON.stringify({ version: '1', default: 'deny', hide: ['create_order'], tools: { get_account: {}, refresh_access_token: { limits: [{ counter: 'refresh_access_token_rate', window: 'minute', max: 60, scope: 'grant' }] } } }));
  expect(await here.docket('policy', 'publish', policy, '--name', 'seed')).toMatchObject({ exitCode: 0 });
  await until('the notification', async () => told, (count) => count > 0);
  expect((await client.listTools()).tools.map(({ name }) => name)).not.toContain('create_order');
  expect((await call('get_account')).isError).not.toBe(true);

  const before = await mints();
  await fetch(`${file.partners['demo']}/_fake/revoke`, { method: 'POST' });
  const answers = await Promise.all(Array.from({ length: 20 }, () => call('get_account')));
  expect(answers.filter(({ isError }) => isError === true)).toEqual([]);
  expect(await mints()).toBe(before + 1);
  await client.close();
}, CASE_MS);

it('a tool that its server says something else of is held alone, shown field by field, and called again once somebody has approved it', async () => {
  expect((await here.docket('server', 'register', 'drifting')).exitCode).toBe(0);
  const issued = await here.docket('grant', 'issue', '--server', 'drifting', '--policy', 'everything', '--json');
  const grantToken = issued.lines[0]!['token'] as string;
  const call = async (name: string): Promise<Answer> => ((await raw('drifting', grantToken, 'tools/call', { name, arguments: {} })) as { result: Answer }).result;
  const description = async (): Promise<string | undefined> => ((await raw('drifting', grantToken, 'tools/list')) as { result?: { tools: { name: string; description: string }[] } }).result?.tools.find(({ name }) => name === 'pay')?.description;
  // It was looked at before it was registered, and is again when it speaks up, or within the minute.
  await until('the first look', () => (drifting.describePay('Pays a bill.'), description()), (found) => found === 'Pays a bill.');
  expect((await call('pay')).content).toEqual([{ type: 'text', text: 'pay: done' }]);

  drifting.describePay('Pays a bill, twice.');
  await until('the hold', () => call('pay'), ({ isError }) => isError === true);
  const calledBefore = drifting.called.length;
  const held = await call('pay');
  expect([held.isError, held._meta?.['docket/rule'], held.content![0]!.text]).toEqual([true, '(tool changed)', expect.stringMatching(/^\[POLICY DENIED\] The definition of this tool has changed/) as string]);
  expect((await call('look')).content).toEqual([{ type: 'text', text: 'look: done' }]);
  expect([drifting.called.length, await description()]).toEqual([calledBefore + 1, 'Pays a bill.']);

  const diff = await here.docket('tools', 'diff', 'drifting');
  expect(diff.stdout).toMatch(/pay[^]*description[^]*Pays a bill\.[^]*Pays a bill, twice\./);
  expect(diff.stdout).not.toContain('look');
  expect((await here.docket('tools', 'approve', 'drifting', 'pay', '--yes')).exitCode).toBe(0);
  await until('the approval', () => call('pay'), ({ isError }) => isError !== true);
  expect(await description()).toBe('Pays a bill, twice.');
}, CASE_MS);

it('a grant opens its own server only, and nothing once it is revoked: 401, and its sessions end', async () => {
  expect((await post('everything', file.demo.grantToken, 'tools/list')).status).toBe(403);
  const unknown = await post('demo', `dg_${'0'.repeat(32)}_${'A'.repeat(43)}`, 'tools/list');
  expect([unknown.status, unknown.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('resource_metadata=') as string]);
  const agent = await AGENTS['v1 of the SDK, with a session']!(file.everything);
  expect((await here.docket('grant', 'revoke', file.everything.grantId)).exitCode).toBe(0);
  await until('the 401', async () => (await post('everything', file.everything.grantToken, 'tools/list')).status, (status) => status === 401);
  await expect(agent.call('echo', { message: 'x' })).rejects.toThrow();
  await agent.close().catch(() => undefined);
  const log = readFileSync(join(here.dataFolder, 'docket.log'), 'utf8');
  for (const { grantToken } of [file.demo, file.everything]) expect(log).not.toContain(grantToken.slice(-43));
}, CASE_MS);
