import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startThrowawayPostgres, type ThrowawayPostgres } from '#local-services';
import { GrantKeys, openKeyring, openKeys, openPool, rewrapKeys, rotatingAlone } from '#ledger';
import { docket, temporaryFolder, type Ran } from './cli.fixture.js';

let postgres: ThrowawayPostgres;
let folder: ReturnType<typeof temporaryFolder>;
let database: string;
let keyringFile: string;

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
}, 300_000);

afterAll(() => postgres.stop());

beforeEach(async () => {
  folder = temporaryFolder();
  keyringFile = join(folder.path, 'keyring.json');
  database = await postgres.createDatabase();
  const pool = openPool({ connectionString: database });
  const keys = new GrantKeys({ pool, keyring: await openKeyring({ file: keyringFile, create: true }) });
  await keys.prepare();
  for (const id of ['a', 'b', 'connection/default/demo']) await keys.create(id);
  await pool.end();
});

afterEach(() => folder.remove());

const keys = (args: string[], environment: Record<string, string> = { KEYRING_FILE: keyringFile }): Promise<Ran> =>
  docket(['keys', ...args], { cwd: folder.path, environment: { DATABASE_URL: database, ...environment } });
const idsIn = (): string[] => (JSON.parse(readFileSync(keyringFile, 'utf8')) as { keys: { id: string }[] }).keys.map(({ id }) => id);

test('keys are rotated with progress, and the former one is forgotten once it wraps nothing', async () => {
  const [former] = idsIn() as [string];
  expect((await keys(['status'])).stdout).toMatch(new RegExp(`${former} +current +2 +1`));
  const rotated = await keys(['rotate']);
  const [, current] = idsIn() as [string, string];
  expect(rotated).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`key ${current} wraps everything: 3 keys rewrapped`) as string, stderr: expect.stringContaining('100 %  3 of 3') as string });
  expect((await keys(['status'])).stdout).toMatch(new RegExp(`${current} +current +2 +1`));
  expect(await keys(['forget', current])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('is the current one') as string });
  expect(await keys(['forget', former])).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(former) as string });
  expect(idsIn()).toEqual([current]);
  expect(await keys(['forget', former])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('there is no key') as string });
});

test('a rotation that was stopped is taken up, and makes no second key', async () => {
  await keys(['rotate']);
  const pool = openPool({ connectionString: database });
  const former = await openKeyring({ file: keyringFile, create: false });
  // One key as if the first rotation had not got to it: still under the former key.
  const { rows: [old] } = await pool.query<{ kek_id: string }>(`SELECT kek_id FROM ledger.grant_key WHERE grant_id = 'a'`);
  const file = JSON.parse(readFileSync(keyringFile, 'utf8')) as { current: string; keys: { id: string }[] };
  writeFileSync(keyringFile, JSON.stringify({ ...file, current: file.keys[0]!.id }), { mode: 0o600 });
  expect(old!.kek_id).toBe(former.currentId);
  expect((await keys(['rotate'])).stderr).toContain(`Going on with the rotation to key ${file.keys[0]!.id}`);
  expect(idsIn()).toHaveLength(2);
  await pool.end();
});

test('status shows every key that is at hand with what it wraps, what is to be done with it, and how far the rotation has come', async () => {
  const [former] = idsIn() as [string];
  const status = async (environment?: Record<string, string>): Promise<string> => (await keys(['status'], environment)).stdout;
  expect(await status()).toContain('3 of 3 keys are under the current one.');
  await keys(['rotate']);
  const [, current] = idsIn() as [string, string];
  const rotated = await status();
  expect(rotated).toMatch(new RegExp(`${current} +current +2 +1 .*\\n *${former} +unused +0 +0 `));
  expect(rotated).toContain(`docket keys forget ${former}`);

  const pool = openPool({ connectionString: database });
  // As if it had been stopped after one of three.
  const file = JSON.parse(readFileSync(keyringFile, 'utf8')) as { current: string };
  writeFileSync(keyringFile, JSON.stringify({ ...file, current: former }), { mode: 0o600 });
  const { ids, currentId } = await openKeyring({ file: keyringFile, create: false });
  expect([ids, currentId]).toEqual([[former, current], former]);
  const keyring = await openKeys({ pool, config: { file: keyringFile, create: false } });
  const stop = new AbortController();
  await rewrapKeys({ pool, keyring, batch: 1, signal: stop.signal, onProgress: () => stop.abort() });
  const stopped = await status();
  expect(stopped).toMatch(new RegExp(`${former} +current +1 +0 .*\\n *${current} +former +1 +1 `));
  expect(stopped).toContain('1 of 3 keys are under the current one (33 %); docket keys rotate rewraps the others.');
  await rotatingAlone(pool, async () => {
    expect(await status()).toContain('(33 %); they are being rewrapped.');
    const lines = (await keys(['status', '--json'])).stdout.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toMatchObject([{ id: former, state: 'current' }, { id: current, state: 'former', grants: 1, connections: 1 }, { rotation: { rewrapped: 1, total: 3, isUnderWay: true } }]);
  });
  // Where they are kept now is told from where they were kept.
  const KEK = randomBytes(32).toString('base64');
  const moving = await status({ KEK, KEYRING_FILE: keyringFile });
  expect(moving).toContain(`Key ${former} comes from the keyring file`);
  expect(moving).toContain('0 of 3 keys are under the current one (0 %)');
  expect(moving).not.toContain('docket keys forget');
  await pool.end();
});

test('a key of the environment takes over from the file, and what wraps nothing new is said so', async () => {
  const KEK = randomBytes(32).toString('base64');
  expect(await keys(['status'], { KEK })).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('MISSING') as string });
  expect(await keys(['rotate'], { KEK })).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('not at hand') as string });
  expect(await keys(['rotate'], { KEK, KEYRING_FILE: keyringFile })).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('3 keys rewrapped') as string });
  expect(await keys(['status'], { KEK })).toMatchObject({ exitCode: 0 });
  expect(await keys(['rotate'], { KEK })).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('put a new one before it') as string });
  expect(await keys(['status'], { KEK, KMS_KEY_ID: 'alias/docket' })).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('only one of') as string });
  for (const { stdout, stderr } of [await keys(['status'], { KEK }), await keys(['status'], { KEK: 'nonsense' })]) expect(stdout + stderr).not.toContain(KEK.slice(0, 8));
});

test('without its key nothing is done, and the message says what is missing', async () => {
  expect(await keys(['status'], { KEYRING_FILE: join(folder.path, 'none.json') })).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('there is no key-encryption key') as string });
  expect(await docket(['keys', 'status'], { cwd: folder.path, environment: {} })).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('DATABASE_URL') as string });
});
