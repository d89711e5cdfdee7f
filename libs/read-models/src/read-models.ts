import { DataSource } from 'typeorm';
import { INITIAL_RESUME_STATE } from '#ledger';
import type { ResumeState } from '#ledger';
import { CheckpointRow } from './checkpoint.row.js';
import { DecisionRow } from './decision.row.js';
import { migrate } from './migrate.js';
import type { ProjectedEvent, Projection } from './projection.js';

/** The read models' PostgreSQL: rows and checkpoints of projections, moved on together. */
export class ReadModels {
  private constructor(private readonly source: DataSource) {}

  /** Connects and brings the tables up to date. Rejects with the database's error. */
  static async open(connectionString: string): Promise<ReadModels> {
    const source = new DataSource({
      type: 'postgres', url: connectionString, entities: [DecisionRow, CheckpointRow], synchronize: false, logging: false, applicationName: 'docket projector',
      extra: { max: 4, connectionTimeoutMillis: 5_000, query_timeout: 30_000 },
      // A lost idle connection is replaced when the next one is needed.
      poolErrorHandler: () => undefined,
    });
    await source.initialize();
    try {
      await migrate(source);
    } catch (error) {
      await source.destroy();
      throw error;
    }
    return new ReadModels(source);
  }

  /** Where a projection stands in a partition. */
  async checkpoint(projection: string, topic: string, partition: number): Promise<ResumeState> {
    const row = await this.source.getRepository(CheckpointRow).findOneBy({ projection, topic, log_partition: partition });
    return row?.resume ?? INITIAL_RESUME_STATE;
  }

  /**
   * Writes a batch's rows and moves the checkpoint from `from` to `to`, both or neither. Resolves to false, and changes
   * nothing, if the checkpoint is not at `from` any more: another process was quicker.
   */
  async apply<E>(projection: Projection<E>, partition: number, from: ResumeState, to: ResumeState, events: readonly ProjectedEvent<E>[]): Promise<boolean> {
    return await this.source.transaction(async (manager) => {
      const key = [projection.name, projection.topic, partition];
      const moved: unknown[] = await manager.query(
        `INSERT INTO docket.projection_checkpoint AS c (projection, topic, log_partition, next_offset, resume)
         SELECT $1, $2, $3, $4::bigint, $5::jsonb WHERE $6::bigint = 0
         ON CONFLICT (projection, topic, log_partition) DO NOTHING RETURNING 1`,
        [...key, to.offset, JSON.stringify(to), from.offset],
      );
      if (moved.length === 0) {
        const updated: [unknown[], number] = await manager.query(
          'UPDATE docket.projection_checkpoint SET next_offset = $4, resume = $5, updated_at = now() WHERE projection = $1 AND topic = $2 AND log_partition = $3 AND next_offset = $6',
          [...key, to.offset, JSON.stringify(to), from.offset],
        );
        if (updated[1] === 0) return false;
      }
      await projection.write(manager, events);
      return true;
    });
  }

  async close(): Promise<void> {
    await this.source.destroy();
  }
}
