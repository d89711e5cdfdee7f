import { IsNull } from 'typeorm';
import type { Transaction } from './database.js';
import { GenerationRow, type OwnGeneration } from './generation.row.js';
import { hasSql, sqlOf } from './migrate.js';
import type { Projection } from './projection.js';
import type { ReadModels } from './read-models.js';

// "dock", 4: one process at a time makes and switches tables.
const LOCK_KEYS = [0x646f636b, 4];

/**
 * New readers of a view wait behind whoever wants to change it. Less than PostgreSQL's deadlock_timeout: of a reader and
 * a switch that wait for each other, the switch gives way.
 */
export const SWITCH_WAIT_MS = 500;

/** lock_not_available: a transaction that has not ended reads it. */
export const isInUse = (error: unknown): boolean => (error as { code?: unknown } | undefined)?.code === '55P03';

/** A table that a projection fills, and how it stands. */
export interface Generation {
  readonly id: number;
  readonly projection: string;
  readonly version: number;
  readonly topic: string;
  /** Qualified. */
  readonly table: string;
  readonly state: 'building' | 'live';
  /** false: some indexes wait until it is full. */
  readonly indexed: boolean;
  /** Of one of people's own projections. */
  readonly own: OwnGeneration | undefined;
  readonly stopped: { readonly partition: number; readonly offset: number; readonly reason: string } | undefined;
}

/** The tables of all projections: which are live, which are being built. */
export class Generations {
  constructor(private readonly readModels: ReadModels) {}

  /** Those that are live or being built, of these projections or of all. */
  async list(): Promise<Generation[]> {
    const rows = await this.readModels.source.getRepository(GenerationRow).find({ where: [{ state: 'live' }, { state: 'building' }], order: { id: 'ASC' } });
    return rows.map((row) => ({
      id: row.id, projection: row.projection, version: row.version, topic: row.topic, table: row.table_name, state: row.state as Generation['state'], indexed: row.indexed, own: row.own ?? undefined,
      stopped: row.stopped_offset === null ? undefined : { partition: row.stopped_partition ?? 0, offset: Number(row.stopped_offset), reason: row.stopped_reason ?? '' },
    }));
  }

