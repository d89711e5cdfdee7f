import { DocketError } from '#errors';
import { ScriptedLog, isClaim, unknownFor } from '../test/scripted-log.js';
import { tallyMachine, type Take, type TallyReply, type TallyState, type Taken } from '../test/tally-machine.js';
import { Envelope } from './envelope.js';
import { Ledger, type LedgerOptions } from './ledger.js';
import type { Membership, Participant, Share } from './membership/membership.js';
import type { Alarm, LedgerObserver } from './observer.js';
import type { Runtime } from './resume-state.js';
import type { StateMachine } from './state-machine.js';
import { systemRuntime } from './system-runtime.js';

const TOPIC = 'docket.test';
const TP = { topic: TOPIC, partition: 0 };
const envelope = new Envelope(TOPIC, 0);
type Options = LedgerOptions<TallyState, Take, Taken, TallyReply>;
type TestLedger = Ledger<TallyState, Take, Taken, TallyReply>;

const running: TestLedger[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((ledger) => ledger.stop()));
});

async function started(more: Partial<Options> & { log?: ScriptedLog } = {}): Promise<{ log: ScriptedLog; ledger: TestLedger; alarms: Alarm[]; claims: string[] }> {
  const log = more.log ?? new ScriptedLog();
  await log.prepare([{ topic: TOPIC, partitions: 1 }]);
  const alarms: Alarm[] = [];
  const claims: string[] = [];
  const observer: LedgerObserver = { onClaim: ({ outcome }) => claims.push(outcome) };
  const ledger: TestLedger = new Ledger({
    topic: TOPIC, partitions: 1, machine: tallyMachine(), runtime: systemRuntime(), node: { name: 'one', address: '' }, onAlarm: (alarm) => alarms.push(alarm), observer,
    ...more, log, limits: { backOffMinMs: 1, backOffMaxMs: 5, idleCheckMs: 10, sweepMs: 5, drainMs: 200, ...more.limits },
  });
  running.push(ledger);
  await ledger.start();
  return { log, ledger, alarms, claims };
}

let ids = 0;
const take = (id = `id${(ids += 1)}`): Take => ({ type: 'take', id, idTimeMs: Date.now(), counter: `c${id}`, attempt: 0 });
const values = async (log: ScriptedLog): Promise<ReturnType<Envelope['parse']>[]> => (await log.read(TP, 0)).map(({ value }) => envelope.parse(value));
const failure = (promise: Promise<unknown>): Promise<DocketError> =>
  promise.then(() => { throw new Error('expected an error'); }, (error: unknown) => { expect(error).toBeInstanceOf(DocketError); return error as DocketError; });
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise<void>((resolve) => setImmediate(resolve));
}
/** Puts a record into the log as another writer would. */
const strangerAppends = (log: ScriptedLog, value: Uint8Array): Promise<unknown> => log.openAppender().append([{ ...TP, records: [{ key: null, value }] }], 1_000);
const claimOf = (epoch: number): Uint8Array => envelope.encodeClaim({ epoch, nonce: 'ab'.repeat(16), node: 'other', address: '' }, 0);

describe('an idle owner', () => {
  it('says that the log does not answer, and when it does again', async () => {
    const { log, ledger } = await started();
    await ledger.submit(0, take());
    const endOffset = log.endOffset.bind(log);
    log.endOffset = () => Promise.reject(new Error('away'));
    await until(() => ledger.status()[0]!.isLogReachable === false);
    expect(ledger.status()).toMatchObject([{ role: 'owner' }]);
    log.endOffset = endOffset;
    await until(() => ledger.status()[0]!.isLogReachable);
  });
});

