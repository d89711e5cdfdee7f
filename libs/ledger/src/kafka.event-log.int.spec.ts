import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { describeWithKafka } from '#local-services';
import type { AppendOutcome, LogAppender, TopicPartition } from './event-log.js';
import { describeEventLog } from './event-log.contract.js';
import { KafkaEventLog, type KafkaEventLogOptions } from './kafka.event-log.js';
import { KafkaConnection } from './kafka/connection.js';
import { deleteKafkaRecords } from './kafka/delete-records.js';
import { MAX_MESSAGE_BYTES } from './kafka/topics.js';

const TIMEOUT_MS = 5_000;
const MIB = 1024 * 1024;
const single = { clientId: 'docket-test', replicationFactor: 1, minInsyncReplicas: 1, allowSingleReplica: true };

function record(value: string | Uint8Array) {
  return { key: null, value: Buffer.from(value) };
}

function acknowledged(outcome: AppendOutcome | undefined): { baseOffset: number; logTimeMs: number } {
  if (outcome?.kind !== 'acknowledged') throw outcome?.error ?? new Error('no outcome');
  return outcome;
}

describeWithKafka('the event log on Kafka', {}, (kafka) => {
  let log: KafkaEventLog;
  let appender: LogAppender;

  const open = (options: Partial<KafkaEventLogOptions> = {}) => new KafkaEventLog({ ...single, brokers: kafka.addresses(), ...options });
  const newTopic = async (partitions = 1): Promise<TopicPartition> => {
    const topic = `test.${randomUUID()}`;
    await log.prepare([{ topic, partitions }]);
    return { topic, partition: 0 };
  };
  const createTopic = async (config: Record<string, string>, numPartitions = 1) => {
    const topic = `test.${randomUUID()}`;
    const [host, port] = kafka.addresses()[0]!.split(':');
    const connection = await KafkaConnection.open({ host: host!, port: Number(port) }, { clientId: 'docket-test' }, TIMEOUT_MS);
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    const { topicErrors } = await connection.request('CreateTopics', { timeout: TIMEOUT_MS, topics: [{ topic, numPartitions, replicationFactor: 1, configEntries }] }, TIMEOUT_MS);
    connection.destroy(new Error('done'));
    expect(topicErrors).toMatchObject([{ errorCode: 0 }]);
    return topic;
  };

  beforeAll(() => {
    log = open();
    appender = log.openAppender();
  });
  afterAll(() => log.close());

  describeEventLog('Kafka', async () => ({ open: () => open(), close: async () => undefined }));

  test('reads from the middle of a batch; a partition that does not exist is not found', async () => {
    const tp = await newTopic();
    await appender.append([{ ...tp, records: ['a', 'b', 'c'].map((value) => record(value)) }], TIMEOUT_MS);
    expect((await log.read(tp, 1)).map(({ offset }) => offset)).toEqual([1, 2]);
    expect((await log.read(tp, 1, { maxRecords: 1 })).map(({ value }) => String(value))).toEqual(['b']);
    await expect(log.read({ ...tp, partition: 7 }, 0)).rejects.toMatchObject({ kind: 'not_found', reason: 'UNKNOWN_PARTITION' });
  });

  test('an archived beginning that was deleted is out of range, and the rest is as before', async () => {
    const tp = await newTopic();
    await appender.append([{ ...tp, records: ['a', 'b', 'c', 'd'].map((value) => record(value)) }], TIMEOUT_MS);
    await deleteKafkaRecords(tp, 2, { brokers: kafka.addresses() });
    for (const offset of [0, 1]) await expect(log.read(tp, offset)).rejects.toMatchObject({ kind: 'data_loss', reason: 'OFFSET_OUT_OF_RANGE', metadata: { offset: String(offset), first_offset: '2' }, message: expect.stringContaining('was archived and deleted: the log begins at 2 now') as string });
    await expect(log.read(tp, 9)).rejects.toMatchObject({ kind: 'data_loss', reason: 'OFFSET_OUT_OF_RANGE', message: expect.stringContaining('offset 9 is outside the log') as string });
    expect((await log.read(tp, 2)).map(({ offset, value }) => [offset, String(value)])).toEqual([[2, 'c'], [3, 'd']]);
    expect(await log.endOffset(tp)).toBe(4);
    await expect(deleteKafkaRecords({ topic: 'never-made', partition: 0 }, 1, { brokers: kafka.addresses() })).rejects.toMatchObject({ kind: 'unavailable', reason: 'LOG_UNAVAILABLE' });
  });

  test('a stranger’s record without a value and the mark that ends its transaction are records of no bytes: no offset is missing', async () => {
    const tp = await newTopic();
    const stranger = new kafkajs.Kafka({ clientId: 'stranger', brokers: kafka.addresses(), logLevel: kafkajs.logLevel.NOTHING });
    const producer = stranger.producer({ transactionalId: tp.topic, maxInFlightRequests: 1, idempotent: true, createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
    await producer.connect();
    for (const [end, marked] of [['commit', 3], ['abort', 6]] as const) {
      const transaction = await producer.transaction();
      await transaction.send({ topic: tp.topic, acks: -1, messages: [{ partition: 0, value: null }, { partition: 0, value: end }] });
      await transaction[end]();
      // The broker answers before the mark is written.
      while (await log.endOffset(tp) < marked) await log.read(tp, marked - 1, { maxWaitMs: 1_000 });
    }
    await producer.disconnect();
    await appender.append([{ ...tp, records: [record('after')] }], TIMEOUT_MS);
    const seen: [number, string][] = [];
    while (seen.length < await log.endOffset(tp)) for (const { offset, value } of await log.read(tp, seen.length, { maxWaitMs: 1_000 })) seen.push([offset, String(value)]);
    expect(seen).toEqual([[0, ''], [1, 'commit'], [2, ''], [3, ''], [4, 'abort'], [5, ''], [6, 'after']]);
  });

  test('a long poll delays no other request', async () => {
    const tp = await newTopic();
    const polled = log.read(tp, 0, { maxWaitMs: 60_000 });
    expect(await log.endOffset(tp)).toBe(0);
    await appender.append([{ ...tp, records: [record('now')] }], TIMEOUT_MS);
    expect((await polled).map(({ value }) => String(value))).toEqual(['now']);
  });

  test('records of 1 MiB and batches of nearly 4 MiB pass; what is larger is not stored and harms nothing', async () => {
    const tp = await newTopic();
    const three = Array.from({ length: 3 }, () => record(Buffer.alloc(1.25 * MIB, 'x')));
    expect(acknowledged((await appender.append([{ ...tp, records: three }], TIMEOUT_MS))[0]).baseOffset).toBe(0);
    const tooLarge = await appender.append([{ ...tp, records: [...three, record(Buffer.alloc(MIB))] }], TIMEOUT_MS);
    expect(tooLarge).toMatchObject([{ kind: 'unknown', error: { message: expect.stringContaining('MESSAGE_TOO_LARGE') } }]);
    expect(acknowledged((await appender.append([{ ...tp, records: [record('next')] }], TIMEOUT_MS))[0]).baseOffset).toBe(3);
    expect((await log.read(tp, 0, { maxBytes: 1 })).map(({ value }) => value.length)).toEqual([1.25 * MIB]);
    expect((await log.read(tp, 0, { maxBytes: 8 * MIB })).map(({ offset }) => offset)).toEqual([0, 1, 2, 3]);
  });

  test('an error of one partition is unknown for that partition; the others of the request keep their acknowledgement', async () => {
    const tp = await newTopic(2);
    const [good, bad] = await appender.append([{ ...tp, records: [record('a')] }, { ...tp, partition: 1, records: [record(Buffer.alloc(4.5 * MIB))] }], TIMEOUT_MS);
    expect(good).toMatchObject({ kind: 'acknowledged', baseOffset: 0 });
    expect(bad).toMatchObject({ kind: 'unknown' });
  });

  test('partitions led by one broker are one lane', async () => {
    const tp = await newTopic(3);
    const lanes = [0, 1, 2].map((partition) => log.laneOf({ ...tp, partition }));
    expect(lanes.every((lane) => /^\d+$/.test(lane))).toBe(true);
  });

  test('topics that exist as they must be are accepted again, also by two that create them at once', async () => {
    const topics = [{ topic: `test.${randomUUID()}`, partitions: 3 }];
    const other = open();
    await expect(Promise.all([log.prepare(topics), other.prepare(topics)])).resolves.toEqual([undefined, undefined]);
    await expect(log.prepare(topics)).resolves.toBeUndefined();
    await other.close();
  });

  const good = {
    'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1', 'message.timestamp.type': 'LogAppendTime',
    'max.message.bytes': String(MAX_MESSAGE_BYTES), 'min.insync.replicas': '1', 'unclean.leader.election.enable': 'false',
  };
  test.each([
    ['cleanup.policy', 'compact'], ['cleanup.policy', 'compact,delete'], ['retention.ms', '604800000'], ['retention.bytes', '1000000'],
    ['message.timestamp.type', 'CreateTime'], ['max.message.bytes', '1048588'], ['unclean.leader.election.enable', 'true'], ['compression.type', 'zstd'],
  ])('a topic with %s=%s is refused, naming what was found and expected', async (name, value) => {
    const topic = await createTopic({ ...good, [name]: value });
    await expect(log.prepare([{ topic, partitions: 1 }])).rejects.toMatchObject({
      kind: 'failed_precondition', reason: 'LOG_SETTINGS',
      violations: [{ field: `${topic}.${name}`, description: expect.stringContaining(`found ${value}, expected`) }],
    });
  });

  test('too few partitions, a single copy and too few in-sync replicas are refused together', async () => {
    const topic = await createTopic(good, 2);
    const strict = open({ replicationFactor: 3, minInsyncReplicas: 2, allowSingleReplica: false });
    const error: unknown = await strict.prepare([{ topic, partitions: 4 }]).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ reason: 'LOG_SETTINGS' });
    expect((error as { violations: { field: string; description: string }[] }).violations).toEqual([
      { field: `${topic}.partitions`, description: 'found 2, expected 4' },
      { field: `${topic}.replication factor`, description: 'found 1, expected at least 3' },
      { field: `${topic}.min.insync.replicas`, description: 'found 1, expected at least 2' },
    ]);
    await strict.close();
  });

  test('replication factor 1 needs the flag for development', async () => {
    const topic = await createTopic(good);
    const strict = open({ allowSingleReplica: false });
    await expect(strict.prepare([{ topic, partitions: 1 }])).rejects.toMatchObject({ kind: 'failed_precondition', reason: 'LOG_SETTINGS' });
    await strict.close();
  });

  test('a topic that cannot be created with the wanted copies says why', async () => {
    const strict = open({ replicationFactor: 9, minInsyncReplicas: 2 });
    const topic = `test.${randomUUID()}`;
    await expect(strict.prepare([{ topic, partitions: 1 }])).rejects.toMatchObject({ reason: 'LOG_SETTINGS', violations: [{ field: `${topic}.replication factor` }] });
    await strict.close();
  });

  test('a cluster that is not there is unavailable, in the time that was given', async () => {
    const nowhere = open({ brokers: ['127.0.0.1:1'], prepareTimeoutMs: 300, readTimeoutMs: 300 });
    await expect(nowhere.prepare([{ topic: 'test.x', partitions: 1 }])).rejects.toMatchObject({ kind: 'unavailable', reason: 'LOG_UNAVAILABLE' });
    await expect(nowhere.read({ topic: 'test.x', partition: 0 }, 0)).rejects.toMatchObject({ kind: 'unavailable' });
    const [outcome] = await nowhere.openAppender().append([{ topic: 'test.x', partition: 0, records: [record('a')] }], 300);
    expect(outcome).toMatchObject({ kind: 'unknown' });
    await nowhere.close();
  });

  test('after close nothing is sent any more', async () => {
    const tp = await newTopic();
    const other = open();
    const its = other.openAppender();
    acknowledged((await its.append([{ ...tp, records: [record('a')] }], TIMEOUT_MS))[0]);
    const polled = other.read(tp, 1, { maxWaitMs: 60_000 });
    await other.close();
    expect(await polled).toEqual([]);
    expect(await its.append([{ ...tp, records: [record('b')] }], TIMEOUT_MS)).toMatchObject([{ kind: 'unknown' }]);
    await expect(other.read(tp, 0)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await log.endOffset(tp)).toBe(1);
  });
});
