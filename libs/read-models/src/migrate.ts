import { existsSync, readFileSync } from 'node:fs';
import type { DataSource } from 'typeorm';

// "dock", 3: one process at a time changes the tables.
const LOCK_KEYS = [0x646f636b, 3];
const MIGRATIONS = ['0001_decisions', '0002_projections', '0003_reader', '0004_own', '0005_comments'] as const;

/** The text of a file beside this one. */
export function sqlOf(path: string): string {
  return readFileSync(new URL(`./${path}.sql`, import.meta.url), 'utf8');
}

/** Whether there is such a file. */
export function hasSql(path: string): boolean {
  return existsSync(new URL(`./${path}.sql`, import.meta.url));
}

/** Creates the schemas `docket` and `docket_tables`, or brings them up to date. Safe to call from several processes at once. */
export async function migrate(source: DataSource): Promise<void> {
  await source.transaction(async (manager) => {
    await manager.query('SELECT pg_advisory_xact_lock($1, $2)', LOCK_KEYS);
    await manager.query('CREATE SCHEMA IF NOT EXISTS docket');
    await manager.query('CREATE TABLE IF NOT EXISTS docket.migration (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())');
    const applied = new Set((await manager.query<{ name: string }[]>('SELECT name FROM docket.migration')).map(({ name }) => name));
    for (const name of MIGRATIONS.filter((candidate) => !applied.has(candidate))) {
      await manager.query(sqlOf(`migrations/${name}`));
      await manager.query('INSERT INTO docket.migration (name) VALUES ($1)', [name]);
    }
  });
}
