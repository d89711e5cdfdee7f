import pg from 'pg';
import { PostgresEventLog } from '#ledger';
import { startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { Secret } from '#platform';
import { ALL_PROJECTIONS, Generations, ReadModels } from '#read-models';
import { ensureAnalyst } from './analyst.js';

let postgres: ThrowawayPostgres;
beforeAll(async () => void (postgres = await startThrowawayPostgres()), 60_000);
afterAll(() => postgres.stop(), 60_000);

it('makes a login that reads every view, and can neither write nor read the log or the tables behind the views', async () => {
  const url = await postgres.createDatabase();
  const log = new PostgresEventLog({ connectionString: url });
  await log.prepare([{ topic: 'docket.decisions', partitions: 1 }]);
  await log.close();
  expect(await ensureAnalyst(new Secret(url), undefined)).toBeUndefined();
  const readModels = await ReadModels.open(url);
  await new Generations(readModels).ensure(ALL_PROJECTIONS);
  const { table } = (await new Generations(readModels).list())[0]!;
  await readModels.close();

  const reader = await ensureAnalyst(new Secret(url), 'no url');
  expect(reader).toMatch(/^postgres(?:ql)?:\/\/docket_analyst:[0-9a-f]{48}@/);
  const client = new pg.Client({ connectionString: reader });
  await client.connect();
  for (const { name } of ALL_PROJECTIONS) expect((await client.query(`SELECT * FROM docket.${name}`)).rows).toEqual([]);
  expect((await client.query('SELECT projection FROM docket.projections')).rowCount).toBe(ALL_PROJECTIONS.length);
  const { rows: undescribed } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'docket'::regnamespace AND relkind = 'v' AND obj_description(oid) IS NULL`);
  expect(undescribed).toEqual([]);
  await client.query('SET default_transaction_read_only = off');
  for (const forbidden of ['SELECT * FROM ledger.record', 'SELECT * FROM ledger.grant_key', `SELECT * FROM ${table}`, 'SELECT * FROM docket.migration', 'DELETE FROM docket.decisions', 'CREATE TABLE docket.mine ()']) {
    await expect(client.query(forbidden)).rejects.toMatchObject({ code: expect.stringMatching(/^(?:42501|42P01)$/) as string });
  }
  await client.end();
  expect(await ensureAnalyst(new Secret(url), reader)).toBe(reader);
}, 300_000);
