import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ResumeState } from '#ledger';

/** Where a projection stands in one partition. */
@Entity({ schema: 'docket', name: 'projection_checkpoint' })
export class CheckpointRow {
  @PrimaryColumn({ type: 'text' }) projection!: string;
  @PrimaryColumn({ type: 'text' }) topic!: string;
  @PrimaryColumn({ type: 'integer' }) log_partition!: number;
  @Column({ type: 'bigint' }) next_offset!: string;
  @Column({ type: 'jsonb' }) resume!: ResumeState;
}
