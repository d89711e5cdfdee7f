/** The cache's key: what a token is bound to (a hash of `bindingMaterial`, secret version included) and whose it is. */
export function cacheKeyOf(binding: string, slot: string): string {
  return `${binding}|${slot}`;
}
