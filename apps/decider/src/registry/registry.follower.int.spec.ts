import { Envelope, Judge, MemoryEventLog, systemRuntime } from '#ledger';
import { until } from './fixtures/world.js';
import { RegistryFollower } from './registry.follower.js';

const TOPIC = 'docket.registry';
const envelope = new Envelope(TOPIC, 0);
const tp = { topic: TOPIC, partition: 0 };

async function append(log: MemoryEventLog, ...values: Buffer[]): Promise<void> {
  const appender = log.openAppender();
  await appender.append([{ ...tp, records: values.map((value) => ({ key: null, value })) }], 1_000);
}

describe('a follower of the registry', () => {
  const alarms: string[] = [];
  let log: MemoryEventLog;
  let follower: RegistryFollower;
  const claim = envelope.encodeClaim({ epoch: 1, nonce: '0'.repeat(32), node: 'n', address: 'a' }, 0);
  const unreadable = async (): Promise<Buffer> => {
    const judge = new Judge(TOPIC, 0);
    const [record] = await log.read(tp, 0, { maxRecords: 1 });
    if (record === undefined) throw new Error('expected the claim');
    judge.judge(record);
    return envelope.encodeEvent({ type: 'docket.registry.SomethingNew.v1', subject: 'x', data: {} }, 1, 1, judge.resume.head, 0);
  };

  beforeEach(async () => {
    alarms.length = 0;
    log = new MemoryEventLog();
    await log.prepare([{ topic: TOPIC, partitions: 1 }]);
    follower = new RegistryFollower({ log, runtime: systemRuntime(), onAlarm: (message) => alarms.push(message) });
  });
  afterEach(() => follower.stop());

  it('starts on an empty registry, where nobody is known', async () => {
    await follower.start();
    expect(follower.through).toBe(-1);
    expect(follower.authenticate(`dk_${'0'.repeat(16)}_${'A'.repeat(43)}`)).toBeUndefined();
  });

  it.each(['', 'dk_', `dg_${'0'.repeat(16)}_${'A'.repeat(43)}`, `dk_${'0'.repeat(16)}_${'A'.repeat(44)}`, `dk_${'0'.repeat(16)}_${'A'.repeat(43)}\n`])(
    'takes %j for no credential', async (token) => {
      await follower.start();
      expect(follower.authenticate(token)).toBeUndefined();
    });

  it('refuses to start on an event that it cannot read', async () => {
    await append(log, claim);
    await append(log, await unreadable());
    await expect(follower.start()).rejects.toMatchObject({ kind: 'data_loss', reason: 'UNREADABLE_EVENT' });
  });

  it('lets nobody in once it cannot follow any more', async () => {
    await append(log, claim);
    await follower.start();
    await append(log, await unreadable());
    await until(() => alarms.length > 0);
    expect(() => follower.authenticate('dk_x')).toThrow('cannot read the registry any more');
    expect(await follower.passed(99, Number.POSITIVE_INFINITY)).toBe(false);
  });
});
