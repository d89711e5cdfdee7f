/**
 * The cache's key: what a token is bound to (a hash of `bindingMaterial`, secret version included), whose it is, and the
 * partition of the log that tells of it.
 */
export function cacheKeyOf(partition: number, binding: string, slot: string): string {
  return `${partition}|${binding}|${slot}`;
}

export function partitionOfKey(key: string): number {
  return Number.parseInt(key, 10);
}