describe('a node that does not own a partition', () => {
  const shared = async (): Promise<{ log: ScriptedLog; ledger: TestLedger; place: (share: Share) => void }> => {
    let onPlaces: Participant['onPlaces'] = () => {};
    const place = (share: Share): void => onPlaces([{ share, owner: undefined, standby: undefined, isMoved: false }]);
    const membership: Membership = { join: (participant) => { ({ onPlaces } = participant); place('standby'); }, leave: () => Promise.resolve(false), members: () => [] };
    return { ...await started({ membership, limits: { standbyPollMs: 5 } }), place };
  };
  const isReachable = (ledger: TestLedger): boolean => ledger.status()[0]!.isLogReachable;

  it('says that the log does not answer, and when it does again', async () => {
    const { log, ledger } = await shared();
    const read = log.read.bind(log);
    log.read = () => Promise.reject(new Error('away'));
    await until(() => !isReachable(ledger));
    log.read = read;
    await until(() => isReachable(ledger));
    expect(ledger.status()).toMatchObject([{ share: 'standby', role: 'standby' }]);
  });

  it('knows of nothing wrong once it has nothing to read there any more', async () => {
    const { log, ledger, place } = await shared();
    log.read = () => Promise.reject(new Error('away'));
    await until(() => !isReachable(ledger));
    place('none');
    await until(() => isReachable(ledger));
    expect(ledger.status()).toMatchObject([{ share: 'none', role: 'elsewhere' }]);
  });
});

describe('an owner whose append is acknowledged elsewhere', () => {
  it('replies with the true offset and hash, and goes on in the same epoch', async () => {
    const { log, ledger, claims } = await started({ limits: { idleCheckMs: 60_000 } });
    await strangerAppends(log, Buffer.from('rubbish'));
    const [first, second] = await Promise.all([ledger.submit(0, take()), ledger.submit(0, take())]);
    expect([first!.at, second!.at]).toMatchObject([{ offset: 2, epoch: 1, sequence: 1 }, { offset: 3, epoch: 1, sequence: 2 }]);
    expect(await ledger.submit(0, take())).toMatchObject({ at: { offset: 4, epoch: 1, sequence: 3 } });
    expect(claims).toEqual(['effective']);
  });

  it('decides again what was decided on a state that was not true', async () => {
    const { log, ledger } = await started({ limits: { idleCheckMs: 60_000 } });
    await strangerAppends(log, Buffer.from('rubbish'));
    const same = take();
    const [first, repeated] = await Promise.all([ledger.submit(0, same), ledger.submit(0, { ...same, attempt: 1 })]);
    expect(repeated).toMatchObject({ replayed: true, at: { offset: 2, hash: first!.at!.hash } });
  });

  it('tells everyone UNAVAILABLE when a newer claim came between, then claims again', async () => {
    const { log, ledger, claims } = await started({ limits: { idleCheckMs: 60_000 } });
    await strangerAppends(log, claimOf(2));
    const errors = await Promise.all([failure(ledger.submit(0, take())), failure(ledger.submit(0, take()))]);
    expect(errors).toMatchObject([{ kind: 'unavailable', reason: 'NEWER_OWNER', metadata: { outcome: 'not_decided' } }, { reason: 'NEWER_OWNER' }]);
    expect(await ledger.submit(0, take())).toMatchObject({ at: { epoch: 3, sequence: 1 } });
    expect(claims).toEqual(['effective', 'effective']);
  });

  it('finds out by itself when it is idle', async () => {
    const { log, claims } = await started();
    await strangerAppends(log, claimOf(2));
    await until(() => claims.length === 2);
    expect((await values(log)).map((record) => (record.kind === 'claim' ? record.claim.epoch : record.kind))).toEqual([1, 2, 3]);
  });
});

