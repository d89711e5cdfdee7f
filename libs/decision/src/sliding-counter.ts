import { type ExactNumber, addExact, compareExact, subtractExact } from '#policy';
import type { Due } from './due-queue.js';

/** Slots of one chunk: a refusal looks at the chunks' sums and then into one of them, a refund moves what is in one. */
const CHUNK_SLOTS_MAX = 256;
/** A slot: when its entries leave, their amounts' sum, and how many calls they are of. Flat, so that it costs 24 bytes. */
const SLOT = 3;

/** Neighbouring slots with their sums. Never empty. */
interface Chunk {
  readonly slots: ExactNumber[];
  used: ExactNumber;
  calls: number;
}

/**
 * What one counter has used in its sliding window: entries in the order of their times, which is the order in which they
 * leave. Calls of the same millisecond leave together and share a slot.
 */
export class SlidingCounter implements Due {
  /** When the next entries leave. */
  dueMs = Infinity;
  place = -1;
  used: ExactNumber = 0;
  calls = 0;
  slots = 0;
  private readonly chunks: Chunk[] = [];

  constructor(readonly counter: string) {}

  /** When all has left, if nothing more comes. */
  get lastLeaveMs(): number {
    const chunk = this.chunks[this.chunks.length - 1];
    return chunk === undefined ? 0 : (chunk.slots[chunk.slots.length - SLOT] as number);
  }

  /** Times never run backwards: `leaveMs` is no earlier than the last one. */
  add(leaveMs: number, amount: ExactNumber, calls = 1): void {
    let chunk = this.chunks[this.chunks.length - 1];
    if (chunk !== undefined && this.lastLeaveMs === leaveMs) {
      const at = chunk.slots.length - SLOT;
      chunk.slots[at + 1] = addExact(chunk.slots[at + 1] as ExactNumber, amount);
      chunk.slots[at + 2] = (chunk.slots[at + 2] as number) + calls;
      chunk.used = addExact(chunk.used, amount);
      chunk.calls += calls;
    } else {
      if (chunk === undefined || chunk.slots.length >= CHUNK_SLOTS_MAX * SLOT) {
        chunk = { slots: [leaveMs, amount, calls], used: amount, calls };
        this.chunks.push(chunk);
      } else {
        chunk.slots.push(leaveMs, amount, calls);
        chunk.used = addExact(chunk.used, amount);
        chunk.calls += calls;
      }
      this.slots++;
      if (this.dueMs === Infinity) this.dueMs = leaveMs;
    }
    this.used = addExact(this.used, amount);
    this.calls += calls;
  }

  /** Takes back one call's entry; false if it has left. */
  remove(leaveMs: number, amount: ExactNumber): boolean {
    const { chunks } = this;
    let c = chunks.length - 1;
    // What is given back is recent.
    while (c > 0 && ((chunks[c] as Chunk).slots[0] as number) > leaveMs) c--;
    const chunk = chunks[c];
    if (chunk === undefined) return false;
    let at = chunk.slots.length - SLOT;
    while (at >= 0 && (chunk.slots[at] as number) > leaveMs) at -= SLOT;
    if (at < 0 || chunk.slots[at] !== leaveMs) return false;
    const left = subtractExact(chunk.slots[at + 1] as ExactNumber, amount);
    const calls = (chunk.slots[at + 2] as number) - 1;
    chunk.used = subtractExact(chunk.used, amount);
    chunk.calls--;
    this.used = subtractExact(this.used, amount);
    this.calls--;
    if (calls > 0) {
      chunk.slots[at + 1] = left;
      chunk.slots[at + 2] = calls;
      return true;
    }
    chunk.slots.splice(at, SLOT);
    this.slots--;
    if (chunk.slots.length === 0) chunks.splice(c, 1);
    this.dueMs = this.firstLeaveMs();
    return true;
  }

