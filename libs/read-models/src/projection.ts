import type { EventLog, Position, ResumeState } from '#ledger';
import type { Transaction } from './database.js';
import type { ReadModels } from './read-models.js';

/** What projections need of a log: an EventLog, or what reads in its place (archived files, several partitions at once). */
export type LogReader = Pick<EventLog, 'read' | 'endOffset'>;

/** A valid event and where it stands. */
export interface ProjectedEvent<E> {
  readonly event: E;
  readonly at: Position;
}

/** A stretch of one partition: all its valid events between two places. Records that are void are not in it. */
export interface Batch<E> {
  readonly partition: number;
  readonly from: ResumeState;
  readonly to: ResumeState;
  readonly events: readonly ProjectedEvent<E>[];
}

/** Where a writer writes, and from where it goes on. */
export interface Target {
  /** The table, qualified. */
  readonly table: string;
  readonly generation: number;
  /** By partition. */
  readonly positions: readonly ResumeState[];
  readonly readModels: ReadModels;
  readonly log: LogReader;
}

/**
 * Turns events into rows inside the transaction that moves the checkpoint: what it writes is there if and only if the
 * checkpoint has moved. It may keep state between batches; after any failure it is thrown away and made anew.
 */
export interface Writer<E> {
  write(transaction: Transaction, batches: readonly Batch<E>[]): Promise<void>;
}

/**
 * A named, versioned way from events to rows. Its table is made from `<file>.sql` and shown as the view that
 * `<file>.view.sql` makes, both in `projections/`; a change of either, or of what is written, is a new version.
 */
export interface Projection<E> {
  readonly name: string;
  readonly version: number;
  readonly topic: string;
  /** Name of the SQL files, without ending. What `<file>.indexes.sql` makes, if there is one, waits until a table that is being built is full. */
  readonly file: string;
  open(target: Target): Writer<E> | Promise<Writer<E>>;
}
