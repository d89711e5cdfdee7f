import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '#client';
import type { DocketClient } from '#client';
import { PostgresEventLog } from '#ledger';
import { describeWithKafka, startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { ClientCalls } from './client-calls.fixture.js';
import { audit, auditLog, verdictsOf } from './kafka-audit.fixture.js';
import { KafkaDecider } from './kafka-decider.fixture.js';
import { PostgresDecider } from './postgres-decider.fixture.js';

const TOOL = 'refresh_access_token';
const CALLERS = 64;
const GRANTS = 8;
/** Fewer than there will be calls of a grant, so a verdict counted twice or lost shows as another sum. */
const LIMIT = 100;
const POLICY = { version: '1', default: 'deny', tools: { [TOOL]: { limits: [{ counter: 'refreshes', window: 'month', max: LIMIT, scope: 'grant' }] } } };
/** Longer than any restart or take-over on a slow machine. */
const DEADLINE_MS = 150_000;
const TEST_MS = 400_000;

let folder: string;
let postgres: ThrowawayPostgres;
let docket: DocketClient | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docket-client-e2e-'));
  postgres = await startThrowawayPostgres();
}, TEST_MS);

afterEach(async () => {
  await docket?.close();
  docket = undefined;
});

afterAll(async () => {
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true });
}, TEST_MS);

test('a decider that is killed and started again under thousands of calls: each is answered once, from its one record', async () => {
  const databaseUrl = await postgres.createDatabase();
  const decider = await PostgresDecider.start(await mkdtemp(join(folder, 'embedded-')), databaseUrl);
  const log = new PostgresEventLog({ connectionString: databaseUrl });
  try {
    const grants = await decider.grants(GRANTS, POLICY);
    docket = connect({ addresses: [decider.grpc], credential: decider.credential('gateway'), deadlineMs: DEADLINE_MS });
    const calls = new ClientCalls(docket, grants, TOOL);
    const running = calls.run(CALLERS, 3_000);
    for (let crash = 0; crash < 2; crash += 1) {
      await calls.more(500);
      await decider.kill();
      await decider.start();
    }
    await calls.more(500);
    calls.stop();
    await running;
    expect(calls.failures.map(({ message }) => message)).toEqual([]);
    const found = await auditLog(log);
    expect(calls.brokenPromises(found)).toEqual([]);
    expect(grants.map((grant) => verdictsOf(grant, found)['ALLOW'])).toEqual(grants.map(() => LIMIT));
    expect(calls.decisions.filter(({ allowed }) => allowed)).toHaveLength(GRANTS * LIMIT);
  } finally {
    await decider.stop();
    await log.close();
  }
}, TEST_MS);

describeWithKafka('two deciders on a real Kafka broker', {}, (kafka) => {
  test('the owner of some grants is killed under load: calls go on through the other one, each answered once', async () => {
    const settings = { folder: await mkdtemp(join(folder, 'kafka-')), brokers: kafka.addresses(), databaseUrl: await postgres.createDatabase() };
    const [a, b] = await Promise.all(['a', 'b'].map((node) => KafkaDecider.start({ ...settings, node }))) as [KafkaDecider, KafkaDecider];
    try {
      const grants = await Promise.all(Array.from({ length: GRANTS }, (_, n) => a.grant(`policy-${n}`, POLICY)));
      // Only one is named: the other one is learned from its answers.
      const named = new Set<string>();
      docket = connect({
        addresses: [a.address], credential: a.credential('gateway'), deadlineMs: DEADLINE_MS,
        ownerAddress: (address) => {
          named.add(address);
          return address;
        },
      });
      const calls = new ClientCalls(docket, grants, TOOL);
      const running = calls.run(CALLERS, 2_000);
      // It may still be taking its partitions over: until it is named, or a call has failed.
      while (!named.has(b.address) && calls.failures.length === 0) await calls.more(100);
      expect(calls.failures.map(({ message }) => message)).toEqual([]);
      await calls.more(500);
      await b.kill();
      await calls.more(500);
      calls.stop();
      await running;
      expect(calls.failures.map(({ message }) => message)).toEqual([]);
      const found = await audit(kafka.addresses());
      expect(calls.brokenPromises(found)).toEqual([]);
      expect(grants.map((grant) => verdictsOf(grant, found)['ALLOW'])).toEqual(grants.map(() => LIMIT));
    } finally {
      await Promise.all([a.stop(), b.stop()]);
    }
  }, TEST_MS);
});
