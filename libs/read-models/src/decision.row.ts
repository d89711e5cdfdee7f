import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One decided call. */
@Entity({ schema: 'docket', name: 'decisions_v1' })
export class DecisionRow {
  @PrimaryColumn({ type: 'integer' }) log_partition!: number;
  @PrimaryColumn({ type: 'bigint' }) log_offset!: number;
  @Column({ type: 'uuid' }) call_id!: string;
  @Column({ type: 'text' }) grant_id!: string;
  @Column({ type: 'text' }) organisation!: string;
  @Column({ type: 'text' }) server_id!: string;
  @Column({ type: 'text' }) tool!: string;
  @Column({ type: 'text' }) verdict!: string;
  @Column({ type: 'text' }) rule!: string;
  @Column({ type: 'text' }) policy_id!: string;
  @Column({ type: 'text' }) policy_version!: string;
  @Column({ type: 'text' }) session_id!: string;
  @Column({ type: 'text' }) agent!: string;
  @Column({ type: 'timestamptz' }) decided_at!: Date;
  @Column({ type: 'text', nullable: true }) outcome!: string | null;
  @Column({ type: 'timestamptz', nullable: true }) settled_at!: Date | null;
}
