import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import { CLUSTER_SERVICE, timestampOf } from '#contracts';
import type { cluster } from '#contracts';
import { DocketError } from '#errors';
import { HOPS_KEY, onwardOf, type Onward, type Peers } from '../peers.js';
import { clusterStatus, type NodeAnswer } from './cluster-status.js';

/** How a partition fares here; structurally the ledger's. */
interface Status {
  readonly partition: number;
  readonly role: string;
  readonly share: string;
  readonly isLogReachable: boolean;
  readonly epoch: number;
  readonly nextOffset: number;
  readonly lastEventTimeMs: number;
  readonly pending: number;
  readonly newestClaim: { readonly node: string; readonly address: string; readonly epoch: number; readonly offset: number; readonly atMs: number } | undefined;
}

interface Node {
  readonly node: string;
  readonly address: string;
}

export interface ClusterApiOptions {
  readonly self: Node;
  /** Of each topic that the nodes share. */
  readonly topics: readonly { readonly topic: string; readonly status: () => readonly Status[]; readonly places: () => readonly { readonly owner: Node | undefined; readonly standby: Node | undefined }[] }[];
  /** Everybody who takes part. */
  readonly members: () => readonly Node[];
  /** Left out, there is this node only. */
  readonly peers?: Pick<Peers, 'call'>;
  /**
   * Claims partitions whose owner is leaving; resolves to those that this node serves then. Left out, nobody may ask for it: where callers cannot be
   * told from nodes.
   */
  readonly takeOver?: (topic: string, partitions: readonly number[], ownerId: string) => Promise<readonly number[]>;
  /** Which of these partitions this node could serve at once; asked by those who may have it claim them. */
  readonly readyFor?: (topic: string, partitions: readonly number[]) => readonly number[];
  /** Throws a DocketError unless the caller has one of the roles. */
  readonly require: (metadata: Metadata, roles: readonly ('admin' | 'auditor')[]) => unknown;
  readonly wallMs: () => number;
}

type Call = Pick<ServerUnaryCall<unknown, unknown>, 'getDeadline'>;

/** A node that has not answered by then is shown as one that does not. */
const ASK_MS = 2_000;
const PARTITIONS_MAX = 10_000;
/** Kept of the caller's deadline, for the answer's way back. */
const ANSWER_MS = 200;

/** docket.cluster.v1.ClusterService behind its transport. */
export class ClusterApi {
  readonly #o: ClusterApiOptions;

  constructor(options: ClusterApiOptions) {
    this.#o = options;
  }

  async getNode(metadata: Metadata): Promise<cluster.GetNodeResponse> {
    this.#o.require(metadata, ['admin', 'auditor']);
    return this.#self();
  }

  async getCluster(metadata: Metadata, call: Call): Promise<cluster.GetClusterResponse> {
    this.#o.require(metadata, ['admin', 'auditor']);
    const { self, members, wallMs } = this.#o;
    const own: NodeAnswer = { name: self.node, address: self.address, views: this.#self().partitions, problem: '' };
    const onward = onwardOf(metadata, Math.min(Number(call.getDeadline()) - ANSWER_MS, wallMs() + ASK_MS));
    const others = new Map(members().filter(({ address }) => address !== self.address).map((node) => [node.address, node]));
    return { answeredBy: self.node, ...clusterStatus([own, ...await Promise.all([...others.values()].map((node) => this.#ask(node, onward)))]) };
  }

  /** The transport has seen to it that whoever says that he hands a call on is a node. */
  async takeOver({ topic, partitions, askOnly, ownerId }: cluster.TakeOverRequest__Output, metadata: Metadata): Promise<cluster.TakeOverResponse> {
    const { takeOver, readyFor } = this.#o;
    if (takeOver === undefined || metadata.get(HOPS_KEY).length === 0) throw new DocketError('permission_denied', { reason: 'NODES_ONLY', message: 'only nodes that prove to be nodes ask for this' });
    const asked = partitions.slice(0, PARTITIONS_MAX);
    return { partitions: [...askOnly ? readyFor?.(topic, asked) ?? [] : await takeOver(topic, asked, ownerId)] };
  }

  async #ask({ node, address }: Node, onward: Onward): Promise<NodeAnswer> {
    const { peers } = this.#o;
    if (peers === undefined) return { name: node, address, views: undefined, problem: 'this node asks no others' };
    try {
      const { partitions, name } = await peers.call<cluster.GetNodeResponse__Output>(address, CLUSTER_SERVICE, 'GetNode', {}, onward);
      return { name, address, views: partitions, problem: '' };
    } catch (error) {
      return { name: node, address, views: undefined, problem: (error as Error).message };
    }
  }

  #self(): { name: string; address: string; partitions: cluster.PartitionView__Output[] } {
    const { self, topics } = this.#o;
    const partitions = topics.flatMap(({ topic, status, places }) => status().map((one): cluster.PartitionView__Output => {
      const { partition, role, share, isLogReachable, epoch, nextOffset, pending, lastEventTimeMs, newestClaim } = one;
      const place = places()[partition];
      return {
        topic, partition, role, share, logReachable: isLogReachable, epoch, nextOffset, pending,
        lastEventAt: lastEventTimeMs === 0 ? null : timestampOf(lastEventTimeMs),
        lastClaim: newestClaim === undefined ? null : { node: newestClaim.node, address: newestClaim.address, epoch: newestClaim.epoch, offset: newestClaim.offset, claimedAt: timestampOf(newestClaim.atMs) },
        plannedOwner: place?.owner?.node ?? '', plannedStandby: place?.standby?.node ?? '',
      };
    }));
    return { name: self.node, address: self.address, partitions };
  }
}
