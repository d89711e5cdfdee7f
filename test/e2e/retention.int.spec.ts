import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { openArchive } from '#archive';
import { argumentsAad } from '#decision';
import { Envelope, GrantKeys, openKeyring, sha256 } from '#ledger';
import { startThrowawayPostgres, type ThrowawayPostgres } from '#local-services';
import { createLogger, createMetrics } from '#platform';
import { docket, type Ran } from '../../apps/cli/src/cli.fixture.js';
import { callId, DeciderFixture } from '../../apps/decider/src/decider.fixture.js';
import { projectorConfig } from '../../apps/projector/src/config.js';
import { createApp as createProjector, type ProjectorApp } from '../../apps/projector/src/create-app.js';

/** No word that is in an archive for another reason. */
const MARKER = 'walrus-4412-basalt';
const POLICY = {
  version: '1', default: 'deny',
  tools: {
    pay: { limits: [{ counter: 'payments', window: 'month', max: 30, scope: 'grant' }] },
    ask: { approve_if: [{ conditions: [], timeout: '30m' }] },
  },
};

let postgres: ThrowawayPostgres;
let url: string;
let pool: pg.Pool;
let decider: DeciderFixture;
let projector: ProjectorApp | undefined;
let archives: string;
let grant: { id: string; token: string };
const receipts: { callId: string; hash: string }[] = [];

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  url = await postgres.createDatabase();
  pool = new pg.Pool({ connectionString: url, max: 2 });
  decider = new DeciderFixture(url);
  archives = join(decider.folder, 'archive');
  await decider.start({ DECISIONS_PARTITIONS: '2' });
  await project();
  grant = await decider.grant(POLICY);
  for (let n = 0; n < 20; n += 1) await pay(n);
  const asked = await decider.decide({ grant: grant.token, tool: 'ask', callId: callId(), arguments: Buffer.from(JSON.stringify({ note: MARKER })) });
  expect(asked.verdict).toBe('APPROVAL_REQUIRED');
}, 300_000);

afterAll(async () => {
  await projector?.stop();
  await pool.end();
  await decider.remove();
  await postgres.stop();
}, 300_000);

async function pay(n: number): Promise<string> {
  const id = callId();
  const { verdict, receipt } = await decider.decide({ grant: grant.token, tool: 'pay', callId: id, arguments: Buffer.from(JSON.stringify({ n, note: MARKER })) });
  receipts.push({ callId: id, hash: Buffer.from(receipt!.hash).toString('hex') });
  return String(verdict);
}

async function project(environment: Record<string, string> = {}): Promise<void> {
  await projector?.stop();
  const logger = createLogger({ level: 'silent', app: 'projector', destination: { write: () => undefined } });
  projector = await createProjector(projectorConfig({ DATABASE_URL: url, HTTP_LISTEN: '127.0.0.1:0', ...environment }), { logger, metrics: createMetrics(), http: false });
}

const cli = (...args: string[]): Promise<Ran> => docket(args, { cwd: decider.folder, environment: { DATABASE_URL: url, KEYRING_FILE: join(decider.folder, 'keyring.json'), DOCKET_DATA_DIR: decider.folder } });

async function succeeds(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await cli(...args);
  expect({ exitCode, args, stderr }).toMatchObject({ exitCode: 0 });
  return stdout;
}

