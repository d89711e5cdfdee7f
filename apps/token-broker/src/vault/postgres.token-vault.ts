import type pg from 'pg';
import { DocketError } from '#errors';
import type { GrantKey, GrantKeys } from '#ledger';
import { Secret } from '#platform';
import { migrateVault } from './migrate.js';
import type { TokenVault, VaultAddress } from './token-vault.js';

export interface PostgresTokenVaultOptions {
  readonly pool: pg.Pool;
  /** Prepared. Holds one key per connection, wrapped by the keyring's key-encryption key. */
  readonly keys: GrantKeys;
}

const UNIQUE_VIOLATION = '23505';
/** Longer than a mint may take. */
const PRUNE_AFTER = '5 minutes';

/** The vault in PostgreSQL: each value sealed under its connection's own key, bound to tenant, connection, kind and version. */
export class PostgresTokenVault implements TokenVault {
  readonly #pool: pg.Pool;
  readonly #keys: GrantKeys;

  constructor({ pool, keys }: PostgresTokenVaultOptions) {
    this.#pool = pool;
    this.#keys = keys;
  }

  /** Creates its table if it is missing. */
  async prepare(): Promise<void> {
    await reached(() => migrateVault(this.#pool));
  }

  async put(address: VaultAddress, value: Secret): Promise<void> {
    const { key, number } = await this.#sealingKey(address);
    const sealed = `k${number}.${key.seal(Buffer.from(value.reveal()), aadOf(address, number))}`;
    const { tenant, connectionId, kind, version } = address;
    await reached(() => this.#pool.query(
      'INSERT INTO broker.token_vault (tenant, connection_id, kind, version, sealed) VALUES ($1, $2, $3, $4, $5)', [tenant, connectionId, kind, version, sealed]));
  }

  async get(address: VaultAddress): Promise<Secret | undefined> {
    const { tenant, connectionId, kind, version } = address;
    const { rows: [row] } = await reached(() => this.#pool.query<{ sealed: string }>(
      'SELECT sealed FROM broker.token_vault WHERE tenant = $1 AND connection_id = $2 AND kind = $3 AND version = $4', [tenant, connectionId, kind, version]));
    if (row === undefined) return undefined;
    const { 1: number, 2: sealed } = SEALED.exec(row.sealed) ?? [];
    const key = number === undefined ? undefined : await this.#keys.get(keyIdOf(address, Number(number)));
    if (number === undefined || sealed === undefined || key === undefined) {
      throw new DocketError('data_loss', { reason: 'SEAL_BROKEN', message: `a sealed value of connection ${connectionId} names no key that there is: it was changed` });
    }
    return new Secret(Buffer.from(key.open(sealed, aadOf(address, Number(number)))).toString());
  }

  async remove({ tenant, connectionId, kind, version }: VaultAddress): Promise<void> {
    await reached(() => this.#pool.query('DELETE FROM broker.token_vault WHERE tenant = $1 AND connection_id = $2 AND kind = $3 AND version = $4', [tenant, connectionId, kind, version]));
  }

  async list(kind: VaultAddress['kind'], max: number): Promise<VaultAddress[]> {
    const { rows } = await reached(() => this.#pool.query<VaultAddress>(
      'SELECT tenant, connection_id AS "connectionId", kind, version FROM broker.token_vault WHERE kind = $1 ORDER BY created_at LIMIT $2', [kind, max]));
    return rows;
  }

  async newerSecret({ tenant, connectionId }: Pick<VaultAddress, 'tenant' | 'connectionId'>, version: string): Promise<string | undefined> {
    const { rows: [row] } = await reached(() => this.#pool.query<{ version: string }>(
      `SELECT n.version FROM broker.token_vault AS n JOIN broker.token_vault AS c USING (tenant, connection_id, kind)
        WHERE tenant = $1 AND connection_id = $2 AND kind = 'secret' AND c.version = $3 AND n.created_at > c.created_at ORDER BY n.created_at DESC LIMIT 1`, [tenant, connectionId, version]));
    return row?.version;
  }

  async prune({ tenant, connectionId, kind }: Omit<VaultAddress, 'version'>, keep: readonly string[]): Promise<number> {
    const { rowCount } = await reached(() => this.#pool.query(
      `DELETE FROM broker.token_vault WHERE tenant = $1 AND connection_id = $2 AND kind = $3 AND version <> ALL ($4) AND created_at < now() - $5::interval
         AND (kind <> 'secret' OR cardinality($4::text[]) = 0 OR created_at < (
           SELECT max(created_at) FROM broker.token_vault WHERE tenant = $1 AND connection_id = $2 AND kind = $3 AND version = ANY ($4)))`,
      [tenant, connectionId, kind, keep, PRUNE_AFTER]));
    return rowCount ?? 0;
  }

  async tokenFingerprint(tenant: string, token: Secret): Promise<string> {
    return (await this.#keyOf(`tenant/${tenant}`)).hmac(token.reveal());
  }

  async fingerprint(of: Pick<VaultAddress, 'tenant' | 'connectionId'>, token: Secret): Promise<string> {
    return (await this.#key(of)).hmac(token.reveal());
  }

  #key(of: Pick<VaultAddress, 'tenant' | 'connectionId'>): Promise<GrantKey> {
    return this.#keyOf(keyIdOf(of, 1));
  }

  /** The connection's newest key: the next one begins when half of what one may seal is used (NIST SP 800-38D, 8.3). */
  async #sealingKey(of: Pick<VaultAddress, 'tenant' | 'connectionId'>): Promise<{ readonly key: GrantKey; readonly number: number }> {
    for (let number = 1; ; number += 1) {
      const key = await this.#keyOf(keyIdOf(of, number));
      if (key.isWorn !== true) return { key, number };
    }
  }

  /** Connections' and tenants' keys stand beside grants' keys; a grant's id has no slash, so none can be taken for another. */
  async #keyOf(id: string): Promise<GrantKey> {
    const known = await this.#keys.get(id);
    if (known) return known;
    await this.#keys.create(id);
    const made = await this.#keys.get(id);
    if (!made) throw new DocketError('data_loss', { reason: 'CONNECTION_KEY_LOST', message: `the key of ${id} vanished while it was made` });
    return made;
  }
}

/** Which of the connection's keys it is under, and the sealed value. */
const SEALED = /^k([1-9]\d{0,5})\.([A-Za-z0-9+/=]+)$/;

/** Derivations and fingerprints are of the first one, for ever: they must stay comparable. */
function keyIdOf({ tenant, connectionId }: Pick<VaultAddress, 'tenant' | 'connectionId'>, number: number): string {
  return `connection/${tenant}/${connectionId}${number === 1 ? '' : `/${number}`}`;
}

/** No part may contain a bar: ids are slugs, versions hex. */
function aadOf({ tenant, connectionId, kind, version }: VaultAddress, number: number): string {
  return `docket token vault v1|${tenant}|${connectionId}|${kind}|${version}|k${number}`;
}

async function reached<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as { code?: string };
    // No cause: a database error can quote the row.
    if (code === UNIQUE_VIOLATION) throw new DocketError('already_exists', { reason: 'VAULT_VERSION_EXISTS', message: 'this version of a sealed value was written before' });
    throw new DocketError('unavailable', { reason: 'VAULT_UNAVAILABLE', message: `the token vault cannot be reached${code === undefined ? '' : `: ${code}`}`, retryAfterMs: 1_000 });
  }
}
