import { isClaim, ScriptedLog, unknownFor } from '../test/scripted-log.js';
import { tallyMachine, type Take, type TallyReply, type TallyState, type Taken } from '../test/tally-machine.js';
import { Ledger } from './ledger.js';
import { RecentRecords } from './recent-records.js';
import type { StateMachine } from './state-machine.js';
import { systemRuntime } from './system-runtime.js';

const TOPIC = 'docket.test';

describe('what an owner has appended last', () => {
  it('is kept up to a number of records and of bytes, the newest', () => {
    const recent = new RecentRecords();
    for (let offset = 0; offset < 1_000; offset += 1) recent.add(offset, Buffer.alloc(10, offset));
    expect([recent.find(743), recent.find(744), recent.find(999)]).toEqual([undefined, Buffer.alloc(10, 744), Buffer.alloc(10, 999)]);
    recent.add(1_000, Buffer.alloc(500 * 1024));
    expect([recent.find(1_000)?.length, recent.find(999)?.length, recent.find(744)]).toEqual([500 * 1024, 10, undefined]);
    recent.add(1_001, Buffer.alloc(600 * 1024));
    expect([recent.find(1_000), recent.find(1_001)]).toEqual([undefined, undefined]);
  });

  /** Counts what is read, and can lose an answer. */
  class CountedLog extends ScriptedLog {
    reads = 0;
    override read(...all: Parameters<ScriptedLog['read']>): ReturnType<ScriptedLog['read']> {
      this.reads += 1;
      return super.read(...all);
    }
  }

  const tally = tallyMachine();
  /** Its repetitions are content with what was just written. */
  const content: StateMachine<TallyState, Take, Taken, TallyReply> = {
    ...tally, decide: (...all) => {
      const decision = tally.decide(...all);
      return decision.kind === 'load' ? { ...decision, recentWillDo: true } : decision;
    },
  };
  const take = (id: string): Take => ({ type: 'take', id, idTimeMs: Date.now(), counter: 'c', attempt: 0 });

  it.each([['is not read again for a command that records something new', content, 0], ['is read from the log for one that hands it out', tally, 1]])('%s', async (_, machine, reads) => {
    const log = new CountedLog();
    await log.prepare([{ topic: TOPIC, partitions: 1 }]);
    const ledger = new Ledger({ log, topic: TOPIC, partitions: 1, machine, runtime: systemRuntime(), node: { name: 'one', address: '' }, onAlarm: () => undefined, limits: { idleCheckMs: 60_000 } });
    await ledger.start();
    const first = await ledger.submit(0, take('a'));
    const before = log.reads;
    const again = await ledger.submit(0, take('a'));
    expect(again).toEqual({ ...first, replayed: true });
    expect(log.reads - before).toBe(reads);
    await ledger.stop();
  });

  it('is read from the log once an append was lost on the way: only what was acknowledged counts', async () => {
    const log = new CountedLog();
    await log.prepare([{ topic: TOPIC, partitions: 1 }]);
    const ledger = new Ledger({ log, topic: TOPIC, partitions: 1, machine: content, runtime: systemRuntime(), node: { name: 'one', address: '' }, onAlarm: () => undefined, limits: { idleCheckMs: 60_000, backOffMinMs: 1, backOffMaxMs: 5 } });
    await ledger.start();
    const first = await ledger.submit(0, take('a'));
    let lost = 0;
    log.script = (batch) => (!isClaim(batch) && (lost += 1) === 1 ? Promise.resolve(unknownFor(batch)) : undefined);
    const other = await ledger.submit(0, take('b'));
    expect(other.replayed).toBe(false);
    const before = log.reads;
    expect(await ledger.submit(0, take('a'))).toMatchObject({ event: first.event, at: first.at, replayed: true });
    expect(log.reads).toBeGreaterThan(before);
    await ledger.stop();
  });
});
