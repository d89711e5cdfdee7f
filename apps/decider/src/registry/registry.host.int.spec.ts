import { MemorySnapshotStore } from '#ledger';
import type { Edit } from '#registry';
import { ADA, ALLOW_ALL, DENY_ALL, until, Worlds } from './fixtures/world.js';

const ALL = [0, 1, 2, 3];
let worlds: Worlds;
beforeEach(() => {
  worlds = new Worlds();
});
afterEach(() => worlds.end());

describe('an edit', () => {
  it('acts on the next call', async () => {
    const world = await (await worlds.next()).start();
    const grantId = await world.grant('');
    expect(await world.decisions.decide(grantId)).toBe('DENY (no policy)');

    const attached = await world.edits.attachPolicy(ADA, grantId, 'open', 'enforce');
    expect(attached.inForce.pendingPartitions).toEqual([]);
    expect(await world.decisions.decide(grantId)).toBe('ALLOW');

    const published = await world.edits.publishPolicy(ADA, 'open', DENY_ALL);
    expect(published).toMatchObject({ unchanged: false, version: { in_force: true }, inForce: { pendingPartitions: [] } });
    expect(await world.decisions.decide(grantId)).toBe('DENY (default deny)');

    await world.edits.revokeGrant(ADA, grantId);
    expect(await world.decisions.decide(grantId)).toMatch(/^(unauthenticated|permission_denied) /);
  });

  it('is in the log of every partition that it concerns and of no other', async () => {
    const world = await (await worlds.next()).start();
    const grantId = await world.grant();
    const expected = ALL.map((partition) => (partition === world.partitionOf(grantId) ? 2 : 1));
    expect(await world.decisions.loggedEdits()).toEqual(expected);
  });

  it('names the partitions where it is not in force yet, and is in force as soon as they are back', async () => {
    const world = await (await worlds.next()).start();
    const grantId = await world.grant();
    world.decisions.away.add(1).add(3);

    const { inForce } = await world.told(2, (deadlineMs) => world.edits.publishPolicy(ADA, 'open', DENY_ALL, deadlineMs));
    expect(inForce.pendingPartitions).toEqual([1, 3]);
    expect((await world.edits.getPolicy(ADA, 'open', '')).inForce).toEqual(inForce);
    expect(world.host.feedStatus().map(({ pending, problem }) => `${pending} ${problem}`.trim())).toEqual([
      '0', '1 PARTITION_NOT_CLAIMED', '0', '1 PARTITION_NOT_CLAIMED',
    ]);

    world.decisions.away.clear();
    await until(async () => (await world.edits.getPolicy(ADA, 'open', '')).inForce.pendingPartitions.length === 0);
    expect(await world.decisions.decide(grantId)).toBe('DENY (default deny)');
  });

  it('of a grant concerns its partition only', async () => {
    const world = await (await worlds.next()).start();
    const grantId = await world.grant();
    const own = world.partitionOf(grantId);
    for (const partition of ALL) if (partition !== own) world.decisions.away.add(partition);
    expect((await world.edits.revokeGrant(ADA, grantId)).inForce.pendingPartitions).toEqual([]);

    world.decisions.away.add(own);
    const { grant, inForce } = await world.told(1, (deadlineMs) => world.edits.issueGrant(ADA, { server_id: 'files', policy_id: '', label: '', expires_at_ms: null }, deadlineMs));
    expect(inForce.pendingPartitions).toEqual([world.partitionOf(grant.grant_id)]);
    expect((await world.edits.getGrant(ADA, grant.grant_id)).inForce).toEqual(inForce);
  });

  it('that changes nothing is told where it is in force all the same', async () => {
    const world = await (await worlds.next()).start();
    await world.grant();
    world.decisions.away.add(2);
    await world.told(1, (deadlineMs) => world.edits.publishPolicy(ADA, 'open', DENY_ALL, deadlineMs));
    const again = await world.told(1, (deadlineMs) => world.edits.publishPolicy(ADA, 'open', DENY_ALL, deadlineMs));
    expect(again).toMatchObject({ unchanged: true, inForce: { pendingPartitions: [2] } });
  });

  it('that is refused is in no log and makes no key', async () => {
    const world = await (await worlds.next()).start();
    const end = world.host.follower.through;
    await expect(world.edits.issueGrant(ADA, { server_id: 'missing', policy_id: '', label: '', expires_at_ms: null })).rejects.toMatchObject({ kind: 'not_found' });
    await expect(world.edits.publishPolicy(ADA, 'x', Buffer.from('{"version":"2"}'))).rejects.toMatchObject({ kind: 'invalid_argument', reason: 'POLICY_INVALID' });
    expect(world.host.follower.through).toBe(end);
    expect(world.keysMade).toEqual([]);
  });

  it('by several authors at once is in force for each when its answer comes', async () => {
    const world = await (await worlds.next()).start();
    await world.grant();
    await Promise.all(Array.from({ length: 40 }, async (_, n) => {
      const { grant, inForce } = await world.edits.issueGrant(ADA, { server_id: 'files', policy_id: 'open', label: `n ${n}`, expires_at_ms: null });
      expect(inForce.pendingPartitions).toEqual([]);
      expect(await world.decisions.decide(grant.grant_id)).toBe('ALLOW');
    }));
    expect(world.keysMade).toHaveLength(41);
  });
});

