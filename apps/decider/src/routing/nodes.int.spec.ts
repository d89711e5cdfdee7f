import { credentials } from '@grpc/grpc-js';
import type { Metadata, ServiceError } from '@grpc/grpc-js';
import { bearer, clusterClient } from '#contracts';
import type { cluster, decision } from '#contracts';
import { startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { partitionOf } from '#ledger';
import { callId, DeciderFixture, PATIENT_MS } from '../decider.fixture.js';
import { Nodes, startNode } from './nodes.fixture.js';

const PARTITIONS = 4;
const POLICY = { version: '1', default: 'deny', tools: { t: { limits: [{ counter: 'c', window: 'month', max: 50, scope: 'grant' }] } } };

let postgres: ThrowawayPostgres;
let all: DeciderFixture[] = [];

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  const url = await postgres.createDatabase();
  const nodes = new Nodes();
  const first = await startNode(nodes, url, 'a', undefined, { DECISIONS_PARTITIONS: String(PARTITIONS) });
  all = [first, await startNode(nodes, url, 'b', first)];
}, 300_000);

afterAll(async () => {
  await Promise.all(all.map((node) => node.stop()));
  await Promise.all(all.map((node) => node.remove()));
  await postgres.stop();
}, 300_000);

/** The answer's trailing metadata, whatever the answer was. */
const trailersOf = (node: DeciderFixture, request: decision.DecideRequest, token?: string): Promise<{ trailers: Metadata; error: ServiceError | null }> => new Promise((resolve) => {
  let found: ServiceError | null = null;
  const call = node.client.Decide(request, bearer(token ?? all[0]!.token('gateway')), { deadline: Date.now() + PATIENT_MS }, (error) => { found = error; });
  call.on('status', ({ metadata }) => resolve({ trailers: metadata, error: found }));
});
const named = (trailers: Metadata) => Object.fromEntries(['docket-owner', 'docket-partition', 'docket-partitions', 'docket-epoch'].map((key) => [key, trailers.get(key)[0]]));

it('every answer names the owner of its partition, whichever node was asked; so does a refusal, but not to strangers', async () => {
  const [a, b] = all as [DeciderFixture, DeciderFixture];
  const owners = new Set<unknown>();
  for (let i = 0; i < 8 || owners.size < 2; i += 1) {
    const grant = await a.grant(POLICY);
    const partition = partitionOf(grant.id, PARTITIONS);
    const owner = partition % 2 === 0 ? a : b;
    owners.add(owner);
    // Asked last, the other one has heard the owner's epoch.
    const other = owner === a ? b : a;
    await trailersOf(other, { callId: callId(), grant: grant.token, tool: 't' });
    for (const node of [owner, other]) {
      const { trailers, error } = await trailersOf(node, { callId: callId(), grant: grant.token, tool: 't' });
      expect(error).toBeNull();
      expect(named(trailers)).toEqual({ 'docket-owner': owner.address, 'docket-partition': String(partition), 'docket-partitions': String(PARTITIONS), 'docket-epoch': String(owner.app.decisions.ownerOf(partition).epoch) });
      const refused = await trailersOf(node, { callId: '00000000-0000-7000-8000-000000000000', grant: grant.token, tool: 't' });
      expect(refused.error?.code).toBe(9);
      expect(named(refused.trailers)['docket-owner']).toBe(owner.address);
      const stranger = await trailersOf(node, { callId: callId(), grant: grant.token, tool: 't' }, 'dk_nobody');
      expect(stranger.error?.code).toBe(16);
      expect(named(stranger.trailers)['docket-owner']).toBeUndefined();
    }
  }
}, 300_000);

