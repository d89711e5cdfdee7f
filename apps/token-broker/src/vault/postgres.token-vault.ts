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
    const key = await this.#key(address);
    const sealed = key.seal(Buffer.from(value.reveal()), aadOf(address));
    const { tenant, connectionId, kind, version } = address;
    await reached(() => this.#pool.query(
      'INSERT INTO broker.token_vault (tenant, connection_id, kind, version, sealed) VALUES ($1, $2, $3, $4, $5)', [tenant, connectionId, kind, version, sealed]));
  }

  async get(address: VaultAddress): Promise<Secret | undefined> {
    const { tenant, connectionId, kind, version } = address;
    const { rows: [row] } = await reached(() => this.#pool.query<{ sealed: string }>(
      'SELECT sealed FROM broker.token_vault WHERE tenant = $1 AND connection_id = $2 AND kind = $3 AND version = $4', [tenant, connectionId, kind, version]));
    if (row === undefined) return undefined;
    const key = await this.#key(address);
    return new Secret(Buffer.from(key.open(row.sealed, aadOf(address))).toString());
  }

  async prune({ tenant, connectionId, kind }: Omit<VaultAddress, 'version'>, keep: readonly string[]): Promise<number> {
    const { rowCount } = await reached(() => this.#pool.query(
      `DELETE FROM broker.token_vault WHERE tenant = $1 AND connection_id = $2 AND kind = $3 AND version <> ALL ($4) AND created_at < now() - $5::interval`,
      [tenant, connectionId, kind, keep, PRUNE_AFTER]));
    return rowCount ?? 0;
  }

  async tokenFingerprint(tenant: string, token: Secret): Promise<string> {
    return (await this.#keyOf(`tenant/${tenant}`)).hmac(token.reveal());
  }

  async fingerprint(of: Pick<VaultAddress, 'tenant' | 'connectionId'>, token: Secret): Promise<string> {
    return (await this.#key(of)).hmac(token.reveal());
  }

  #key({ tenant, connectionId }: Pick<VaultAddress, 'tenant' | 'connectionId'>): Promise<GrantKey> {
    return this.#keyOf(`connection/${tenant}/${connectionId}`);
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

/** No part may contain a bar: ids are slugs, versions hex. */
function aadOf({ tenant, connectionId, kind, version }: VaultAddress): string {
  return `docket token vault v1|${tenant}|${connectionId}|${kind}|${version}`;
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
