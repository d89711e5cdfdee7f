import type { Node, Sendable } from './node.js';
import type { Owners } from './owners.js';

/** Addresses that answers have named are kept up to this many; beyond it whoever is asked hands calls on. */
const NODES_MAX = 64;

/** The nodes that are known: those that were given, and owners that answers have named. */
export class Nodes<C extends Sendable> {
  readonly #nodes = new Map<string, Node<C>>();
  readonly #given: ReadonlySet<string>;
  #current: string;

  /** Clients begin with different nodes, so that they do not all meet at the first. */
  constructor(addresses: readonly string[], private readonly owners: Owners, private readonly make: (address: string) => Node<C>) {
    this.#given = new Set(addresses);
    for (const address of addresses) this.#nodes.set(address, make(address));
    this.#current = addresses[Math.floor(Math.random() * addresses.length)]!;
  }

  /** Whom to ask: the owner if it is known and well, else whoever was asked last, else any that is well. Undefined: all of them rest. */
  pick(grantId: string): Node<C> | undefined {
    const nowMs = performance.now();
    const owner = this.#owner(grantId);
    if (owner !== undefined && owner.restUntilMs <= nowMs) return owner;
    const current = this.#nodes.get(this.#current)!;
    if (current.restUntilMs <= nowMs) return current;
    for (const node of this.#nodes.values()) {
      if (node.restUntilMs > nowMs) continue;
      this.#current = node.address;
      return node;
    }
    return undefined;
  }

  /** How long until one of them may be asked again. */
  get restMs(): number {
    return Math.max(0, Math.min(...[...this.#nodes.values()].map(({ restUntilMs }) => restUntilMs)) - performance.now());
  }

  get all(): readonly Node<C>[] {
    return [...this.#nodes.values()];
  }

  #owner(grantId: string): Node<C> | undefined {
    const address = this.owners.addressOf(grantId);
    if (address === undefined) return undefined;
    const known = this.#nodes.get(address);
    if (known !== undefined) return known;
    if (this.#nodes.size >= NODES_MAX && !this.#dropOne()) return undefined;
    const made = this.make(address);
    this.#nodes.set(address, made);
    return made;
  }

  /** Makes room by a learned node that does not answer: where nodes come and go, their addresses do. */
  #dropOne(): boolean {
    const gone = [...this.#nodes.values()].find(({ address, restUntilMs }) => restUntilMs > performance.now() && !this.#given.has(address) && address !== this.#current);
    if (gone === undefined) return false;
    this.#nodes.delete(gone.address);
    void gone.close();
    return true;
  }
}
