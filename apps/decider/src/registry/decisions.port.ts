import type { Edit } from '#registry';

/** How the registry's edits reach the decisions partitions: each is fed by the node that owns it, from its own copy of the registry. */
export interface DecisionsPort {
  readonly partitions: number;
  /** Resolves when the partition's log has the edit, or a newer one of the same object. Rejects with a DocketError. */
  submit(partition: number, edit: Edit, deadlineMs: number): Promise<void>;
  /** Whether this node should feed the partition; another one does otherwise. */
  isHere(partition: number): boolean;
  /** gRPC address of the node that does, if it is another one and known. */
  addressOf(partition: number): string | undefined;
  /** The largest registry offset that the partition has applied, 0 for none; undefined while that cannot be known. */
  appliedThrough(partition: number): number | undefined;
}
