import { amountJson, ofAmountJson } from './amount-json.js';
import type { SlidingCounter } from './sliding-counter.js';
import type { DecisionState } from './state.js';

/** [counter, [ms since the one before, amount, calls, …]]: times as steps, since most of them are small. */
export type SlidingRow = readonly [string, readonly (string | number)[]];

export function slidingRow(counter: SlidingCounter): SlidingRow {
  const slots: (string | number)[] = [];
  let before = 0;
  for (const [leaveMs, amount, calls] of counter.entries()) {
    slots.push(leaveMs - before, amountJson(amount), calls);
    before = leaveMs;
  }
  return [counter.counter, slots];
}

export function restoreSliding(state: DecisionState, [counter, slots]: SlidingRow): void {
  let leaveMs = 0;
  for (let i = 0; i < slots.length; i += 3) {
    leaveMs += slots[i] as number;
    state.sliding.add(leaveMs, counter, ofAmountJson(slots[i + 1] as string | number), slots[i + 2] as number);
  }
}
