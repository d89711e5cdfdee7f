import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import type pg from 'pg';
import { DocketError } from '#errors';
import { headKeyFromSeed } from '../heads/head-key.js';
import type { HeadKey } from '../heads/signed-head.js';
import type { Keyring } from '../keyring.js';
import { withPostgresErrors } from '../postgres/errors.js';
import { kekId } from './kek-id.js';
import type { KeySource, KeyWrapper } from './key-source.js';

type Purpose = 'kek' | 'head';
interface Row {
  readonly purpose: Purpose;
  readonly id: string;
  readonly wrapper: string;
  readonly wrapped: Buffer;
}

const KEY_BYTES = 32;
/** "dock", 4: one process at a time makes the first keys. */
const LOCK_KEYS = [0x646f636b, 4];

/**
 * Key-encryption keys that a key management service wraps, in the table `ledger.kek`. The service is asked once for each key
 * and process, not for each grant: it may be slow, limited or away while decisions go on.
 */
export class WrappedKeySource implements KeySource {
  readonly label: string;
  readonly #pool: pg.Pool;
  readonly #wrapper: KeyWrapper;
  readonly #keys = new Map<string, KeyObject>();
  readonly #heads = new Map<string, HeadKey>();

  constructor({ pool, wrapper, label }: { readonly pool: pg.Pool; readonly wrapper: KeyWrapper; readonly label: string }) {
    this.label = label;
    this.#pool = pool;
    this.#wrapper = wrapper;
  }

  /** Makes the first keys where there are none, if `mayCreate`: beside keys that others wrap they would only hide that the right ones are missing. */
  async prepare(mayCreate: () => Promise<boolean>): Promise<void> {
    if ((await this.#rows()).some(({ purpose }) => purpose === 'kek')) return;
    if (!(await mayCreate())) throw missing(this.label);
    const made = await Promise.all([this.#newRow('kek'), this.#newRow('head')]);
    await withPostgresErrors('the table of keys', async () => {
      const client = await this.#pool.connect();
      try {
        await client.query('BEGIN');
        await client.query('SELECT pg_advisory_xact_lock($1, $2)', LOCK_KEYS);
        const { rows: [there] } = await client.query("SELECT FROM ledger.kek WHERE purpose = 'kek' LIMIT 1");
        if (there === undefined) for (const row of made) await client.query('INSERT INTO ledger.kek (purpose, id, wrapper, wrapped) VALUES ($1, $2, $3, $4)', [row.purpose, row.id, row.wrapper, row.wrapped]);
        await client.query('COMMIT');
      } catch (error) {
        await client.query('ROLLBACK').catch(() => {});
        throw error;
      } finally {
        client.release();
      }
    });
  }

  async read(): Promise<Keyring> {
    const rows = await this.#rows();
    for (const row of rows) await this.#unwrap(row);
    const newest = rows.findLast(({ purpose }) => purpose === 'kek');
    if (newest === undefined) throw missing(this.label);
    const keys = new Map(rows.filter(({ purpose }) => purpose === 'kek').map(({ id }) => [id, this.#keys.get(id)!]));
    return { currentId: newest.id, ids: [...keys.keys()], get: (id) => keys.get(id), headKeys: rows.filter(({ purpose }) => purpose === 'head').map(({ id }) => this.#heads.get(id)!).reverse() };
  }

  async add(): Promise<Keyring> {
    const row = await this.#newRow('kek');
    await this.#query('INSERT INTO ledger.kek (purpose, id, wrapper, wrapped) VALUES ($1, $2, $3, $4)', [row.purpose, row.id, row.wrapper, row.wrapped]);
    await this.#rewrapHeads();
    return this.read();
  }

  /** Keys that sign heads stay; what wraps them follows the service's key, so that a former one of those can go. */
  async #rewrapHeads(): Promise<void> {
    for (const { purpose, id, wrapper, wrapped } of await this.#rows()) {
      if (purpose !== 'head' || wrapper === this.#wrapper.id) continue;
      const seed = await this.#wrapper.unwrap(wrapped, contextOf(purpose, id), wrapper);
      await this.#query('UPDATE ledger.kek SET wrapper = $2, wrapped = $3 WHERE id = $1', [id, this.#wrapper.id, await this.#wrapper.wrap(seed, contextOf(purpose, id))]);
    }
  }

  async drop(ids: readonly string[]): Promise<Keyring> {
    await this.#query(`DELETE FROM ledger.kek WHERE purpose = 'kek' AND id = ANY ($1) AND seq < (SELECT max(seq) FROM ledger.kek WHERE purpose = 'kek')`, [ids]);
    return this.read();
  }

  /** Oldest first. */
  async #rows(): Promise<Row[]> {
    const { rows } = await this.#query<Row>('SELECT purpose, id, wrapper, wrapped FROM ledger.kek ORDER BY seq');
    return rows;
  }

  async #newRow(purpose: Purpose): Promise<Row> {
    const bytes = randomBytes(KEY_BYTES);
    const id = purpose === 'kek' ? kekId(bytes) : headKeyFromSeed(bytes).id;
    return { purpose, id, wrapper: this.#wrapper.id, wrapped: await this.#wrapper.wrap(bytes, contextOf(purpose, id)) };
  }

  async #unwrap({ purpose, id, wrapper, wrapped }: Row): Promise<void> {
    if (purpose === 'kek' ? this.#keys.has(id) : this.#heads.has(id)) return;
    const bytes = await this.#wrapper.unwrap(wrapped, contextOf(purpose, id), wrapper);
    const head = purpose === 'head' && bytes.length === KEY_BYTES ? headKeyFromSeed(bytes) : undefined;
    if (bytes.length !== KEY_BYTES || (head ? head.id : kekId(bytes)) !== id) {
      throw new DocketError('data_loss', { reason: 'KEK_BROKEN', message: `key ${id} of ${this.label} is not what it was: the row in ledger.kek was changed` });
    }
    if (head) this.#heads.set(id, head);
    else this.#keys.set(id, createSecretKey(bytes));
  }

  #query<R extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<pg.QueryResult<R>> {
    return withPostgresErrors('the table of keys', () => this.#pool.query<R>(text, values));
  }
}

function contextOf(purpose: Purpose, id: string): string {
  return `docket ${purpose} v1 ${id}`;
}

function missing(label: string): DocketError {
  return new DocketError('failed_precondition', {
    reason: 'KEYRING_MISSING', message: `this database holds keys, but none that ${label} wraps: set KEYRING_FILE or KEK to where they were wrapped, beside it, and run docket keys rotate`,
  });
}
