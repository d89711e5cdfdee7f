import fc from 'fast-check';
import { DocketError } from '#errors';
import { GRANT, OTHER_GRANT, Partition, SERVER } from './fixtures/partition.js';
import type { DecisionState, Outcome } from './index.js';

type WindowName = 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month' | 'ninety';
interface NaiveLimit { readonly counter: string; readonly window: WindowName; readonly max: number; readonly scope: 'grant' | 'session'; readonly refund: readonly string[] }

/** Small maxima and shared counters, so that histories of a few dozen calls meet every bound. */
const TOOLS: Readonly<Record<string, readonly NaiveLimit[]>> = {
  a: [limit('shared', 'minute', 3), limit('m', 'month', 6)],
  b: [limit('shared', 'minute', 2), limit('s', 'second', 1, 'session')],
  c: [limit('w', 'week', 4, 'session', ['not_sent', 'failed']), limit('n', 'ninety', 2), limit('d', 'day', 5)],
  d: [limit('h', 'hour', 3, 'grant', ['not_sent', 'failed'])],
};
const ALL_TOOLS = [limit('all', 'day', 12)];

function limit(counter: string, window: WindowName, max: number, scope: 'grant' | 'session' = 'grant', refund: readonly string[] = ['not_sent']): NaiveLimit {
  return { counter, window, max, scope, refund };
}

const written = (one: NaiveLimit): unknown => ({ ...one, window: one.window === 'ninety' ? { seconds: 90 } : one.window });
const DOCUMENT = {
  version: '1', default: 'deny', all_tools: { limits: ALL_TOOLS.map(written) },
  tools: Object.fromEntries(Object.entries(TOOLS).map(([tool, limits]) => [tool, { limits: limits.map(written) }])),
};

/** Which window a time is in, by the platform's calendar: the reference shares no code with what it judges. */
function windowOf(name: WindowName, timeMs: number): string {
  const date = new Date(timeMs);
  const iso = date.toISOString();
  switch (name) {
    case 'second': return iso.slice(0, 19);
    case 'minute': return iso.slice(0, 16);
    case 'hour': return iso.slice(0, 13);
    case 'day': return iso.slice(0, 10);
    case 'month': return iso.slice(0, 7);
    case 'week': return new Date(timeMs - ((date.getUTCDay() + 6) % 7) * 86_400_000).toISOString().slice(0, 10);
    case 'ninety': return String(Math.floor(timeMs / 90_000));
  }
}

interface NaiveCall { readonly id: string; readonly grant: string; readonly session: string; readonly tool: string; readonly timeMs: number; outcome?: Outcome; readonly givenBack: Set<string> }

/** Every allowed call there ever was; what is used is counted from the beginning each time. */
class NaiveLedger {
  readonly calls: NaiveCall[] = [];

  allows(call: NaiveCall): boolean {
    return limitsOf(call.tool).every((one) => this.used(one, call) + 1 <= one.max);
  }

  used(one: NaiveLimit, now: NaiveCall): number {
    return this.calls.filter((past) => past.grant === now.grant && (one.scope === 'grant' || past.session === now.session)
      && limitsOf(past.tool).some((other) => sameCounter(one, other))
      && windowOf(one.window, past.timeMs) === windowOf(one.window, now.timeMs)
      && !past.givenBack.has(counterKey(one))).length;
  }

  settle(call: NaiveCall, outcome: Outcome, nowMs: number): void {
    for (const one of limitsOf(call.tool)) {
      const inWindow = windowOf(one.window, call.timeMs) === windowOf(one.window, nowMs);
      if (inWindow && one.refund.includes(outcome.toLowerCase())) call.givenBack.add(counterKey(one));
    }
  }
}

const limitsOf = (tool: string): readonly NaiveLimit[] => [...(TOOLS[tool] ?? []), ...ALL_TOOLS];
const counterKey = ({ counter, window, scope }: NaiveLimit): string => `${scope} ${counter} ${window}`;
const sameCounter = (a: NaiveLimit, b: NaiveLimit): boolean => counterKey(a) === counterKey(b);

