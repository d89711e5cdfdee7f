import { findConnection, isBarred, type accessTokenMachine, type ConnectionRecord, type TokenCommand, type TokenReply, type TokenState } from '#access-token';
import { CONNECTION_SERVICE, TOKEN_SERVICE } from '#contracts';
import { DocketError } from '#errors';
import { partitionOf, type Runtime } from '#ledger';
import { Routing } from '#platform';
import type { Onward, Peers } from '#platform';
import type { TokenReplica } from '../replica/token-replica.js';

/** For calls that name no deadline: longer than a mint may take. */
const DEADLINE_MS = 15_000;

/** What the node needs of the ledger of `docket.tokens`. */
export interface TokensLedger {
  submit(partition: number, command: TokenCommand, options?: { readonly deadlineMs?: number }): Promise<TokenReply>;
  peek<T>(partition: number, read: (state: TokenState) => T): T | undefined;
  ownerOf(partition: number): { readonly isHere: boolean; readonly address?: string };
}

export interface TokenNodeOptions {
  readonly ledger: TokensLedger;
  /** One for each partition. */
  readonly replicas: readonly TokenReplica[];
  readonly peers: Pick<Peers, 'call'>;
  /** Where other nodes reach this one. */
  readonly address: string;
  readonly runtime: Runtime;
}

/** Where a connection's commands go: to the ledger here, or to the node that owns its partition. */
export class TokenNode {
  readonly #o: TokenNodeOptions;
  readonly #routing: Routing;

  constructor(options: TokenNodeOptions) {
    this.#o = options;
    this.#routing = new Routing({ ownerOf: (partition) => options.ledger.ownerOf(partition), peers: options.peers, runtime: options.runtime });
  }

  get partitions(): number {
    return this.#o.replicas.length;
  }

  partitionOf(connectionId: string): number {
    return partitionOf(connectionId, this.partitions);
  }

  isOwned(partition: number): boolean {
    return this.#o.ledger.ownerOf(partition).isHere;
  }

  /** A connection as its owner has it, or as this node has heard of it; undefined for one that is unknown or removed. */
  find(tenant: string, connectionId: string): ConnectionRecord | undefined {
    const found = this.#found(tenant, connectionId);
    return found === undefined || found.status === 'removed' ? undefined : found;
  }

  /** The same. Throws not_found where the owner's state says that there is none, unavailable where that state is not at hand. */
  existing(tenant: string, connectionId: string): ConnectionRecord {
    const found = this.find(tenant, connectionId);
    if (found !== undefined) return found;
    throw this.canTell(tenant, connectionId) ? noSuchConnection() : ownerUnknown();
  }

  /**
   * Whether this node knows of a connection, or that there is none. One that does not own the partition, or is still claiming it, cannot say
   * that what it has not heard of does not exist.
   */
  canTell(tenant: string, connectionId: string): boolean {
    return this.find(tenant, connectionId) !== undefined || this.#isAtHand(this.partitionOf(connectionId));
  }

  /** Partitions that this node owns and has the state of: of these, and no others, it can tell what there is not. */
  atHand(): number[] {
    return this.#o.replicas.map((_, partition) => partition).filter((partition) => this.#isAtHand(partition));
  }

