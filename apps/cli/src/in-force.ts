import type { JsonObject } from '@bufbuild/protobuf';

/** What became of an edit, for people. */
export function inForceText(answer: JsonObject): string {
  const pending = ((answer['inForce'] as JsonObject | undefined)?.['pendingPartitions'] as number[] | undefined) ?? [];
  return pending.length === 0 ? 'in force' : `accepted, not yet in force on partitions ${pending.join(', ')}`;
}
