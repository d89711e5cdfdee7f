import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { EmbeddedPostgres } from '#local-services';
import type { AppendOutcome, LogAppender } from './event-log.js';
import { PostgresEventLog } from './postgres.event-log.js';

const TOPICS = [{ topic: 't', partitions: 2 }];
const TP = { topic: 't', partition: 0 };
/** Long enough for any machine: only what is to end by its time has less. */
const PATIENT_MS = 100_000;

let root: string;
let server: EmbeddedPostgres;
let connectionString: string;
let log: PostgresEventLog;
let admin: pg.Client;
let databases = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'docket-test-'));
  server = await EmbeddedPostgres.start({ folder: join(root, 'postgres'), syncNewFiles: false });
}, 300_000);

afterAll(async () => {
  await server.stop();
  await rm(root, { recursive: true, force: true });
});

beforeEach(async () => {
  connectionString = await server.createDatabase(`faults_${databases += 1}`);
  log = new PostgresEventLog({ connectionString, lockTimeoutMs: PATIENT_MS });
  await log.prepare(TOPICS);
  admin = await connect();
});

afterEach(async () => {
  await log.close();
  await admin.end().catch(() => undefined);
});

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

const values = async (): Promise<string[]> => (await log.read(TP, 0)).map((r) => Buffer.from(r.value).toString());

function append(appender: LogAppender, value: string, timeoutMs = PATIENT_MS): Promise<AppendOutcome[]> {
  return appender.append([{ ...TP, records: [{ key: null, value: Buffer.from(value) }] }], timeoutMs);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}

test('an append that is not answered in time is unknown, and may land later than another on a new connection', async () => {
  await admin.query('BEGIN');
  await admin.query('SELECT 1 FROM ledger.head FOR UPDATE');
  const appender = log.openAppender();
  expect(await append(appender, 'late', 200)).toMatchObject([{ kind: 'unknown', error: { message: 'no answer from PostgreSQL within 200 ms' } }]);
  const next = append(appender, 'next');
  await admin.query('COMMIT');
  expect(await next).toMatchObject([{ kind: 'acknowledged' }]);
  const landed = await values();
  expect(landed).toContain('next');
  expect(['late', 'next']).toEqual(expect.arrayContaining(landed));
  expect(await log.endOffset(TP)).toBe(landed.length);
});

test('an append does not wait for ever behind a lock, and a stopped client holds none', async () => {
  const hasty = new PostgresEventLog({ connectionString, lockTimeoutMs: 1_000 });
  await hasty.prepare(TOPICS);
  await admin.query('BEGIN');
  await admin.query('SELECT 1 FROM ledger.head FOR UPDATE');
  const appender = hasty.openAppender();
  expect(await append(appender, 'a')).toMatchObject([{ kind: 'unknown', error: { code: '55P03' } }]);
  await admin.query('ROLLBACK');
  expect(await append(appender, 'b')).toMatchObject([{ kind: 'acknowledged', baseOffset: 0 }]);
  const { rows } = await admin.query(`SELECT 1 FROM pg_locks WHERE relation = 'ledger.head'::regclass AND pid <> pg_backend_pid()`);
  expect(rows).toEqual([]);
  await hasty.close();
});

test('a connection that breaks while nothing is pending is replaced without anybody noticing', async () => {
  const appender = log.openAppender();
  expect(await append(appender, 'a')).toMatchObject([{ kind: 'acknowledged' }]);
  await admin.query(`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'docket append'`);
  // The broken connection is noticed when its end arrives here.
  await until(async () => (await append(appender, 'b'))[0]!.kind === 'acknowledged');
  expect((await values())[0]).toBe('a');
});

test('an appender refuses to work on a connection whose commits could be lost', async () => {
  await admin.query(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$`);
  expect(await append(log.openAppender(), 'a')).toMatchObject([{ kind: 'unknown', error: { message: expect.stringContaining('synchronous_commit found off') as string } }]);
  expect(await log.endOffset(TP)).toBe(0);
});

test('prepare names each setting that would break the promise', async () => {
  await admin.query(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$`);
  await admin.query('ALTER TABLE ledger.record SET UNLOGGED');
  const second = new PostgresEventLog({ connectionString });
  await expect(second.prepare([{ topic: 't', partitions: 3 }])).rejects.toMatchObject({
    kind: 'failed_precondition', reason: 'LOG_SETTINGS',
    violations: [
      { field: 'synchronous_commit', description: 'found off, expected on or remote_apply' },
      { field: 'ledger.record', description: 'found an unlogged table, expected a permanent one' },
      { field: 't.partitions', description: 'found 2, expected 3' },
    ],
  });
  await second.close();
});

