import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { DocketError } from '#errors';
import { Lru } from './grant-keys.lru.js';
import { SealCounts } from './grant-keys.seals.js';
import { unwrapSecret, wrapSecret } from './grant-keys.wrap.js';
import type { Keyring } from './keyring.js';
import { durabilityViolations } from './postgres/durability.js';
import { withPostgresErrors } from './postgres/errors.js';
import { migrate } from './postgres/migrations.js';
import { DerivedGrantKey, grantKeyErased, type GrantKey } from './seal.js';

export interface GrantKeysOptions {
  readonly pool: pg.Pool;
  readonly keyring: Keyring;
  /** Keys held in memory; the others are read from PostgreSQL when they are needed. */
  readonly cacheMax?: number;
}

/** What is known about a grant's key: `erased` stays distinguishable from `missing` for ever. */
export type GrantKeyStatus = 'active' | 'erased' | 'missing';

/** One random key per grant, wrapped by the keyring's key-encryption key, in the table `ledger.grant_key`. */
export class GrantKeys {
  readonly #pool: pg.Pool;
  readonly #keyring: Keyring;
  readonly #cache: Lru<DerivedGrantKey>;
  readonly #loading = new Map<string, Promise<DerivedGrantKey | undefined>>();
  readonly #seals: SealCounts;

  constructor({ pool, keyring, cacheMax = 50_000 }: GrantKeysOptions) {
    this.#pool = pool;
    this.#keyring = keyring;
    this.#cache = new Lru(cacheMax);
    this.#seals = new SealCounts((text, values) => this.#query(text, values));
  }

