import type { Edit } from '#registry';

/** How the registry's owner reaches the owners of the decisions partitions, wherever they run. */
export interface DecisionsPort {
  readonly partitions: number;
  /** Resolves when the partition's log has the edit, or a newer one of the same object. Rejects with a DocketError. */
  submit(partition: number, edit: Edit, deadlineMs: number): Promise<void>;
  /** The largest registry offset that the partition has applied, 0 for none; undefined while that cannot be known. */
  appliedThrough(partition: number): number | undefined;
}
