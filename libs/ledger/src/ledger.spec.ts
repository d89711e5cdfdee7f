import { Ledger, MemoryEventLog, MemorySnapshotStore, systemRuntime, type LedgerOptions } from './index.js';
import { tallyMachine, type Take, type TallyReply, type TallyState, type Taken } from '../test/tally-machine.js';

const TOPIC = 'docket.test';

function ledgerOn(log: MemoryEventLog, more: Partial<LedgerOptions<TallyState, Take, Taken, TallyReply>> = {}) {
  return new Ledger({ log, topic: TOPIC, partitions: 2, machine: tallyMachine(), runtime: systemRuntime(), node: { name: 'one', address: 'localhost:1' }, ...more });
}

const take = (id: string, counter = 'c', attempt = 0): Take => ({ type: 'take', id, idTimeMs: Date.now(), counter, attempt });

async function preparedLog(): Promise<MemoryEventLog> {
  const log = new MemoryEventLog();
  await log.prepare([{ topic: TOPIC, partitions: 2 }]);
  return log;
}

describe('a ledger on a sound log', () => {
  it('answers with the position of an event that is in the log', async () => {
    const log = await preparedLog();
    const ledger = ledgerOn(log);
    await ledger.start();
    const reply = await ledger.submit(1, take('a'));
    expect(reply).toMatchObject({ event: { id: 'a', verdict: 'ALLOW' }, replayed: false, at: { offset: 1, epoch: 1, sequence: 1 } });
    expect(await log.endOffset({ topic: TOPIC, partition: 1 })).toBe(2);
    await ledger.stop();
  });

  it('keeps to the limit when all commands come at once', async () => {
    const ledger = ledgerOn(await preparedLog());
    await ledger.start();
    const replies = await Promise.all(Array.from({ length: 10 }, (_, n) => ledger.submit(0, take(`id${n}`))));
    expect(replies.filter(({ event }) => event?.verdict === 'ALLOW')).toHaveLength(3);
    expect(replies.map(({ at }) => at?.offset)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    await ledger.stop();
  });

  it('answers a repeated id with the recorded verdict, also while the first is on its way, and after a restart', async () => {
    const log = await preparedLog();
    const snapshots = new MemorySnapshotStore();
    const first = ledgerOn(log, { snapshots });
    await first.start();
    const [once, twice] = await Promise.all([first.submit(0, take('x')), first.submit(0, take('x', 'c', 1))]);
    expect(twice).toMatchObject({ replayed: true, event: once!.event, at: once!.at });
    await first.stop();
    expect(await snapshots.newest(TOPIC, 0, 1)).toHaveLength(1);
    const second = ledgerOn(log, { snapshots });
    await second.start();
    expect(await second.submit(0, take('x', 'c', 2))).toMatchObject({ replayed: true, at: once!.at });
    await second.stop();
  });
});

it('refuses a repeated id at its deadline while the log does not answer reads, without saying that nothing was decided, and stops', async () => {
  let isHanging = false;
  class HangingLog extends MemoryEventLog {
    override read(...what: Parameters<MemoryEventLog['read']>): ReturnType<MemoryEventLog['read']> {
      return isHanging ? new Promise(() => {}) : super.read(...what);
    }
  }
  const log = new HangingLog();
  await log.prepare([{ topic: TOPIC, partitions: 2 }]);
  const runtime = systemRuntime();
  const ledger = ledgerOn(log, { runtime });
  await ledger.start();
  await ledger.submit(0, take('x'));
  isHanging = true;
  await expect(ledger.submit(0, take('x', 'c', 1), { deadlineMs: runtime.monotonicMs() + 50 })).rejects.toMatchObject({ kind: 'unavailable', reason: 'LOG_READ_FAILED', metadata: { outcome: 'unknown' } });
  expect(ledger.load.commands).toBe(0);
  await ledger.stop();
});

it('refuses a repeated id whose record the log returns only after the ledger has stopped', async () => {
  let release: (() => void) | undefined;
  let isSlow = false;
  class SlowLog extends MemoryEventLog {
    override async read(...what: Parameters<MemoryEventLog['read']>): ReturnType<MemoryEventLog['read']> {
      const records = await super.read(...what);
      if (isSlow) await new Promise<void>((resolve) => { release = resolve; });
      return records;
    }
  }
  const log = new SlowLog();
  await log.prepare([{ topic: TOPIC, partitions: 2 }]);
  const ledger = ledgerOn(log, { limits: { drainMs: 1 } });
  await ledger.start();
  await ledger.submit(0, take('x'));
  isSlow = true;
  let said: unknown;
  ledger.submit(0, take('x', 'c', 1), { deadlineMs: systemRuntime().monotonicMs() + 600_000 }).catch((error: unknown) => { said = error; });
  await ledger.stop();
  expect([said, ledger.load.commands]).toEqual([undefined, 1]);
  release!();
  for (let turns = 0; turns < 20; turns += 1) await new Promise<void>((resolve) => setImmediate(resolve));
  expect(said).toMatchObject({ kind: 'unavailable', reason: 'STOPPING', metadata: { outcome: 'not_decided' } });
  expect(ledger.load.commands).toBe(0);
});