describe('an owner whose append is unknown', () => {
  it('never re-sends; finds a stored event before its fresh claim and answers it', async () => {
    const { log, ledger, claims } = await started();
    log.script = (batch, store) => (isClaim(batch) ? undefined : store().then(() => unknownFor(batch)));
    const reply = await ledger.submit(0, take());
    expect(reply).toMatchObject({ replayed: false, at: { offset: 1, epoch: 1, sequence: 1 } });
    await until(() => claims.length === 2);
    expect((await values(log)).map(({ kind }) => kind)).toEqual(['claim', 'event', 'claim']);
    expect(log.requests.filter((batch) => !isClaim(batch))).toHaveLength(1);
    expect(log.resets).toBeGreaterThan(0);
  });

  it('decides again under a new epoch what was not stored; a copy that lands later counts nowhere', async () => {
    const { log, ledger } = await started();
    let late: (() => Promise<unknown>) | undefined;
    log.script = (batch, store) => {
      if (isClaim(batch) || late !== undefined) return undefined;
      late = store;
      return Promise.resolve(unknownFor(batch));
    };
    const id = take();
    expect(await ledger.submit(0, id)).toMatchObject({ replayed: false, at: { offset: 2, epoch: 2, sequence: 1 } });
    await late!();
    const next = await ledger.submit(0, take());
    expect(next.at).toMatchObject({ offset: 4, epoch: 2, sequence: 2 });
    expect(await ledger.submit(0, id)).toMatchObject({ replayed: true, at: { offset: 2 } });
  });

  it('tells UNAVAILABLE when the deadline does not allow to decide again', async () => {
    // The clock passes the deadline between the append and its answer, whatever the machine is doing.
    const [system, waitMs] = [systemRuntime(), 3_600_000];
    let passedMs = 0;
    // From then on no timer comes in between: one that looks for deadlines would say that the outcome is unknown, which it is until the claim is read.
    const runtime: Runtime = {
      ...system, monotonicMs: () => system.monotonicMs() + passedMs,
      after: (ms, callback) => system.after(ms, () => { if (passedMs === 0) callback(); }),
    };
    const { log, ledger } = await started({ runtime });
    const deadlineMs = runtime.monotonicMs() + waitMs;
    log.script = (batch) => {
      if (isClaim(batch)) return undefined;
      passedMs = waitMs;
      return Promise.resolve(unknownFor(batch));
    };
    expect(await failure(ledger.submit(0, take(), { deadlineMs }))).toMatchObject({ kind: 'unavailable', reason: 'NOT_APPENDED', metadata: { outcome: 'not_decided' } });
  });

  it('goes on claiming while claims fail, and says OUTCOME_UNKNOWN to whom it cannot tell yet', async () => {
    const [system, waitMs] = [systemRuntime(), 3_600_000];
    let passedMs = 0;
    const runtime: Runtime = { ...system, monotonicMs: () => system.monotonicMs() + passedMs };
    const { log, ledger, claims } = await started({ runtime });
    log.script = (batch) => {
      if (!isClaim(batch)) passedMs = waitMs;
      return Promise.resolve(unknownFor(batch));
    };
    const error = await failure(ledger.submit(0, take(), { deadlineMs: runtime.monotonicMs() + waitMs }));
    expect(error).toMatchObject({ kind: 'deadline_exceeded', reason: 'OUTCOME_UNKNOWN', metadata: { outcome: 'unknown' } });
    log.script = () => undefined;
    await until(() => claims.filter((outcome) => outcome === 'effective').length === 2);
    expect(claims).toContain('unknown');
    expect(await ledger.submit(0, take())).toMatchObject({ replayed: false });
  });
});