test('several processes can create the log at the same moment', async () => {
  const fresh = await server.createDatabase(`faults_${databases += 1}`);
  const logs = [1, 2, 3, 4].map(() => new PostgresEventLog({ connectionString: fresh }));
  await Promise.all(logs.map((each) => each.prepare(TOPICS)));
  expect(await Promise.all(logs.map((each) => each.endOffset(TP)))).toEqual([0, 0, 0, 0]);
  await Promise.all(logs.map((each) => each.close()));
});

test('a record that is gone from the middle is data loss, never the end of the log', async () => {
  const appender = log.openAppender();
  for (const value of ['a', 'b', 'c']) await append(appender, value);
  await admin.query('DELETE FROM ledger.record WHERE "offset" = 1');
  for (const from of [0, 1]) await expect(log.read(TP, from)).rejects.toMatchObject({ kind: 'data_loss', reason: 'OFFSET_OUT_OF_RANGE', metadata: { offset: '1', first_offset: '0', next_offset: '2' } });
  expect(await log.read(TP, 2)).toMatchObject([{ offset: 2 }]);
});

test('tells an unreachable server and an empty database apart from an empty log', async () => {
  const empty = new PostgresEventLog({ connectionString: await server.createDatabase(`faults_${databases += 1}`) });
  await expect(empty.read(TP, 0)).rejects.toMatchObject({ kind: 'failed_precondition', reason: 'DATABASE_NOT_PREPARED' });
  const nowhere = new PostgresEventLog({ connectionString: 'postgres://user:s3cret@127.0.0.1:1/none' });
  const error = await nowhere.read(TP, 0).catch((reason: unknown) => reason as Error);
  expect(error).toMatchObject({ kind: 'unavailable', reason: 'DATABASE_UNAVAILABLE' });
  expect((error as Error).message).not.toContain('s3cret');
  await Promise.all([empty.close(), nowhere.close()]);
});

test('after the server is killed in the middle of appends, all that was acknowledged is there, without a gap', async () => {
  const other = { topic: 't', partition: 1 };
  const acknowledged = new Map<number, string>();
  let unknown = 0;
  const write = async (name: string): Promise<void> => {
    const appender = log.openAppender();
    for (let i = 0; unknown < 3; i += 1) {
      const records = [0, 1, 2].map((n) => ({ key: null, value: Buffer.from(`${name}.${i}.${n}`) }));
      const [outcome] = await appender.append([{ ...TP, records }, { ...other, records }], PATIENT_MS);
      if (outcome!.kind === 'unknown') unknown += 1;
      else records.forEach(({ value }, n) => acknowledged.set(outcome!.kind === 'acknowledged' ? outcome!.baseOffset + n : NaN, value.toString()));
    }
  };
  const writers = Promise.all([write('a'), write('b'), write('c')]);
  await until(async () => acknowledged.size > 300);
  process.kill(server.pid, 'SIGKILL');
  await writers;
  await server.stop();
  server = await EmbeddedPostgres.start({ folder: join(root, 'postgres') });
  connectionString = server.urlOf(`faults_${databases}`);
  await log.close();
  log = new PostgresEventLog({ connectionString });
  await log.prepare(TOPICS);

  const found: string[] = [];
  const end = await log.endOffset(TP);
  while (found.length < end) found.push(...(await log.read(TP, found.length)).map((r) => Buffer.from(r.value).toString()));
  expect(found.length % 3).toBe(0);
  for (const [offset, value] of acknowledged) expect(found[offset]).toBe(value);
  expect(await log.endOffset(other)).toBe(end);
  const [next] = await append(log.openAppender(), 'next');
  expect(next).toMatchObject({ kind: 'acknowledged', baseOffset: end });
}, 300_000);
