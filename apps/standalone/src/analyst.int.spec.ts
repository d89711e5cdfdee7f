import pg from 'pg';
import { PostgresEventLog } from '#ledger';
import { startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { Secret } from '#platform';
import { ALL_PROJECTIONS, Generations, ReadModels } from '#read-models';
import { ensureAnalyst } from './analyst.js';

let postgres: ThrowawayPostgres;
beforeAll(async () => void (postgres = await startThrowawayPostgres()), 300_000);
afterAll(() => postgres.stop(), 300_000);

async function otherDatabases(url: string): Promise<{ datname: string }[]> {
  const owner = new pg.Client({ connectionString: url });
  await owner.connect();
  const { rows } = await owner.query<{ datname: string }>('SELECT datname FROM pg_database WHERE datname <> current_database() AND datallowconn');
  await owner.end();
  expect(rows.length).toBeGreaterThan(1);
  return rows;
}

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
  const allowed: string[] = [];
  for (const forbidden of [
    'CREATE TEMP TABLE mine ()', 'CREATE TABLE mine ()', 'CREATE TABLE public.mine ()', 'CREATE SCHEMA mine', 'CREATE DATABASE mine', 'CREATE ROLE mine', `CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'`,
    `CREATE FUNCTION pg_temp.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'`, 'COPY docket.decisions FROM STDIN', `COPY (SELECT 1) TO '/tmp/docket-mine'`, `COPY (SELECT 1) TO PROGRAM 'true'`, `SELECT pg_read_file('/etc/passwd')`,
    'SELECT lo_creat(-1)', 'SELECT lo_create(0)', `SELECT lo_from_bytea(0, 'x')`, `SELECT pg_logical_emit_message(false, 'a', 'b')`, 'SELECT pg_advisory_lock(1)', 'SELECT pg_try_advisory_xact_lock_shared(1, 2)',
    'INSERT INTO docket.decisions SELECT * FROM docket.decisions', 'UPDATE docket.grants SET label = label', 'DO $$ BEGIN LOCK TABLE docket.decisions IN EXCLUSIVE MODE; END $$', 'COMMENT ON VIEW docket.decisions IS NULL',
    'ALTER ROLE docket_analyst SUPERUSER', 'SET ROLE docket', 'SELECT rolpassword FROM pg_authid', 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename <> current_user', 'SELECT pg_reload_conf()',
    'SELECT * FROM ledger.record', 'SELECT * FROM ledger.grant_key', `SELECT * FROM ${table}`, 'SELECT * FROM docket.migration', 'DELETE FROM docket.decisions', 'CREATE TABLE docket.mine ()']) {
    const code = await client.query(forbidden).then(() => 'it was allowed', (error: { code?: string }) => error.code);
    if (code !== '42501' && code !== '42P01') allowed.push(`${forbidden}: ${code}`);
  }
  expect(allowed).toEqual([]);
  await client.end();
  for (const { datname } of (await otherDatabases(url))) {
    const elsewhere = new URL(reader!);
    elsewhere.pathname = `/${datname}`;
    await expect(new pg.Client({ connectionString: elsewhere.href }).connect()).rejects.toMatchObject({ code: '42501' });
  }
  expect(await ensureAnalyst(new Secret(url), reader)).toBe(reader);
}, 300_000);