  /**
   * Creates the table if it is missing. Rejects with DocketError failed_precondition: KEYRING_MISMATCH if the keyring
   * lacks a key that wraps some of the grants' keys, KEY_STORE_SETTINGS if PostgreSQL could lose what it committed.
   */
  async prepare(): Promise<void> {
    const violations = await withPostgresErrors('the key table', async () => {
      await migrate(this.#pool);
      return durabilityViolations(this.#pool);
    });
    if (violations.length > 0) {
      throw new DocketError('failed_precondition', {
        reason: 'KEY_STORE_SETTINGS', message: 'PostgreSQL could lose the keys of grants in a crash', violations,
      });
    }
    const { rows } = await this.#query<{ kek_id: string }>('SELECT DISTINCT kek_id FROM ledger.grant_key WHERE kek_id IS NOT NULL');
    const missing = (): string[] => rows.filter(({ kek_id: id }) => !this.#keyring.get(id)).map(({ kek_id: id }) => id);
    if (missing().length > 0) await this.#keyring.refresh?.();
    const unknown = missing();
    if (unknown.length > 0) {
      throw new DocketError('failed_precondition', {
        reason: 'KEYRING_MISMATCH',
        message: `this database holds keys wrapped by key ${unknown.join(', ')}, which is not at hand; start with the keyring file, KEK, KEK_FILE or KMS_KEY_ID that this database was written with`,
      });
    }
  }

  /** For metrics. */
  get counts(): { readonly seals: number; readonly cached: number } {
    return { seals: this.#seals.total, cached: this.#cache.size };
  }

  /** Makes the grant's key, durably, unless it has one. Rejects with DocketError failed_precondition / GRANT_KEY_ERASED if it had one. */
  async create(grantId: string): Promise<void> {
    const secret = randomBytes(32);
    // After a rotation the new key wraps, also here, where nothing has shown yet that there is one.
    await this.#keyring.refresh?.();
    const { rowCount } = await this.#query(
      'INSERT INTO ledger.grant_key (grant_id, kek_id, wrapped) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
      [grantId, this.#keyring.currentId, wrapSecret(this.#keyring, grantId, secret)]);
    if (rowCount === 0 && (await this.status(grantId)) === 'erased') throw grantKeyErased(grantId);
  }

  /** The grant's key, at once if it is in memory; undefined if there is none (see `status`). */
  get(grantId: string): GrantKey | Promise<GrantKey | undefined> {
    return this.#cache.get(grantId) ?? this.#loading.get(grantId) ?? this.#load(grantId);
  }

  /**
   * The same for opening values, which is not done for every call: asks the database whether the key is still there, so
   * that nothing is opened once `destroy` has returned anywhere, whatever this process has in memory.
   */
  async getCurrent(grantId: string): Promise<GrantKey | undefined> {
    if ((await this.status(grantId)) === 'active') return this.get(grantId);
    this.forget(grantId);
    return undefined;
  }

  async status(grantId: string): Promise<GrantKeyStatus> {
    const { rows: [row] } = await this.#query<{ erased: boolean }>('SELECT wrapped IS NULL AS erased FROM ledger.grant_key WHERE grant_id = $1', [grantId]);
    if (row === undefined) return 'missing';
    return row.erased ? 'erased' : 'active';
  }

  /**
   * Destroys keys, and with each of them every value sealed under it; a tombstone stays, so that it can never be made
   * again. Those that are destroyed already cost next to nothing. Other processes must `forget` what they hold in memory.
   */
  async destroy(grantIds: readonly string[]): Promise<void> {
    const { rowCount } = await this.#query(
      `INSERT INTO ledger.grant_key (grant_id, erased_at) SELECT DISTINCT id, now() FROM unnest($1::text[]) AS id ORDER BY id
       ON CONFLICT (grant_id) DO UPDATE SET wrapped = NULL, kek_id = NULL, erased_at = now() WHERE grant_key.erased_at IS NULL`, [grantIds]);
    for (const grantId of grantIds) this.forget(grantId);
    // PostgreSQL keeps the row's former version, with the wrapped key, until it is vacuumed away. Best effort: autovacuum comes later.
    if (rowCount !== null && rowCount > 0) await this.#pool.query('VACUUM ledger.grant_key').catch(() => undefined);
  }

  /** Destroys one key. */
  async erase(grantId: string): Promise<void> {
    await this.destroy([grantId]);
  }

  /** Drops the key from memory and makes the copies that are held elsewhere in this process useless. */
  forget(grantId: string): void {
    this.#cache.get(grantId)?.markErased();
    this.#cache.delete(grantId);
    // A read that began earlier may still bring the key: it is not to be kept.
    this.#loading.delete(grantId);
  }

  #load(grantId: string): Promise<DerivedGrantKey | undefined> {
    const loading = this.#read(grantId).then((key) => {
      if (key && this.#loading.get(grantId) === loading) this.#cache.set(grantId, key);
      return key;
    }).finally(() => {
      if (this.#loading.get(grantId) === loading) this.#loading.delete(grantId);
    });
    this.#loading.set(grantId, loading);
    return loading;
  }

  async #read(grantId: string): Promise<DerivedGrantKey | undefined> {
    const { rows: [row] } = await this.#query<{ wrapped: Buffer | null; seals: string }>('SELECT wrapped, seals FROM ledger.grant_key WHERE grant_id = $1', [grantId]);
    if (!row?.wrapped) return undefined;
    return new DerivedGrantKey(grantId, await this.#unwrap(grantId, row.wrapped), this.#seals.of(grantId, Number(row.seals)));
  }

  /** An unknown key-encryption key may be one that another process has made since: a rotation. */
  async #unwrap(grantId: string, wrapped: Buffer): Promise<Buffer> {
    try {
      return unwrapSecret(this.#keyring, grantId, wrapped);
    } catch (error) {
      if (this.#keyring.refresh === undefined || !(error instanceof DocketError) || error.reason !== 'KEYRING_MISMATCH') throw error;
      await this.#keyring.refresh();
      return unwrapSecret(this.#keyring, grantId, wrapped);
    }
  }

  #query<R extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<pg.QueryResult<R>> {
    return withPostgresErrors('the key table', () => this.#pool.query<R>(text, values));
  }
}
