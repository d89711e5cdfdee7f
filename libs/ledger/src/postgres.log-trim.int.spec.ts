import type pg from 'pg';
import { startThrowawayPostgres, type ThrowawayPostgres } from '#local-services';
import { PostgresEventLog } from './postgres.event-log.js';
import { deletePostgresRecords } from './postgres.log-trim.js';
import { openPool } from './postgres/pool.js';

const TP = { topic: 'test', partition: 1 };
let postgres: ThrowawayPostgres;
let pool: pg.Pool;
let log: PostgresEventLog;

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
}, 300_000);
afterAll(() => postgres.stop());

beforeEach(async () => {
  const connectionString = await postgres.createDatabase();
  pool = openPool({ connectionString });
  log = new PostgresEventLog({ connectionString });
  await log.prepare([{ topic: 'test', partitions: 2 }]);
});
afterEach(async () => {
  await log.close();
  await pool.end();
});

async function append(count: number, partition = TP.partition): Promise<void> {
  const appender = log.openAppender();
  const [outcome] = await appender.append([{ topic: 'test', partition, records: Array.from({ length: count }, (_, n) => ({ key: null, value: Buffer.from(`${n}`) })) }], 10_000);
  expect(outcome?.kind).toBe('acknowledged');
  await appender.close();
}

const offsets = async (from: number): Promise<number[]> => (await log.read(TP, from)).map(({ offset }) => offset);

test('the log begins where it was told to, and everything from there on is as before', async () => {
  await append(20);
  await append(3, 0);
  const told: number[] = [];
  expect(await deletePostgresRecords(TP, 15, { pool, onProgress: (deleted) => told.push(deleted) })).toBe(15);
  expect(told.at(-1)).toBe(15);
  expect(await offsets(15)).toEqual([15, 16, 17, 18, 19]);
  for (const from of [0, 14]) await expect(log.read(TP, from)).rejects.toMatchObject({ kind: 'data_loss', reason: 'OFFSET_OUT_OF_RANGE', metadata: { offset: String(from), first_offset: '15', next_offset: '15' }, message: expect.stringMatching(/was archived and deleted: the log begins at 15 now/) as string });
  expect(await log.endOffset(TP)).toBe(20);
  await append(1);
  expect(await offsets(19)).toEqual([19, 20]);
  expect(await log.read({ topic: 'test', partition: 0 }, 0)).toHaveLength(3);
});

test('more than fits in one statement is deleted in several, and an ended deletion goes on', async () => {
  await append(8_000);
  await append(4_000);
  const stop = new AbortController();
  await expect(deletePostgresRecords(TP, 11_999, { pool, signal: stop.signal, onProgress: () => stop.abort() })).rejects.toThrow();
  await expect(log.read(TP, 11_000)).rejects.toThrow(/was archived and deleted/);
  expect(await deletePostgresRecords(TP, 11_999, { pool })).toBe(6_999);
  expect(await deletePostgresRecords(TP, 11_999, { pool })).toBe(0);
  expect(await offsets(11_999)).toEqual([11_999]);
});

test('the last record stays, and what is not there is not deleted', async () => {
  await append(5);
  for (const offset of [5, 6]) await expect(deletePostgresRecords(TP, offset, { pool })).rejects.toMatchObject({ reason: 'OFFSET_OUT_OF_RANGE' });
  await expect(deletePostgresRecords({ topic: 'other', partition: 0 }, 0, { pool })).rejects.toMatchObject({ reason: 'OFFSET_OUT_OF_RANGE' });
  expect(await offsets(0)).toHaveLength(5);
});

test('a record that is missing although nobody deleted it is still said to be lost', async () => {
  await append(10);
  await deletePostgresRecords(TP, 4, { pool });
  await pool.query('DELETE FROM ledger.record WHERE "offset" = 6');
  await expect(log.read(TP, 4)).rejects.toThrow(/offset 6 is missing from the log, which ends at 10/);
});
