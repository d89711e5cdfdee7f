/** `first_seen`: nobody has looked at it. `changed`: it is not what was approved. `withdrawn`: its server does not list it any more. */
export type PinState = 'first_seen' | 'approved' | 'changed' | 'withdrawn';

/** Where a tool stands, from the hashes of what was approved and of what its server listed last; undefined: nothing. */
export function pinState(approved: string | undefined, observed: string | undefined): PinState {
  if (observed === undefined) return 'withdrawn';
  if (approved === undefined) return 'first_seen';
  return approved === observed ? 'approved' : 'changed';
}
