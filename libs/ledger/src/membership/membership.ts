/** A process that takes part. `id` is new with every start; `address` is where its gRPC server listens, host:port. */
export interface NodeIdentity {
  readonly id: string;
  readonly node: string;
  readonly address: string;
}

/** What a node should do for a partition. Only "should": who may write is decided by the claims in the log. */
export type Share = 'owner' | 'standby' | 'none';

export interface Place {
  /** This node's. */
  readonly share: Share;
  readonly owner: NodeIdentity | undefined;
  readonly standby: NodeIdentity | undefined;
  /** Somebody else owned it before and is still there: it is moved, not orphaned. */
  readonly isMoved: boolean;
}

/** What a node holds of a topic now, so that whoever assigns can leave it there. */
export interface Held {
  readonly owned: readonly number[];
  readonly standing: readonly number[];
}

/** Takes part in sharing a topic's partitions. */
export interface Participant {
  readonly topic: string;
  readonly partitions: number;
  readonly held: () => Held;
  /** Whether this node decides for the partition now: what was moved to it has arrived. */
  readonly isServing?: (partition: number) => boolean;
  /** Called with a place for every partition, again and again as nodes come and go. */
  readonly onPlaces: (places: readonly Place[]) => void;
}

/**
 * Who should try to own which partition (design.md 2.2): trivially "me" in one process, a Kafka consumer group among several. Safety
 * never depends on it.
 */
export interface Membership {
  join(participant: Participant): void;
  /** Everybody who takes part, this node too, as last heard; empty before that. */
  members(): readonly NodeIdentity[];
  /**
   * Takes part no more, once `after` has settled; resolves to whether other nodes are there to take over. Told again, with something else to wait
   * for, it waits for both. Idempotent.
   */
  leave(after?: Promise<unknown>): Promise<boolean>;
  /** After leaving: whether anybody still takes part, and whether those have shared everything anew, as far as can be found out. Left out: they may have. Never rejects. */
  others?(): Promise<'none' | 'sharing' | 'settled'>;
}

/** One process that owns everything: membership where the log is PostgreSQL. */
export function soleMember(self: { readonly node: string; readonly address: string }): Membership {
  const owner = { id: self.node, ...self };
  return {
    join: ({ partitions, onPlaces }) => onPlaces(Array.from({ length: partitions }, () => ({ share: 'owner', owner, standby: undefined, isMoved: false }))),
    members: () => [owner],
    leave: () => Promise.resolve(false),
  };
}