type Action =
  | { readonly type: 'call'; readonly tool: string; readonly grant: string; readonly session: string; readonly count: number }
  | { readonly type: 'settle'; readonly which: number; readonly outcome: Outcome }
  | { readonly type: 'repeat'; readonly which: number }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'edge'; readonly window: WindowName; readonly offsetMs: number };

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('call' as const), tool: fc.constantFrom('a', 'b', 'c', 'd'), grant: fc.constantFrom(GRANT, OTHER_GRANT), session: fc.constantFrom('', 's1'), count: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('settle' as const), which: fc.nat(), outcome: fc.constantFrom<Outcome>('SUCCEEDED', 'FAILED', 'NOT_SENT', 'UNKNOWN') }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('repeat' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.oneof(fc.integer({ min: 1, max: 2_000 }), fc.integer({ min: 1, max: 400_000_000 })) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('edge' as const), window: fc.constantFrom<WindowName>('second', 'minute', 'hour', 'day', 'week', 'month', 'ninety'), offsetMs: fc.integer({ min: -1, max: 1 }) }) },
);

/** Starts around leap days, year ends, ISO week years and month ends. */
const start = fc.tuple(
  fc.constantFrom('2028-02-28T23:59:00Z', '2028-02-29T23:59:59Z', '2100-02-28T23:59:59Z', '2026-12-31T23:59:58Z', '2027-01-03T23:59:59Z', '2026-04-30T23:59:00Z', '2000-02-29T12:00:00Z').map((iso) => Date.parse(iso)),
  fc.integer({ min: 0, max: 90_000 }),
).map(([ms, more]) => ms + more);

/** The first millisecond of the next window, by looking for it. */
function nextEdge(name: WindowName, nowMs: number): number {
  let [low, high] = [nowMs, nowMs + 32 * 86_400_000];
  const here = windowOf(name, nowMs);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (windowOf(name, middle) === here) low = middle;
    else high = middle;
  }
  return high;
}

function newPartition(startMs: number): Partition {
  const partition = new Partition();
  partition.nowMs = startMs;
  partition.publish(DOCUMENT);
  for (const grant_id of [GRANT, OTHER_GRANT]) partition.grant({ grant_id, server_id: SERVER });
  return partition;
}

/** Runs a history, comparing each verdict with the reference if there is one. */
function run(partition: Partition, history: readonly Action[], naive = new NaiveLedger()): void {
  for (const one of history) {
    if (one.type === 'wait') partition.nowMs += one.ms;
    else if (one.type === 'edge') partition.nowMs = Math.max(partition.nowMs, nextEdge(one.window, partition.nowMs) + one.offsetMs);
    else if (one.type === 'call') for (let i = 0; i < one.count; i++) call(partition, naive, one);
    else if (naive.calls.length > 0) {
      const past = naive.calls[one.which % naive.calls.length] as NaiveCall;
      if (one.type === 'settle') settle(partition, naive, past, one.outcome);
      else repeat(partition, past);
    }
  }
}

function call(partition: Partition, naive: NaiveLedger, { tool, grant, session }: Extract<Action, { type: 'call' }>): void {
  const candidate: NaiveCall = { id: partition.callId(), grant, session, tool, timeMs: partition.nowMs, givenBack: new Set() };
  const { event } = partition.call({ tool, grant, session_id: session, call_id: candidate.id });
  expect(event.verdict).toBe(naive.allows(candidate) ? 'ALLOW' : 'RATE_LIMITED');
  if (event.verdict === 'ALLOW') naive.calls.push(candidate);
  else expect(event.retry_after_ms).toBe(Math.max(...limitsOf(tool).filter((one) => naive.used(one, candidate) >= one.max).map((one) => nextEdge(one.window, partition.nowMs) - partition.nowMs)));
  limitsOf(tool).forEach((one, i) => {
    const used = naive.used(one, candidate);
    expect(event.limits[i]).toMatchObject({ counter: one.counter, used: String(used), remaining: String(Math.max(0, one.max - used)) });
    expect(used).toBeLessThanOrEqual(Math.max(...Object.values(TOOLS).flat().concat(ALL_TOOLS).filter((other) => sameCounter(one, other)).map(({ max }) => max)));
  });
}

function settle(partition: Partition, naive: NaiveLedger, past: NaiveCall, outcome: Outcome): void {
  try {
    const { replayed } = partition.settle(past.id, outcome, past.grant);
    expect(replayed).toBe(past.outcome === outcome);
    if (!replayed) naive.settle(past, outcome, partition.nowMs);
    past.outcome = outcome;
  } catch (error) {
    if (!(error instanceof DocketError)) throw error;
    const tooOld = past.timeMs < partition.nowMs - 600_000;
    expect(error.reason).toBe(tooOld ? 'CALL_ID_TOO_OLD' : 'CALL_ALREADY_SETTLED');
    if (!tooOld) expect(past.outcome !== undefined && past.outcome !== 'UNKNOWN' && past.outcome !== outcome).toBe(true);
  }
}

