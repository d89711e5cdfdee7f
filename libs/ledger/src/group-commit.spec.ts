import { ScriptedLog, unknownFor } from '../test/scripted-log.js';
import type { AppendOutcome, NewRecord } from './event-log.js';
import { GroupCommit, type CommitSource } from './group-commit.js';
import { DEFAULT_LIMITS, type LedgerLimits } from './limits.js';
import type { Runtime } from './resume-state.js';
import { systemRuntime } from './system-runtime.js';

const TOPIC = 'docket.test';

class Source implements CommitSource {
  readonly tp;
  readonly pending: NewRecord[] = [];
  readonly outcomes: AppendOutcome[] = [];
  #waiting: (() => void)[] = [];

  constructor(readonly commit: GroupCommit, partition: number) {
    this.tp = { topic: TOPIC, partition };
  }

  add(count: number, bytes = 10): void {
    for (let n = 0; n < count; n += 1) this.pending.push({ key: null, value: Buffer.alloc(bytes) });
    this.commit.ready(this);
  }

  take(recordsMax: number): readonly NewRecord[] {
    return this.pending.splice(0, recordsMax);
  }

  settle(outcome: AppendOutcome): void {
    this.outcomes.push(outcome);
    if (this.pending.length > 0) this.commit.ready(this);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async settled(count: number): Promise<void> {
    while (this.outcomes.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

async function commitOn(limits: Partial<LedgerLimits> = {}, runtime: Runtime = systemRuntime()): Promise<{ log: ScriptedLog; sources: Source[] }> {
  const log = new ScriptedLog();
  await log.prepare([{ topic: TOPIC, partitions: 3 }]);
  const commit = new GroupCommit({ log, limits: { ...DEFAULT_LIMITS, ...limits }, runtime, observer: {} });
  return { log, sources: [0, 1, 2].map((partition) => new Source(commit, partition)) };
}

const shape = (log: ScriptedLog): string[] => log.requests.map((batch) => batch.map(({ partition, records }) => `${partition}:${records.length}`).join(' '));

describe('group commit', () => {
  it('sends what came together as one request, and what comes meanwhile as the next', async () => {
    const { log, sources: [a, b, c] } = await commitOn();
    a!.add(2);
    b!.add(1);
    await Promise.resolve();
    expect(shape(log)).toEqual(['0:2 1:1']);
    b!.add(3);
    c!.add(1);
    a!.add(1);
    await Promise.all([a!.settled(2), b!.settled(2), c!.settled(1)]);
    expect(shape(log)).toEqual(['0:2 1:1', '1:3 2:1 0:1']);
  });

  it('has one request on its way for each lane, and asks for the lane when it sends', async () => {
    const { log, sources: [a, b, c] } = await commitOn();
    log.lane = (partition) => (partition === 2 ? 'other' : 'one');
    a!.add(1);
    c!.add(1);
    await Promise.resolve();
    b!.add(1);
    log.lane = () => 'other';
    await b!.settled(1);
    expect(shape(log)).toEqual(['0:1', '2:1', '1:1']);
  });

  it('never has two batches of a partition on their way, though its lane changed', async () => {
    const { log, sources: [a] } = await commitOn();
    let answer = (): void => {};
    log.script = (_batch, store) => new Promise((resolve) => (answer = () => void store().then(resolve)));
    a!.add(1);
    await Promise.resolve();
    log.lane = () => 'moved';
    a!.add(1);
    await Promise.resolve();
    expect(log.requests).toHaveLength(1);
    log.script = () => undefined;
    answer();
    await a!.settled(2);
    expect(shape(log)).toEqual(['0:1', '0:1']);
  });

  it('after an error resets the connection, re-sends nothing, and sends each partition alone until it succeeds', async () => {
    const { log, sources: [a, b, c] } = await commitOn();
    log.script = async (batch, store) => {
      const outcomes = await store();
      return outcomes.map((outcome, index) => (batch[index]!.partition === 2 ? outcome : unknownFor(batch)[index]!));
    };
    a!.add(1);
    b!.add(1);
    c!.add(1);
    await Promise.all([a!.settled(1), b!.settled(1), c!.settled(1)]);
    expect([a, b, c].map((source) => source!.outcomes[0]!.kind)).toEqual(['unknown', 'unknown', 'acknowledged']);
    expect(log.resets).toBe(1);
    expect(log.requests).toHaveLength(1);
    log.script = () => undefined;
    for (const source of [a!, b!, c!]) source.add(1);
    await Promise.all([a!.settled(2), b!.settled(2), c!.settled(2)]);
    for (const source of [a!, b!, c!]) source.add(1);
    await Promise.all([a!.settled(3), b!.settled(3), c!.settled(3)]);
    expect(shape(log)).toEqual(['0:1 1:1 2:1', '0:1', '1:1', '2:1', '0:1 1:1 2:1']);
  });

  it('bounds a request by records and by bytes, and lets nobody starve', async () => {
    const { log, sources: [a, b, c] } = await commitOn({ requestRecordsMax: 4, batchRecordsMax: 3 });
    a!.add(5);
    b!.add(2);
    c!.add(1);
    await Promise.all([a!.settled(2), b!.settled(2), c!.settled(1)]);
    expect(shape(log)).toEqual(['0:3 1:1', '2:1 0:2 1:1']);
    const bytes = await commitOn({ requestBytesMax: 15 });
    bytes.sources.forEach((source) => source.add(1, 10));
    await Promise.all(bytes.sources.map((source) => source.settled(1)));
    expect(shape(bytes.log)).toEqual(['0:1 1:1', '2:1']);
  });

  it('takes an adapter that throws, or answers for too few, for unknown', async () => {
    const { log, sources: [a, b] } = await commitOn();
    log.script = () => Promise.reject(new Error('adapter bug'));
    a!.add(1);
    await a!.settled(1);
    log.script = async () => [];
    b!.add(1);
    await b!.settled(1);
    expect([a!.outcomes[0], b!.outcomes[0]]).toMatchObject([{ kind: 'unknown' }, { kind: 'unknown' }]);
  });

  it('takes an adapter that never answers for unknown once its time is long over, resets it, and goes on', async () => {
    const timers = new Map<() => void, number>();
    const { log, sources: [a] } = await commitOn({ appendTimeoutMs: 300 }, { ...systemRuntime(), after: (ms, callback) => (timers.set(callback, ms), () => void timers.delete(callback)) });
    log.script = () => new Promise(() => {});
    a!.add(1);
    await Promise.resolve();
    const [late, ms] = [...timers][0]!;
    expect(ms).toBeGreaterThan(300);
    late();
    await a!.settled(1);
    expect(a!.outcomes).toMatchObject([{ kind: 'unknown' }]);
    expect(log.resets).toBe(1);
    log.script = () => undefined;
    a!.add(1);
    await a!.settled(2);
    expect([a!.outcomes[1]!.kind, shape(log), timers.size]).toEqual(['acknowledged', ['0:1', '0:1'], 0]);
    // Closed, it leaves nothing behind.
    log.script = () => new Promise(() => {});
    a!.add(1);
    await Promise.resolve();
    expect(timers.size).toBe(1);
    await a!.commit.close();
    await a!.settled(3);
    expect([a!.outcomes[2]!.kind, timers.size]).toEqual(['unknown', 0]);
  });
});
