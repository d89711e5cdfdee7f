import { partitionOf, type Runtime } from '#ledger';
import { editsAfter, type Edit, type RegistryState } from '#registry';
import type { DecisionsPort } from './decisions.port.js';
import { PartitionFeed } from './partition.feed.js';

/** Edits waiting for one partition; beyond it authors are refused, so that memory stays bounded while a partition is away. */
const FEED_PENDING_MAX = 10_000;

export interface FeedStatus {
  readonly partition: number;
  /** Registry offset up to which every edit that concerns the partition is in its log; -1 while that is not known. */
  readonly inForceThrough: number;
  readonly pending: number;
  /** Reason code of what keeps the present edit from going through, or ''. */
  readonly problem: string;
}

/** The feeds of all decisions partitions: what the registry's owner does after an edit is logged. */
export class RegistryFeeds {
  private readonly feeds: readonly PartitionFeed[];
  private readonly pendingMax: number;
  /** All feeds begin together: the whole registry is gone through once for them, not once for each. */
  private shared: { readonly edits: readonly Edit[]; readonly after: number } | undefined;
  private starting = false;

  constructor(options: {
    readonly port: DecisionsPort;
    readonly runtime: Runtime;
    /** The registry as far as it has been read, and the offset of the record read last. */
    readonly read: () => { readonly state: RegistryState; readonly through: number };
    readonly onAlarm: (message: string) => void;
    readonly pendingMax?: number;
  }) {
    const { port, runtime, read, onAlarm } = options;
    this.pendingMax = options.pendingMax ?? FEED_PENDING_MAX;
    this.feeds = Array.from({ length: port.partitions }, (_, partition) => new PartitionFeed({
      partition, port, runtime, onAlarm,
      editsAfter: (offset) => {
        const { state, through } = read();
        return { edits: this.allAfter(state, offset).filter((edit) => concerns(edit, partition, port.partitions)), through };
      },
    }));
  }

  start(): void {
    this.starting = true;
    for (const feed of this.feeds) feed.start();
    this.starting = false;
    this.shared = undefined;
  }

  /** The registry has been read up to `offset`, where `edit` stands if that concerns a decision. */
  advance(offset: number, edit: Edit | undefined): void {
    this.feeds.forEach((feed, partition) => {
      feed.advance(offset, edit !== undefined && concerns(edit, partition, this.feeds.length) ? edit : undefined);
    });
  }

  /** Of `partitions`, those that have not logged everything up to `offset` when `untilMs` (monotonic) has passed. */
  async settle(offset: number, partitions: readonly number[], untilMs: number): Promise<number[]> {
    const reached = await Promise.all(partitions.map((partition) => this.feeds[partition]?.reach(offset, untilMs)));
    return partitions.filter((_, index) => reached[index] !== true);
  }

  /** Of `partitions`, those that have not logged everything up to `offset` now. */
  pending(offset: number, partitions: readonly number[]): number[] {
    return partitions.filter((partition) => (this.feeds[partition]?.inForceThrough ?? -1) < offset);
  }

  /** The first of `partitions` that has so much waiting that no more should come. */
  full(partitions: readonly number[]): number | undefined {
    return partitions.find((partition) => (this.feeds[partition]?.pending ?? 0) >= this.pendingMax);
  }

  status(): FeedStatus[] {
    return this.feeds.map((feed, partition) => ({
      partition, inForceThrough: feed.inForceThrough, pending: feed.pending, problem: feed.problem?.reason ?? '',
    }));
  }

  async stop(): Promise<void> {
    await Promise.all(this.feeds.map((feed) => feed.stop()));
  }

  private allAfter(state: RegistryState, offset: number): readonly Edit[] {
    if (!this.starting) return editsAfter(state, offset);
    if (this.shared === undefined || this.shared.after > offset) this.shared = { edits: editsAfter(state, offset), after: offset };
    return this.shared.edits.filter((edit) => edit.registry_offset > offset);
  }
}

function concerns(edit: Edit, partition: number, partitions: number): boolean {
  return edit.type === 'SetPolicyVersion' || partitionOf(edit.grant_id, partitions) === partition;
}
