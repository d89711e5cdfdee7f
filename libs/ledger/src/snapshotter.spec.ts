import { ScriptedLog } from '../test/scripted-log.js';
import { tallyMachine, type Take } from '../test/tally-machine.js';
import { stateHash } from './fold.js';
import { follow } from './follow.js';
import { Ledger } from './ledger.js';
import type { Alarm } from './observer.js';
import type { StoredSnapshot } from './resume-state.js';
import { MemorySnapshotStore, loadNewestUsable } from './snapshotter.js';
import { systemRuntime } from './system-runtime.js';

const TOPIC = 'docket.test';
const machine = tallyMachine();
const take = (id: number): Take => ({ type: 'take', id: `id${id}`, idTimeMs: Date.now(), counter: 'c', attempt: id });

/** A log with events, and the snapshots its owner took on the way. */
async function history(bigStateBytes = 0): Promise<{ log: ScriptedLog; snapshots: MemorySnapshotStore; stored: StoredSnapshot[]; finalHash: string }> {
  const log = new ScriptedLog();
  await log.prepare([{ topic: TOPIC, partitions: 1 }]);
  const snapshots = new MemorySnapshotStore();
  const padded = { ...machine, snapshot: (state: Parameters<typeof machine.snapshot>[0]) => [machine.snapshot(state), ' '.repeat(bigStateBytes)] };
  const ledger = new Ledger({ log, topic: TOPIC, partitions: 1, machine: bigStateBytes === 0 ? machine : padded, runtime: systemRuntime(), snapshots, node: { name: 'one', address: '' }, limits: { snapshotEveryEvents: 5 } });
  await ledger.start();
  for (let n = 0; n < 23; n += 1) await ledger.submit(0, take(n));
  const finalHash = ledger.peek(0, (state) => stateHash(machine, state))!;
  await ledger.stop();
  return { log, snapshots, stored: await snapshots.newest(TOPIC, 0, 100), finalHash };
}

async function loadFrom(log: ScriptedLog, rows: readonly StoredSnapshot[]): Promise<{ offset: number | undefined; unusable: string[] }> {
  const store = new MemorySnapshotStore();
  for (const row of rows) await store.insert(row);
  const unusable: string[] = [];
  const loaded = await loadNewestUsable(store, log, machine, TOPIC, 0, (why) => unusable.push(why));
  return { offset: loaded?.resume.offset, unusable };
}

describe('snapshots', () => {
  it('are taken every so many events and once more at the end, always of the state at a valid event', async () => {
    const { stored, finalHash } = await history();
    expect(stored.length).toBeGreaterThanOrEqual(4);
    expect(stored[0]).toMatchObject({ resume: { offset: 24, epoch: 1, sequence: 23 }, stateHash: finalHash });
  });

  it('of a large state are taken more rarely, so that writing them costs each event the same', async () => {
    const { stored } = await history(1_000_000);
    // One after five events; the next would wait for ten thousand; one at the end.
    expect(stored).toHaveLength(2);
  });

  it('that are damaged or of another log are passed over for older ones, then for none', async () => {
    const { log, stored: [newest, older] } = await history();
    expect(await loadFrom(log, [newest!, older!])).toEqual({ offset: newest!.resume.offset, unusable: [] });
    const damaged = { ...newest!, state: newest!.state.replace('23', '24') };
    expect(await loadFrom(log, [damaged, older!])).toEqual({ offset: older!.resume.offset, unusable: [expect.stringContaining('corrupt')] });
    const foreign = { ...newest!, resume: { ...newest!.resume, head: '00'.repeat(32) } };
    expect(await loadFrom(log, [foreign, older!])).toEqual({ offset: older!.resume.offset, unusable: [expect.stringContaining('not of this log')] });
    for (const wrong of [{ epoch: 2 }, { sequence: newest!.resume.sequence - 1 }, { timeMs: newest!.resume.timeMs + 1 }]) {
      expect(await loadFrom(log, [{ ...newest!, resume: { ...newest!.resume, ...wrong } }, older!])).toMatchObject({ offset: older!.resume.offset });
    }
    const beyond = { ...newest!, resume: { ...newest!.resume, offset: 1_000 } };
    expect(await loadFrom(log, [beyond, damaged])).toMatchObject({ offset: undefined });
  });

  it('change nothing but start-up: a ledger without them, or with only damaged ones, has the same state', async () => {
    const { log, stored, finalHash } = await history();
    const damaged = new MemorySnapshotStore();
    for (const row of stored) await damaged.insert({ ...row, state: `${row.state} ` });
    for (const snapshots of [undefined, damaged]) {
      const alarms: Alarm[] = [];
      const ledger = new Ledger({ log, topic: TOPIC, partitions: 1, machine, runtime: systemRuntime(), ...(snapshots && { snapshots }), node: { name: 'two', address: '' }, onAlarm: (alarm) => alarms.push(alarm) });
      await ledger.start();
      expect(ledger.peek(0, (state) => stateHash(machine, state))).toBe(finalHash);
      expect(alarms.some(({ kind }) => kind === 'snapshot_unusable')).toBe(snapshots !== undefined);
      await ledger.stop();
    }
  });

  it('that cannot be written are an alarm, not an outage', async () => {
    const log = new ScriptedLog();
    await log.prepare([{ topic: TOPIC, partitions: 1 }]);
    const snapshots = { newest: async () => [], insert: () => Promise.reject(new Error('no table')) };
    const alarms: Alarm[] = [];
    const ledger = new Ledger({ log, topic: TOPIC, partitions: 1, machine, runtime: systemRuntime(), snapshots, node: { name: 'one', address: '' }, onAlarm: (alarm) => alarms.push(alarm) });
    await ledger.start();
    expect(await ledger.submit(0, take(1))).toMatchObject({ replayed: false });
    await ledger.stop();
    expect(alarms).toMatchObject([{ kind: 'snapshot_failed', message: expect.stringContaining('no table') }]);
  });
});

describe('following a partition', () => {
  it('sees every record in order, goes on from a checkpoint, tries again after errors, and ends on request', async () => {
    const { log, finalHash } = await history();
    const stop = new AbortController();
    const seen: string[] = [];
    const read = log.read.bind(log);
    let fails = 2;
    log.read = (...all) => ((fails -= 1) >= 0 ? Promise.reject(new Error('away')) : read(...all));
    const errors: unknown[] = [];
    await follow({
      log, topic: TOPIC, partition: 0, machine, signal: stop.signal, retryMs: 1, onError: (error) => errors.push(error),
      onApplied: (applied, fold) => {
        seen.push(applied.kind);
        if (fold.resume.offset < 24) return;
        expect(stateHash(machine, fold.state)).toBe(finalHash);
        stop.abort();
      },
    });
    expect(seen).toEqual(['claim', ...Array.from({ length: 23 }, () => 'event')]);
    expect(errors).toHaveLength(2);
  });

  it('rejects when the log ends before its checkpoint', async () => {
    const { log } = await history();
    const resume = { offset: 99, epoch: 1, nonce: '', sequence: 98, head: '00'.repeat(32), timeMs: 0 };
    await expect(follow({ log, topic: TOPIC, partition: 0, machine, from: { resume, state: machine.initialState() }, signal: new AbortController().signal, onApplied: () => {} }))
      .rejects.toMatchObject({ kind: 'data_loss', reason: 'OFFSET_OUT_OF_RANGE' });
  });
});
