import { readFileSync } from 'node:fs';
import type pg from 'pg';

/** Tables that are brought up to date together, in a schema of their own. */
export interface Migrations {
  readonly schema: string;
  /** Two keys of an advisory lock: one process at a time changes the tables. */
  readonly lockKeys: readonly [number, number];
  /** In the order in which they are applied. */
  readonly names: readonly string[];
  readonly sqlOf: (name: string) => string;
}

/** The text of a file beside this one. */
export function sqlOf(name: string): string {
  return readFileSync(new URL(`./${name}.sql`, import.meta.url), 'utf8');
}

/** Creates the schema `ledger` and its tables, or brings them up to date. Safe to call from several processes at once. */
export function migrate(pool: pg.Pool): Promise<void> {
  // "dock", 2
  return applyMigrations(pool, { schema: 'ledger', lockKeys: [0x646f636b, 2], names: ['0001_event_log', '0002_snapshot', '0003_grant_key', '0004_key_rotation', '0005_log_begin'], sqlOf });
}

/** Applies what has not been applied yet, all or nothing. Safe to call from several processes at once. */
export async function applyMigrations(pool: pg.Pool, { schema, lockKeys, names, sqlOf }: Migrations): Promise<void> {
  const client = await pool.connect();
  let failed: Error | undefined;
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1, $2)', [...lockKeys]);
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    await client.query(`CREATE TABLE IF NOT EXISTS ${schema}.migration (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`);
    const { rows } = await client.query<{ name: string }>(`SELECT name FROM ${schema}.migration`);
    const applied = new Set(rows.map(({ name }) => name));
    for (const name of names.filter((candidate) => !applied.has(candidate))) {
      await client.query(sqlOf(name));
      await client.query(`INSERT INTO ${schema}.migration (name) VALUES ($1)`, [name]);
    }
    await client.query('COMMIT');
  } catch (error) {
    failed = error as Error;
    throw error;
  } finally {
    client.release(failed);
  }
}
