import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** What is remembered of one of people's own projections. */
export interface OwnGeneration {
  readonly schema: string;
  /** Qualified tables, by the name of the view that shows each. */
  readonly tables: Readonly<Record<string, string>>;
  /** Where its file was. */
  readonly file: string;
  /** SHA-256 of what it declares, and of what part of the log it is made from: another one is built anew. */
  readonly identity: string;
  /** For people, such as ` as of 2026-01-01T00:00:00.000Z`; '' for all of the log. */
  readonly range: string;
  /** As given; null: not. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

/** One table that one version of a projection fills. */
@Entity({ schema: 'docket_tables', name: 'generation' })
export class GenerationRow {
  @PrimaryGeneratedColumn('identity', { type: 'integer' }) id!: number;
  @Column({ type: 'text' }) projection!: string;
  @Column({ type: 'integer' }) version!: number;
  @Column({ type: 'text' }) topic!: string;
  @Column({ type: 'text' }) table_name!: string;
  @Column({ type: 'text' }) state!: 'building' | 'live' | 'retired';
  @Column({ type: 'boolean' }) indexed!: boolean;
  /** null: one of Docket’s. */
  @Column({ type: 'jsonb', nullable: true }) own!: OwnGeneration | null;
  @Column({ type: 'integer', nullable: true }) stopped_partition!: number | null;
  @Column({ type: 'bigint', nullable: true }) stopped_offset!: string | null;
  @Column({ type: 'text', nullable: true }) stopped_reason!: string | null;
}