  dropLeft(nowMs: number): void {
    const { chunks } = this;
    let gone = 0;
    while (gone < chunks.length && lastOf(chunks[gone] as Chunk) <= nowMs) this.forget(chunks[gone++] as Chunk);
    if (gone > 0) chunks.splice(0, gone);
    const head = chunks[0];
    if (head !== undefined) {
      const at = firstAfter(head, nowMs);
      if (at > 0) this.forgetUntil(head, at);
    }
    this.dueMs = this.firstLeaveMs();
  }

  /** What is inside the window at a time that no event has reached yet. */
  at(nowMs: number): { readonly used: ExactNumber; readonly calls: number } {
    if (this.dueMs > nowMs) return this;
    const gone = this.goneAt(nowMs);
    return { used: subtractExact(this.used, gone.used), calls: this.calls - gone.calls };
  }

  /** When at least this much (> 0) of what is inside at `nowMs` will have left. */
  whenLeft(amount: ExactNumber, nowMs: number): number {
    let missing = this.dueMs > nowMs ? amount : addExact(amount, this.goneAt(nowMs).used);
    for (const { slots, used } of this.chunks) {
      if (compareExact(used, missing) < 0) {
        missing = subtractExact(missing, used);
        continue;
      }
      for (let at = 0; at < slots.length; at += SLOT) {
        missing = subtractExact(missing, slots[at + 1] as ExactNumber);
        if (compareExact(missing, 0) <= 0) return slots[at] as number;
      }
    }
    return this.lastLeaveMs;
  }

  /** When the first entry that is inside at `nowMs` will leave. */
  firstLeaveAfter(nowMs: number): number {
    for (const chunk of this.chunks) if (lastOf(chunk) > nowMs) return chunk.slots[firstAfter(chunk, nowMs)] as number;
    return nowMs;
  }

  /** [when, amount, calls, when, amount, calls, …] */
  *entries(): IterableIterator<readonly [number, ExactNumber, number]> {
    for (const { slots } of this.chunks) {
      for (let at = 0; at < slots.length; at += SLOT) yield [slots[at] as number, slots[at + 1] as ExactNumber, slots[at + 2] as number];
    }
  }

  private goneAt(nowMs: number): { used: ExactNumber; calls: number } {
    const gone = { used: 0 as ExactNumber, calls: 0 };
    for (const chunk of this.chunks) {
      if (lastOf(chunk) <= nowMs) {
        gone.used = addExact(gone.used, chunk.used);
        gone.calls += chunk.calls;
        continue;
      }
      const end = firstAfter(chunk, nowMs);
      for (let at = 0; at < end; at += SLOT) {
        gone.used = addExact(gone.used, chunk.slots[at + 1] as ExactNumber);
        gone.calls += chunk.slots[at + 2] as number;
      }
      break;
    }
    return gone;
  }

  private firstLeaveMs(): number {
    const head = this.chunks[0];
    return head === undefined ? Infinity : (head.slots[0] as number);
  }

  private forget(chunk: Chunk): void {
    this.used = subtractExact(this.used, chunk.used);
    this.calls -= chunk.calls;
    this.slots -= chunk.slots.length / SLOT;
  }

  private forgetUntil(head: Chunk, end: number): void {
    for (let at = 0; at < end; at += SLOT) {
      const amount = head.slots[at + 1] as ExactNumber;
      const calls = head.slots[at + 2] as number;
      head.used = subtractExact(head.used, amount);
      head.calls -= calls;
      this.used = subtractExact(this.used, amount);
      this.calls -= calls;
    }
    this.slots -= end / SLOT;
    head.slots.splice(0, end);
  }
}

function lastOf({ slots }: Chunk): number {
  return slots[slots.length - SLOT] as number;
}

/** Index of the first slot that leaves after `nowMs`. */
function firstAfter({ slots }: Chunk, nowMs: number): number {
  let at = 0;
  while (at < slots.length && (slots[at] as number) <= nowMs) at += SLOT;
  return at;
}