  #isAtHand(partition: number): boolean {
    return this.isOwned(partition) && this.#o.ledger.peek(partition, () => true) === true;
  }

  /** The same, also removed ones: for what goes on from them. */
  #found(tenant: string, connectionId: string): ConnectionRecord | undefined {
    const partition = this.partitionOf(connectionId);
    const own = this.isOwned(partition) ? this.#o.ledger.peek(partition, (state) => ({ found: findConnection(state, tenant, connectionId) })) : undefined;
    return own === undefined ? this.#o.replicas[partition]?.describe(tenant, connectionId) : own.found;
  }

  /** The secret's version that a new registration or rotation makes. */
  nextSecretVersion(tenant: string, connectionId: string): number {
    return (this.#found(tenant, connectionId)?.secret_version ?? 0) + 1;
  }

  /** Whether the grant is cut off from all connections: as the owner of its partition has it, or as this node has heard. */
  isBarred(tenant: string, grantId: string): boolean {
    const partition = this.partitionOf(grantId);
    const own = this.isOwned(partition) ? this.#o.ledger.peek(partition, (state) => isBarred(state, tenant, grantId)) : undefined;
    const { state } = this.#o.replicas[partition] ?? {};
    return own ?? (state !== undefined && isBarred(state, tenant, grantId));
  }

  /** A tenant's connections in the order of their ids: as their owner has them where that is this node, else as it has heard of them. */
  list(tenant: string): ConnectionRecord[] {
    return this.listEver(tenant).filter(({ status }) => status !== 'removed');
  }

  /** The same, also removed ones. */
  listEver(tenant: string): ConnectionRecord[] {
    const own = (partition: number): ConnectionRecord[] | undefined =>
      (this.isOwned(partition) ? this.#o.ledger.peek(partition, ({ connections }) => [...connections.values()]) : undefined);
    return this.#o.replicas
      .flatMap(({ state }, partition) => own(partition) ?? [...state?.connections.values() ?? []])
      .filter((connection) => connection.tenant === tenant)
      .sort((a, b) => (a.connection_id < b.connection_id ? -1 : 1));
  }

  /** Why the ledger here would refuse a command as things stand; advisory. */
  refusalOf(decide: (state: TokenState) => ReturnType<ReturnType<typeof accessTokenMachine>['decide']>, connectionId: string): DocketError | undefined {
    const decision = this.#o.ledger.peek(this.partitionOf(connectionId), decide);
    if (decision?.kind === 'refuse') return decision.error;
    return decision?.kind === 'advise' ? decision.reply : undefined;
  }

  /** To the ledger here, by the id that its partition is of: a connection's, or a grant's. Repeats a command whose outcome is unknown once: every one of them may be sent twice. */
  async submit(connectionId: string, command: TokenCommand, onward?: Onward): Promise<TokenReply> {
    const partition = this.partitionOf(connectionId);
    const { runtime, ledger } = this.#o;
    const leftMs = onward === undefined ? Infinity : onward.deadlineMs - runtime.wallMs();
    const options = Number.isFinite(leftMs) ? { deadlineMs: runtime.monotonicMs() + leftMs } : {};
    try {
      return await ledger.submit(partition, command, options);
    } catch (error) {
      if (error instanceof DocketError && error.metadata['outcome'] === 'unknown' && error.kind !== 'deadline_exceeded') return ledger.submit(partition, command, options);
      throw error;
    }
  }

  isHere(connectionId: string): boolean {
    return this.isOwned(this.partitionOf(connectionId));
  }

  /** Answers on the owner of the connection's partition: here, or where it is by now. `isRepeatable`: a node that vanished may have done it already. */
  atOwner<A>(connectionId: string, service: 'token' | 'connection', method: string, request: object, onward: Onward, isRepeatable: boolean, here: () => Promise<A>): Promise<A> {
    const { runtime } = this.#o;
    const leftMs = Math.min(onward.deadlineMs - runtime.wallMs(), DEADLINE_MS);
    return this.#routing.answer({
      partition: this.partitionOf(connectionId), service: service === 'token' ? TOKEN_SERVICE : CONNECTION_SERVICE, method, request, onward, isRepeatable, here,
      deadlineMs: runtime.monotonicMs() + leftMs,
    });
  }

  /** Hands a call on to the owner of the connection's partition, which is another node. */
  async handOn<A>(connectionId: string, service: 'token' | 'connection', method: string, request: object, onward: Onward): Promise<A> {
    const { isHere, address } = this.#o.ledger.ownerOf(this.partitionOf(connectionId));
    // It has just come here: the caller's next try finds it.
    if (isHere || address === undefined) throw ownerUnknown();
    // Handed on once: two nodes that take each other for the owner would play ping-pong.
    if (onward.hops > 0) throw ownerUnknown();
    return this.#o.peers.call<A>(address, service === 'token' ? TOKEN_SERVICE : CONNECTION_SERVICE, method, request, onward);
  }

  /** Asks every other node that owns partitions, each once; what they answered, and why one of them did not. */
  async askOthers<A>(method: string, request: object, onward: Onward): Promise<{ readonly answers: readonly A[]; readonly failure: unknown }> {
    const owners = this.#o.replicas.map((_, partition) => this.#o.ledger.ownerOf(partition));
    const addresses = new Set(owners.flatMap(({ isHere, address }) => (isHere || address === undefined ? [] : [address])));
    const asked = await Promise.allSettled([...addresses].map((address) => this.#o.peers.call<A>(address, TOKEN_SERVICE, method, request, onward)));
    return {
      answers: asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
      failure: asked.find((one) => one.status === 'rejected')?.reason,
    };
  }

  /** Where the owner is; '' while nobody is known to be. */
  addressOf(connectionId: string): string {
    return this.isHere(connectionId) ? this.#o.address : this.ownerAddress(connectionId);
  }

  /** Where the owner is, if it is another node. */
  ownerAddress(connectionId: string): string {
    const owner = this.#o.ledger.ownerOf(this.partitionOf(connectionId));
    return owner.isHere ? '' : owner.address ?? '';
  }

  /** When everything in the partition's log had been heard, on the monotonic clock. */
  heardMs(partition: number): number {
    return this.#o.replicas[partition]?.heardMs ?? -Infinity;
  }

  /** Mints of the last minute in other partitions than the connection's, as this node has heard of them. */
  mintsElsewhere(connectionId: string): number {
    const sinceMs = this.#o.runtime.wallMs() - 60_000;
    const own = this.partitionOf(connectionId);
    return this.#o.replicas.reduce((sum, { state }, partition) => sum + (partition === own ? 0 : state?.mints.filter((atMs) => atMs > sinceMs).length ?? 0), 0);
  }

  /** The connections of the partitions that this node owns. */
  owned(): ConnectionRecord[] {
    return this.#o.replicas.flatMap((_, partition) => (this.isOwned(partition) ? this.ownedOf(partition) : []));
  }

  /** Those of one partition; none while another node owns it. */
  ownedOf(partition: number): ConnectionRecord[] {
    return this.isOwned(partition) ? this.#o.ledger.peek(partition, ({ connections }) => [...connections.values()]) ?? [] : [];
  }

  /** The oldest of all partitions' hearing. */
  get allHeardMs(): number {
    return Math.min(...this.#o.replicas.map(({ heardMs }) => heardMs));
  }
}

/** Nobody is known to own the partition, or the one who was does not: it is being moved. */
export function ownerUnknown(): DocketError {
  return new DocketError('unavailable', { reason: 'NO_OWNER', message: 'the connection’s partition has no owner just now', retryAfterMs: 200 });
}

/** Does not say the id back: whoever pastes a token in its place shall not find it in a log. */
export function noSuchConnection(): DocketError {
  return new DocketError('not_found', { reason: 'CONNECTION_NOT_FOUND', message: 'there is no connection of this id' });
}
