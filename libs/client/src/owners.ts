import type { Metadata } from '@grpc/grpc-js';
import { EPOCH_KEY, OWNER_KEY, PARTITION_KEY, PARTITIONS_KEY } from '#contracts';
import { isAddress } from './options.js';
import { partitionOf } from './partition-of.js';

/** What an answer says of a partition's owner. */
export interface OwnerNote {
  readonly address: string;
  readonly partition: number;
  readonly partitions: number;
  /** 0: not known. */
  readonly epoch: number;
}

interface Known {
  readonly address: string;
  readonly epoch: number;
}

/** More than any installation has. */
const PARTITIONS_MAX = 65_536;

/** Who owns which partition, as far as answers have told. A hint, nothing more: whoever is asked hands the call on if it is wrong. */
export class Owners {
  readonly #known = new Map<number, Known>();
  #partitions = 0;

  /** @param reach the address under which a node is reached from here */
  constructor(private readonly reach: (address: string) => string | undefined) {}

  /** Of two answers that disagree the one of the later epoch holds. */
  learn({ address, partition, partitions, epoch }: OwnerNote): void {
    if (!isCount(partitions) || partitions < 1 || partitions > PARTITIONS_MAX || !isCount(partition) || partition >= partitions) return;
    const reached = isAddress(address) ? this.reach(address) : undefined;
    if (reached === undefined || !isAddress(reached)) return;
    if (this.#partitions !== partitions) this.#known.clear();
    this.#partitions = partitions;
    const known = this.#known.get(partition);
    if (known !== undefined && epoch > 0 && known.epoch > epoch) return;
    this.#known.set(partition, { address: reached, epoch });
  }

  learnFrom(trailers: Metadata): void {
    const [address] = trailers.get(OWNER_KEY);
    if (typeof address !== 'string') return;
    const number = (key: string): number => Number(trailers.get(key)[0] ?? Number.NaN);
    this.learn({ address, partition: number(PARTITION_KEY), partitions: number(PARTITIONS_KEY), epoch: number(EPOCH_KEY) || 0 });
  }

  addressOf(grantId: string): string | undefined {
    return this.#partitions === 0 || grantId === '' ? undefined : this.#known.get(partitionOf(grantId, this.#partitions))?.address;
  }

  /** Nothing that this node was said to own is sent to it first any more. */
  forget(address: string): void {
    for (const [partition, known] of this.#known) if (known.address === address) this.#known.delete(partition);
  }

  /** The node asked says that it does not own this grant's partition any more. */
  forgetGrant(grantId: string): void {
    if (this.#partitions > 0) this.#known.delete(partitionOf(grantId, this.#partitions));
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
