import { bearer } from '#contracts';
import { DocketError } from '#errors';
import { ClusterApi, type ClusterApiOptions } from './cluster.api.js';

const self = { node: 'a', address: 'a:1' };
const served = { partition: 0, role: 'owner', share: 'owner', isLogReachable: true, epoch: 2, nextOffset: 9, lastEventTimeMs: 1_500, pending: 0, newestClaim: { ...self, epoch: 2, offset: 5, atMs: 1_250 } };
const options = (more: Partial<ClusterApiOptions> = {}): ClusterApiOptions => ({
  self, topics: [{ topic: 't', status: () => [served], places: () => [{ owner: self, standby: undefined }] }],
  members: () => [], require: () => undefined, wallMs: () => 0, ...more,
});
const call = { getDeadline: () => Infinity };

test('one node alone answers for itself', async () => {
  expect(await new ClusterApi(options()).getCluster(bearer('dk_someone'), call)).toEqual({
    answeredBy: 'a', nodes: [{ name: 'a', address: 'a:1', reachable: true, problem: '', owned: 1, standingBy: 0 }],
    partitions: [{
      topic: 't', partition: 0, state: 'SERVING', owner: 'a', standby: '', epoch: 2, nextOffset: 9, standbyLag: -1, pending: 0,
      lastEventAt: { seconds: 1, nanos: 500_000_000 }, lastClaim: { node: 'a', address: 'a:1', epoch: 2, offset: 5, claimedAt: { seconds: 1, nanos: 250_000_000 } },
    }],
  });
});

test('a member that cannot be asked is shown with the reason, and holds nobody up for longer than the caller waits', async () => {
  const asked: [string, number][] = [];
  const api = new ClusterApi(options({
    members: () => [self, { node: 'b', address: 'b:1' }],
    peers: { call: (address, _service, _method, _request, { deadlineMs }) => {
      asked.push([address, deadlineMs]);
      return Promise.reject(new DocketError('unavailable', { reason: 'OWNER_UNREACHABLE', message: 'b:1 is gone' }));
    } },
  }));
  const { nodes, partitions } = await api.getCluster(bearer('dk_someone'), { getDeadline: () => 1_000 });
  expect(nodes).toMatchObject([{ name: 'a', reachable: true }, { name: 'b', reachable: false, problem: 'b:1 is gone' }]);
  expect(partitions).toMatchObject([{ state: 'SERVING', owner: 'a' }]);
  await api.getCluster(bearer('dk_someone'), call);
  expect(asked).toEqual([['b:1', 800], ['b:1', 2_000]]);
});

test('a node that only asks whether partitions could be taken over takes none over; whoever is no node may not even ask', async () => {
  const told: unknown[] = [];
  const api = new ClusterApi(options({
    readyFor: (_topic, partitions) => partitions.filter((one) => one !== 2),
    takeOver: (topic, partitions, ownerId) => {
      told.push([topic, partitions, ownerId]);
      return Promise.resolve(partitions);
    },
  }));
  const node = bearer('');
  node.set('docket-hops', '1');
  expect(await api.takeOver({ topic: 't', partitions: [1, 2], askOnly: true, ownerId: '' }, node)).toEqual({ partitions: [1] });
  expect(told).toEqual([]);
  expect(await api.takeOver({ topic: 't', partitions: [1, 2], askOnly: false, ownerId: 'x' }, node)).toEqual({ partitions: [1, 2] });
  expect(told).toEqual([['t', [1, 2], 'x']]);
  for (const askOnly of [true, false]) await expect(api.takeOver({ topic: 't', partitions: [1], askOnly, ownerId: 'x' }, bearer('dk_someone'))).rejects.toMatchObject({ reason: 'NODES_ONLY' });
});

test('both methods ask who calls, for the roles admin and auditor', async () => {
  const wanted: unknown[] = [];
  const refused = new DocketError('permission_denied', { reason: 'ROLE_MISSING', message: 'no' });
  const api = new ClusterApi(options({ require: (_metadata, roles) => { wanted.push(roles); throw refused; } }));
  await expect(api.getNode(bearer('dk_someone'))).rejects.toBe(refused);
  await expect(api.getCluster(bearer('dk_someone'), call)).rejects.toBe(refused);
  expect(wanted).toEqual([['admin', 'auditor'], ['admin', 'auditor']]);
});
