import { readFileSync } from 'node:fs';
import type pg from 'pg';

// "dock", 6: one process at a time changes the tables.
const LOCK_KEYS = [0x646f636b, 6];
const MIGRATIONS = ['0001_token_vault'] as const;

/** Creates the schema `broker` and its tables, or brings them up to date. Safe to call from several processes at once. */
export async function migrateVault(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  let failed: Error | undefined;
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1, $2)', LOCK_KEYS);
    await client.query('CREATE SCHEMA IF NOT EXISTS broker');
    await client.query('CREATE TABLE IF NOT EXISTS broker.migration (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())');
    const { rows } = await client.query<{ name: string }>('SELECT name FROM broker.migration');
    const applied = new Set(rows.map(({ name }) => name));
    for (const name of MIGRATIONS.filter((candidate) => !applied.has(candidate))) {
      await client.query(readFileSync(new URL(`./${name}.sql`, import.meta.url), 'utf8'));
      await client.query('INSERT INTO broker.migration (name) VALUES ($1)', [name]);
    }
    await client.query('COMMIT');
  } catch (error) {
    failed = error as Error;
    throw error;
  } finally {
    client.release(failed);
  }
}
