import { APPROVAL_SERVICE, CLUSTER_SERVICE, DECISION_SERVICE, NODE_SERVICE } from '#contracts';
import { laneOf, LANES, PeerLane } from './peer-lane.js';

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

function lane(atOnceMax: number, waitingMax: number, bytesMax = 1_000_000) {
  let nowMs = 0;
  const started: string[] = [];
  const open = new Map<string, () => void>();
  const made = new PeerLane({ atOnceMax, waitingMax, bytesMax }, () => nowMs);
  return {
    lane: made, started,
    pass: (ms: number): void => { nowMs += ms; },
    ask: (name: string, { bytes = 1, deadlineMs = 1_000 } = {}): Promise<string> => made.run(bytes, deadlineMs, () => {
      started.push(name);
      return new Promise((resolve) => open.set(name, () => resolve(name)));
    }),
    answer: async (name: string): Promise<void> => {
      open.get(name)!();
      await settled();
    },
  };
}

it('hands on so many calls at once, the others in their order when there is room', async () => {
  const { lane: one, ask, started, answer } = lane(2, 10);
  const all = ['a', 'b', 'c', 'd'].map((name) => ask(name));
  expect(started).toEqual(['a', 'b']);
  await answer('b');
  expect(started).toEqual(['a', 'b', 'c']);
  await answer('a');
  await answer('c');
  await answer('d');
  expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd']);
  expect(one.load).toEqual({ calls: 0, bytes: 0 });
});

it('refuses what is beyond its bounds, in calls and in bytes, and says when to come again', async () => {
  const full = lane(1, 1);
  void full.ask('a');
  void full.ask('b');
  const refused = await full.ask('c').catch((error: unknown) => error);
  expect(refused).toMatchObject({ kind: 'resource_exhausted', reason: 'OWNER_BUSY', metadata: { outcome: 'not_decided' } });
  expect((refused as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(0);
  const large = lane(10, 10, 100);
  void large.ask('a', { bytes: 60 });
  await expect(large.ask('b', { bytes: 41 })).rejects.toMatchObject({ reason: 'OWNER_BUSY' });
  void large.ask('c', { bytes: 40 });
  expect(large.started).toEqual(['a', 'c']);
});

it('does not hand on a call whose deadline has passed by its turn', async () => {
  const { ask, started, answer, pass, lane: one } = lane(1, 10);
  void ask('a');
  const late = ask('late', { deadlineMs: 50 });
  const late2 = ask('late too', { deadlineMs: 50 });
  late2.catch(() => undefined);
  void ask('b');
  pass(60);
  const found = late.catch((error: unknown) => error);
  await answer('a');
  expect(await found).toMatchObject({ kind: 'deadline_exceeded', reason: 'DEADLINE_PASSED', metadata: { outcome: 'not_decided' } });
  expect(started).toEqual(['a', 'b']);
  expect(one.load).toEqual({ calls: 1, bytes: 1 });
});

test('what nodes ask while they decide a call that was handed on waits behind no such call; all lanes together fit one connection', () => {
  expect([laneOf(DECISION_SERVICE, 'Decide'), laneOf(APPROVAL_SERVICE, 'WaitApproval'), laneOf(NODE_SERVICE, 'Apply'), laneOf(CLUSTER_SERVICE, 'TakeOver')]).toEqual(['calls', 'longPolls', 'commands', 'commands']);
  expect(Object.values(LANES).reduce((sum, { atOnceMax }) => sum + atOnceMax, 0)).toBeLessThan(1_000);
});