const rows = async (sql: string): Promise<unknown[]> => (await pool.query(sql)).rows;
const decided = (): Promise<unknown[]> => rows('SELECT call_id, tool, verdict, log_partition, log_offset FROM docket.decisions ORDER BY log_partition, log_offset');

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const endMs = Date.now() + 150_000; !(await condition().catch(() => false));) {
    if (Date.now() > endMs) throw new Error('it did not come to be');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const caughtUp = (records: number): Promise<void> => until(async () => (await decided()).length === records);

test('what happened before a time is archived, the next archive goes on from there, and the log is as before', async () => {
  expect(await succeeds('log', 'archive', '--before', '2020-01-01', '--out', 'archive/empty')).toMatch(/^0 records of before 2020-01-01/m);
  await succeeds('log', 'archive', '--before', new Date().toISOString(), '--out', 'archive/one', '--continue', 'archive/empty');
  for (let n = 20; n < 25; n += 1) expect(await pay(n)).toBe('ALLOW');
  const { exitCode, stderr } = await cli('log', 'archive', '--before', new Date(Date.now() + 1_000).toISOString(), '--out', 'archive/one');
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('it holds an archive')]);
  await succeeds('log', 'archive', '--before', new Date(Date.now() + 1_000).toISOString(), '--out', 'archive/two', '--continue', 'archive/one', '--compress', 'zstd');
  expect(await succeeds('log', 'archive', '--check', 'archive')).toMatch(/^whole: /m);
  const stranger = await cli('log', 'archive', '--check', 'archive', '--key', Buffer.alloc(32, 9).toString('base64'));
  expect([stranger.exitCode, stranger.stderr]).toEqual([1, expect.stringContaining('which is none of those that are trusted here')]);
  expect(await rows('SELECT count(*)::int AS first FROM ledger.record r JOIN ledger.head h ON h.id = r.head_id WHERE r."offset" = 0')).toEqual([{ first: 3 }]);
  expect((await openArchive(archives)).ranges().map(({ topic, partition }) => `${topic}/${partition}`)).toEqual(['docket.decisions/0', 'docket.decisions/1', 'docket.registry/0']);
});

test('nothing of the last minutes is deleted, and nothing at all from an archive that is not whole or not the whole', async () => {
  expect(await succeeds('log', 'archive', '--delete', '--yes', '--from-archive', 'archive')).toMatch(/^nothing was deleted/);
  const two = await cli('log', 'archive', '--delete', '--yes', '--recent-too', '--from-archive', 'archive/two');
  expect([two.exitCode, two.stderr]).toEqual([1, expect.stringContaining('which are not in')]);
  expect((await cli('log', 'archive', '--delete', '--yes', '--before', '2026-01-01', '--from-archive', 'archive')).exitCode).toBe(2);
  expect((await cli('log', 'archive', '--out', 'archive/three')).exitCode).toBe(2);
});

test('after the beginning is deleted nobody starts from nothing: it is missing, and that is said', async () => {
  await caughtUp(26);
  await projector!.stop();
  await decider.stop();
  expect(await succeeds('log', 'archive', '--delete', '--yes', '--recent-too', '--from-archive', 'archive')).toMatch(/records deleted; docket\.registry stays whole/);
  expect(await rows('SELECT count(*)::int AS left FROM ledger.record r JOIN ledger.head h ON h.id = r.head_id WHERE h.topic = \'docket.decisions\' AND r."offset" < h.first_offset')).toEqual([{ left: 0 }]);
  await pool.query('DELETE FROM ledger.snapshot');
  await expect(decider.start()).rejects.toMatchObject({ kind: 'data_loss', message: expect.stringContaining('was archived and deleted') as string });
});

test('with the archive everything goes on: limits, recorded verdicts, rows filled anew from the first event', async () => {
  await pool.query('DROP SCHEMA docket CASCADE');
  await pool.query('DROP SCHEMA docket_tables CASCADE');
  await decider.start({ ARCHIVE_DIR: archives });
  await project({ ARCHIVE_DIR: archives });
  const [first] = receipts;
  const replayed = await decider.decide({ grant: grant.token, tool: 'pay', callId: first!.callId, arguments: Buffer.from(JSON.stringify({ n: 0, note: MARKER })) });
  expect([replayed.replayed, Buffer.from(replayed.receipt!.hash).toString('hex')]).toEqual([true, first!.hash]);
  const verdicts: string[] = [];
  for (let n = 25; n < 32; n += 1) verdicts.push(await pay(n));
  expect(verdicts).toEqual([...Array<string>(5).fill('ALLOW'), 'RATE_LIMITED', 'RATE_LIMITED']);
  await caughtUp(33);
  expect(await rows(`SELECT trim_scale(used)::text AS used FROM docket.limit_windows WHERE counter = 'payments'`)).toEqual([{ used: '30' }]);
  expect(await succeeds('projections', 'verify')).toMatch(/1 windows?, all as the log says/);
  expect((await succeeds('log', 'tail', '--from-start', '--no-follow', '--json')).split('\n').filter((line) => line.includes('CallDecided'))).toHaveLength(33);
});

