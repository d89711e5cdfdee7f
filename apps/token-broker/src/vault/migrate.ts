import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { applyMigrations } from '#ledger';

/** Creates the schema `broker` and its tables, or brings them up to date. Safe to call from several processes at once. */
export function migrateVault(pool: pg.Pool): Promise<void> {
  return applyMigrations(pool, {
    schema: 'broker',
    // "dock", 6
    lockKeys: [0x646f636b, 6],
    names: ['0001_token_vault', '0002_revocation'],
    sqlOf: (name) => readFileSync(new URL(`./${name}.sql`, import.meta.url), 'utf8'),
  });
}
