import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startThrowawayPostgres, type ThrowawayPostgres } from '#local-services';
import { createLogger } from '#platform';
import { DeciderFixture } from '../../apps/decider/src/decider.fixture.js';
import { mcpGatewayConfig } from '../../apps/mcp-gateway/src/config.js';
import { createApp, type McpGatewayApp } from '../../apps/mcp-gateway/src/create-app.js';
import { startAuthorizingProxy } from './authorizing-proxy.fixture.js';
import { startTestedServer, type TestedServer } from './tested-server.fixture.js';

const SUITE = createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/dist/index.js');
const EXPECTED_FAILURES = fileURLToPath(new URL('./mcp-gateway.expected-failures.yaml', import.meta.url));

let postgres: ThrowawayPostgres;
let decider: DeciderFixture;
let tested: TestedServer;
let gateway: McpGatewayApp;
let proxy: { readonly url: string; stop(): Promise<void> };
let folder: string;

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  decider = await new DeciderFixture(await postgres.createDatabase()).start({ DRAIN_TIMEOUT_MS: '500' });
  tested = await startTestedServer();
  folder = mkdtempSync(join(tmpdir(), 'docket-conformance-'));
  writeFileSync(join(folder, 'servers.json'), JSON.stringify({ servers: { tested: { url: tested.url } } }));
  const { token } = await decider.grant({ version: '1', default: 'allow', tools: {} }, 'tested');
  const config = mcpGatewayConfig({
    MCP_LISTEN: '127.0.0.1:0', MCP_SERVERS_FILE: join(folder, 'servers.json'), MCP_UPSTREAMS_ON_LOOPBACK: 'true', DOCKET_ADDRESS: decider.address, DOCKET_TOKENS_ADDRESS: '127.0.0.1:9', DOCKET_CREDENTIAL: decider.token('gateway'), NODE_NAME: 'spec',
  });
  gateway = await createApp(config, { logger: createLogger({ level: 'silent', app: 'mcp-gateway' }), http: false });
  proxy = await startAuthorizingProxy({ port: gateway.mcpAddress.port, path: '/mcp/tested' }, token);
}, 300_000);

afterAll(async () => {
  await proxy?.stop();
  await gateway?.stop();
  await tested?.stop();
  await decider?.remove();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 300_000);

/** The suite as its maintainers run it: its own process, its own clients. */
function runSuite(): Promise<{ readonly exitCode: number; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [SUITE, 'server', '--url', proxy.url, '--suite', 'all', '--expected-failures', EXPECTED_FAILURES], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => { output += data.toString(); });
    child.once('error', reject);
    child.once('close', (code) => resolve({ exitCode: code ?? -1, output }));
  });
}

test('the official conformance suite for servers passes through the gateway, but for what is written down with its reason', async () => {
  const { exitCode, output } = await runSuite();
  // The part that says what failed, and why.
  const problems = output.split('\n').filter((line) => /fail|✗|error|stale|unexpected/i.test(line) && !/, 0 failed/.test(line)).join('\n');
  expect(exitCode === 0 ? '' : problems).toBe('');
  expect(output).toContain('SUMMARY');
}, 300_000);

test('every expected failure has its reason', () => {
  const lines = readFileSync(EXPECTED_FAILURES, 'utf8').split('\n');
  const failures = lines.flatMap((line, n) => (/^\s+- /.test(line) ? [{ line, reason: lines[n - 1] ?? '' }] : []));
  expect(failures.filter(({ reason }) => !/^\s+# \S.{20,}/.test(reason))).toEqual([]);
});