test('erasing reaches archives, too: they hold nothing but sealed values, and stay the files that were signed', async () => {
  const files = await readdir(join(archives, 'one'));
  expect(files).toContain('docket.decisions-1.jsonl');
  for (const file of files) expect(await readFile(join(archives, 'one', file), 'latin1')).not.toContain(MARKER);
  const keys = new GrantKeys({ pool, keyring: await openKeyring({ file: join(decider.folder, 'keyring.json'), create: false }) });
  const archive = await openArchive(archives);
  const { partition } = archive.ranges().find(({ topic, endOffset }) => topic === 'docket.decisions' && endOffset > 20)!;
  const tp = { topic: 'docket.decisions', partition };
  const envelope = new Envelope(tp.topic, partition);
  let sealed: { call_id: string; arguments: { sealed: string } } | undefined;
  for (const record of await archive.read(tp, 0)) {
    const parsed = envelope.parse(record.value);
    if (receipts.some(({ hash }) => hash === sha256(record.value)) && parsed.kind === 'event') sealed = parsed.encoded.data as unknown as typeof sealed;
  }
  await archive.close();
  const key = await keys.getCurrent(grant.id);
  expect(Buffer.from(key!.open(sealed!.arguments.sealed, argumentsAad(grant.id, sealed!.call_id))).toString()).toContain(MARKER);

  const erased = await docket(['grant', 'erase', grant.id, '--yes'], { cwd: decider.folder, environment: { DOCKET_ADDRESS: decider.address, DOCKET_CREDENTIAL: decider.token('admin') } });
  expect(erased).toMatchObject({ exitCode: 0, stdout: `grant ${grant.id} is erased: in force; its key is destroyed, the values are gone\n` });
  expect(await keys.getCurrent(grant.id)).toBeUndefined();
  expect(() => key!.open(sealed!.arguments.sealed, argumentsAad(grant.id, sealed!.call_id))).toThrow(/was erased/);
  expect(await succeeds('log', 'archive', '--check', 'archive')).toMatch(/^whole: /m);
  await until(async () => JSON.stringify(await rows('SELECT erased_at IS NOT NULL AND revoked_at IS NOT NULL AS erased FROM docket.grants')) === '[{"erased":true}]');
  await until(async () => JSON.stringify(await rows('SELECT state FROM docket.approvals')) === '[{"state":"erased"}]');
  expect(await rows(`SELECT trim_scale(used)::text AS used FROM docket.limit_windows WHERE counter = 'payments'`)).toEqual([{ used: '30' }]);
});

test('an archive with a byte changed stops whoever needs it, with the file’s name, and nobody else', async () => {
  const file = join(archives, 'one', 'docket.decisions-0.jsonl');
  const whole = await readFile(file);
  await projector!.stop();
  await decider.stop();
  await pool.query('DELETE FROM ledger.snapshot');
  await rm(file);
  await expect(decider.start({ ARCHIVE_DIR: archives })).rejects.toMatchObject({ reason: 'LOG_FILE_UNREADABLE', message: expect.stringContaining('docket.decisions-0.jsonl') as string });
  await writeFile(file, Buffer.from(whole.toString('latin1').replace('"seq":"1"', '"seq":"2"'), 'latin1'));
  await expect(decider.start({ ARCHIVE_DIR: archives })).rejects.toMatchObject({ kind: 'data_loss', message: expect.stringContaining('docket.decisions-0.jsonl') as string });
});
