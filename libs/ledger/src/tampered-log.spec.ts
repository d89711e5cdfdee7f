import { DocketError } from '#errors';
import { ScriptedLog, isClaim, unknownFor } from '../test/scripted-log.js';
import { tallyMachine, type Take, type TallyReply, type TallyState, type Taken } from '../test/tally-machine.js';
import { Envelope } from './envelope.js';
import { Judge } from './fold.js';
import { follow } from './follow.js';
import { Ledger } from './ledger.js';
import type { Alarm } from './observer.js';
import { MemorySnapshotStore } from './snapshotter.js';
import { systemRuntime } from './system-runtime.js';

const TOPIC = 'docket.test';
const TP = { topic: TOPIC, partition: 0 };
const envelope = new Envelope(TOPIC, 0);
const machine = tallyMachine();
type TestLedger = Ledger<TallyState, Take, Taken, TallyReply>;

/** A log in which somebody changes records that are already there. */
class TamperedLog extends ScriptedLog {
  readonly changed = new Map<number, Uint8Array>();

  override async read(...all: Parameters<ScriptedLog['read']>): ReturnType<ScriptedLog['read']> {
    return (await super.read(...all)).map((record) => ({ ...record, value: this.changed.get(record.offset) ?? record.value }));
  }

  /** Edits the text of a stored record. */
  async edit(offset: number, from: string, to: string): Promise<void> {
    const [record] = await this.read(TP, offset, { maxRecords: 1 });
    const text = Buffer.from(record!.value).toString();
    expect(text).toContain(from);
    this.changed.set(offset, Buffer.from(text.replace(from, to)));
  }

  append(value: Uint8Array): Promise<unknown> {
    return this.openAppender().append([{ ...TP, records: [{ key: null, value }] }], 1_000);
  }
}

const running: TestLedger[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((ledger) => ledger.stop()));
});

async function started(log = new TamperedLog(), idleCheckMs = 60_000, snapshots = new MemorySnapshotStore()): Promise<{ log: TamperedLog; ledger: TestLedger; alarms: Alarm[]; voids: string[]; start: Promise<unknown> }> {
  await log.prepare([{ topic: TOPIC, partitions: 1 }]);
  const alarms: Alarm[] = [];
  const voids: string[] = [];
  const ledger: TestLedger = new Ledger({
    log, topic: TOPIC, partitions: 1, machine, snapshots, runtime: systemRuntime(), node: { name: 'one', address: '' }, onAlarm: (alarm) => alarms.push(alarm),
    observer: { onVoid: ({ reason }) => voids.push(reason) }, limits: { backOffMinMs: 1, backOffMaxMs: 5, idleCheckMs, sweepMs: 5, drainMs: 200 },
  });
  running.push(ledger);
  const start = ledger.start().then(() => undefined, (error: unknown) => error);
  await start;
  return { log, ledger, alarms, voids, start };
}

let ids = 0;
const take = (): Take => ({ type: 'take', id: `id${(ids += 1)}`, idTimeMs: Date.now(), counter: `c${ids}`, attempt: 0 });
const failure = (promise: Promise<unknown>): Promise<DocketError> =>
  promise.then(() => { throw new Error('expected an error'); }, (error: unknown) => { expect(error).toBeInstanceOf(DocketError); return error as DocketError; });
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** An event of a stranger who has read the log: by default the one that every reader must find valid. */
async function forged(log: TamperedLog, change: { epoch?: number; sequence?: number; head?: string } = {}): Promise<Uint8Array> {
  const judge = new Judge(TOPIC, 0);
  for (const record of await log.read(TP, 0)) judge.judge(record);
  const { epoch, sequence, head, timeMs } = { ...judge.resume, sequence: judge.resume.sequence + 1, ...change };
  const event: Taken = { id: 'forged', counter: 'c', attempt: 0, verdict: 'ALLOW', windowEndMs: timeMs + 1, used: 1 };
  return envelope.encodeEvent(machine.encode(event), epoch, sequence, head, timeMs);
}

