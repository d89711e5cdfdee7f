import type { Membership, NodeIdentity, Participant, Place, Share } from '../../src/membership/membership.js';
import type { SimNode } from './sim-node.js';
import type { World } from './world.js';

interface Joined {
  readonly node: SimNode;
  readonly participant: Participant;
  readonly address: string;
}

function identityOf({ node, address }: Joined): NodeIdentity {
  return { id: address, node: node.name, address };
}

/** Shares partitions among nodes at random, late, and to each of them at another time: it is never to be relied on. */
export class SimGroup {
  readonly #world: World;
  #joined: Joined[] = [];
  /** How often a crash has not been noticed yet. */
  crashUnnoticedRate = 0.3;

  constructor(world: World) {
    this.#world = world;
  }

  membershipOf(node: SimNode): Membership {
    return {
      join: (participant) => {
        this.#joined.push({ node, participant, address: `${node.name}:1` });
        this.#world.after(this.#world.random.int(0, 300), () => this.share());
      },
      members: () => [],
      leave: () => {
        this.#joined = this.#joined.filter((one) => one.node !== node);
        this.#world.after(this.#world.random.int(0, 300), () => this.share());
        return Promise.resolve(this.#joined.length > 0);
      },
    };
  }

  /** Assigns everything anew, among those that are known not to have crashed. */
  share(): void {
    const { random } = this.#world;
    this.#joined = this.#joined.filter(({ node }) => !node.isCrashed || random.chance(this.crashUnnoticedRate));
    const [first] = this.#joined;
    if (first === undefined) return;
    const owners = Array.from({ length: first.participant.partitions }, () => random.pick(this.#joined));
    const isMoved = random.chance(0.5);
    const standbys = owners.map(() => random.pick(this.#joined));
    for (const one of this.#joined) {
      const places: Place[] = owners.map((owner, partition) => {
        const share: Share = owner === one ? 'owner' : standbys[partition] === one ? 'standby' : 'none';
        return { share, owner: identityOf(owner), standby: standbys[partition] === owner ? undefined : identityOf(standbys[partition]!), isMoved };
      });
      this.#world.after(random.int(0, 500), () => one.node.deliver(() => one.participant.onPlaces(places)));
    }
  }
}
