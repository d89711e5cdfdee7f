import { randomUUID } from 'node:crypto';
import { describeWithKafka } from '#local-services';
import type { AppendOutcome, LogAppender, TopicPartition } from './event-log.js';
import { KafkaEventLog } from './kafka.event-log.js';
import { KafkaProxy, PRODUCE } from './kafka/proxy.fixture.js';

const TIMEOUT_MS = 60_000;
const SHORT_MS = 700;
/** Who waited that long says so; a client of Kafka gives up by itself after 30 s. */
const IN_TIME = /within [1-7]?\d?\d ms/;
const TEST_MS = 300_000;

const record = (value: string) => ({ key: null, value: Buffer.from(value) });

/** Appends until it is acknowledged: what a recovered broker must come to without anything being opened anew by hand. */
async function appendUntilAcknowledged(appender: LogAppender, tp: TopicPartition, value: string): Promise<number> {
  for (;;) {
    const [outcome] = await appender.append([{ ...tp, records: [record(value)] }], TIMEOUT_MS);
    if (outcome?.kind === 'acknowledged') return outcome.baseOffset;
    appender.reset();
  }
}

async function readAll(log: KafkaEventLog, tp: TopicPartition): Promise<{ offset: number; value: string }[]> {
  const found: { offset: number; value: string }[] = [];
  for (let end = await log.endOffset(tp); found.length < end;) {
    for (const { offset, value } of await log.read(tp, found.length)) found.push({ offset, value: String(value) });
  }
  return found;
}

const secured = {
  listeners: { SECURED: 'SASL_PLAINTEXT' },
  settings: {
    'listener.name.secured.sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.secured.plain.sasl.jaas.config': 'org.apache.kafka.common.security.plain.PlainLoginModule required user_docket="right";',
    // Sessions end soon, so that they are renewed within a test.
    'listener.name.secured.connections.max.reauth.ms': '1000',
  },
} as const;

