import type { Runtime } from '#ledger';
import { ApprovalWaiters, WAITERS_OF_ONE_MAX } from './approval.waiters.js';

/** Timers that run when the test says so. */
function clock(): { runtime: Runtime; pass: () => void; timers: () => number } {
  const timers = new Set<() => void>();
  const after = (_ms: number, callback: () => void): (() => void) => {
    timers.add(callback);
    return () => timers.delete(callback);
  };
  return {
    runtime: { wallMs: () => 0, monotonicMs: () => 0, after, randomHex: () => '' },
    pass: () => [...timers].forEach((callback) => { timers.delete(callback); callback(); }),
    timers: () => timers.size,
  };
}

const forever = new AbortController().signal;

/** Whether a promise has settled by now. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  await Promise.resolve();
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending;
}

describe('waiting for an approval', () => {
  it('ends when that approval changes, not when another one does', async () => {
    const { runtime, timers } = clock();
    const waiters = new ApprovalWaiters(runtime);
    const [a, b] = [waiters.join('a', 'one', forever), waiters.join('b', 'one', forever)];
    const [changedA, changedB] = [a.changed(1_000), b.changed(1_000)];
    waiters.notify('a');
    expect([await settled(changedA), await settled(changedB)]).toEqual([true, false]);
    expect(timers()).toBe(1);
  });

  it('misses nothing that happens while it looks', async () => {
    const waiters = new ApprovalWaiters(clock().runtime);
    const waiter = waiters.join('a', 'one', forever);
    waiters.notify('a');
    expect(await settled(waiter.changed(1_000))).toBe(true);
    expect(await settled(waiter.changed(1_000))).toBe(false);
  });

  it('ends with its time, and when the call is cut off', async () => {
    const { runtime, pass } = clock();
    const waiters = new ApprovalWaiters(runtime);
    const stop = new AbortController();
    const waiter = waiters.join('a', 'one', stop.signal);
    const timed = waiter.changed(1_000);
    pass();
    expect(await settled(timed)).toBe(true);
    expect(await timed).toBe(false);
    const cut = waiter.changed(1_000);
    stop.abort();
    expect(await settled(cut)).toBe(true);
    expect(await cut).toBe(true);
  });

  it('is bounded for each credential, and forgotten when it ends', () => {
    const waiters = new ApprovalWaiters(clock().runtime);
    const joined = Array.from({ length: WAITERS_OF_ONE_MAX }, (_, index) => waiters.join(`a${index}`, 'one', forever));
    expect(() => waiters.join('a', 'one', forever)).toThrow(expect.objectContaining({ kind: 'resource_exhausted', reason: 'TOO_MANY_WAITING' }));
    waiters.join('a', 'two', forever).leave();
    expect(waiters.count).toBe(WAITERS_OF_ONE_MAX);
    joined.forEach((waiter) => { waiter.leave(); waiter.leave(); });
    expect(waiters.count).toBe(0);
    expect(() => waiters.join('a', 'one', forever)).not.toThrow();
  });
});
