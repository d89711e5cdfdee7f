import { join } from 'node:path';
import { freePorts } from '#local-services';
import type { Membership, NodeIdentity, Participant, Place } from '#ledger';
import { DeciderFixture } from '../decider.fixture.js';

/** Who owns what, by turns, among deciders of one process: membership without a Kafka. */
export class Nodes {
  readonly #members: { readonly identity: NodeIdentity; readonly participants: Participant[] }[] = [];
  readonly #owners = new Map<string, NodeIdentity>();

  member(node: string, address: string): Membership {
    const member = { identity: { id: node, node, address }, participants: [] as Participant[] };
    return {
      join: (participant) => {
        member.participants.push(participant);
        if (!this.#members.includes(member)) this.#members.push(member);
        this.#share();
      },
      members: () => this.#members.map(({ identity }) => identity),
      leave: () => {
        const at = this.#members.indexOf(member);
        if (at >= 0) this.#members.splice(at, 1);
        this.#share();
        return Promise.resolve(this.#members.length > 0);
      },
    };
  }

  #share(): void {
    const identities = this.#members.map(({ identity }) => identity);
    for (const { identity, participants } of this.#members) {
      for (const { topic, partitions, onPlaces } of participants) {
        onPlaces(Array.from({ length: partitions }, (_, partition): Place => {
          const owner = identities[partition % identities.length]!;
          const standby = identities.length < 2 ? undefined : identities[(partition + 1) % identities.length];
          const before = this.#owners.get(`${topic}/${partition}`);
          return { share: owner === identity ? 'owner' : standby === identity ? 'standby' : 'none', owner, standby, isMoved: before !== undefined && before !== owner && identities.includes(before) };
        }));
      }
    }
    for (const { participants } of this.#members) {
      for (const { topic, partitions } of participants) for (let partition = 0; partition < partitions; partition += 1) this.#owners.set(`${topic}/${partition}`, identities[partition % identities.length]!);
    }
  }
}

/** A decider that shares a PostgreSQL log with others of this process. Those after the first have its keys and credentials. */
export async function startNode(nodes: Nodes, databaseUrl: string, name: string, first?: DeciderFixture, environment: Readonly<Record<string, string>> = {}): Promise<DeciderFixture> {
  const address = `127.0.0.1:${(await freePorts(1))[0]}`;
  const fixture = new DeciderFixture(databaseUrl, { membership: nodes.member(name, address) });
  const shared: Record<string, string> = first === undefined ? {} : { KEYRING_FILE: join(first.folder, 'keyring.json'), CREDENTIALS_FILE: join(first.folder, 'credentials.json') };
  return fixture.start({ GRPC_LISTEN: address, NODE_NAME: name, ...shared, ...environment });
}