it('on a stream an answer names the owner if that is another node; outcomes go on to it as calls do', async () => {
  const [a, b] = all as [DeciderFixture, DeciderFixture];
  const grants: { id: string; token: string }[] = [];
  const ownersOf = (): Set<number> => new Set(grants.map(({ id }) => partitionOf(id, PARTITIONS) % 2));
  // Of random ids: until there are some of each node.
  while (grants.length < 12 || ownersOf().size < 2) grants.push(await a.grant(POLICY));
  const stream = a.client.DecideStream(bearer(a.token('gateway')));
  const wanted = grants.map(({ token }) => ({ callId: callId(), grant: token, tool: 't' }));
  const answers = new Map<string, decision.DecideStreamAnswer__Output>();
  const settled = new Map<string, decision.DecideStreamAnswer__Output>();
  const done = new Promise<void>((resolve, reject) => {
    stream.on('error', reject).on('end', resolve).on('data', (message: decision.DecideStreamResponse__Output) => {
      for (const answer of message.answers) (answer.decision ? answers : settled).set(answer.callId, answer);
      if (answers.size === wanted.length && settled.size === 0) stream.write({ settlements: wanted.map(({ callId: id, grant }) => ({ callId: id, grant, outcome: 'SUCCEEDED' as const })) });
      if (settled.size === wanted.length) stream.end();
    });
  });
  stream.write({ calls: wanted });
  await done;
  const partitions = grants.map(({ id }) => partitionOf(id, PARTITIONS));
  for (const [i, { callId: id }] of wanted.entries()) {
    const { decision: verdict, owner } = answers.get(id)!;
    expect(verdict?.verdict).toBe('ALLOW');
    expect(settled.get(id)!.settled).toMatchObject({ outcome: 'SUCCEEDED', replayed: false, receipt: { partition: partitions[i] } });
    if (partitions[i]! % 2 === 0) expect(owner).toBeNull();
    else expect(owner).toMatchObject({ address: b.address, partition: partitions[i], partitions: PARTITIONS });
  }
}, 300_000);

it('any node tells of all nodes and partitions, to administrators and auditors only', async () => {
  const [a, b] = all as [DeciderFixture, DeciderFixture];
  const status = (node: DeciderFixture, token: string): Promise<cluster.GetClusterResponse__Output> => new Promise((resolve, reject) => {
    const client = clusterClient(node.address, credentials.createInsecure());
    client.GetCluster({}, bearer(token), { deadline: Date.now() + PATIENT_MS }, (error, value) => {
      client.close();
      if (error) reject(error);
      else resolve(value!);
    });
  });
  /** Once both answer for themselves, and nothing is behind; the test's own time-out is the limit. */
  const settled = async (node: DeciderFixture, token: string): Promise<cluster.GetClusterResponse__Output> => {
    for (;;) {
      const found = await status(node, token);
      if (found.nodes.every(({ reachable }) => reachable) && found.partitions.every(({ standby, standbyLag }) => standby !== '' && standbyLag === 0)) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const found = await settled(b, a.token('auditor'));
  expect(found.answeredBy).toBe('b');
  expect(found.nodes).toMatchObject([{ name: 'a', address: a.address, reachable: true, owned: 3, standingBy: 2 }, { name: 'b', address: b.address, reachable: true, owned: 2, standingBy: 3 }]);
  expect(found.partitions.map(({ topic, partition, owner, standby, state }) => [topic, partition, owner, standby, state])).toEqual([
    ...Array.from({ length: PARTITIONS }, (_, partition) => ['docket.decisions', partition, ...(partition % 2 === 0 ? ['a', 'b'] : ['b', 'a']), 'SERVING']), ['docket.registry', 0, 'a', 'b', 'SERVING'],
  ]);
  for (const { epoch, lastClaim, owner } of found.partitions) expect(lastClaim).toMatchObject({ node: owner, epoch });
  // Not how far they have come: heads are signed meanwhile.
  const places = ({ partitions }: cluster.GetClusterResponse__Output) => partitions.map(({ topic, partition, owner, standby, state, epoch, lastClaim }) => ({ topic, partition, owner, standby, state, epoch, lastClaim }));
  expect(places(await settled(a, a.token('admin')))).toEqual(places(found));
  await expect(status(a, a.token('gateway'))).rejects.toMatchObject({ code: 7 });
  await expect(status(a, 'dk_nobody')).rejects.toMatchObject({ code: 16 });
}, 300_000);