describe('an owner of a damaged log', () => {
  it('stops loudly and for good when an append is acknowledged below the expected offset', async () => {
    const { log, ledger, alarms } = await started();
    await ledger.submit(0, take());
    log.script = () => Promise.resolve([{ kind: 'acknowledged', baseOffset: 1, logTimeMs: Date.now() }]);
    expect(await failure(ledger.submit(0, take()))).toMatchObject({ kind: 'data_loss', reason: 'LOG_TRUNCATED' });
    expect(await failure(ledger.submit(0, take()))).toMatchObject({ kind: 'data_loss' });
    expect(alarms).toMatchObject([{ kind: 'log_truncated', partition: 0 }]);
    expect(ledger.status()).toMatchObject([{ role: 'stopped' }]);
  });

  it('stops loudly when another record stands where it knows one, though the log is as long as before', async () => {
    const { log, ledger, alarms } = await started({ limits: { idleCheckMs: 60_000 } });
    await ledger.submit(0, take());
    const read = log.read.bind(log);
    log.read = async (...all) => (await read(...all)).map((record) => (record.offset === 1 ? { ...record, value: Buffer.from('another') } : record));
    log.script = (batch) => (isClaim(batch) ? undefined : Promise.resolve(unknownFor(batch)));
    expect(await failure(ledger.submit(0, take()))).toMatchObject({ kind: 'data_loss', reason: 'LOG_TRUNCATED' });
    expect(alarms.map(({ kind }) => kind)).toContain('log_truncated');
  });

  it('stops loudly when the log ends before what it acknowledged, also while idle', async () => {
    const { log, ledger, alarms } = await started();
    await ledger.submit(0, take());
    log.endOffset = async () => 1;
    await until(() => alarms.length > 0);
    expect(alarms).toMatchObject([{ kind: 'log_truncated' }]);
    expect(await failure(ledger.submit(0, take()))).toMatchObject({ kind: 'data_loss' });
  });

  it('refuses to start on a valid event that it cannot read, and names its place', async () => {
    const { log, ledger } = await started();
    await ledger.submit(0, take());
    await ledger.stop();
    const machine = { ...tallyMachine(), decode: () => { throw new Error('never heard of it'); } };
    const error = await failure(started({ log, machine }));
    expect(error).toMatchObject({ kind: 'data_loss', reason: 'UNREADABLE_EVENT', message: expect.stringContaining('docket.test/0 at offset 1') });
  });
});

describe('an owner and time', () => {
  it('does not decide a command whose deadline has passed', async () => {
    const { log, ledger } = await started();
    expect(await failure(ledger.submit(0, take(), { deadlineMs: performance.now() - 1 }))).toMatchObject({ kind: 'deadline_exceeded', reason: 'DEADLINE_PASSED', metadata: { outcome: 'not_decided' } });
    expect(await log.endOffset(TP)).toBe(1);
  });

  it('claims anew when its clock was set, and answers UNAVAILABLE with an alarm while it is apart from the log’s', async () => {
    let setByMs = 0;
    const runtime: Runtime = { ...systemRuntime(), wallMs: () => Date.now() + setByMs };
    const { ledger, alarms, claims } = await started({ runtime });
    await ledger.submit(0, take());
    setByMs = 3_600_000;
    expect(await failure(ledger.submit(0, take()))).toMatchObject({ kind: 'unavailable', reason: 'CLOCK_APART', metadata: { outcome: 'not_decided' } });
    await until(() => alarms.some(({ kind }) => kind === 'clock_apart'));
    setByMs = 0;
    await until(() => claims.at(-1) === 'effective');
    const reply = await ledger.submit(0, take());
    expect(Math.abs(reply.at!.timeMs - Date.now())).toBeLessThan(60_000);
  });
});

describe('an owner whose clock is set back', () => {
  it('goes on from the last event, near the log’s clock, under a fresh claim', async () => {
    let setByMs = 0;
    const runtime: Runtime = { ...systemRuntime(), wallMs: () => Date.now() + setByMs };
    const { ledger, claims } = await started({ runtime });
    const before = await ledger.submit(0, take());
    setByMs = -3_600_000;
    const after = await ledger.submit(0, take());
    expect(claims).toEqual(['effective', 'effective']);
    expect(after.at!.epoch).toBe(2);
    expect(after.at!.timeMs).toBeGreaterThanOrEqual(before.at!.timeMs);
    expect(Math.abs(after.at!.timeMs - Date.now())).toBeLessThan(60_000);
  });
});