  /**
   * Makes sure that each projection has a table of its present version, live if there is no other, else being built
   * beside it; and lets stopped ones try again. Safe to call from several processes at once.
   */
  async ensure(projections: readonly Projection<never>[]): Promise<void> {
    await this.#exclusively(async (transaction) => {
      for (const projection of projections) {
        const { rows } = await transaction.query<{ version: number; state: string }>(
          `SELECT version, state FROM docket_tables.generation WHERE projection = $1 AND state <> 'retired'`, [projection.name]);
        // What its columns mean may be said better since; nobody who reads the view waits for that.
        if (rows.some(({ version, state }) => version === projection.version && state === 'live')) await transaction.query(commentsOf(projection));
        if (rows.some(({ version }) => version === projection.version)) continue;
        await transaction.query(`UPDATE docket_tables.generation SET state = 'retired' WHERE projection = $1 AND state = 'building'`, [projection.name]);
        const live = !rows.some(({ state }) => state === 'live');
        const { table } = await create(transaction, projection, live ? 'live' : 'building');
        if (live) await show(transaction, projection, table);
      }
    });
  }

  /** Lets what has stopped at an event try again: a new program may be able to apply it. People's own are run again by them. */
  async resumeStopped(): Promise<void> {
    await this.readModels.source.query(
      'UPDATE docket_tables.generation SET stopped_partition = NULL, stopped_offset = NULL, stopped_reason = NULL, stopped_at = NULL WHERE stopped_at IS NOT NULL AND own IS NULL');
  }

  /** The generation that is being built, or a new one; `fresh` throws away one that was begun. */
  async build(projection: Projection<never>, fresh: boolean): Promise<Generation> {
    await this.#exclusively(async (transaction) => {
      const keep = fresh ? -1 : projection.version;
      await transaction.query(`UPDATE docket_tables.generation SET state = 'retired' WHERE projection = $1 AND state = 'building' AND version <> $2`, [projection.name, keep]);
      const { rowCount } = await transaction.query(`SELECT FROM docket_tables.generation WHERE projection = $1 AND state = 'building'`, [projection.name]);
      if (rowCount === 0) await create(transaction, projection, 'building');
    });
    return (await this.list()).find(({ projection: name, state }) => name === projection.name && state === 'building')!;
  }

  /**
   * Shows the built table instead of the live one, if it stands where that one stands in every partition. Whoever writes
   * either waits meanwhile, so a transaction of somebody who reads the view is not waited for.
   */
  async switchTo(projection: Projection<never>, built: Generation): Promise<'shown' | 'behind' | 'in use'> {
    return this.#exclusively<'shown' | 'behind'>(async (transaction) => {
      await transaction.query(`SELECT id FROM docket_tables.generation WHERE projection = $1 AND state <> 'retired' ORDER BY id FOR UPDATE`, [projection.name]);
      const { rowCount: behind } = await transaction.query(
        `SELECT FROM docket_tables.checkpoint AS c JOIN docket_tables.generation AS g ON g.id = c.generation_id
           LEFT JOIN docket_tables.checkpoint AS b ON b.generation_id = $2 AND b.log_partition = c.log_partition
          WHERE g.projection = $1 AND g.state = 'live' AND coalesce(b.next_offset, 0) < c.next_offset`, [projection.name, built.id]);
      if (behind !== 0) return 'behind';
      await transaction.query(`UPDATE docket_tables.generation SET state = 'retired' WHERE projection = $1 AND state = 'live'`, [projection.name]);
      await transaction.query(`UPDATE docket_tables.generation SET state = 'live', live_at = now() WHERE id = $1`, [built.id]);
      await transaction.query(`SET LOCAL lock_timeout = '${SWITCH_WAIT_MS}'`);
      await show(transaction, projection, built.table);
      return 'shown';
    }).catch((error: unknown) => {
      if (isInUse(error)) return 'in use';
      throw error;
    });
  }

  /** Makes the indexes that have waited until the table is full. */
  async index(projection: Projection<never>, { id, table }: Generation): Promise<void> {
    await this.readModels.transaction(async (transaction) => {
      await transaction.slowly(sqlOf(`projections/${projection.file}.indexes`).replaceAll('{table}', table));
      await transaction.query('UPDATE docket_tables.generation SET indexed = true WHERE id = $1', [id]);
      return { commit: true, value: undefined };
    });
  }

  /** Stops one generation at an event that it cannot apply. */
  async stop(id: number, partition: number, offset: number, reason: string): Promise<void> {
    await this.readModels.source.getRepository(GenerationRow).update({ id, stopped_offset: IsNull() }, { stopped_partition: partition, stopped_offset: String(offset), stopped_reason: reason.slice(0, 1_000) });
    await this.readModels.source.query('UPDATE docket_tables.generation SET stopped_at = now() WHERE id = $1 AND stopped_at IS NULL', [id]);
  }

  /** Removes tables that no view shows any more. One that somebody is reading stays until the next time. */
  async dropRetired(): Promise<void> {
    const retired = await this.readModels.source.getRepository(GenerationRow).findBy({ state: 'retired' });
    for (const { id, table_name, own } of retired) {
      await this.readModels.transaction(async (transaction) => {
        await transaction.query(`SET LOCAL lock_timeout = '2s'`);
        for (const table of own === null ? [table_name, `${table_name}_state`] : Object.values(own.tables)) await transaction.query(`DROP TABLE IF EXISTS ${table}`);
        await transaction.query('DELETE FROM docket_tables.generation WHERE id = $1', [id]);
        return { commit: true, value: undefined };
      }).catch(() => undefined);
    }
  }

  #exclusively<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.readModels.transaction(async (transaction) => {
      await transaction.query('SELECT pg_advisory_xact_lock($1, $2)', LOCK_KEYS);
      return { commit: true, value: await work(transaction) };
    });
  }
}

async function create(transaction: Transaction, projection: Projection<never>, state: Generation['state']): Promise<{ table: string }> {
  const { name, version, topic } = projection;
  const { rows: [next] } = await transaction.query<{ id: number }>(`SELECT nextval(pg_get_serial_sequence('docket_tables.generation', 'id'))::integer AS id`);
  const table = `docket_tables.${name}_v${version}_g${next!.id}`;
  const indexes = `projections/${projection.file}.indexes`;
  const indexed = state === 'live' || !hasSql(indexes);
  await transaction.query(
    `INSERT INTO docket_tables.generation (id, projection, version, topic, table_name, state, live_at, indexed) OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [next!.id, name, version, topic, table, state, state === 'live' ? new Date() : null, indexed]);
  await transaction.query(sqlOf(`projections/${projection.file}`).replaceAll('{table}', table));
  if (indexed && hasSql(indexes)) await transaction.query(sqlOf(indexes).replaceAll('{table}', table));
  return { table };
}

/** The end of the view's file: what its columns mean. */
function commentsOf(projection: Projection<never>): string {
  const text = sqlOf(`projections/${projection.file}.view`);
  return text.slice(text.indexOf('COMMENT ON'));
}

async function show(transaction: Transaction, projection: Projection<never>, table: string): Promise<void> {
  await transaction.query(sqlOf(`projections/${projection.file}.view`).replaceAll('{table}', table));
}
