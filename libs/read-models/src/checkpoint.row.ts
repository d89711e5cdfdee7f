import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ResumeState } from '#ledger';

/** Where a generation stands in one partition. */
@Entity({ schema: 'docket_tables', name: 'checkpoint' })
export class CheckpointRow {
  @PrimaryColumn({ type: 'integer' }) generation_id!: number;
  @PrimaryColumn({ type: 'integer' }) log_partition!: number;
  @Column({ type: 'bigint' }) next_offset!: string;
  /** null before the first record. */
  @Column({ type: 'jsonb', nullable: true }) resume!: ResumeState | null;
}