/** A log with a claim at 0, events at 1, 2 and 3, and no owner any more. */
async function written(): Promise<TamperedLog> {
  const { log, ledger } = await started();
  for (let n = 0; n < 3; n += 1) await ledger.submit(0, take());
  await ledger.stop();
  return log;
}

describe('an owner that starts on a log in which an old record was changed', () => {
  it.each<[string, number, string, string]>([
    ['an event, still well-formed', 2, '"used":1', '"used":0'],
    ['an event, made unreadable', 2, '{', ''],
    ['a claim', 0, '"node":"one"', '"node":"two"'],
    ['a claim, made unreadable', 0, '{', ''],
  ])('never serves, and names the place: %s', async (_name, offset, from, to) => {
    const log = await written();
    await log.edit(offset, from, to);
    const { ledger, alarms, start, voids } = await started(log);
    const brokenAt = offset === 2 ? 3 : 1;
    expect(await start).toMatchObject({ kind: 'data_loss', reason: 'CHAIN_BROKEN', message: expect.stringContaining(`docket.test/0 at offset ${brokenAt}`) });
    expect(alarms.map(({ kind }) => kind)).toEqual(['chain_broken', 'chain_broken']);
    expect(voids.length).toBeGreaterThan(0);
    expect(await failure(ledger.submit(0, take()))).toMatchObject({ reason: 'CHAIN_BROKEN' });
    expect(ledger.status()).toMatchObject([{ role: 'stopped' }]);
    expect((await started(log)).ledger.status()).toMatchObject([{ role: 'stopped' }]);
  });

  it('notices a change of the last event of an epoch by the next epoch’s first', async () => {
    const log = await written();
    const second = await started(log);
    await second.ledger.submit(0, take());
    await second.ledger.stop();
    await log.edit(3, '"used":1', '"used":0');
    expect(await (await started(log)).start).toMatchObject({ reason: 'CHAIN_BROKEN', metadata: { offset: '5' } });
  });

  it('takes no snapshot past the break', async () => {
    const log = await written();
    await log.edit(2, '"used":1', '"used":0');
    const snapshots = new MemorySnapshotStore();
    const { ledger } = await started(log, 60_000, snapshots);
    await ledger.stop();
    expect(await snapshots.newest(TOPIC, 0, 1)).toEqual([]);
  });
});

describe('a record that no honest writer leaves', () => {
  const kinds: [string, (resume: { epoch: number; sequence: number }) => { epoch?: number; sequence?: number; head?: string }][] = [
    ['a coming epoch', ({ epoch }) => ({ epoch: epoch + 1 })],
    ['a later sequence', ({ sequence }) => ({ sequence: sequence + 2 })],
    ['another prev', () => ({ head: 'cd'.repeat(32) })],
  ];

  it.each(kinds)('is void and raises an alarm; the owner that writes past it is served for ever: %s', async (_name, change) => {
    const { log, ledger, alarms, voids } = await started();
    const first = take();
    await ledger.submit(0, first);
    await log.append(await forged(log, change({ epoch: 1, sequence: 1 })));
    expect(await ledger.submit(0, take())).toMatchObject({ at: { offset: 3, epoch: 1, sequence: 2 } });
    expect(alarms).toMatchObject([{ kind: 'chain_broken', message: expect.stringContaining('docket.test/0 at offset 2') }]);
    expect(voids).toHaveLength(1);
    expect(await ledger.submit(0, first)).toMatchObject({ replayed: true, at: { offset: 1 } });
    await ledger.stop();
    const again = await started(log);
    expect(again.ledger.status()).toMatchObject([{ role: 'owner', epoch: 2 }]);
    expect(again.alarms.map(({ kind }) => kind)).toEqual(['chain_broken']);
    expect(again.voids).toEqual(voids);
  });

  it('is marked for those who follow; a late copy is not', async () => {
    const { log, ledger } = await started();
    await ledger.submit(0, take());
    const [, event] = await log.read(TP, 0);
    await log.append(event!.value);
    await log.append(await forged(log, { head: 'cd'.repeat(32) }));
    const marks: unknown[] = [];
    const stop = new AbortController();
    await follow({
      log, ...TP, machine, signal: stop.signal,
      onApplied: (applied) => {
        marks.push(applied.kind === 'void' ? (applied.breaksChain ?? false) : applied.kind);
        if (marks.length === 4) stop.abort();
      },
    });
    expect(marks).toEqual(['claim', 'event', false, true]);
  });
});

