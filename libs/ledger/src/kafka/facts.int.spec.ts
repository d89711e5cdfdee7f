import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import { describeWithKafka } from '#local-services';
import { tallyMachine, type Take } from '../../test/tally-machine.js';
import type { LogAppender, TopicPartition } from '../event-log.js';
import { follow } from '../follow.js';
import { KafkaEventLog, type KafkaEventLogOptions } from '../kafka.event-log.js';
import { Ledger } from '../ledger.js';
import type { Alarm } from '../observer.js';
import { systemRuntime } from '../system-runtime.js';
import { deleteKafkaRecords } from './delete-records.js';

const APPEND_MS = 10_000;
const TEST_MS = 300_000;
const RETENTION_MS = 604_800_000;

const record = (value: string) => ({ key: null, value: Buffer.from(value) });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What Kafka does to whoever trusts it (design.md 2.8), on three real brokers. */
describeWithKafka('Kafka as it is', { control: true, brokers: 3 }, (kafka) => {
  const logs: KafkaEventLog[] = [];
  let admin: Admin;
  let log: KafkaEventLog;
  let tp: TopicPartition;

  const open = (options: Partial<KafkaEventLogOptions> = {}): KafkaEventLog => {
    logs.push(new KafkaEventLog({ clientId: 'docket-test', replicationFactor: 1, minInsyncReplicas: 1, allowSingleReplica: true, brokers: kafka.addresses(), ...options }));
    return logs.at(-1)!;
  };
  const append = async (appender: LogAppender, value: string): Promise<string> => {
    const [outcome] = await appender.append([{ ...tp, records: [record(value)] }], APPEND_MS);
    return outcome?.kind === 'acknowledged' ? `at ${outcome.baseOffset}` : outcome?.error.message ?? 'nothing';
  };
  const appendUntilAcknowledged = async (appender: LogAppender, value: string): Promise<string[]> => {
    const endings: string[] = [];
    while (!endings.at(-1)?.startsWith('at ')) {
      endings.push(await append(appender, value));
      appender.reset();
    }
    return endings;
  };
  const values = async (): Promise<string[]> => {
    const found: string[] = [];
    for (const end = await log.endOffset(tp); found.length < end;) for (const { value } of await log.read(tp, found.length)) found.push(String(value));
    return found;
  };

  beforeAll(async () => {
    admin = new Kafka({ brokers: [...kafka.addresses()], clientId: 'docket-test-admin', logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
  }, TEST_MS);
  beforeEach(async () => {
    log = open();
    tp = { topic: `test.${randomUUID()}`, partition: 0 };
    await log.prepare([{ topic: tp.topic, partitions: 1 }]);
  }, TEST_MS);
  afterAll(async () => {
    await Promise.all(logs.map((each) => each.close()));
    await admin?.disconnect();
  }, TEST_MS);

  test('a partition whose leader moved between metadata and produce: the append is unknown and not sent anywhere else, the next one goes to the new leader', async () => {
    const appender = log.openAppender();
    expect(await append(appender, 'before')).toBe('at 0');
    const before = Number(log.laneOf(tp));
    const next = (before % 3) + 1;
    await admin.alterPartitionReassignments({ topics: [{ topic: tp.topic, partitionAssignment: [{ partition: 0, replicas: [next] }] }] });
    const onlooker = open();
    const leader = async (): Promise<number> => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [tp.topic] });
      return topics[0]!.partitions[0]!.leader;
    };
    while (await leader() !== next) await pause(50);
    // It has not heard of that.
    expect(Number(log.laneOf(tp))).toBe(before);
    const [first, ...others] = await appendUntilAcknowledged(appender, 'after');
    expect(first).toMatch(/NOT_LEADER|UNKNOWN_TOPIC_OR_PARTITION/);
    expect(others.at(-1)).toBe('at 1');
    expect(Number(log.laneOf(tp))).toBe(next);
    expect(await values()).toEqual(['before', 'after']);
    expect((await onlooker.read(tp, 1)).map(({ value }) => String(value))).toEqual(['after']);
  }, TEST_MS);

  test('a broker that was restarted while nothing was said to it: reads and appends go on, and nothing is there twice', async () => {
    const appender = log.openAppender();
    await append(appender, 'before');
    expect(await values()).toEqual(['before']);
    const node = kafka.cluster().node(Number(log.laneOf(tp)));
    await node.kill();
    await kafka.cluster().restart();
    const endings = await appendUntilAcknowledged(appender, 'after');
    // Its own promise is `unknown`, so each try may be there; in this case none that failed reached anybody.
    const found = await values();
    expect(found[0]).toBe('before');
    expect(found.at(-1)).toBe('after');
    expect(found.length).toBeLessThanOrEqual(1 + endings.length);
    expect(endings.at(-1)).toBe(`at ${found.length - 1}`);
  }, TEST_MS);

  test('a topic that is deleted under a running owner, and made anew by somebody: it stops loudly, and never goes on in the empty one', async () => {
    const alarms: Alarm[] = [];
    const changed: string[] = [];
    const own = open({ onTopicChanged: (message) => changed.push(message), lookEveryMs: 50 });
    await own.prepare([{ topic: tp.topic, partitions: 1 }]);
    const ledger = new Ledger({
      log: own, topic: tp.topic, partitions: 1, machine: tallyMachine(), runtime: systemRuntime(), node: { name: 'one', address: '' }, onAlarm: (alarm) => alarms.push(alarm), limits: { idleCheckMs: 100, backOffMaxMs: 200 },
    });
    try {
      await ledger.start();
      const take = (id: string): Take => ({ type: 'take', id, idTimeMs: Date.now(), counter: 'c', attempt: 0 });
      expect(await ledger.submit(0, take('first'))).toMatchObject({ at: { offset: 1 } });
      await admin.deleteTopics({ topics: [tp.topic] });
      while (!changed.some((message) => message.includes(`topic ${tp.topic} is gone`))) await pause(50);
      await expect(ledger.submit(0, take('second'), { deadlineMs: performance.now() + 2_000 })).rejects.toMatchObject({ kind: expect.stringMatching(/unavailable|deadline_exceeded|data_loss/) as string });
      const other = open();
      await other.prepare([{ topic: tp.topic, partitions: 1 }]);
      while (ledger.status()[0]!.role !== 'stopped') await pause(50);
      expect(alarms.some(({ kind }) => kind === 'log_truncated')).toBe(true);
      await expect(ledger.submit(0, take('third'))).rejects.toMatchObject({ kind: 'data_loss' });
      // A claim at most, which tells nobody anything: no decision.
      for (const { value } of await other.read(tp, 0)) expect(String(value)).toContain('artitionClaimed');
    } finally {
      await ledger.stop();
    }
  }, TEST_MS);

  test('settings that are changed under a running log are told, again and again, until they are as they must be', async () => {
    const changed: string[] = [];
    const watched = open({ onTopicChanged: (message) => changed.push(message), lookEveryMs: 50 });
    await watched.prepare([{ topic: tp.topic, partitions: 1 }]);
    const set = (retention: string): Promise<unknown> => admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: tp.topic, configEntries: [...GOOD, ['retention.ms', retention] as const].map(([name, value]) => ({ name, value })) }] });
    await set(String(RETENTION_MS));
    while (changed.length < 2) await pause(50);
    expect(changed[0]).toBe(`the Kafka topics would not keep what they acknowledge: ${tp.topic}.retention.ms: found ${RETENTION_MS}, expected -1 (keep for ever)`);
    await set('-1');
    await expect(open().prepare([{ topic: tp.topic, partitions: 1 }])).resolves.toBeUndefined();
    // Brokers hear of it one after another; then it is quiet.
    for (let before = -1; before !== changed.length;) {
      before = changed.length;
      await pause(2_000);
    }
    expect(changed.every((message) => message.includes('retention.ms'))).toBe(true);
  }, TEST_MS);

  test('retention that has deleted records under a reader: it stops with data loss at its place, instead of jumping to what is left', async () => {
    const appender = log.openAppender();
    for (const value of ['a', 'b', 'c', 'd']) await append(appender, value);
    await deleteKafkaRecords(tp, 3, { brokers: [...kafka.addresses()] });
    const seen: unknown[] = [];
    const following = follow({ log, ...tp, machine: tallyMachine(), signal: new AbortController().signal, onApplied: (applied) => void seen.push(applied) });
    await expect(following).rejects.toMatchObject({ kind: 'data_loss', reason: 'OFFSET_OUT_OF_RANGE', metadata: { offset: '0', first_offset: '3' } });
    expect(seen).toEqual([]);
  }, TEST_MS);
});

/** As the log makes topics; altering replaces all of a topic's settings. */
const GOOD = [
  ['cleanup.policy', 'delete'], ['retention.bytes', '-1'], ['message.timestamp.type', 'LogAppendTime'], ['unclean.leader.election.enable', 'false'], ['max.message.bytes', '4194304'], ['min.insync.replicas', '1'],
] as const;
