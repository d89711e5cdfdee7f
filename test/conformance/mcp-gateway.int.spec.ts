import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { startThrowawayPostgres, type ThrowawayPostgres } from '#local-services';
import { createLogger } from '#platform';
import { DeciderFixture } from '../../apps/decider/src/decider.fixture.js';
import { mcpGatewayConfig } from '../../apps/mcp-gateway/src/config.js';
import { createApp, type McpGatewayApp } from '../../apps/mcp-gateway/src/create-app.js';
import { startAuthorizingProxy } from './authorizing-proxy.fixture.js';
import { startTestedModernServer } from './tested-modern-server.fixture.js';
import { startTestedServer, type TestedServer } from './tested-server.fixture.js';

const load = createRequire(import.meta.url);
const SUITE = load.resolve('@modelcontextprotocol/conformance/dist/index.js');
/** Suites before 0.2 know nothing of 2026-07-28. */
const KNOWS_MODERN = !(load('@modelcontextprotocol/conformance/package.json') as { version: string }).version.startsWith('0.1.');
const expectedFailures = (era: string): string => fileURLToPath(new URL(`./mcp-gateway.${era}.expected-failures.yaml`, import.meta.url));

let postgres: ThrowawayPostgres;
let decider: DeciderFixture;
const tested: Record<string, TestedServer> = {};
let gateway: McpGatewayApp;
const proxies: Record<string, { readonly url: string; stop(): Promise<void> }> = {};
let folder: string;

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  decider = await new DeciderFixture(await postgres.createDatabase()).start({ DRAIN_TIMEOUT_MS: '500' });
  tested['legacy'] = await startTestedServer();
  tested['modern'] = await startTestedModernServer();
  folder = mkdtempSync(join(tmpdir(), 'docket-conformance-'));
  writeFileSync(join(folder, 'servers.json'), JSON.stringify({ servers: Object.fromEntries(Object.entries(tested).map(([era, { url }]) => [era, { url }])) }));
  const grants = await Promise.all(Object.keys(tested).map(async (era) => [era, (await decider.grant({ version: '1', default: 'allow', tools: {} }, era)).token] as const));
  const config = mcpGatewayConfig({
    MCP_LISTEN: '127.0.0.1:0', MCP_SERVERS_FILE: join(folder, 'servers.json'), MCP_UPSTREAMS_ON_LOOPBACK: 'true', DOCKET_ADDRESS: decider.address, DOCKET_TOKENS_ADDRESS: '127.0.0.1:9', DOCKET_CREDENTIAL: decider.token('gateway'), NODE_NAME: 'spec',
  });
  gateway = await createApp(config, { logger: createLogger({ level: 'silent', app: 'mcp-gateway' }), http: false });
  for (const [era, token] of grants) proxies[era] = await startAuthorizingProxy({ port: gateway.mcpAddress.port, path: `/mcp/${era}` }, token);
}, 300_000);

afterAll(async () => {
  for (const proxy of Object.values(proxies)) await proxy.stop();
  await gateway?.stop();
  for (const server of Object.values(tested)) await server.stop();
  await decider?.remove();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 300_000);

/** The suite as its maintainers run it: its own process, its own clients. */
function runSuite(era: string, more: readonly string[]): Promise<{ readonly exitCode: number; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [SUITE, 'server', '--url', proxies[era]!.url, '--suite', 'all', '--expected-failures', expectedFailures(era), ...more], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => { output += data.toString(); });
    child.once('error', reject);
    child.once('close', (code) => resolve({ exitCode: code ?? -1, output }));
  });
}

/** Each era's scenarios, with a server of that era behind the gateway. */
const ERAS: [string, readonly string[]][] = KNOWS_MODERN ? [['legacy', ['--spec-version', '2025-11-25']], ['modern', ['--spec-version', '2026-07-28']]] : [['legacy', []]];

test.each(ERAS)('the official conformance suite for servers passes through the gateway, but for what is written down with its reason: the %s era', async (era, more) => {
  const { exitCode, output } = await runSuite(era, more);
  // The part that says what failed, and why.
  const problems = output.split('\n').filter((line) => /fail|✗|error|stale|unexpected/i.test(line) && !/, 0 failed/.test(line)).join('\n');
  expect(exitCode === 0 ? '' : problems).toBe('');
  expect(output).toContain('SUMMARY');
}, 300_000);

test.each(['legacy', 'modern'])('every expected failure of the %s era has its reason', (era) => {
  const lines = readFileSync(expectedFailures(era), 'utf8').split('\n');
  const failures = lines.flatMap((line, n) => (/^\s+- /.test(line) ? [{ line, reason: lines[n - 1] ?? '' }] : []));
  expect(failures.filter(({ reason }) => !/^\s+# \S.{20,}/.test(reason))).toEqual([]);
});

test('without a decider no call reaches a server of either era, and the agent is told why', async () => {
  const clients = await Promise.all(Object.values(proxies).map(async ({ url }) => {
    const client = new Client({ name: 'spec', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    await client.connect(new StreamableHTTPClientTransport(new URL(url)));
    expect(await client.callTool({ name: 'test_simple_text', arguments: {} })).toMatchObject({ content: [{ type: 'text' }] });
    return client;
  }));
  await decider.stop();
  const before = Object.values(tested).map((server) => server.calls());
  const answers = await Promise.all(clients.map((client) => client.callTool({ name: 'test_simple_text', arguments: {} }).then((answer) => JSON.stringify(answer), String)));
  // As soon as the gateway has noticed, nobody is let in any more; until then the call is not decided.
  for (const answer of answers) expect(answer).toMatch(/"\[NOT DECIDED\] No decision could be had just now, so nothing was called\.|it cannot be found out now whether this grant is valid/);
  expect(Object.values(tested).map((server) => server.calls())).toEqual(before);
  for (const client of clients) await client.close();
}, 300_000);
