import type { Runtime } from '#ledger';
import { DEADLINE_MS_DEFAULT, Patience } from './patience.js';

/** A clock that the test moves. */
function fakeRuntime() {
  let nowMs = 1_000;
  const timers: { readonly atMs: number; readonly run: () => void }[] = [];
  const runtime: Runtime = {
    wallMs: () => nowMs + 1_700_000_000_000,
    monotonicMs: () => nowMs,
    after: (ms, run) => { timers.push({ atMs: nowMs + ms, run }); return () => undefined; },
    randomHex: () => '',
  };
  const advance = (ms: number): void => {
    for (const endMs = nowMs + ms; nowMs < endMs;) {
      nowMs += 10;
      for (const timer of timers.splice(0)) {
        if (timer.atMs <= nowMs) timer.run();
        else timers.push(timer);
      }
    }
  };
  return { runtime, advance, timers };
}

describe('Patience', () => {
  it('gives the ledger a deadline before the caller’s own, and a default to callers without one', () => {
    const { runtime } = fakeRuntime();
    const patience = new Patience(runtime);
    expect(patience.deadlineMs(Infinity)).toBe(1_000 + DEADLINE_MS_DEFAULT);
    expect(patience.deadlineMs(new Date(runtime.wallMs() + 10_000))).toBe(1_000 + 9_750);
    expect(patience.deadlineMs(runtime.wallMs() + 300)).toBe(1_000 + 200);
    expect(patience.deadlineMs(runtime.wallMs() - 50)).toBe(950);
  });

  it('ends what hangs past its deadline as unknown, soon after it, and leaves the rest alone', async () => {
    const { runtime, advance, timers } = fakeRuntime();
    const patience = new Patience(runtime);
    const hanging = patience.within(new Promise<string>(() => undefined), 1_100);
    const answer = Promise.withResolvers<string>();
    const answered = patience.within(answer.promise, 1_400);
    advance(300);
    await expect(hanging).rejects.toMatchObject({ kind: 'deadline_exceeded', reason: 'OUTCOME_UNKNOWN', metadata: { outcome: 'unknown' } });
    answer.resolve('yes');
    expect(await answered).toBe('yes');
    advance(300);
    expect(timers).toEqual([]);
  });

  it('passes errors on', async () => {
    const { runtime } = fakeRuntime();
    await expect(new Patience(runtime).within(Promise.reject(new Error('planted')), 5_000)).rejects.toThrow('planted');
  });
});
