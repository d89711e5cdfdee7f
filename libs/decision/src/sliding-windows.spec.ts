import fc from 'fast-check';
import { type ExactNumber, addExact, compareExact, exactText, parseExactNumber } from '#policy';
import { DueQueue } from './due-queue.js';
import { SlidingWindows } from './sliding-windows.js';

test('the queue gives items back earliest first, whatever is removed and moved meanwhile', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('add', 'remove', 'move', 'drop'), fc.nat(20), fc.nat(50)), { maxLength: 60 }), (steps) => {
      const queue = new DueQueue<{ dueMs: number; place: number }>();
      let items: { dueMs: number; place: number }[] = [];
      for (const [type, which, dueMs] of steps) {
        const one = items[which % Math.max(1, items.length)];
        if (type === 'add' || one === undefined) {
          const item = { dueMs, place: -1 };
          items.push(item);
          queue.add(item);
        } else if (type === 'move') {
          one.dueMs = dueMs;
          queue.moved(one);
        } else {
          const gone = type === 'remove' ? one : queue.first;
          if (gone !== undefined) queue.remove(gone);
          items = items.filter((item) => item !== gone);
        }
        expect(queue.first?.dueMs ?? Infinity).toBe(Math.min(Infinity, ...items.map((item) => item.dueMs)));
      }
    }),
  );
});

interface Entry { readonly leaveMs: number; readonly amount: ExactNumber }
type Step = { readonly type: 'add' | 'refund' | 'wait'; readonly counter: string; readonly ms: number; readonly amount: string; readonly which: number };

const step: fc.Arbitrary<Step> = fc.record({
  type: fc.constantFrom('add', 'add', 'add', 'refund', 'wait'),
  counter: fc.constantFrom('a', 'b'),
  ms: fc.nat(40),
  amount: fc.constantFrom('1', '1', '1', '0', '0.1', '2.25', '9007199254740991', '9007199254740993'),
  which: fc.nat(),
});
const exact = (text: string): ExactNumber => parseExactNumber(text) as ExactNumber;
const sum = (entries: readonly Entry[]): ExactNumber => entries.reduce<ExactNumber>((total, { amount }) => addExact(total, amount), 0);
const WINDOW_MS = 100;

test('a counter holds exactly what is inside its window, by any history, and says when enough will have left', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 80 }), fc.boolean(), fc.nat(WINDOW_MS), (steps, drops, laterMs) => {
      const windows = new SlidingWindows();
      const naive = new Map<string, Entry[]>([['a', []], ['b', []]]);
      let nowMs = 1_795_428_030_000;
      for (const { type, counter, ms, amount, which } of steps) {
        const entries = naive.get(counter) as Entry[];
        if (type === 'wait') nowMs += ms;
        else if (type === 'add') {
          entries.push({ leaveMs: nowMs + WINDOW_MS, amount: exact(amount) });
          windows.add(nowMs + WINDOW_MS, counter, exact(amount));
        } else if (entries.length > 0) {
          const [gone] = entries.splice(which % entries.length, 1) as [Entry];
          windows.refund(gone.leaveMs, counter, gone.amount);
        }
        if (drops) windows.dropLeft(nowMs);
      }
      const thenMs = nowMs + laterMs;
      let slots = 0;
      for (const [counter, entries] of naive) {
        const found = windows.find(counter);
        const inside = entries.filter(({ leaveMs }) => leaveMs > thenMs);
        const { used, calls } = found?.at(thenMs) ?? { used: 0, calls: 0 };
        expect([exactText(used), calls]).toEqual([exactText(sum(inside)), inside.length]);
        if (drops) slots += new Set(entries.filter(({ leaveMs }) => leaveMs > nowMs).map(({ leaveMs }) => leaveMs)).size;
        for (const amount of ['0.05', '1', '3.5'].map(exact)) {
          if (compareExact(amount, used) > 0) continue;
          const untilMs = inside.find((_, i) => compareExact(sum(inside.slice(0, i + 1)), amount) >= 0)?.leaveMs;
          expect(found?.whenLeft(amount, thenMs)).toBe(untilMs);
        }
        if (inside.length > 0) expect([found?.firstLeaveAfter(thenMs), found?.lastLeaveMs]).toEqual([inside[0]?.leaveMs, inside.at(-1)?.leaveMs]);
      }
      if (drops) expect(windows.slots).toBe(slots);
    }),
    { numRuns: 300 },
  );
});

test('counts 100,000 entries as it counts three, and drops them as they leave', () => {
  const windows = new SlidingWindows();
  for (let i = 0; i < 100_000; i++) windows.add(1_000 + i, 'c', i % 3 === 0 ? exact('0.1') : 1);
  const counter = windows.find('c');
  expect([exactText(counter?.used ?? 0), counter?.calls, windows.slots]).toEqual(['69999.4', 100_000, 100_000]);
  expect(counter?.whenLeft(50_000, 0)).toBe(1_000 + 71_428);
  windows.refund(1_000 + 71_428, 'c', 1);
  expect(windows.slots).toBe(99_999);
  windows.dropLeft(1_000 + 99_998);
  expect([exactText(counter?.used ?? 0), counter?.calls, windows.slots]).toEqual(['0.1', 1, 1]);
  windows.dropLeft(1_000 + 99_999);
  expect([windows.find('c'), windows.slots]).toEqual([undefined, 0]);
});