describe('an owner that finds a valid event of its own epoch which it did not write', () => {
  const isLoud = async (ledger: TestLedger, alarms: readonly Alarm[]): Promise<void> => {
    await until(() => alarms.length > 0);
    expect(alarms).toMatchObject([{ kind: 'foreign_event', message: expect.stringContaining('docket.test/0 at offset 2') }]);
    expect(ledger.status()).toMatchObject([{ role: 'stopped' }]);
    expect(await failure(ledger.submit(0, take()))).toMatchObject({ kind: 'data_loss', reason: 'FOREIGN_EVENT' });
  };

  it('stops loudly when it is idle', async () => {
    const { log, ledger, alarms } = await started(new TamperedLog(), 10);
    await ledger.submit(0, take());
    await log.append(await forged(log));
    await isLoud(ledger, alarms);
  });

  it('stops loudly when it appends, and promises nothing', async () => {
    const { log, ledger, alarms } = await started();
    await ledger.submit(0, take());
    await log.append(await forged(log));
    expect(await failure(ledger.submit(0, take()))).toMatchObject({ kind: 'data_loss', reason: 'FOREIGN_EVENT', metadata: { outcome: 'unknown' } });
    await isLoud(ledger, alarms);
  });

  it('stops loudly when it looks for what became of a lost append', async () => {
    const { log, ledger, alarms } = await started();
    await ledger.submit(0, take());
    await log.append(await forged(log));
    log.script = (batch) => (isClaim(batch) ? undefined : Promise.resolve(unknownFor(batch)));
    expect(await failure(ledger.submit(0, take()))).toMatchObject({ reason: 'FOREIGN_EVENT' });
    await isLoud(ledger, alarms);
  });
});

describe('a recorded answer that is read back', () => {
  it.each([['followed by another event', 1], ['the last event', 2]])('is refused when the event was changed: %s', async (_name, offset) => {
    const { log, ledger, alarms } = await started();
    const commands = [take(), take()];
    for (const command of commands) await ledger.submit(0, command);
    const command = commands[offset - 1]!;
    expect(await ledger.submit(0, command)).toMatchObject({ replayed: true });
    await log.edit(offset, '"verdict":"ALLOW"', '"verdict":"LIMITED"');
    expect(await failure(ledger.submit(0, command))).toMatchObject({ kind: 'data_loss', reason: 'CHAIN_BROKEN', metadata: { offset: String(offset) } });
    expect(alarms).toMatchObject([{ kind: 'chain_broken' }]);
  });

  it('is given across the claims and void records that follow the event, and is refused there when it was changed', async () => {
    const { log, ledger } = await started();
    const command = take();
    await ledger.submit(0, command);
    await ledger.stop();
    for (let n = 0; n < 6; n += 1) await log.append(Buffer.from('rubbish'));
    const again = await started(log);
    expect(await again.ledger.submit(0, command)).toMatchObject({ replayed: true, at: { offset: 1 } });
    await log.edit(1, '"verdict":"ALLOW"', '"verdict":"LIMITED"');
    expect(await failure(again.ledger.submit(0, command))).toMatchObject({ reason: 'CHAIN_BROKEN' });
    expect(again.voids).toHaveLength(6);
  });
});
