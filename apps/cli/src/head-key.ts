import { openKeys, openPool, type HeadKey } from '#ledger';
import { ConfigError, keySettings, keysSettingsOf, readConfig } from '#platform';
import { z } from 'zod';
import { CliError } from './cli-error.js';
import type { Connection } from './connection.js';
import type { Context } from './context.js';

/** The key that signs what this Docket says of its log. It lies where the keys that wrap the grants' keys lie. */
export async function openHeadKey(connection: Connection, { terminal }: Context): Promise<HeadKey> {
  if (connection.database === undefined) throw new CliError('the credentials file names no database: set DATABASE_URL');
  const pool = openPool({ connectionString: connection.database });
  try {
    const given = readConfig(z.object(keySettings), terminal.environment);
    const keyring = await openKeys({ pool, config: { ...keysSettingsOf({ ...given, DATA_DIR: '' }, false), file: connection.keyringFile } });
    const key = keyring.headKeys?.[0];
    if (key === undefined) throw new CliError('there is no key to sign with: start Docket once with this keyring');
    return key;
  } catch (error) {
    if (error instanceof ConfigError) throw new CliError(error.message);
    throw error;
  } finally {
    await pool.end();
  }
}
