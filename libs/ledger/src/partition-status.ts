import type { NewestClaim } from './partition-reader.js';
import type { Share } from './membership/membership.js';

/** How one partition fares on this node. */
export interface PartitionStatus {
  readonly partition: number;
  /** What it does: serve; try to; follow the log for whoever serves; nothing, as others do; nothing any more. */
  readonly role: 'owner' | 'claiming' | 'standby' | 'elsewhere' | 'stopped';
  /** What it should do. */
  readonly share: Share;
  /** False while the log does not answer an owner: it will not be able to append either. */
  readonly isLogReachable: boolean;
  readonly epoch: number;
  /** The next offset that the log will acknowledge, as far as is known here. */
  readonly nextOffset: number;
  readonly sequence: number;
  readonly lastEventTimeMs: number;
  /** Commands waiting for their reply. */
  readonly pending: number;
  /** The newest effective claim that was read here, whoever's. */
  readonly newestClaim: NewestClaim | undefined;
}
