import fc from 'fast-check';
import { assign, type Assigned, type Assignment, type MemberView } from './assign.js';

const TOPIC = 'docket.decisions';
const OTHER = 'docket.registry';
const member = (id: string, owned: readonly number[] = [], standing: readonly number[] = [], partitions = 16): MemberView =>
  ({ id, node: id, address: `127.0.0.1:${7_000 + id.charCodeAt(0)}`, topics: { [TOPIC]: { partitions, owned, standing } } });
const of = (members: readonly MemberView[]): readonly Assigned[] => assign(members)[TOPIC]!;
const held = (assigned: readonly Assigned[], id: string, kind: 'owner' | 'standby'): number[] => assigned.flatMap((one, partition) => (one[kind] === id ? [partition] : []));
/** The same members once they have done what they were told. */
const after = (members: readonly MemberView[], assignment: Assignment): MemberView[] => members.map((one) => ({
  ...one, topics: Object.fromEntries(Object.entries(one.topics).map(([topic, { partitions }]) => [topic, { partitions, owned: held(assignment[topic]!, one.id, 'owner'), standing: held(assignment[topic]!, one.id, 'standby') }])),
}));
const movesIn = (assignment: Assignment): Assigned[] => Object.values(assignment).flat().filter(({ movedFrom }) => movedFrom !== null);
/** Every assignment until nothing moves any more, each done before the next is made. */
const untilSettled = (members: readonly MemberView[]): { readonly members: readonly MemberView[]; readonly steps: readonly Assignment[] } => {
  const steps = [assign(members)];
  for (let now = after(members, steps[0]!); ; now = after(now, steps.at(-1)!)) {
    steps.push(assign(now));
    if (steps.length > 200) throw new Error('it never settles');
    if (movesIn(steps.at(-1)!).length === 0) return { members: after(now, steps.at(-1)!), steps };
  }
};
const imbalance = (counts: readonly number[]): number => Math.max(...counts) - Math.min(...counts);

test('one member owns everything, and nobody stands by', () => {
  expect(of([member('a')])).toEqual(Array.from({ length: 16 }, () => ({ owner: 'a', standby: null, movedFrom: null })));
});

test('a second member gets half, moved from the first one by one; it stands by for what is still to come, and in the end each for the other', () => {
  const { members, steps } = untilSettled([member('a', Array.from({ length: 16 }, (_, i) => i)), member('b')]);
  const [first] = steps;
  expect(movesIn(first!)).toEqual([{ owner: 'b', standby: 'a', movedFrom: 'a' }]);
  expect(held(first![TOPIC]!, 'b', 'owner')).toEqual([8]);
  expect(held(first![TOPIC]!, 'b', 'standby')).toEqual(expect.arrayContaining([9, 10, 11, 12, 13, 14, 15]));
  const last = assign(members)[TOPIC]!;
  expect(held(last, 'a', 'owner')).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(held(last, 'b', 'owner')).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
  expect(last.every(({ owner, standby }) => standby === (owner === 'a' ? 'b' : 'a'))).toBe(true);
});

test('a third member stands by for as many as the others', () => {
  const { members: two } = untilSettled([member('a'), member('b')]);
  const { members } = untilSettled([...two, member('c')]);
  const last = assign(members)[TOPIC]!;
  expect(['a', 'b', 'c'].map((id) => held(last, id, 'owner').length).sort()).toEqual([5, 5, 6]);
  expect(['a', 'b', 'c'].map((id) => held(last, id, 'standby').length).sort()).toEqual([5, 5, 6]);
});

test('what a dead member owned goes at once to those who stood by for it, as far as fairness allows', () => {
  const { members } = untilSettled(['a', 'b', 'c'].map((id) => member(id)));
  const first = of(members);
  const second = of(members.filter(({ id }) => id !== 'c'));
  const orphans = held(first, 'c', 'owner');
  expect(orphans.length).toBeGreaterThan(4);
  expect(orphans.filter((partition) => second[partition]!.owner === first[partition]!.standby).length).toBeGreaterThanOrEqual(orphans.length - 1);
  expect(second.every(({ movedFrom }) => movedFrom === null)).toBe(true);
  expect(imbalance(['a', 'b'].map((id) => held(second, id, 'owner').length))).toBe(0);
});

test('members come and go: in the end owners and standbys are balanced, nobody stands by for himself, nothing moves without need, and never two at a time', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'] as const;
  const present = fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: names.length });
  fc.assert(fc.property(fc.array(present, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 24 }), (history, partitions) => {
    let members: readonly MemberView[] = [];
    for (const ids of history) {
      const fresh = (id: string): MemberView => ({ ...member(id, [], [], partitions), topics: { [TOPIC]: { partitions, owned: [], standing: [] }, [OTHER]: { partitions: 1, owned: [], standing: [] } } });
      const now = ids.map((id) => members.find((one) => one.id === id) ?? fresh(id));
      const owned = (topic: string): number[] => now.map(({ topics }) => topics[topic]!.owned.length);
      // What nobody alive has does not move, it is given; of the rest only what is above the share.
      const over = [TOPIC, OTHER].reduce((sum, topic) => sum + owned(topic).reduce((more, count) => more + Math.max(0, count - Math.floor((topic === TOPIC ? partitions : 1) / ids.length)), 0), 0);
      const { members: settled, steps } = untilSettled(now);
      expect(steps.reduce((sum, step) => sum + movesIn(step).length, 0)).toBeLessThanOrEqual(over);
      let before = now;
      for (const step of steps) {
        expect(assign([...before].reverse())).toEqual(step);
        expect(movesIn(step).length).toBeLessThanOrEqual(1);
        for (const [topic, all] of Object.entries(step)) {
          // Whoever serves goes on, but for the one that moves.
          for (const { id, topics } of before) for (const partition of topics[topic]!.owned) expect([id, all[partition]!.movedFrom === id ? all[partition]!.owner : id]).toContain(all[partition]!.owner);
          expect(all.every(({ owner, standby }) => ids.includes(owner as never) && (ids.length === 1 ? standby === null : standby !== owner && ids.includes(standby as never)))).toBe(true);
        }
        before = after(before, step);
      }
      const last = assign(settled);
      expect(after(settled, last)).toEqual(settled);
      for (const all of Object.values(last)) {
        expect(imbalance(ids.map((id) => held(all, id, 'owner').length))).toBeLessThanOrEqual(1);
        if (ids.length > 1) expect(imbalance(ids.map((id) => held(all, id, 'standby').length))).toBeLessThanOrEqual(1);
      }
      members = settled;
    }
  }), { numRuns: 60 });
});

test('a topic is shared among those who know it', () => {
  const both = { ...member('a'), topics: { [TOPIC]: { partitions: 4, owned: [], standing: [] }, [OTHER]: { partitions: 1, owned: [], standing: [] } } };
  const one = { ...member('b'), topics: { [OTHER]: { partitions: 1, owned: [0], standing: [] } } };
  const assigned = assign([both, one]);
  expect(assigned[TOPIC]).toEqual(Array.from({ length: 4 }, () => ({ owner: 'a', standby: null, movedFrom: null })));
  expect(assigned[OTHER]).toEqual([{ owner: 'b', standby: 'a', movedFrom: null }]);
});

test('two that both believe to own a partition: one of them goes on, the other is not called moved from', () => {
  const assigned = of([member('a', [0, 1], [], 2), member('b', [1], [], 2)]);
  expect(assigned.map(({ owner }) => owner).sort()).toEqual(['a', 'b']);
});
