import fc from 'fast-check';
import { assign, type Assigned, type MemberView } from './assign.js';

const TOPIC = 'docket.decisions';
const member = (id: string, owned: readonly number[] = [], standing: readonly number[] = [], partitions = 16): MemberView =>
  ({ id, node: id, address: `127.0.0.1:${7_000 + id.charCodeAt(0)}`, topics: { [TOPIC]: { partitions, owned, standing } } });
const of = (members: readonly MemberView[]): readonly Assigned[] => assign(members)[TOPIC]!;
const held = (assigned: readonly Assigned[], id: string, kind: 'owner' | 'standby'): number[] => assigned.flatMap((one, partition) => (one[kind] === id ? [partition] : []));
/** The same members once they have done what they were told, without those that died. */
const after = (members: readonly MemberView[], assigned: readonly Assigned[], gone: readonly string[] = []): MemberView[] =>
  members.filter(({ id }) => !gone.includes(id)).map(({ id }) => member(id, held(assigned, id, 'owner'), held(assigned, id, 'standby')));

test('one member owns everything, and nobody stands by', () => {
  expect(of([member('a')])).toEqual(Array.from({ length: 16 }, () => ({ owner: 'a', standby: null, movedFrom: null })));
});

test('a second member gets half, moved from the first; each stands by for the other', () => {
  const assigned = of([member('a', Array.from({ length: 16 }, (_, i) => i)), member('b')]);
  expect(held(assigned, 'a', 'owner')).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(held(assigned, 'b', 'owner')).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
  expect(assigned.slice(8).every(({ movedFrom, standby }) => movedFrom === 'a' && standby === 'a')).toBe(true);
  expect(assigned.slice(0, 8).every(({ movedFrom, standby }) => movedFrom === null && standby === 'b')).toBe(true);
});

test('what a dead member owned goes to those who stood by for it, as far as fairness allows', () => {
  const members = ['a', 'b', 'c'].map((id) => member(id));
  const first = of(members);
  const settled = after(members, first, ['c']);
  const second = of(settled);
  const orphans = held(first, 'c', 'owner');
  expect(orphans.length).toBeGreaterThan(4);
  expect(orphans.filter((partition) => second[partition]!.owner === first[partition]!.standby).length).toBeGreaterThanOrEqual(orphans.length - 1);
  expect(second.every(({ movedFrom }) => movedFrom === null)).toBe(true);
});

test('members come and go: always fair, complete, never standing by for oneself, and nothing moves without need', () => {
  const ids = fc.uniqueArray(fc.constantFrom<string>('a', 'b', 'c', 'd', 'e', 'f'), { minLength: 1, maxLength: 6 });
  fc.assert(fc.property(fc.array(ids, { minLength: 1, maxLength: 6 }), (history) => {
    let assigned: readonly Assigned[] = [];
    let before: readonly string[] = [];
    for (const present of history) {
      const members = present.map((id) => (before.includes(id) ? member(id, held(assigned, id, 'owner'), held(assigned, id, 'standby')) : member(id)));
      const next = of(members);
      expect(of([...members].reverse())).toEqual(next);
      const loads = present.map((id) => held(next, id, 'owner').length);
      expect(loads.reduce((sum, one) => sum + one, 0)).toBe(16);
      expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1);
      expect(next.every(({ owner, standby }) => present.length === 1 ? standby === null : standby !== owner && present.includes(standby!))).toBe(true);
      const moved = next.filter(({ movedFrom }) => movedFrom !== null).length;
      const over = present.reduce((sum, id) => sum + Math.max(0, (before.includes(id) ? held(assigned, id, 'owner').length : 0) - Math.floor(16 / present.length)), 0);
      expect(moved).toBeLessThanOrEqual(over);
      assigned = next;
      before = present;
    }
  }), { numRuns: 300 });
});

test('a topic is shared among those who know it', () => {
  const both = { ...member('a'), topics: { [TOPIC]: { partitions: 4, owned: [], standing: [] }, 'docket.registry': { partitions: 1, owned: [], standing: [] } } };
  const one = { ...member('b'), topics: { 'docket.registry': { partitions: 1, owned: [0], standing: [] } } };
  const assigned = assign([both, one]);
  expect(assigned[TOPIC]).toEqual(Array.from({ length: 4 }, () => ({ owner: 'a', standby: null, movedFrom: null })));
  expect(assigned['docket.registry']).toEqual([{ owner: 'b', standby: 'a', movedFrom: null }]);
});

test('two that both believe to own a partition: one of them goes on, the other is not called moved from', () => {
  const assigned = of([member('a', [0, 1], [], 2), member('b', [1], [], 2)]);
  expect(assigned.map(({ owner }) => owner).sort()).toEqual(['a', 'b']);
});
