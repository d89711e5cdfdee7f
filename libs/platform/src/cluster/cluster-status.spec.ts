import type { cluster } from '#contracts';
import { clusterStatus, type NodeAnswer } from './cluster-status.js';

type View = cluster.PartitionView__Output;

const claim = (node: string, epoch: number): View['lastClaim'] => ({ node, address: `${node}:1`, epoch, offset: epoch * 10, claimedAt: { seconds: epoch, nanos: 0 } });
const view = (changes: Partial<View>): View => ({
  topic: 't', partition: 0, role: 'elsewhere', share: 'none', logReachable: true, epoch: 0, nextOffset: 0, pending: 0, lastEventAt: null, lastClaim: null, plannedOwner: 'a', plannedStandby: 'b', ...changes,
});
const answer = (name: string, ...views: View[]): NodeAnswer => ({ name, address: `${name}:1`, views, problem: '' });
const silent = (name: string): NodeAnswer => ({ name, address: `${name}:1`, views: undefined, problem: 'no answer' });
const only = (...answers: NodeAnswer[]): cluster.Partition => clusterStatus(answers).partitions![0]!;

const SERVES = view({ role: 'owner', share: 'owner', epoch: 3, nextOffset: 50, pending: 2, lastClaim: claim('a', 3) });
const FOLLOWS = view({ role: 'standby', share: 'standby', epoch: 3, nextOffset: 44 });

test('owner, standby, lag and last claim come from those who know', () => {
  expect(only(answer('b', FOLLOWS), answer('c', view({})), answer('a', SERVES))).toMatchObject({ state: 'SERVING', owner: 'a', standby: 'b', epoch: 3, nextOffset: 50, standbyLag: 6, pending: 2, lastClaim: { node: 'a', epoch: 3 } });
});

test('of two that say they serve, the one of the newer epoch does', () => {
  const newer = view({ role: 'owner', share: 'owner', epoch: 4, nextOffset: 51, lastClaim: claim('b', 4) });
  for (const answers of [[answer('a', SERVES), answer('b', newer)], [answer('b', newer), answer('a', SERVES)]]) expect(only(...answers)).toMatchObject({ state: 'SERVING', owner: 'b', epoch: 4, lastClaim: { node: 'b' } });
  // A standby has read the claim of somebody who does not answer: who served before does not any more.
  expect(only(answer('a', SERVES), answer('b', view({ ...FOLLOWS, epoch: 4, nextOffset: 51 })))).toMatchObject({ state: 'NO_OWNER', epoch: 4 });
});

test('claiming, stopped, cut off from the log, nobody', () => {
  expect(only(answer('a', view({ role: 'claiming', share: 'owner' })))).toMatchObject({ state: 'CLAIMING', owner: 'a' });
  expect(only(answer('a', view({ role: 'stopped', share: 'owner' })))).toMatchObject({ state: 'STOPPED', owner: 'a' });
  expect(only(answer('a', view({ ...SERVES, logReachable: false })))).toMatchObject({ state: 'LOG_UNREACHABLE', owner: 'a' });
  expect(only(answer('c', view({})))).toMatchObject({ state: 'NO_OWNER', owner: '', standbyLag: -1 });
});

test('nodes that do not answer are shown as such, and as what they should be doing', () => {
  const { nodes, partitions } = clusterStatus([answer('b', FOLLOWS), silent('a')]);
  expect(nodes).toEqual([
    { name: 'a', address: 'a:1', reachable: false, problem: 'no answer', owned: 0, standingBy: 0 },
    { name: 'b', address: 'b:1', reachable: true, problem: '', owned: 0, standingBy: 1 },
  ]);
  expect(partitions).toMatchObject([{ state: 'OWNER_UNREACHABLE', owner: 'a', standby: 'b', standbyLag: -1 }]);
  expect(only(answer('a', SERVES), silent('b'))).toMatchObject({ state: 'SERVING', standby: 'b', standbyLag: -1 });
});

test('partitions come in order', () => {
  const { partitions } = clusterStatus([answer('a', view({ partition: 10 }), view({ partition: 2 }), view({ topic: 'r' }))]);
  expect(partitions!.map(({ topic, partition }) => `${topic}/${partition}`)).toEqual(['r/0', 't/2', 't/10']);
});
