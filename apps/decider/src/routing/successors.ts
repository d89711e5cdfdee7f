import { CLUSTER_SERVICE } from '#contracts';
import type { NodeIdentity } from '#ledger';
import type { Peers } from '#platform';

/** The group tells it too, a moment later. */
const ANSWER_MS = 5_000;

/** Tells a node to claim what this one is leaving. No caller asks for it: what counts is the certificate that this node shows. */
export function successorTeller(peers: Pick<Peers, 'call'>, wallMs: () => number): (successor: NodeIdentity, topic: string, partitions: readonly number[]) => Promise<void> {
  return async ({ address }, topic, partitions) => {
    await peers.call(address, CLUSTER_SERVICE, 'TakeOver', { topic, partitions }, { credential: '', traceparent: '', hops: 0, deadlineMs: wallMs() + ANSWER_MS, epoch: 0 });
  };
}
