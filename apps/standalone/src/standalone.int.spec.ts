import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentials } from '@grpc/grpc-js';
import pg from 'pg';
import { bearer, decisionClient } from '#contracts';
import type { decision } from '#contracts';
import { startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { standaloneConfig } from './config.js';
import { createApp } from './create-app.js';
import type { StandaloneApp } from './create-app.js';

/** A thread has no transformed sources: it runs what is built, as the end-to-end tests do. */
const PROJECTOR_ENTRY = new URL('../../../dist/apps/projector/src/thread.js', import.meta.url);

const FIXTURES = join(import.meta.dirname, '../../../libs/platform/src/fixtures');
const TLS_FILES = { TLS_CERT_FILE: join(FIXTURES, 'tls.cert.pem'), TLS_KEY_FILE: join(FIXTURES, 'tls.key.pem') };

let postgres: ThrowawayPostgres;
let folder: string;
let url: string;

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  url = await postgres.createDatabase();
  folder = mkdtempSync(join(tmpdir(), 'docket-standalone-'));
}, 300_000);

afterAll(async () => {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}, 300_000);

const start = (projectorEntry = PROJECTOR_ENTRY, more: Record<string, string> = {}): Promise<StandaloneApp> => createApp(standaloneConfig({
  DATA_DIR: folder, DATABASE_URL: url, GRPC_LISTEN: '127.0.0.1:0', HTTP_LISTEN: '127.0.0.1:0', TOKEN_BROKER_LISTEN: '127.0.0.1:0', MCP_LISTEN: '127.0.0.1:0', CONSOLE_LISTEN: '127.0.0.1:0', LOG_LEVEL: 'info', ...more,
}), () => undefined, { projectorEntry });
const file = () => JSON.parse(readFileSync(join(folder, 'credentials.json'), 'utf8')) as {
  grpc: string; credentials: Record<string, string>; demo: { serverId: string; policyId: string; grantId: string; grantToken: string }; database: string;
};

it('names all problems of its configuration at once, and a data folder that is none', async () => {
  expect(() => standaloneConfig({ LOG_LEVEL: 'loud', DATABASE_URL: 'nowhere', GRPC_LISTEN: 'here', NODE_NAME: 'n'.repeat(101) }))
    .toThrow(/4 problems:\n {2}DATABASE_URL: .*\n {2}LOG_LEVEL: .*\n {2}GRPC_LISTEN: .*\n {2}NODE_NAME: [^\n]*$/);
  const dataDir = join(folder, 'a-file');
  writeFileSync(dataDir, '');
  await expect(createApp(standaloneConfig({ DATA_DIR: dataDir }), () => undefined)).rejects.toMatchObject({ reason: 'DATA_DIR_UNUSABLE', message: expect.stringContaining('a-file') as string });
});

