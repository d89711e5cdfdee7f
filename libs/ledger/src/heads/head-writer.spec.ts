import { checkHeads } from '../../test/check-heads.js';
import { ScriptedLog, isClaim, unknownFor } from '../../test/scripted-log.js';
import { tallyMachine, type Take, type TallyReply, type TallyState, type Taken } from '../../test/tally-machine.js';
import { Envelope } from '../envelope.js';
import { Fold, stateHash } from '../fold.js';
import { Ledger } from '../ledger.js';
import type { Alarm } from '../observer.js';
import type { Runtime } from '../resume-state.js';
import { MemorySnapshotStore } from '../snapshotter.js';
import { systemRuntime } from '../system-runtime.js';
import { headKeyFromSeed } from './head-key.js';
import type { HeadSigning, LoggedHead } from './head-writer.js';
import { findHead } from './last-head.js';
import { headPublicKey, isSignedBy } from './signed-head.js';

const TOPIC = 'docket.test';
const TP = { topic: TOPIC, partition: 0 };
const KEY = headKeyFromSeed(Buffer.alloc(32, 7));
const machine = tallyMachine();

const running: Ledger<TallyState, Take, Taken, TallyReply>[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((ledger) => ledger.stop()));
});

/** The signer's minutes pass when a test lets them; everything else is as it is. */
function minutes(): { readonly runtime: Runtime; readonly pass: () => void } {
  const real = systemRuntime();
  const waiting = new Set<() => void>();
  return {
    runtime: {
      ...real,
      after: (ms, callback) => {
        if (ms !== 1_000 && ms !== 60_000) return real.after(ms, callback);
        waiting.add(callback);
        return () => waiting.delete(callback);
      },
    },
    pass: () => {
      const due = [...waiting];
      waiting.clear();
      due.forEach((callback) => callback());
    },
  };
}

async function started(log: ScriptedLog, heads: Partial<HeadSigning> | null = {}, snapshots = new MemorySnapshotStore()) {
  await log.prepare([{ topic: TOPIC, partitions: 1 }]);
  const alarms: Alarm[] = [];
  const signed: LoggedHead[] = [];
  const { runtime, pass } = minutes();
  const ledger = new Ledger({
    log, topic: TOPIC, partitions: 1, machine, snapshots, runtime, node: { name: 'one', address: '' }, onAlarm: (alarm) => alarms.push(alarm),
    limits: { backOffMinMs: 1, backOffMaxMs: 5, idleCheckMs: 10, sweepMs: 5, drainMs: 200, readRecordsMax: 7 },
    ...(heads && { heads: { key: KEY, onSigned: (head) => signed.push(head), ...heads } }),
  });
  running.push(ledger);
  await ledger.start();
  pass();
  return { ledger, alarms, signed, pass };
}

let ids = 0;
const take = (): Take => ({ type: 'take', id: `id${(ids += 1)}`, idTimeMs: Date.now(), counter: `c${ids}`, attempt: 0 });
const headsOf = async (log: ScriptedLog) => checkHeads(TOPIC, 0, await log.read(TP, 0, { maxRecords: 100_000 }));
async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise<void>((resolve) => setTimeout(resolve, 2));
}
const until2 = (log: ScriptedLog, count: number) => until(async () => (await headsOf(log)).length === count);