describeWithKafka('the event log on a Kafka that fails or asks who it is', { control: true, ...secured }, (kafka) => {
  let proxy: KafkaProxy;
  let direct: KafkaEventLog;
  let proxied: KafkaEventLog;
  let tp: TopicPartition;

  const open = (broker: string) => new KafkaEventLog({
    brokers: [broker], clientId: 'docket-test', replicationFactor: 1, minInsyncReplicas: 1, allowSingleReplica: true,
    requestTimeoutMs: SHORT_MS, readTimeoutMs: SHORT_MS,
  });

  beforeAll(async () => {
    proxy = await KafkaProxy.start(kafka.cluster().node(1).port);
    direct = open(kafka.cluster().node(1).address);
    proxied = open(proxy.address);
  });
  beforeEach(async () => {
    tp = { topic: `test.${randomUUID()}`, partition: 0 };
    await direct.prepare([{ topic: tp.topic, partitions: 4 }]);
    proxy.rule = () => 'pass';
    proxy.requests.clear();
  });
  afterAll(async () => {
    await Promise.all([direct.close(), proxied.close()]);
    await proxy.close();
  });

  test('an answer that is lost makes the append unknown in time; the request was sent once and never again', async () => {
    const appender = proxied.openAppender();
    await appendUntilAcknowledged(appender, tp, 'before');
    expect(proxy.requests.get(PRODUCE)).toBe(1);
    proxy.rule = (apiKey) => (apiKey === PRODUCE ? 'swallow the response' : 'pass');
    const batch = [0, 1].map((partition) => ({ ...tp, partition, records: [record('lost answer')] }));
    const outcomes = await appender.append(batch, SHORT_MS);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['unknown', 'unknown']);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ error: { message: expect.stringMatching(IN_TIME) as string } });
    proxy.rule = () => 'pass';
    const connections = proxy.connections;
    expect(await appendUntilAcknowledged(appender, tp, 'after')).toBe(2);
    expect(proxy.connections).toBeGreaterThan(connections);
    expect(proxy.requests.get(PRODUCE)).toBe(3);
    expect((await readAll(direct, tp)).map(({ value }) => value)).toEqual(['before', 'lost answer', 'after']);
    await appender.close();
  }, TEST_MS);

  test('a request that times out takes its socket with it, so that nothing of it leaves this machine any more', async () => {
    const appender = proxied.openAppender();
    await appendUntilAcknowledged(appender, tp, 'before');
    const [connections, open] = [proxy.connections, proxy.open];
    proxy.rule = (apiKey) => (apiKey === PRODUCE ? 'hold the request' : 'pass');
    expect(await appender.append([{ ...tp, records: [record('timed out')] }], SHORT_MS)).toMatchObject([{ kind: 'unknown' }]);
    // The network tells the proxy a moment later.
    while (proxy.open > open - 1) await new Promise((resolve) => setImmediate(resolve));
    expect([proxy.connections, proxy.open]).toEqual([connections, open - 1]);
    proxy.rule = () => 'pass';
    await appendUntilAcknowledged(appender, tp, 'after');
    expect(proxy.connections).toBeGreaterThan(connections);
    await appender.close();
  }, TEST_MS);

  test('a request that the network kept may land long after it was given up, once', async () => {
    const appender = proxied.openAppender();
    proxy.rule = (apiKey) => (apiKey === PRODUCE ? 'hold the request' : 'pass');
    expect(await appender.append([{ ...tp, records: [record('late')] }], SHORT_MS)).toMatchObject([{ kind: 'unknown' }]);
    proxy.rule = () => 'pass';
    expect(await appendUntilAcknowledged(appender, tp, 'fresh claim')).toBe(0);
    proxy.release();
    expect((await direct.read(tp, 1, { maxWaitMs: TIMEOUT_MS })).map(({ value }) => String(value))).toEqual(['late']);
    expect(proxy.requests.get(PRODUCE)).toBe(2);
    await appender.close();
  }, TEST_MS);

  test('a reset ends what is pending at once, also while it is still connecting, and the next append goes through', async () => {
    const appender = proxied.openAppender();
    const whileConnecting = appender.append([{ ...tp, records: [record('a')] }], TIMEOUT_MS);
    appender.reset();
    expect(await whileConnecting).toMatchObject([{ kind: 'unknown' }]);
    let arrived = () => undefined as void;
    const sent = new Promise<void>((resolve) => { arrived = resolve; });
    proxy.rule = (apiKey) => (apiKey === PRODUCE ? (arrived(), 'hold the request') : 'pass');
    const whilePending = appender.append([{ ...tp, records: [record('b')] }], 60_000);
    await sent;
    appender.reset();
    expect(await whilePending).toMatchObject([{ kind: 'unknown' }]);
    proxy.rule = () => 'pass';
    expect(await appendUntilAcknowledged(appender, tp, 'c')).toBe(0);
    await appender.close();
  }, TEST_MS);

  test('a broker that stands still makes appends unknown and reads unavailable in time, and all is well when it goes on', async () => {
    const appender = direct.openAppender();
    await appendUntilAcknowledged(appender, tp, 'before');
    const node = kafka.cluster().node(1);
    let tries = 0;
    node.pause();
    try {
      // The signal may take a moment to stop all of its threads.
      let outcome: AppendOutcome | undefined;
      for (; outcome?.kind !== 'unknown'; tries += 1) [outcome] = await appender.append([{ ...tp, records: [record(`while paused ${tries}`)] }], SHORT_MS);
      expect(outcome.error.message).toMatch(IN_TIME);
      await expect(direct.read(tp, 0)).rejects.toMatchObject({ kind: 'unavailable', reason: 'LOG_UNAVAILABLE' });
    } finally {
      node.resume();
    }
    const offset = await appendUntilAcknowledged(appender, tp, 'after');
    const values = (await readAll(direct, tp)).map(({ value }) => value);
    expect(values.at(offset)).toBe('after');
    expect(values).toHaveLength(new Set(values).size);
    // The last one alone may not be there.
    expect(values.filter((value) => value.startsWith('while paused')).length).toBeGreaterThanOrEqual(tries - 1);
    await appender.close();
  }, TEST_MS);

  test('signs in where that is asked for, again before a session ends, and says at once when it is refused', async () => {
    const options = { brokers: [kafka.cluster().node(1).listener('SECURED')], clientId: 'docket-test', replicationFactor: 1, minInsyncReplicas: 1, allowSingleReplica: true };
    const log = new KafkaEventLog({ ...options, sasl: { mechanism: 'PLAIN', username: 'docket', password: 'right' } });
    await log.prepare([{ topic: tp.topic, partitions: 4 }]);
    const appender = log.openAppender();
    const started = performance.now();
    const kinds = new Set<string>();
    let count = 0;
    for (; performance.now() - started < 2_500; count += 1) {
      kinds.add((await appender.append([{ ...tp, records: [record('signed in')] }], TIMEOUT_MS))[0]!.kind);
      await log.read(tp, count, { maxRecords: 1 });
    }
    expect([...kinds]).toEqual(['acknowledged']);
    expect(await log.endOffset(tp)).toBe(count);
    await log.close();
    const refused = new KafkaEventLog({ ...options, sasl: { mechanism: 'PLAIN', username: 'docket', password: 'wrong' } });
    const error: unknown = await refused.prepare([{ topic: tp.topic, partitions: 4 }]).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: 'failed_precondition', reason: 'LOG_AUTHENTICATION' });
    expect((error as Error).message).not.toContain('wrong');
    await refused.close();
  }, TEST_MS);

  test('a broker that is killed under load loses nothing that it acknowledged, and nothing is there twice', async () => {
    const appender = direct.openAppender();
    const acknowledged: { partition: number; offset: number; value: string }[] = [];
    const attempted = new Set<string>();
    let failed = 0;
    let crash: Promise<void> | undefined;
    let recovered = false;
    let isLost = false;
    const crashAndRestart = async () => {
      await kafka.cluster().kill();
      await kafka.cluster().restart();
      recovered = true;
    };
    const load = async (partition: number) => {
      for (let i = 0, afterwards = 0; afterwards < 20 && !isLost; i += 1) {
        const value = `${partition}-${i}`;
        attempted.add(value);
        const [outcome] = await appender.append([{ ...tp, partition, records: [record(value)] }], TIMEOUT_MS);
        if (outcome?.kind === 'acknowledged') {
          acknowledged.push({ partition, offset: outcome.baseOffset, value });
          if (recovered) afterwards += 1;
          if (acknowledged.length === 200) {
            crash = crashAndRestart();
            crash.catch(() => (isLost = true));
          }
        } else {
          failed += 1;
          appender.reset();
          await new Promise((resolve) => setTimeout(resolve, 50)); // as a ledger does between two claims
        }
      }
    };
    await Promise.all([0, 1, 2, 3].map(load));
    await crash;
    expect(failed).toBeGreaterThan(0);
    for (const partition of [0, 1, 2, 3]) {
      const stored = await readAll(direct, { ...tp, partition });
      const mine = acknowledged.filter((each) => each.partition === partition);
      expect(mine.filter(({ offset, value }) => stored[offset]?.value !== value)).toEqual([]);
      expect(new Set(stored.map(({ value }) => value)).size).toBe(stored.length);
      expect(stored.filter(({ value }) => !attempted.has(value))).toEqual([]);
    }
    await appender.close();
  }, 300_000);
});
