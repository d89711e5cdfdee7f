import type { LedgerLimits } from './limits.js';
import type { NodeIdentity } from './membership/membership.js';
import type { Runtime } from './resume-state.js';

/** How the owner of partitions speaks to the nodes that stand by for them. Both may reject: then the group sees to it. */
export interface Successors {
  /** Which of these partitions the node could serve at once; it does nothing about it. */
  ready(successor: NodeIdentity, topic: string, partitions: readonly number[]): Promise<readonly number[]>;
  /**
   * Tells the node to claim them, from an owner of this id: one that knows of another owner by now leaves them alone. Resolves, when it has claimed them
   * or will not, to those that it serves.
   */
  take(successor: NodeIdentity, topic: string, partitions: readonly number[], owner: string): Promise<readonly number[]>;
}

/** What is given to whom. */
export interface Given {
  /** By the ids that the group has for the nodes. */
  readonly owner: string;
  readonly to: NodeIdentity;
  readonly partitions: readonly number[];
}

/** What a hand-over needs of a partition's owner. */
export interface Leaving {
  hold(): Promise<void>;
  give(): void;
  release(): void;
  look(): void;
}

export interface HandOverOptions {
  readonly topic: string;
  readonly successors: Successors | undefined;
  readonly runtime: Runtime;
  readonly limits: Pick<LedgerLimits, 'handOverStepMs'>;
  readonly owner: (partition: number) => Leaving;
}

/**
 * Gives partitions to those who stand by for them. One whose standby follows it is held first: with nothing of this owner on its way to the log any
 * more, the successor's claim is the next record, and none of its own first events lands elsewhere than it expects, which would have it fold its state
 * anew. Callers wait for that no longer than for one append, one claim and reading it. All others are served until their new owner has claimed them.
 */
export class HandOver {
  readonly #o: HandOverOptions;

  constructor(options: HandOverOptions) {
    this.#o = options;
  }

  /** Resolves when everybody has taken what was given, or will not; never rejects. `first`: what is still to be decided here before. */
  async run(all: readonly Given[], first: Promise<unknown>): Promise<void> {
    await Promise.all(all.map((given) => this.#giveAll(given, first)));
  }

  async #giveAll({ to, partitions, owner }: Given, first: Promise<unknown>): Promise<void> {
    const { topic, successors } = this.#o;
    if (successors === undefined) return;
    const [ready] = await Promise.all([this.#inTime(successors.ready(to, topic, partitions)), this.#inTime(first)]);
    const take = (partition: number): Promise<readonly number[]> => successors.take(to, topic, [partition], owner);
    await Promise.all(partitions.map((partition) => (ready?.includes(partition) === true ? this.#give(partition, take) : this.#tell(partition, take))));
  }

  async #give(partition: number, take: (partition: number) => Promise<readonly number[]>): Promise<void> {
    const owner = this.#o.owner(partition);
    await owner.hold();
    const telling = this.#inTime(take(partition));
    // Those who are sent there now arrive behind what was just sent.
    owner.give();
    if ((await telling)?.includes(partition) !== true) owner.release();
    // One that has nothing to append would notice only at its next look that it has been replaced.
    owner.look();
  }

  async #tell(partition: number, take: (partition: number) => Promise<readonly number[]>): Promise<void> {
    await take(partition).catch(() => undefined);
    this.#o.owner(partition).look();
  }

  /** undefined: it failed, or took too long. */
  #inTime<T>(what: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve) => {
      const cancel = this.#o.runtime.after(this.#o.limits.handOverStepMs, () => resolve(undefined));
      const done = (value?: T): void => {
        cancel();
        resolve(value);
      };
      what.then(done, () => done());
    });
  }
}
