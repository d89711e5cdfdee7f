import { existsSync } from 'node:fs';
import type pg from 'pg';
import { DocketError } from '#errors';
import { openKeyring } from '../keyring.js';
import { withPostgresErrors } from '../postgres/errors.js';
import { migrate } from '../postgres/migrations.js';
import { awsKms, type AwsKmsOptions } from './aws-kms.js';
import { FileKeySource } from './file.key-source.js';
import { GivenKeySource } from './given.key-source.js';
import type { KeySource } from './key-source.js';
import { LiveKeyring } from './live-keyring.js';
import { WrappedKeySource } from './wrapped.key-source.js';

/** Where the key-encryption keys are; see `keySettings` for the variables that say so. */
export interface KeysConfig {
  /** The keyring file: where the keys are unless `kek`, `kekFile` or `kms` is set. */
  readonly file: string;
  /** The file was named, not assumed: beside another source its keys are still read, if it is there. */
  readonly isFileNamed?: boolean;
  /** Make the file, for a database that holds no keys yet. */
  readonly create: boolean;
  readonly kek?: { reveal(): string } | undefined;
  readonly kekFile?: string | undefined;
  readonly kms?: AwsKmsOptions | undefined;
}

/**
 * The keys that wrap what this database holds. Rejects with DocketError failed_precondition where they are missing, exposed
 * or malformed: nothing starts without them. A new keyring file, or a first key under a KMS, is made only for a database that
 * holds no keys yet: beside keys that another one wraps it would only hide that the right one is missing.
 */
export async function openKeys({ pool, config }: { readonly pool: pg.Pool; readonly config: KeysConfig }): Promise<LiveKeyring> {
  const { file, isFileNamed = false, create } = config;
  const primary = await givenSource(pool, config);
  if (primary) return LiveKeyring.open(primary, isFileNamed && existsSync(file) ? [new FileKeySource(file)] : []);
  if (!existsSync(file)) {
    if (!create) {
      throw new DocketError('failed_precondition', {
        reason: 'KEYRING_MISSING', message: `there is no key-encryption key: the keyring file ${file} does not exist, and neither KEK, KEK_FILE nor KMS_KEY_ID is set; without one no sealed value can be opened`,
      });
    }
    if (await holdsKeys(pool)) {
      throw new DocketError('failed_precondition', {
        reason: 'KEYRING_MISSING', message: `the keyring file ${file} does not exist, but this database holds keys that it wraps; restore the keyring that belongs to this database`,
      });
    }
    await openKeyring({ file, create: true });
  }
  return LiveKeyring.open(new FileKeySource(file));
}

async function givenSource(pool: pg.Pool, { kek, kekFile, kms, isFileNamed = false }: KeysConfig): Promise<KeySource | undefined> {
  if (kek) return GivenKeySource.ofEnvironment(kek);
  if (kekFile !== undefined) return GivenKeySource.ofFile(kekFile);
  if (kms === undefined) return undefined;
  await withPostgresErrors('the table of keys', () => migrate(pool));
  const source = new WrappedKeySource({ pool, wrapper: await awsKms(kms), label: `AWS KMS, key ${kms.keyId}` });
  await source.prepare(async () => isFileNamed || !(await holdsKeys(pool)));
  return source;
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
