import { CerbosPeer } from './cerbos.peer.js';
import type { Peer } from './peer.js';

/** Everything that is measured, in the order of its start. */
export function allPeers(): readonly Peer[] {
  return [new CerbosPeer('off'), new CerbosPeer('file'), new CerbosPeer('local')];
}
