import { CLUSTER_SERVICE, type cluster } from '#contracts';
import type { NodeIdentity, Successors } from '#ledger';
import type { Peers } from '#platform';

/** Of the slower question; the group tells them too, a moment later. */
const ANSWER_MS = 5_000;

/** Speaks to the nodes that stand by for what this one is leaving. No caller asks for it: what counts is the certificate that this node shows. */
export function successorsOver(peers: Pick<Peers, 'call'>, wallMs: () => number): Successors {
  const ask = async ({ address }: NodeIdentity, request: cluster.TakeOverRequest): Promise<readonly number[]> => {
    const onward = { credential: '', traceparent: '', hops: 0, deadlineMs: wallMs() + ANSWER_MS, epoch: 0 };
    return (await peers.call<cluster.TakeOverResponse__Output>(address, CLUSTER_SERVICE, 'TakeOver', request, onward)).partitions;
  };
  return {
    ready: (successor, topic, partitions) => ask(successor, { topic, partitions: [...partitions], askOnly: true }),
    take: (successor, topic, partitions, ownerId) => ask(successor, { topic, partitions: [...partitions], ownerId }),
  };
}
