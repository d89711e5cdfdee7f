import { DataSource } from 'typeorm';
import { INITIAL_RESUME_STATE } from '#ledger';
import type { ResumeState } from '#ledger';
import { CheckpointRow } from './checkpoint.row.js';
import { Transaction, type Column } from './database.js';
import { GenerationRow } from './generation.row.js';
import { migrate } from './migrate.js';
import type { Batch, Writer } from './projection.js';

/** One generation and what writes its rows. */
export interface Member<E> {
  readonly generation: number;
  readonly writer: Writer<E>;
}

/** These events cannot become rows, however often it is tried. */
export class CannotApply extends Error {
  constructor(readonly generation: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'CannotApply';
  }
}

/** SQLSTATE classes that say something about the values, not about the server: cardinality, data, integrity, syntax, limits such as that of an index row. */
const ABOUT_VALUES = /^(?:21|22|23|42|54)/;

/** Whether the database will say the same however often it is asked. */
export const isAboutValues = (error: unknown): boolean => ABOUT_VALUES.test((error as { code?: string } | undefined)?.code ?? '');

interface Move {
  readonly generation: number;
  readonly batch: Batch<unknown>;
}

const MOVES: readonly Column<Move>[] = [
  { name: 'generation_id', type: 'int4', of: ({ generation }) => generation },
  { name: 'log_partition', type: 'int4', of: ({ batch }) => batch.partition },
  { name: 'from_offset', type: 'int8', of: ({ batch }) => batch.from.offset },
  { name: 'to_offset', type: 'int8', of: ({ batch }) => batch.to.offset },
  { name: 'resume', type: 'text', of: ({ batch }) => JSON.stringify(batch.to) },
];

export interface ReadModelsOptions {
  /** Shown in pg_stat_activity. */
  readonly name?: string;
  readonly connectionsMax?: number;
  /** false: takes the tables as they are. */
  readonly migrate?: boolean;
  /** Told the id of the server's process behind each new connection. */
  readonly onBackend?: (processId: number) => void;
}

/** The read models' PostgreSQL: rows and checkpoints of projections, moved on together. */
export class ReadModels {
  private constructor(readonly source: DataSource) {}

  /** Connects and brings the tables up to date. Rejects with the database's error. */
  static async open(connectionString: string, { name = 'docket projector', connectionsMax = 4, migrate: migrates = true, onBackend }: ReadModelsOptions = {}): Promise<ReadModels> {
    const source = new DataSource({
      type: 'postgres', url: connectionString, entities: [CheckpointRow, GenerationRow], synchronize: false, logging: false, applicationName: name,
      extra: {
        max: connectionsMax, connectionTimeoutMillis: 5_000, query_timeout: 60_000,
        // Rows and their checkpoint are lost together or not at all, and are read from the log again: nothing to wait for.
        options: '-c synchronous_commit=off',
        ...(onBackend && { onConnect: ({ processID }: { readonly processID: number }) => onBackend(processID) }),
      },
      // A lost idle connection is replaced when the next one is needed.
      poolErrorHandler: () => undefined,
    });
    await source.initialize();
    try {
      if (migrates) await migrate(source);
    } catch (error) {
      await source.destroy();
      throw error;
    }
    return new ReadModels(source);
  }

  /** Where a generation stands in each of so many partitions; makes the checkpoints that are missing. */
  async checkpoints(generation: number, partitions: number): Promise<ResumeState[]> {
    await this.source.query(
      `INSERT INTO docket_tables.checkpoint (generation_id, log_partition) SELECT $1, p FROM generate_series(0, $2::integer - 1) AS p
       WHERE EXISTS (SELECT FROM docket_tables.generation WHERE id = $1) ON CONFLICT DO NOTHING`, [generation, partitions]);
    const rows = await this.source.getRepository(CheckpointRow).findBy({ generation_id: generation });
    const states: ResumeState[] = Array.from({ length: partitions }, () => INITIAL_RESUME_STATE);
    for (const { log_partition, resume } of rows) if (resume !== null) states[log_partition] = resume;
    return states;
  }

  /** Lets a generation that has read nothing of a partition begin at another place than its first record. */
  async startAt(generation: number, starts: readonly (ResumeState | undefined)[]): Promise<void> {
    for (const [partition, resume] of starts.entries()) {
      if (resume === undefined) continue;
      await this.source.query(
        `INSERT INTO docket_tables.checkpoint AS c (generation_id, log_partition, next_offset, resume) VALUES ($1, $2, $3, $4)
         ON CONFLICT (generation_id, log_partition) DO UPDATE SET next_offset = excluded.next_offset, resume = excluded.resume WHERE c.next_offset = 0`,
        [generation, partition, resume.offset, JSON.stringify(resume)]);
    }
  }

  /**
   * Writes the rows of these batches for all members and moves their checkpoints, all or nothing. Resolves to false, and
   * changes nothing, if a member's checkpoint is not at `from` any more, or it is stopped or retired: somebody else was
   * quicker. Rejects with CannotApply if a member cannot, and with the database's error otherwise.
   */
  async apply<E>(members: readonly Member<E>[], batches: readonly Batch<E>[]): Promise<boolean> {
    return this.transaction(async (transaction) => {
      const ids = members.map(({ generation }) => generation);
      // In one order for all who write, so that nobody waits in a circle.
      const locked = await transaction.query(
        `SELECT id FROM docket_tables.generation WHERE id = ANY ($1) AND state <> 'retired' AND stopped_at IS NULL ORDER BY id FOR NO KEY UPDATE`, [ids]);
      if (locked.rowCount !== ids.length) return { commit: false, value: false };
      const moves = ids.flatMap((generation) => batches.map((batch) => ({ generation, batch })));
      const moved = await transaction.update(
        'docket_tables.checkpoint AS c', 'next_offset = given.to_offset, resume = given.resume::jsonb, updated_at = now()', MOVES, moves,
        'c.generation_id = given.generation_id AND c.log_partition = given.log_partition AND c.next_offset = given.from_offset');
      if (moved !== moves.length) return { commit: false, value: false };
      for (const { generation, writer } of members) {
        try {
          await writer.write(transaction, batches);
        } catch (error) {
          const isOfDatabase = transaction.trouble === error && !isAboutValues(error);
          throw isOfDatabase ? error : new CannotApply(generation, error);
        }
      }
      return { commit: true, value: true };
    });
  }

  /** Runs `work` in a transaction; rolls back if it rejects or says so. */
  async transaction<T>(work: (transaction: Transaction) => Promise<{ readonly commit: boolean; readonly value: T }>): Promise<T> {
    const runner = this.source.createQueryRunner();
    try {
      await runner.startTransaction();
      const { commit, value } = await work(await Transaction.of(runner));
      await (commit ? runner.commitTransaction() : runner.rollbackTransaction());
      return value;
    } catch (error) {
      // A connection that is gone cannot roll back; the server has done so.
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      throw error;
    } finally {
      await runner.release();
    }
  }

  async close(): Promise<void> {
    await this.source.destroy();
  }
}