function repeat(partition: Partition, past: NaiveCall): void {
  const before = partition.log.length;
  try {
    const { event, replayed } = partition.call({ tool: past.tool, grant: past.grant, session_id: past.session, call_id: past.id });
    expect([event.verdict, event.call_id, replayed]).toEqual(['ALLOW', past.id, true]);
  } catch (error) {
    if (!(error instanceof DocketError)) throw error;
    expect(error.reason).toBe(past.timeMs < partition.nowMs - 600_000 ? 'CALL_ID_TOO_OLD' : 'CALL_NOT_SENT');
  }
  expect(partition.log.length).toBe(before);
}

test('no limit is ever exceeded, none refuses early, and refunds create no quota, whatever happens when', () => {
  fc.assert(
    fc.property(start, fc.array(action, { minLength: 1, maxLength: 40 }), (startMs, history) => {
      run(newPartition(startMs), history);
    }),
    { numRuns: 150 },
  );
});

test('every reader has the same state at the same offset: the owner, one from zero, one from a snapshot taken anywhere', () => {
  fc.assert(
    fc.property(start, fc.array(action, { minLength: 1, maxLength: 30 }), fc.nat(), (startMs, history, at) => {
      const partition = newPartition(startMs);
      run(partition, history);
      const { machine, log } = partition;
      const resumeAt = at % (log.length + 1);
      let fromZero: DecisionState = machine.initialState();
      let resumed: DecisionState | undefined;
      for (const { encoded, offset, timeMs } of log) {
        if (offset === resumeAt) resumed = machine.restore(JSON.parse(JSON.stringify(machine.snapshot(fromZero))));
        const event = machine.decode(JSON.parse(encoded));
        fromZero = machine.evolve(fromZero, event, { offset, timeMs });
        if (resumed !== undefined) resumed = machine.evolve(resumed, event, { offset, timeMs });
      }
      resumed ??= machine.restore(JSON.parse(JSON.stringify(machine.snapshot(fromZero))));
      expect(JSON.stringify(machine.snapshot(fromZero))).toBe(partition.snapshotText());
      expect(JSON.stringify(machine.snapshot(resumed))).toBe(partition.snapshotText());
    }),
    { numRuns: 80 },
  );
});

test('an owner that resumes from a snapshot goes on to decide as if it had never stopped', () => {
  fc.assert(
    fc.property(start, fc.array(action, { minLength: 1, maxLength: 20 }), fc.array(action, { minLength: 1, maxLength: 20 }), (startMs, before, after) => {
      const partition = newPartition(startMs);
      const naive = new NaiveLedger();
      run(partition, before, naive);
      partition.state = partition.machine.restore(JSON.parse(partition.snapshotText()));
      run(partition, after, naive);
    }),
    { numRuns: 80 },
  );
});

test('a window is dropped by the first event at its end', () => {
  const partition = newPartition(Date.parse('2026-11-23T10:00:30Z'));
  partition.call({ tool: 'd' });
  const ends = (): number[] => JSON.parse(partition.snapshotText()).windows.map(([end]: [number]) => end);
  const hour = Date.parse('2026-11-23T11:00:00Z');
  partition.nowMs = hour - 1;
  partition.publish(DOCUMENT);
  expect(ends()).toContain(hour);
  partition.nowMs = hour;
  partition.publish(DOCUMENT);
  expect(ends()).not.toContain(hour);
});

test('a state that has forgotten a logical call equals one restored without it', () => {
  const partition = newPartition(Date.parse('2026-11-23T10:00:30Z'));
  const { call_id } = partition.call({ tool: 'd', logical_call_id: partition.callId() }).event;
  partition.settle(call_id, 'NOT_SENT');
  const text = partition.snapshotText();
  expect(JSON.parse(text).logical_calls).toEqual([]);
  expect(JSON.stringify(partition.machine.snapshot(partition.machine.restore(JSON.parse(text))))).toBe(text);
});

test('what has ended is not in the state of the next event', () => {
  const partition = newPartition(Date.parse('2026-11-23T10:00:30Z'));
  for (let i = 0; i < 3; i++) partition.call({ tool: 'a', session_id: `s${i}`, logical_call_id: partition.callId() });
  expect(partition.snapshotText()).toContain('shared');
  partition.nowMs += 40 * 86_400_000;
  partition.publish(DOCUMENT);
  const { windows, calls, logical_calls } = JSON.parse(partition.snapshotText());
  expect({ windows, calls, logical_calls }).toEqual({ windows: [], calls: [], logical_calls: [] });
});
