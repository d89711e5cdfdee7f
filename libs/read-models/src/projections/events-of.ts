import type { Batch, ProjectedEvent } from '../projection.js';

/** The events of one type in the batches, in the order of the log within each partition. */
export function eventsOf<E extends { readonly type: string }, T extends E['type']>(batches: readonly Batch<E>[], type: T): ProjectedEvent<Extract<E, { readonly type: T }>>[] {
  const found: ProjectedEvent<E>[] = [];
  for (const { events } of batches) for (const one of events) if (one.event.type === type) found.push(one);
  return found as unknown as ProjectedEvent<Extract<E, { readonly type: T }>>[];
}
