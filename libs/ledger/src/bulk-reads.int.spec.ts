import { randomBytes } from 'node:crypto';
import { startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { BulkReads } from './postgres/bulk-reads.js';
import { openPool } from './postgres/pool.js';
import { PostgresEventLog } from './postgres.event-log.js';

const TOPIC = 'docket.decisions';
const PARTITIONS = 3;
let postgres: ThrowawayPostgres;
let log: PostgresEventLog;
let bulk: BulkReads;
let url: string;

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  url = await postgres.createDatabase();
  log = new PostgresEventLog({ connectionString: url });
  await log.prepare([{ topic: TOPIC, partitions: PARTITIONS }]);
  bulk = new BulkReads(log, { connectionString: url });
}, 300_000);

afterAll(async () => {
  await bulk.close();
  await postgres.stop();
}, 300_000);

it('reads what the log itself reads: every record of every partition, its key, value and time, whatever their sizes', async () => {
  const appender = log.openAppender();
  for (let round = 0; round < 20; round++) {
    const outcomes = await appender.append(Array.from({ length: PARTITIONS }, (_, partition) => ({
      topic: TOPIC, partition, records: Array.from({ length: 1 + ((round * 7 + partition) % 13) }, (_, index) => ({ key: index % 3 === 0 ? null : randomBytes(index), value: randomBytes(index === 5 ? 60_000 : 1 + index * 100) })),
    })), 10_000);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['acknowledged', 'acknowledged', 'acknowledged']);
  }
  await appender.close();
  const all = async (source: Pick<PostgresEventLog, 'read'>, partition: number) => {
    const found = [];
    for (;;) {
      const records = await source.read({ topic: TOPIC, partition }, found.length, { maxRecords: 100 });
      if (records.length === 0) return found.map(({ offset, timestampMs, key, value }) => ({ offset, timestampMs, key: key && Buffer.from(key).toString('hex'), value: Buffer.from(value).toString('hex') }));
      found.push(...records);
    }
  };
  // At once, so that they share requests.
  const together = await Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => all(bulk, partition)));
  for (const [partition, found] of together.entries()) {
    expect(found.length).toBeGreaterThan(50);
    expect(found).toEqual(await all(log, partition));
  }
});

it('says what the log says where something is wrong: past the end, an unknown partition, a record that is gone', async () => {
  const end = await bulk.endOffset({ topic: TOPIC, partition: 0 });
  expect(await bulk.read({ topic: TOPIC, partition: 0 }, end, { maxRecords: 500 })).toEqual([]);
  await expect(bulk.read({ topic: TOPIC, partition: 0 }, end + 1, { maxRecords: 500 })).rejects.toMatchObject({ reason: 'OFFSET_OUT_OF_RANGE' });
  await expect(bulk.read({ topic: TOPIC, partition: 99 }, 0, { maxRecords: 500 })).rejects.toMatchObject({ reason: 'UNKNOWN_PARTITION' });
  const pool = openPool({ connectionString: url });
  await pool.query(`DELETE FROM ledger.record USING ledger.head WHERE head_id = id AND partition = 0 AND "offset" = 10`);
  await pool.end();
  const before = await bulk.read({ topic: TOPIC, partition: 0 }, 0, { maxRecords: 500 });
  expect(before.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  await expect(bulk.read({ topic: TOPIC, partition: 0 }, 10, { maxRecords: 500 })).rejects.toMatchObject({ reason: 'OFFSET_OUT_OF_RANGE', message: expect.stringMatching(/offset 10 is missing from the log/) as string });
});

it('a connection that is lost while somebody holds it and asks nothing ends no process: he learns of it when he asks again', async () => {
  const idle: Error[] = [];
  const pool = openPool({ connectionString: url, onIdleError: (error) => idle.push(error) });
  const held = await pool.connect();
  const ended = new Promise((resolve) => held.once('end', resolve));
  const { rows } = await held.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  await pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
  await ended;
  await expect(held.query('SELECT 1')).rejects.toThrow(/connection|terminat/iu);
  held.release(true);
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  expect(idle).toEqual([]);
  await pool.end();
});