describe('while a partition has too much waiting', () => {
  it('authors are refused before anything is logged, and revocations still go in', async () => {
    const world = await (await worlds.next(undefined, undefined, { feedPendingMax: 2 })).start();
    const grantId = await world.grant();
    world.decisions.away.add(world.partitionOf(grantId));
    await world.told(1, (deadlineMs) => world.edits.publishPolicy(ADA, 'open', DENY_ALL, deadlineMs));
    await world.told(1, (deadlineMs) => world.edits.publishPolicy(ADA, 'open', ALLOW_ALL, deadlineMs));
    const end = world.host.follower.through;
    await expect(world.edits.publishPolicy(ADA, 'open', DENY_ALL)).rejects.toMatchObject({ kind: 'resource_exhausted', reason: 'EDITS_PENDING' });
    expect(world.host.follower.through).toBe(end);
    expect((await world.told(1, (deadlineMs) => world.edits.revokeGrant(ADA, grantId, deadlineMs))).inForce.pendingPartitions).toEqual([world.partitionOf(grantId)]);
    world.decisions.away.clear();
    await until(async () => (await world.edits.getGrant(ADA, grantId)).inForce.pendingPartitions.length === 0);
    expect(await world.edits.publishPolicy(ADA, 'open', DENY_ALL)).toMatchObject({ unchanged: false, inForce: { pendingPartitions: [] } });
  });
});

describe('a restart', () => {
  it('from a snapshot is as good as one from the beginning', async () => {
    const snapshots = new MemorySnapshotStore();
    const before = await (await worlds.next(undefined, undefined, { snapshots })).start();
    const grantId = await before.grant();
    await before.stop();
    const [taken] = await snapshots.newest('docket.registry', 0, 1);
    expect(taken?.resume.offset).toBe(before.host.follower.through + 1);

    const after = await (await worlds.next(undefined, undefined, { snapshots })).start();
    expect((await after.edits.getGrant(ADA, grantId)).grant).toEqual((await before.edits.getGrant(ADA, grantId)).grant);
    expect(await after.decisions.decide(grantId)).toBe('ALLOW');
    await after.edits.revokeGrant(ADA, grantId);
    expect(await after.decisions.decide(grantId)).toMatch(/^(unauthenticated|permission_denied) /);
    expect([...before.alarms, ...after.alarms]).toEqual([]);
  });

  it('completes what was accepted and not in force everywhere', async () => {
    const before = await (await worlds.next()).start();
    const grantId = await before.grant();
    for (const partition of ALL) before.decisions.away.add(partition);
    await before.told(ALL.length, (deadlineMs) => before.edits.publishPolicy(ADA, 'open', DENY_ALL, deadlineMs));
    const late = await before.told(1, (deadlineMs) => before.edits.issueGrant(ADA, { server_id: 'files', policy_id: 'open', label: '', expires_at_ms: null }, deadlineMs));
    expect(late.inForce.pendingPartitions).toHaveLength(1);
    await before.stop();

    const after = await (await worlds.next()).start([2]);
    await until(async () => (await after.edits.getPolicy(ADA, 'open', '')).inForce.pendingPartitions.join() === '2');
    after.decisions.away.clear();
    await until(async () => (await after.edits.getPolicy(ADA, 'open', '')).inForce.pendingPartitions.length === 0);
    expect(await after.decisions.decide(grantId)).toBe('DENY (default deny)');
    expect(await after.decisions.decide(late.grant.grant_id)).toBe('DENY (default deny)');
    expect((await after.edits.getGrant(ADA, late.grant.grant_id)).inForce.pendingPartitions).toEqual([]);
  });

  it('with nothing left to do writes nothing', async () => {
    const before = await (await worlds.next()).start();
    const grantId = await before.grant();
    const logged = await before.decisions.loggedEdits();
    await before.stop();
    const after = await (await worlds.next()).start();
    await until(async () => (await after.edits.getPolicy(ADA, 'open', '')).inForce.pendingPartitions.length === 0);
    await until(async () => (await after.edits.getGrant(ADA, grantId)).inForce.pendingPartitions.length === 0);
    expect(await after.decisions.loggedEdits()).toEqual(logged);
    expect(await after.decisions.decide(grantId)).toBe('ALLOW');
  });
});

describe('a deposed owner of the registry', () => {
  it('changes nothing by edits that it submits late', async () => {
    const world = await (await worlds.next()).start();
    const grantId = await world.grant();
    const late: Edit[] = [];
    world.host.follower.onChange(({ edit }) => edit && late.push(edit));
    await world.edits.publishPolicy(ADA, 'open', DENY_ALL);
    await world.edits.publishPolicy(ADA, 'open', ALLOW_ALL);
    await world.edits.revokeGrant(ADA, grantId);
    const logged = await world.decisions.loggedEdits();

    for (const edit of late) for (const partition of ALL) {
      if (edit.type === 'SetPolicyVersion' || partition === world.partitionOf(grantId)) await world.decisions.port().submit(partition, edit, world.runtime.monotonicMs() + 60_000);
    }
    expect(late).toHaveLength(3);
    expect(await world.decisions.loggedEdits()).toEqual(logged);
    expect(await world.decisions.decide(grantId)).toMatch(/^(unauthenticated|permission_denied) /);
  });

  it('is refused by the log, and the new owner goes on with what both have done', async () => {
    const deposed = await (await worlds.next()).start();
    await deposed.grant();
    const owner = await worlds.next();
    await owner.host.start();
    await expect(deposed.edits.registerServer(ADA, 'late', 'Late', deposed.runtime.monotonicMs() + 60_000)).rejects.toMatchObject({ kind: 'unavailable' });
    const { server } = await owner.edits.registerServer(ADA, 'mail', 'Mail');
    expect(server).toMatchObject({ server_id: 'mail' });
    expect([...(owner.edits.state.organisations.get('default')?.servers.keys() ?? [])]).toEqual(['files', 'mail']);
  });
});
