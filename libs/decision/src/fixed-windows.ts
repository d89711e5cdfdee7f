import { type ExactNumber, addExact, compareExact, subtractExact } from '#policy';
import { MinHeap } from './min-heap.js';

/**
 * What counters have used in their present fixed windows, by the window's end: a window that has ended is dropped in
 * one step, however many counters it had.
 */
export class FixedWindows {
  private readonly byEnd = new Map<number, Map<string, ExactNumber>>();
  private readonly ends = new MinHeap();
  private live = 0;

  /** Counters held, over all windows. */
  get counters(): number {
    return this.live;
  }

  used(endMs: number, counter: string): ExactNumber {
    return this.byEnd.get(endMs)?.get(counter) ?? 0;
  }

  has(endMs: number, counter: string): boolean {
    return this.byEnd.get(endMs)?.has(counter) ?? false;
  }

  add(endMs: number, counter: string, amount: ExactNumber): void {
    let window = this.byEnd.get(endMs);
    if (window === undefined) {
      window = new Map();
      this.byEnd.set(endMs, window);
      this.ends.push(endMs);
    }
    const used = window.get(counter);
    if (used === undefined) this.live++;
    window.set(counter, used === undefined ? amount : addExact(used, amount));
  }

  /** Gives back to a window that is still there, and never below zero. */
  refund(endMs: number, counter: string, amount: ExactNumber): void {
    const window = this.byEnd.get(endMs);
    const used = window?.get(counter);
    if (window === undefined || used === undefined) return;
    const left = subtractExact(used, amount);
    window.set(counter, compareExact(left, 0) < 0 ? 0 : left);
  }

  dropEnded(nowMs: number): void {
    for (let end = this.ends.smallest; end !== undefined && end <= nowMs; end = this.ends.smallest) {
      this.ends.pop();
      this.live -= this.byEnd.get(end)?.size ?? 0;
      this.byEnd.delete(end);
    }
  }

  /** Windows and their counters in the order in which they were first used, which is the same for every reader. */
  entries(): IterableIterator<[number, ReadonlyMap<string, ExactNumber>]> {
    return this.byEnd.entries();
  }
}
