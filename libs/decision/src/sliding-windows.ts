import type { ExactNumber } from '#policy';
import { DueQueue } from './due-queue.js';
import { SlidingCounter } from './sliding-counter.js';

/** What counters have used in their sliding windows. One that has nothing inside costs nothing. */
export class SlidingWindows {
  private readonly counters = new Map<string, SlidingCounter>();
  private readonly due = new DueQueue<SlidingCounter>();
  private live = 0;

  /** Slots held, over all counters. */
  get slots(): number {
    return this.live;
  }

  find(counter: string): SlidingCounter | undefined {
    return this.counters.get(counter);
  }

  add(leaveMs: number, counter: string, amount: ExactNumber, calls = 1): void {
    let found = this.counters.get(counter);
    if (found === undefined) {
      found = new SlidingCounter(counter);
      this.counters.set(counter, found);
    }
    const isNew = found.slots === 0;
    this.live -= found.slots;
    found.add(leaveMs, amount, calls);
    this.live += found.slots;
    if (isNew) this.due.add(found);
  }

  /** Removes one call's entry if it is still inside. */
  refund(leaveMs: number, counter: string, amount: ExactNumber): void {
    const found = this.counters.get(counter);
    if (found === undefined) return;
    this.live -= found.slots;
    found.remove(leaveMs, amount);
    this.settleDown(found);
  }

  dropLeft(nowMs: number): void {
    for (let first = this.due.first; first !== undefined && first.dueMs <= nowMs; first = this.due.first) {
      this.live -= first.slots;
      first.dropLeft(nowMs);
      this.settleDown(first);
    }
  }

  /** In the order in which they were first used since they were last empty, which is the same for every reader. */
  entries(): IterableIterator<SlidingCounter> {
    return this.counters.values();
  }

  private settleDown(counter: SlidingCounter): void {
    this.live += counter.slots;
    if (counter.slots > 0) {
      this.due.moved(counter);
      return;
    }
    this.due.remove(counter);
    this.counters.delete(counter.counter);
  }
}
