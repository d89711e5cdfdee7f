import type { EntityManager } from 'typeorm';
import type { Position } from '#ledger';

/** A valid event and where it stands. */
export interface ProjectedEvent<E> {
  readonly event: E;
  readonly at: Position;
}

/**
 * A named, versioned way from events to rows. `write` runs inside the transaction that moves the checkpoint, and writes
 * idempotently, keyed by log position: the same events twice are the same rows.
 */
export interface Projection<E> {
  readonly name: string;
  readonly topic: string;
  write(manager: EntityManager, events: readonly ProjectedEvent<E>[]): Promise<void>;
}
