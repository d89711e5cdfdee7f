import type pg from 'pg';
import type { ResumeState, SnapshotStore, StoredSnapshot } from './resume-state.js';
import { withPostgresErrors } from './postgres/errors.js';
import { migrate } from './postgres/migrations.js';

export interface PostgresSnapshotStoreOptions {
  readonly pool: pg.Pool;
  /** How many of the newest snapshots of each partition stay; the older ones are a reader's way out if the newest is of no use. */
  readonly keep?: number;
}

interface SnapshotRow {
  resume: ResumeState;
  state: string;
  state_hash: string;
}

/** Snapshots in the table `ledger.snapshot`. */
export class PostgresSnapshotStore implements SnapshotStore {
  readonly #pool: pg.Pool;
  readonly #keep: number;

  constructor({ pool, keep = 3 }: PostgresSnapshotStoreOptions) {
    this.#pool = pool;
    this.#keep = keep;
  }

  /** Creates the table if it is missing. */
  async prepare(): Promise<void> {
    await withPostgresErrors('the snapshot table', () => migrate(this.#pool));
  }

  async newest(topic: string, partition: number, limit: number): Promise<StoredSnapshot[]> {
    const { rows } = await this.#query<SnapshotRow>(
      `SELECT resume, state, state_hash FROM ledger.snapshot WHERE topic = $1 AND partition = $2
        ORDER BY "offset" DESC, inserted DESC LIMIT $3`, [topic, partition, limit]);
    return rows.map((row) => ({ topic, partition, resume: row.resume, state: row.state, stateHash: row.state_hash }));
  }

  async insert({ topic, partition, resume, state, stateHash }: StoredSnapshot): Promise<void> {
    await this.#query(
      'INSERT INTO ledger.snapshot (topic, partition, "offset", resume, state, state_hash) VALUES ($1, $2, $3, $4, $5, $6)',
      [topic, partition, resume.offset, JSON.stringify(resume), state, stateHash]);
    // By age, not by offset: after a log was replaced by a shorter one the old snapshots must not outlive the new ones.
    await this.#query(
      `DELETE FROM ledger.snapshot WHERE topic = $1 AND partition = $2 AND inserted <= (
         SELECT inserted FROM ledger.snapshot WHERE topic = $1 AND partition = $2 ORDER BY inserted DESC OFFSET $3 LIMIT 1)`,
      [topic, partition, this.#keep]);
  }

  #query<R extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<pg.QueryResult<R>> {
    return withPostgresErrors('the snapshot table', () => this.#pool.query<R>(text, values));
  }
}