describe('signed heads', () => {
  it('cover everything when a ledger stops, with a signature that the public key confirms', async () => {
    const log = new ScriptedLog();
    const { ledger, alarms } = await started(log);
    for (let n = 0; n < 20; n += 1) await ledger.submit(0, take());
    await ledger.stop();
    const [signed, ...others] = await headsOf(log);
    expect(others).toEqual([]);
    expect(signed).toMatchObject({ offset: 21, head: { from: 0, to: 21, epoch: 1, sequence: 20, key_id: KEY.id, public_key: KEY.publicKey.toString('base64') } });
    expect(isSignedBy(signed!.head, headPublicKey(KEY.publicKey))).toBe(true);
    expect(isSignedBy({ ...signed!.head, to: 22, tree_size: 22 }, headPublicKey(KEY.publicKey))).toBe(false);
    expect(isSignedBy(signed!.head, headPublicKey(headKeyFromSeed(Buffer.alloc(32, 8)).publicKey))).toBe(false);
    expect(alarms).toEqual([]);
  });

  it('are written every minute, but not where only a signature was logged since', async () => {
    const log = new ScriptedLog();
    const { ledger, pass, signed } = await started(log);
    for (const expected of [1, 2]) {
      await ledger.submit(0, take());
      pass();
      await until2(log, expected);
      await until(() => signed.length === expected);
      // Minutes in which nothing happened.
      for (let turn = 0; turn < 20; turn += 1) {
        pass();
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
      expect(await headsOf(log)).toHaveLength(expected);
    }
    expect(signed.map(({ at, value }) => [at.offset, findHead(value, TP)?.to])).toEqual((await headsOf(log)).map(({ offset, head }) => [offset, head.to]));
  });

  it('go on from the last one after a restart, from a snapshot or from zero', async () => {
    const log = new ScriptedLog();
    const snapshots = new MemorySnapshotStore();
    for (const store of [snapshots, snapshots, new MemorySnapshotStore()]) {
      const { ledger, alarms } = await started(log, {}, store);
      for (let n = 0; n < 30; n += 1) await ledger.submit(0, take());
      await ledger.stop();
      expect(alarms).toEqual([]);
    }
    expect((await headsOf(log)).map(({ head }) => [head.from, head.to])).toEqual([[0, 31], [31, 63], [63, 95]]);
  });

  it('change no state: every reader passes them over', async () => {
    const log = new ScriptedLog();
    const snapshots = new MemorySnapshotStore();
    const { ledger } = await started(log, {}, snapshots);
    await ledger.submit(0, take());
    const before = ledger.peek(0, (state) => stateHash(machine, state));
    await ledger.stop();
    const fold = new Fold(machine, TOPIC, 0);
    const kinds = (await log.read(TP, 0)).map((record) => fold.apply(record).kind);
    expect(kinds).toEqual(['claim', 'event', 'signed_head']);
    expect(stateHash(machine, fold.state)).toBe(before);
    // The last snapshot was taken at the signed head, and it is used.
    const [snapshot] = await snapshots.newest(TOPIC, 0, 1);
    expect(snapshot!.resume).toEqual(fold.resume);
    const second = await started(log, {}, snapshots);
    expect(second.alarms).toEqual([]);
    expect(second.ledger.peek(0, (state) => stateHash(machine, state))).toBe(before);
  });

  it('cover an old log from its first record, in several steps where it is long', async () => {
    const log = new ScriptedLog();
    const old = await started(log, null);
    for (let n = 0; n < 50; n += 1) await old.ledger.submit(0, take());
    await old.ledger.stop();
    expect(await headsOf(log)).toEqual([]);
    const { ledger, pass } = await started(log, { treeRecordsMax: 20 });
    pass();
    await until2(log, 3);
    expect((await headsOf(log)).map(({ head }) => [head.from, head.to])).toEqual([[0, 20], [20, 40], [40, 54]]);
    await ledger.stop();
  });

  it('stay one chain when an append of one is lost, comes late, or is answered late', async () => {
    const isHead = (batch: Parameters<ScriptedLog['script']>[0]): boolean => batch[0]!.records.some(({ value }) => findHead(value, TP) !== undefined);
    for (const lose of ['lost', 'late', 'unanswered'] as const) {
      const log = new ScriptedLog();
      const { ledger, pass, alarms } = await started(log);
      await ledger.submit(0, take());
      let land: (() => Promise<unknown>) | undefined;
      log.script = (batch, store) => {
        if (isClaim(batch) || !isHead(batch) || land !== undefined) return undefined;
        land = store;
        return (lose === 'unanswered' ? store() : Promise.resolve()).then(() => unknownFor(batch));
      };
      pass();
      await until2(log, 1);
      if (lose === 'late') await land!();
      for (let n = 0; n < 3; n += 1) await ledger.submit(0, take());
      pass();
      await until2(log, 2);
      await ledger.stop();
      const heads = await headsOf(log);
      expect(heads.at(-1)!.head.to).toBeGreaterThan(heads[0]!.head.to);
      expect(alarms.filter(({ kind }) => kind === 'head_not_signed')).toEqual([]);
    }
  });

  it('do not rest on what only looks like one', async () => {
    const log = new ScriptedLog();
    const first = await started(log);
    await first.ledger.submit(0, take());
    await first.ledger.stop();
    const [real] = await headsOf(log);
    // A stranger's, with the key and all, and a late copy of the real one: neither counts where it stands.
    const [copy] = await log.read(TP, real!.offset, { maxRecords: 1 });
    const forged = new Envelope(TOPIC, 0).encodeEvent({ type: 'docket.ledger.HeadSigned.v1', subject: 'head', data: { ...real!.head, from: 1, to: 2, tree_size: 1 } as never }, 1, 1, real!.head.head, Date.now());
    await log.openAppender().append([{ ...TP, records: [{ key: null, value: copy!.value }, { key: null, value: forged }] }], 1_000);
    const second = await started(log);
    await second.ledger.submit(0, take());
    await second.ledger.stop();
    const heads = await headsOf(log);
    expect(heads).toHaveLength(2);
    expect(heads[1]!.head.from).toBe(real!.head.to);
  });

  it('are not waited for when the log does not answer any more', async () => {
    const log = new ScriptedLog();
    const { ledger } = await started(log);
    await ledger.submit(0, take());
    log.script = () => new Promise(() => {});
    await ledger.stop();
    expect(await headsOf(log)).toEqual([]);
  });
});
