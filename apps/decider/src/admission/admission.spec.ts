import { Metadata } from '@grpc/grpc-js';
import { DocketError } from '#errors';
import { Admission } from './admission.js';
import type { AdmissionLimits, Applicant, Turned } from './admission.js';
import { decideGate } from './decide-gate.js';

const DECIDE = '/docket.decision.v1.DecisionService/Decide';

/** A node whose clock, event loop and log the test plays. Each call takes `costMs` of the clock when it is decided. */
function node(limits: Partial<AdmissionLimits> = {}, costMs = 1) {
  let nowMs = 0;
  const deferred: (() => void)[] = [];
  const timers: (() => void)[] = [];
  const turned: Turned[] = [];
  const decided: string[] = [];
  const open = new Map<string, () => void>();
  const admission = new Admission({
    runtime: { monotonicMs: () => nowMs, randomHex: () => '8000', after: (_ms, callback) => { timers.push(callback); return () => {}; } }, limits: { runningMax: 10, waitingMax: 100, waitingMin: 0, hurriedMin: 0, sliceMs: 5, ...limits },
    defer: (callback) => void deferred.push(callback), onTurned: (why) => void turned.push(why),
  });
  const ask = (name: string, more: Partial<Applicant> = {}, held?: Promise<unknown>): Promise<string> => admission.run({ deadlineMs: 1_000_000, bytes: 1, isBegun: false, isPaced: false, isGone: () => false, ...more }, (hold) => {
    nowMs += costMs;
    decided.push(name);
    if (held !== undefined) hold(held);
    return new Promise((resolve) => open.set(name, () => resolve(name)));
  });
  return {
    admission, turned, decided, ask,
    pass: (ms: number): void => { nowMs += ms; },
    /** One turn of the event loop. */
    turn: (): void => deferred.splice(0).forEach((callback) => callback()),
    turns: (): void => { while (deferred.length > 0) deferred.splice(0).forEach((callback) => callback()); },
    deferred,
    /** So much time passes, and whoever has asked to be called back in it is. */
    sleep: (ms: number): void => {
      nowMs += ms;
      timers.splice(0).forEach((callback) => callback());
    },
    timers,
    answer: async (...names: string[]): Promise<void> => {
      for (const name of names) open.get(name)!();
      await settled();
    },
  };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
const failure = async (call: Promise<unknown>): Promise<DocketError> => call.then(() => { throw new Error('it was not refused'); }, (error: unknown) => error as DocketError);

describe('the order of calls', () => {
  it('decides a call at once while there is nothing to wait for', async () => {
    const { ask, decided, answer } = node();
    const call = ask('a');
    expect(decided).toEqual(['a']);
    await answer('a');
    expect(await call).toBe('a');
  });

  it('decides for a slice of time only, then lets sockets be read, and goes on in order', () => {
    const { ask, decided, turn } = node({ runningMax: 100 });
    for (const name of names('a', 12)) void ask(name);
    expect(decided).toEqual(names('a', 5));
    turn();
    expect(decided).toEqual(names('a', 10));
    void ask('late');
    turn();
    expect(decided).toEqual([...names('a', 12), 'late']);
  });

  it('decides for longer at a time while many wait long, so that sockets are read for several calls', async () => {
    const { ask, decided, turns, turn, answer } = node({ runningMax: 1_000, waitMsMax: 50, congestedSliceMs: 20 });
    // One takes 1 ms: this is measured while they wait.
    for (const name of names('a', 100)) void ask(name);
    turns();
    await answer(...names('a', 100));
    for (const name of names('b', 45)) void ask(name);
    expect(decided).toHaveLength(105);
    turn();
    expect(decided).toHaveLength(125);
    turn();
    expect(decided).toHaveLength(130);
  });

  it('takes first what another node has begun', () => {
    const { ask, decided, turns } = node({ runningMax: 100 });
    for (const name of names('a', 7)) void ask(name);
    void ask('handed on', { isBegun: true });
    turns();
    expect(decided).toEqual([...names('a', 5), 'handed on', 'a5', 'a6']);
  });

  it('decides no more at once than the bound, in calls and in bytes, and goes on when one is answered', async () => {
    const { ask, decided, turns, answer, deferred } = node({ runningMax: 3, runningBytesMax: 1_000, sliceMs: 1_000 });
    for (const name of names('a', 5)) void ask(name);
    turns();
    expect(decided).toEqual(names('a', 3));
    // Nothing turns idly meanwhile.
    expect(deferred).toHaveLength(0);
    await answer('a0');
    turns();
    expect(decided).toEqual(names('a', 4));
    await answer('a1', 'a2', 'a3');
    turns();
    void ask('large', { bytes: 998 });
    void ask('another');
    void ask('too many');
    turns();
    expect(decided.slice(4)).toEqual(['a4', 'large', 'another']);
  });

  it('lets no more run than the log takes in the time that is set, however many may', async () => {
    const { ask, decided, turns, answer, admission, pass } = node({ runningMax: 1_000, runningMin: 10, runningMs: 50, waitingMax: 10_000, sliceMs: 1_000 }, 0);
    const all = names('a', 3_000);
    for (const name of all) void ask(name);
    turns();
    expect(decided).toHaveLength(1_000);
    // The log takes 2 in a millisecond.
    for (let done = 0; done < 2_000; done += 2) {
      pass(1);
      await answer(...decided.slice(done, done + 2));
      turns();
    }
    expect(admission.runningMax).toBeCloseTo(100, 0);
    expect(admission.running).toBeLessThanOrEqual(101);
    expect(admission.running).toBeGreaterThanOrEqual(99);
  });

  it('does not decide what the log would have too late for whoever asks, unless the log has little to do', async () => {
    const { ask, decided, turns, turned, answer, pass } = node({ runningMax: 10, runningMin: 5, runningMs: 1_000_000, sliceMs: 1_000 }, 0);
    // The log takes 100 ms over each.
    for (let round = 0; round < 50; round += 1) {
      for (const name of names(`${round} `, 10)) void ask(name);
      pass(100);
      await answer(...names(`${round} `, 10));
      turns();
    }
    for (const name of names('a', 10)) void ask(name);
    const hurried = ask('hurried', { deadlineMs: 5_000 + 90 });
    void ask('patient', { deadlineMs: 5_000 + 300 });
    const before = decided.length;
    await answer('a0');
    turns();
    expect(await failure(hurried)).toMatchObject({ reason: 'OVERLOADED' });
    expect(turned).toEqual(['deadline_too_near']);
    expect(decided.slice(before)).toEqual(['patient']);
    await answer(...names('a', 10).slice(1));
    void ask('hurried, in a quiet time', { deadlineMs: 5_000 + 50 });
    expect(decided.at(-1)).toBe('hurried, in a quiet time');
  });

  it('keeps the place of a call that its caller was told about, until the log has', async () => {
    const { ask, decided, turns, answer, admission } = node({ runningMax: 1 });
    const log = Promise.withResolvers<void>();
    void ask('a', {}, log.promise);
    void ask('b');
    await answer('a');
    turns();
    expect(decided).toEqual(['a']);
    log.resolve();
    await settled();
    turns();
    expect(decided).toEqual(['a', 'b']);
    await answer('b');
    expect([admission.running, admission.runningBytes, admission.waiting, admission.waitingBytes]).toEqual([0, 0, 0, 0]);
  });
});

describe('who is not decided', () => {
  it('refuses the newest when the queue is full, in calls or in bytes, and says when to come again', async () => {
    const { ask, decided, turns, turned } = node({ runningMax: 1, waitingMax: 2, waitingBytesMax: 10 });
    for (const name of names('a', 3)) void ask(name);
    expect(await failure(ask('a3'))).toMatchObject({ kind: 'resource_exhausted', reason: 'OVERLOADED', metadata: { outcome: 'not_decided' }, retryAfterMs: expect.any(Number) as number });
    turns();
    expect(decided).toEqual(['a0']);
    const other = node({ runningMax: 1, waitingBytesMax: 10 });
    void other.ask('a');
    void other.ask('b', { bytes: 9 });
    expect(await failure(other.ask('c', { bytes: 2 }))).toMatchObject({ reason: 'OVERLOADED' });
    expect([...turned, ...other.turned]).toEqual(['queue_full', 'queue_full']);
  });

  it('lets somewhat more of what was begun wait', async () => {
    const { ask, turned } = node({ runningMax: 1, waitingMax: 4 });
    for (const name of names('a', 5)) void ask(name);
    void ask('handed on', { isBegun: true });
    expect(turned).toEqual([]);
    expect(await failure(ask('handed on too', { isBegun: true }))).toMatchObject({ reason: 'OVERLOADED' });
    expect(await failure(ask('new'))).toMatchObject({ reason: 'OVERLOADED' });
  });

  it('refuses whoever would wait longer than the bound, and tells about the time that the queue takes', async () => {
    const { ask, turns, turned, answer, admission } = node({ runningMax: 1_000, waitingMax: 10_000, waitMsMax: 50 });
    expect(admission.isCongested).toBe(false);
    // One takes 1 ms: this is measured while they wait.
    for (const name of names('a', 100)) void ask(name);
    turns();
    await answer(...names('a', 100));
    const asked = names('b', 80).map((name) => ask(name));
    for (const call of asked) call.catch(() => undefined);
    expect(turned.length).toBeGreaterThan(10);
    expect(new Set(turned)).toEqual(new Set(['wait_too_long']));
    // Whose client is not read meanwhile is let in.
    expect(admission.isCongested).toBe(true);
    const before = turned.length;
    void ask('of a stream', { isPaced: true });
    expect(turned).toHaveLength(before);
    const refused = await failure(asked.at(-1)!);
    expect(refused.retryAfterMs).toBeGreaterThanOrEqual(20);
    expect(refused.retryAfterMs).toBeLessThanOrEqual(90);
  });

  it('refuses at once whose deadline comes before his turn would', async () => {
    const { ask, turns, turned, answer } = node({ runningMax: 1_000, waitMsMax: 1_000 });
    for (const name of names('a', 100)) void ask(name);
    turns();
    await answer(...names('a', 100));
    for (const name of names('b', 60)) void ask(name);
    // 100 ms and those 60 calls later: some 55 ms for those that still wait.
    expect(await failure(ask('hurried', { deadlineMs: 100 + 10 }))).toMatchObject({ reason: 'OVERLOADED' });
    expect(turned).toEqual(['deadline_too_near']);
    void ask('patient', { deadlineMs: 100 + 5 + 60 });
    expect(turned).toHaveLength(1);
  });

  it('does not decide a call whose deadline has passed by its turn, nor one whose caller has gone', async () => {
    const { ask, decided, turns, turned, pass, answer } = node({ runningMax: 1 });
    let hasGone = false;
    void ask('a');
    const late = ask('late', { deadlineMs: 50 });
    const gone = ask('gone', { isGone: () => hasGone });
    void ask('b');
    turns();
    pass(60);
    hasGone = true;
    await answer('a');
    turns();
    expect(decided).toEqual(['a', 'b']);
    for (const call of [late, gone]) expect(await failure(call)).toMatchObject({ kind: 'deadline_exceeded', reason: 'DEADLINE_PASSED', metadata: { outcome: 'not_decided' } });
    expect(turned).toEqual(['expired', 'gone']);
  });

  it('behind a log that does not answer tells everybody at his deadline that he was not decided, and lets go of who has gone', async () => {
    const { ask, admission, decided, turned, turns, sleep, timers } = node({ runningMax: 2 });
    let hasGone = false;
    for (const name of names('running', 2)) void ask(name);
    const begun = ask('begun', { deadlineMs: 250, isBegun: true });
    const first = ask('first', { deadlineMs: 150 });
    const gone = ask('gone', { isGone: () => hasGone });
    const last = ask('last', { deadlineMs: 350 });
    turns();
    sleep(100);
    expect([admission.waiting, turned]).toEqual([4, []]);
    sleep(100);
    expect(await failure(first)).toMatchObject({ kind: 'deadline_exceeded', reason: 'DEADLINE_PASSED', metadata: { outcome: 'not_decided' } });
    hasGone = true;
    sleep(100);
    for (const call of [begun, gone]) expect(await failure(call)).toMatchObject({ reason: 'DEADLINE_PASSED' });
    expect([admission.waiting, admission.waitingBytes]).toEqual([1, 1]);
    sleep(100);
    await failure(last);
    expect([admission.waiting, admission.waitingBytes, turned]).toEqual([0, 0, ['expired', 'expired', 'gone', 'expired']]);
    expect(decided).toEqual(names('running', 2));
    // Nobody waits: nothing is looked through any more, and the time in which nothing moved is no measure.
    sleep(100_000);
    expect([timers.length, admission.expectedMs]).toEqual([0, 0]);
  });

  it('with a log that does not answer the number of calls stays within its bounds, whatever comes', async () => {
    const { ask, admission, turned, turns, pass } = node({ runningMax: 20, waitingMax: 50 });
    const asked: Promise<unknown>[] = [];
    for (let round = 0; round < 100; round += 1) {
      for (let i = 0; i < 50; i += 1) asked.push(ask(`${round} ${i}`, { deadlineMs: 100_000 }).catch(() => undefined));
      turns();
      pass(10);
      expect(admission.running).toBeLessThanOrEqual(20);
      expect(admission.waiting).toBeLessThanOrEqual(50);
    }
    expect(turned).toHaveLength(5_000 - 70);
    // Nothing moves: whoever is refused is told to stay away for about as long as that has lasted.
    expect(admission.expectedMs).toBeGreaterThan(900);
  });

  it('what is refused is the same object for the same delay, and delays are spread from half to one and a half times', () => {
    const { ask, admission } = node({ runningMax: 1, waitingMax: 1 });
    void ask('a');
    void ask('b');
    expect(admission.refuse(true)).toBeUndefined();
    const refused = Array.from({ length: 1_000 }, () => admission.refuse(false)!);
    const made = new Set(refused);
    expect([...made].map(({ error }) => error.retryAfterMs).sort()).toEqual([10, 20, 30]);
    for (const { grpc } of made) expect(grpc).toMatchObject({ code: 8 });
    for (const one of made) expect(refused.filter((other) => other === one).length).toBeGreaterThan(200);
  });
});

it('a call whose deadline comes before its turn would is refused by its headers, and another is not', async () => {
  const { ask, admission, turns, answer, turned } = node({ runningMax: 1_000, waitMsMax: 1_000 });
  for (const name of names('a', 100)) void ask(name);
  turns();
  await answer(...names('a', 100));
  for (const name of names('b', 60)) void ask(name);
  let refused = 0;
  // It is 105 ms, and some 55 calls wait: a deadline that is 20 ms away is too near, one that is a second away is not.
  const gate = decideGate(admission, { deadlineIn: (leftMs) => 105 + leftMs }, { refused: () => { refused += 1; } });
  expect(gate(DECIDE, new Metadata(), 1_000)).toBeUndefined();
  expect(gate(DECIDE, new Metadata(), 20)).toMatchObject({ code: 8 });
  expect(gate('/docket.decision.v1.DecisionService/Settle', new Metadata(), 20)).toBeUndefined();
  expect([turned, refused]).toEqual([['deadline_too_near'], 1]);
});
