import type pg from 'pg';
import { startThrowawayPostgres, type ThrowawayPostgres } from '#local-services';
import { openPool } from './postgres/pool.js';
import { PostgresSnapshotStore } from './postgres.snapshot-store.js';
import { INITIAL_RESUME_STATE, type StoredSnapshot } from './resume-state.js';

let postgres: ThrowawayPostgres;
let pool: pg.Pool;

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  pool = openPool({ connectionString: await postgres.createDatabase() });
}, 300_000);

afterAll(async () => {
  await pool.end();
  await postgres.stop();
});

function snapshot(topic: string, partition: number, offset: number): StoredSnapshot {
  return {
    topic, partition,
    resume: { ...INITIAL_RESUME_STATE, offset, epoch: 3, nonce: 'ab', sequence: offset - 1, timeMs: 1_700_000_000_123 },
    state: `{"b":${offset},"a":"\\u0000 \u{1f600}"}`,
    stateHash: 'cd'.repeat(32),
  };
}

test('returns the newest snapshots first, exactly as they were stored', async () => {
  const store = new PostgresSnapshotStore({ pool });
  await Promise.all([store.prepare(), store.prepare()]);
  for (const offset of [10, 30, 20]) await store.insert(snapshot('t', 0, offset));
  await store.insert(snapshot('t', 1, 99));
  await store.insert(snapshot('u', 0, 98));
  expect(await store.newest('t', 0, 10)).toEqual([30, 20, 10].map((offset) => snapshot('t', 0, offset)));
  expect(await store.newest('t', 0, 1)).toEqual([snapshot('t', 0, 30)]);
  expect(await store.newest('nothing', 0, 10)).toEqual([]);
});

test('keeps a few of each partition, and the same offset may be stored twice', async () => {
  const store = new PostgresSnapshotStore({ pool, keep: 2 });
  for (const offset of [1, 2, 3, 4, 4]) await store.insert(snapshot('few', 0, offset));
  expect(await store.newest('few', 0, 10)).toEqual([snapshot('few', 0, 4), snapshot('few', 0, 4)]);
  await store.insert(snapshot('few', 0, 1));
  expect((await store.newest('few', 0, 10)).map(({ resume }) => resume.offset)).toEqual([4, 1]);
});