describe('an owner and its limits', () => {
  it('refuses a command whose event could be too large before it is decided', async () => {
    let decided = 0;
    const tally = tallyMachine();
    const machine: StateMachine<TallyState, Take, Taken, TallyReply> = { ...tally, maxEventBytes: () => 5_000, decide: (...all) => { decided += 1; return tally.decide(...all); } };
    const { ledger } = await started({ machine, limits: { eventBytesMax: 4_999 } });
    expect(await failure(ledger.submit(0, take()))).toMatchObject({ kind: 'invalid_argument', reason: 'EVENT_TOO_LARGE' });
    expect(decided).toBe(0);
  });

  it('refuses beyond its queue, by count and by bytes, with a retry delay', async () => {
    for (const limits of [{ partitionPendingMax: 2 }, { partitionPendingBytesMax: 2_500 }, { pendingMax: 2 }, { pendingBytesMax: 2_500 }]) {
      const { ledger } = await started({ limits });
      const results = await Promise.allSettled([1, 2, 3].map(() => ledger.submit(0, take())));
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
      const { reason } = results[2] as PromiseRejectedResult;
      expect(reason).toMatchObject({ kind: 'resource_exhausted', metadata: { outcome: 'not_decided' } });
      // Give or take a half, so that those who were refused together do not come back together.
      expect(reason.retryAfterMs).toBeGreaterThanOrEqual(50);
      expect(reason.retryAfterMs).toBeLessThanOrEqual(7_500);
      expect(await ledger.submit(0, take())).toMatchObject({ replayed: false });
    }
  });

  it('survives a machine that throws: that command fails, the others are decided on a sound state', async () => {
    const tally = tallyMachine();
    const machine: StateMachine<TallyState, Take, Taken, TallyReply> = {
      ...tally,
      evolve: (state, event, at) => {
        if (event.id === 'poison') {
          state.count = 1_000;
          throw new Error('bug');
        }
        return tally.evolve(state, event, at);
      },
    };
    const { ledger, alarms } = await started({ machine });
    const [good, bad, later] = await Promise.allSettled([ledger.submit(0, take()), ledger.submit(0, take('poison')), ledger.submit(0, take())]);
    expect([good!.status, bad!.status, later!.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((bad as PromiseRejectedResult).reason).toMatchObject({ kind: 'internal', reason: 'MACHINE_FAILED' });
    expect(ledger.peek(0, (state) => state.count)).toBe(2);
    expect(alarms).toMatchObject([{ kind: 'machine_failed' }]);
  });

  it('tells UNAVAILABLE before it was started, and after it was stopped; stopping lets what is pending finish', async () => {
    const log = new ScriptedLog();
    const { ledger } = await started({ log });
    const pending = ledger.submit(0, take());
    const stopped = ledger.stop();
    expect(await failure(ledger.submit(0, take()))).toMatchObject({ kind: 'unavailable', reason: 'STOPPING' });
    expect(await pending).toMatchObject({ replayed: false });
    await stopped;
    const fresh = new Ledger({ log, topic: TOPIC, partitions: 1, machine: tallyMachine(), runtime: systemRuntime(), node: { name: 'two', address: '' } });
    expect(await failure(fresh.submit(0, take()))).toMatchObject({ kind: 'unavailable', reason: 'PARTITION_NOT_CLAIMED' });
    expect(await failure(fresh.submit(7, take()))).toMatchObject({ kind: 'invalid_argument' });
  });
});

describe('replies that append nothing', () => {
  it('wait for the acknowledgement of what they rest on', async () => {
    const { log, ledger } = await started();
    let answer = (): void => {};
    log.script = (_batch, store) => new Promise((resolve) => (answer = () => void store().then(resolve)));
    const order: string[] = [];
    const taken = ledger.submit(0, take('a')).then(() => order.push('event'));
    const last = ledger.submit(0, { ...take('x'), type: 'last' }).then((reply) => { order.push('answer'); return reply; });
    const look = ledger.submit(0, { ...take('y'), type: 'look' }).then(() => order.push('advice'));
    await look;
    expect(order).toEqual(['advice']);
    log.script = () => undefined;
    answer();
    expect((await last).restsOn).toEqual({ offset: 1, id: 'a' });
    await taken;
    expect(order).toEqual(['advice', 'event', 'answer']);
  });
});
