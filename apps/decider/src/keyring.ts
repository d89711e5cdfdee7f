import { existsSync } from 'node:fs';
import type pg from 'pg';
import { DocketError } from '#errors';
import { openKeyring } from '#ledger';
import type { Keyring } from '#ledger';

/**
 * Opens the keyring that belongs to a database. A new one is made only for a database that holds no keys yet: beside
 * keys that another one wraps it would only hide that the right one is missing.
 */
export async function openKeyringOf(pool: Pick<pg.Pool, 'query'>, { file, create }: { readonly file: string; readonly create: boolean }): Promise<Keyring> {
  if (create && !existsSync(file) && await holdsKeys(pool)) {
    throw new DocketError('failed_precondition', {
      reason: 'KEYRING_MISSING',
      message: `the keyring file ${file} does not exist, but this database holds keys that it wraps; restore the keyring that belongs to this database`,
    });
  }
  return await openKeyring({ file, create });
}

async function holdsKeys(pool: Pick<pg.Pool, 'query'>): Promise<boolean> {
  try {
    // A query that names a table which is not there yet is refused as a whole: hence two.
    const { rows: [table] } = await pool.query<{ exists: boolean }>("SELECT to_regclass('ledger.grant_key') IS NOT NULL AS exists");
    if (table?.exists !== true) return false;
    const { rows: [key] } = await pool.query<{ exists: boolean }>('SELECT EXISTS (SELECT FROM ledger.grant_key WHERE kek_id IS NOT NULL) AS exists');
    return key?.exists === true;
  } catch (cause) {
    const { code } = cause as { code?: string };
    throw new DocketError('unavailable', { reason: 'DATABASE_UNAVAILABLE', message: `the database of DATABASE_URL cannot be asked for its keys: ${code ?? (cause as Error).message}`, cause });
  }
}
