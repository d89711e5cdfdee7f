import { ADA, until, Worlds, type World } from './fixtures/world.js';

let worlds: Worlds;
beforeEach(() => {
  worlds = new Worlds();
});
afterEach(() => worlds.end());

const erase = (world: World, grantId: string) => world.edits.eraseGrant(ADA, grantId);

test('is answered when the partition has logged it and the key is destroyed; the node drops its copy before and after', async () => {
  const world = await (await worlds.next()).start();
  const grantId = await world.grant();
  expect(await erase(world, grantId)).toMatchObject({ grant: { erased_at_ms: expect.any(Number) as number }, inForce: { pendingPartitions: [] }, keyDestroyed: true });
  expect(world.keysForgotten).toEqual([grantId]);
  expect(world.keysDestroyed).toEqual([grantId]);
  expect(world.alarms).toEqual([]);
});

test('while the keys cannot be reached it says so, alarms once, and goes on until it is done', async () => {
  const world = await (await worlds.next()).start();
  const grantId = await world.grant();
  world.areKeysAway = true;
  expect(await world.told(1, (deadlineMs) => world.edits.eraseGrant(ADA, grantId, deadlineMs))).toMatchObject({ keyDestroyed: false, inForce: { pendingPartitions: [] } });
  await until(() => world.alarms.length > 0);
  expect(world.alarms).toEqual([expect.stringContaining('1 erased grants still have their keys')]);
  world.areKeysAway = false;
  await until(() => world.keysDestroyed.length > 0);
  expect(await erase(world, grantId)).toMatchObject({ keyDestroyed: true });
  expect(world.alarms).toHaveLength(1);
});

test('a node that dies between the event and the key leaves it to the next start', async () => {
  const first = await (await worlds.next()).start();
  const [kept, erased] = [await first.grant(), await first.grant()];
  first.areKeysAway = true;
  await first.told(1, (deadlineMs) => first.edits.eraseGrant(ADA, erased, deadlineMs));
  await first.stop();
  expect(first.keysDestroyed).toEqual([]);

  const second = await (await worlds.next()).start();
  expect(second.keysDestroyed).toEqual([erased]);
  expect((await second.edits.getGrant(ADA, kept)).grant.erased_at_ms).toBeNull();
});

test('a start does not serve before the keys of all erased grants are destroyed', async () => {
  const first = await (await worlds.next()).start();
  await erase(first, await first.grant());
  await first.stop();
  const second = await worlds.next();
  await second.host.start();
  second.areKeysAway = true;
  await expect(second.erasures.start()).rejects.toThrow('cannot be reached');
});

test('an erasure is never turned away because other edits wait', async () => {
  const world = await (await worlds.next(undefined, undefined, { feedPendingMax: 1 })).start();
  const grantId = await world.grant();
  world.decisions.away.add(world.partitionOf(grantId));
  expect(await world.told(1, (deadlineMs) => world.edits.revokeGrant(ADA, grantId, deadlineMs))).toMatchObject({ inForce: { pendingPartitions: [world.partitionOf(grantId)] } });
  expect(await world.told(1, (deadlineMs) => world.edits.eraseGrant(ADA, grantId, deadlineMs))).toMatchObject({ keyDestroyed: true, inForce: { pendingPartitions: [world.partitionOf(grantId)] } });
  world.decisions.away.clear();
});