async function untilRow(condition: (row: Record<string, unknown> | undefined) => boolean): Promise<Record<string, unknown>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const endMs = Date.now() + 150_000; ;) {
      const { rows: [row] } = await client.query<Record<string, unknown>>('SELECT * FROM docket.decisions');
      if (condition(row)) return row!;
      if (Date.now() > endMs) throw new Error(`the row did not come to be: ${JSON.stringify(row)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } finally {
    await client.end();
  }
}

it('decides, settles and projects in one process, and goes on with the same demonstration after a restart', async () => {
  let app = await start();
  const first = file();
  expect(statSync(join(folder, 'credentials.json')).mode & 0o777).toBe(0o600);
  expect(first.demo).toMatchObject({ serverId: 'demo', policyId: 'seed', grantId: app.demo.grantId });
  expect(app.panel).toContain(first.grpc);
  for (const secret of [...Object.values(first.credentials), url]) expect(app.panel).not.toContain(secret);
  // An agent's client needs the grant, and nothing else of it.
  expect(app.panel.split(first.demo.grantToken)).toHaveLength(2);

  const client = decisionClient(first.grpc, credentials.createInsecure());
  const gateway = bearer(first.credentials['gateway']!);
  const decided = await new Promise<decision.DecideResponse__Output>((resolve, reject) =>
    client.Decide({ grant: first.demo.grantToken, tool: 'refresh_access_token' }, gateway, (error, value) => (error ? reject(error) : resolve(value!))));
  expect(decided).toMatchObject({ verdict: 'ALLOW', policyId: 'seed' });
  expect(await untilRow((row) => row !== undefined)).toMatchObject({ call_id: decided.callId, verdict: 'ALLOW', outcome: null, settled_at: null });
  await new Promise<void>((resolve, reject) =>
    client.Settle({ grant: first.demo.grantId, callId: decided.callId, outcome: 'FAILED' }, gateway, (error) => (error ? reject(error) : resolve())));
  expect((await untilRow((row) => row?.['outcome'] !== null))['outcome']).toBe('FAILED');
  client.close();

  await expect(start()).rejects.toMatchObject({ reason: 'ALREADY_RUNNING' });
  expect(await app.lifecycle.stop()).toBe(true);
  // With a certificate for other addresses than it has.
  app = await start(PROJECTOR_ENTRY, { ...TLS_FILES, GRPC_LISTEN: '127.0.0.2:0' });
  expect(file().demo).toEqual(first.demo);
  expect(app.gateway.url).toMatch(/^https:/);
  for (const endMs = Date.now() + 150_000; !app.gateway.app.isServing(); await new Promise((resolve) => setTimeout(resolve, 20))) if (Date.now() > endMs) throw new Error('the gateway does not reach the decider beside it');
  expect(await app.lifecycle.stop()).toBe(true);

  rmSync(join(folder, 'credentials.json'));
  app = await start();
  const renewed = file();
  expect(renewed.credentials['gateway']).not.toBe(first.credentials['gateway']);
  expect(app.panel).toMatch(/\nAttention: there were no credentials in .*: new ones are there now\. 4 issued earlier stay valid: /);
  const again = decisionClient(renewed.grpc, credentials.createInsecure());
  const allowed = await new Promise<decision.DecideResponse__Output>((resolve, reject) =>
    again.Decide({ grant: renewed.demo.grantToken, tool: 'refresh_access_token' }, bearer(renewed.credentials['gateway']!), (error, value) => (error ? reject(error) : resolve(value!))));
  expect(allowed.verdict).toBe('ALLOW');
  again.close();
  expect(await app.lifecycle.stop()).toBe(true);

  const keyring = join(folder, 'keyring.json');
  renameSync(keyring, `${keyring}.away`);
  await expect(start()).rejects.toMatchObject({ reason: 'KEYRING_MISSING', message: expect.stringContaining('restore the keyring') as string });
  expect(existsSync(keyring)).toBe(false);

  const log = readFileSync(join(folder, 'docket.log'), 'utf8');
  for (const secret of [...Object.values(first.credentials), first.demo.grantToken]) expect(log).not.toContain(secret.slice(-43));
}, 300_000);

it('decides without a projector, and says that it is down', async () => {
  writeFileSync(join(folder, 'keyring.json'), readFileSync(join(folder, 'keyring.json.away')), { mode: 0o600 });
  const failing = new URL(`data:text/javascript,${encodeURIComponent(`import { parentPort } from 'node:worker_threads'; parentPort.postMessage({ kind: 'failed', message: 'no room for rows' }); parentPort.close();`)}`);
  const app = await start(failing);
  expect(app.panel).toContain('Attention: the projector did not start (no room for rows): decisions are made and logged, rows are not written; it is tried again.');
  const { grpc, credentials: tokens, demo } = file();
  const client = decisionClient(grpc, credentials.createInsecure());
  const decided = await new Promise<decision.DecideResponse__Output>((resolve, reject) =>
    client.Decide({ grant: demo.grantToken, tool: 'refresh_access_token' }, bearer(tokens['gateway']!), (error, value) => (error ? reject(error) : resolve(value!))));
  expect(decided.verdict).toBe('ALLOW');
  client.close();
  const http = `http://127.0.0.1:${app.decider.httpAddress.port}`;
  expect(await (await fetch(`${http}/healthz`)).text()).toBe('ok, but rows are not kept up to date: no room for rows\n');
  expect((await fetch(`${http}/readyz`)).status).toBe(200);
  expect(await (await fetch(`${http}/metrics`)).text()).toMatch(/^docket_projector_up 0$/m);
  expect(await app.lifecycle.stop()).toBe(true);
}, 300_000);
