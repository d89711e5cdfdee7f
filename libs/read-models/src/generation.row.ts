import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** One table that one version of a projection fills. */
@Entity({ schema: 'docket_tables', name: 'generation' })
export class GenerationRow {
  @PrimaryGeneratedColumn('identity', { type: 'integer' }) id!: number;
  @Column({ type: 'text' }) projection!: string;
  @Column({ type: 'integer' }) version!: number;
  @Column({ type: 'text' }) topic!: string;
  @Column({ type: 'text' }) table_name!: string;
  @Column({ type: 'text' }) state!: 'building' | 'live' | 'retired';
  @Column({ type: 'integer', nullable: true }) stopped_partition!: number | null;
  @Column({ type: 'bigint', nullable: true }) stopped_offset!: string | null;
  @Column({ type: 'text', nullable: true }) stopped_reason!: string | null;
}
