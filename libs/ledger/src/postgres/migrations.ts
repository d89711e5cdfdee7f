import { readFileSync } from 'node:fs';
import type pg from 'pg';

// "dock", 2: one process at a time changes the tables.
const LOCK_KEYS = [0x646f636b, 2];
const MIGRATIONS = ['0001_event_log', '0002_snapshot', '0003_grant_key'] as const;

/** The text of a file beside this one. */
export function sqlOf(name: string): string {
  return readFileSync(new URL(`./${name}.sql`, import.meta.url), 'utf8');
}

/** Creates the schema `ledger` and its tables, or brings them up to date. Safe to call from several processes at once. */
export async function migrate(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  let failed: Error | undefined;
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1, $2)', LOCK_KEYS);
    await client.query('CREATE SCHEMA IF NOT EXISTS ledger');
    await client.query('CREATE TABLE IF NOT EXISTS ledger.migration (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())');
    const { rows } = await client.query<{ name: string }>('SELECT name FROM ledger.migration');
    const applied = new Set(rows.map(({ name }) => name));
    for (const name of MIGRATIONS.filter((candidate) => !applied.has(candidate))) {
      await client.query(sqlOf(name));
      await client.query('INSERT INTO ledger.migration (name) VALUES ($1)', [name]);
    }
    await client.query('COMMIT');
  } catch (error) {
    failed = error as Error;
    throw error;
  } finally {
    client.release(failed);
  }
}
