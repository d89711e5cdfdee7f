import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { describeWithKafka, startThrowawayPostgres, type ThrowawayPostgres } from '#local-services';
import { createLogger, createMetrics } from '#platform';
import { docket, type Ran } from '../../apps/cli/src/cli.fixture.js';
import { callId, DeciderFixture } from '../../apps/decider/src/decider.fixture.js';
import { projectorConfig } from '../../apps/projector/src/config.js';
import { createApp as createProjector, type ProjectorApp } from '../../apps/projector/src/create-app.js';

const POLICY = { version: '1', default: 'deny', tools: { pay: { limits: [{ counter: 'payments', window: 'month', max: 12, scope: 'grant' }] } } };
const CALLS = 10;
const TEST_MS = 180_000;

describeWithKafka('a log on a real Kafka broker whose beginning is archived and deleted', {}, (kafka) => {
  let postgres: ThrowawayPostgres;
  let pool: pg.Pool;
  let decider: DeciderFixture;
  let projector: ProjectorApp | undefined;
  let onKafka: Record<string, string>;
  let archives: string;
  let grant: { id: string; token: string };
  const ids: string[] = [];

  beforeAll(async () => {
    postgres = await startThrowawayPostgres();
    const url = await postgres.createDatabase();
    pool = new pg.Pool({ connectionString: url, max: 2 });
    decider = new DeciderFixture(url);
    archives = join(decider.folder, 'archive');
    onKafka = { LOG: 'kafka', KAFKA_BROKERS: kafka.addresses().join(','), KAFKA_ALLOW_SINGLE_REPLICA: 'true', DATABASE_URL: url };
    await decider.start({ ...onKafka, DECISIONS_PARTITIONS: '2' });
    grant = await decider.grant(POLICY);
    for (let n = 0; n < CALLS; n += 1) expect(await pay()).toBe('ALLOW');
    await decider.stop();
  }, TEST_MS);

  afterAll(async () => {
    await projector?.stop();
    await decider?.remove();
    await pool?.end();
    await postgres?.stop();
  }, 300_000);

  async function pay(id = callId()): Promise<string> {
    ids.push(id);
    const { verdict } = await decider.decide({ grant: grant.token, tool: 'pay', callId: id, arguments: Buffer.from('{}') });
    return String(verdict);
  }

  const run = (...args: string[]): Promise<Ran> => docket(args, {
    cwd: decider.folder, environment: { DATABASE_URL: onKafka['DATABASE_URL']!, KAFKA_BROKERS: onKafka['KAFKA_BROKERS']!, KEYRING_FILE: join(decider.folder, 'keyring.json'), DOCKET_DATA_DIR: decider.folder },
  });
  async function succeeds(...args: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await run(...args);
    expect({ args, exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ args, exitCode: 0, stderr: '' });
    return stdout;
  }
  /** Where the broker says that each partition begins, and ends. */
  async function rangesOf(topic: string): Promise<{ low: number; high: number }[]> {
    const admin = new Kafka({ brokers: kafka.addresses(), clientId: 'spec', logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const offsets = await admin.fetchTopicOffsets(topic);
    await admin.disconnect();
    return offsets.sort((a, b) => a.partition - b.partition).map(({ low, high }) => ({ low: Number(low), high: Number(high) }));
  }
  async function rows(count: number): Promise<void> {
    const sql = 'SELECT count(*)::int AS decided FROM docket.decisions';
    let seen: unknown;
    for (const endMs = Date.now() + 90_000; JSON.stringify(seen) !== JSON.stringify([{ decided: count }]); seen = (await pool.query(sql).catch((error: Error) => ({ rows: [error.message] }))).rows) {
      if (Date.now() > endMs) throw new Error(`expected ${count} rows in docket.decisions, found ${JSON.stringify(seen)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  test('is really shorter on the broker then: each partition begins at its last archived record, the registry is whole', async () => {
    const before = await rangesOf('docket.decisions');
    expect(await succeeds('log', 'archive', '--before', new Date(Date.now() + 1_000).toISOString(), '--out', 'archive/one', '--delete', '--recent-too', '--yes')).toMatch(/deleted; docket\.registry stays whole/);
    const after = await rangesOf('docket.decisions');
    expect(after.map(({ high }) => high)).toEqual(before.map(({ high }) => high));
    expect(Math.max(...after.map(({ low }) => low))).toBeGreaterThan(CALLS);
    expect(await rangesOf('docket.registry')).toMatchObject([{ low: 0 }]);
  }, TEST_MS);

  test('is whole for verify and replay, which read the archive in its place; without the archive they say what was deleted', async () => {
    expect(await succeeds('log', 'verify')).toMatch(/read from: archives \d+ records, the log \d+; \d+ that both hold were compared, and are the same[\s\S]*sound: no fault/);
    expect(JSON.parse(await succeeds('log', 'replay', '--json'))).toMatchObject({ verdicts: { compared: CALLS, agreed: CALLS }, chainBreaks: [] });
    await rename(archives, `${archives}-elsewhere`);
    const begins = (await rangesOf('docket.decisions')).find(({ low }) => low > 0)!.low;
    const alone = await run('log', 'verify');
    expect([alone.exitCode, alone.stdout]).toEqual([1, expect.stringContaining(`the beginning was deleted, the log begins at offset ${begins} now`)]);
    await rename(`${archives}-elsewhere`, archives);
  }, TEST_MS);

  test('goes on with the archive: a decider without snapshots keeps its limits and verdicts, projections are filled and rebuilt from the first event', async () => {
    await pool.query('DELETE FROM ledger.snapshot');
    await decider.start({ ...onKafka, ARCHIVE_DIR: archives });
    const logger = createLogger({ level: 'silent', app: 'projector', destination: { write: () => undefined } });
    projector = await createProjector(projectorConfig({ ...onKafka, HTTP_LISTEN: '127.0.0.1:0', ARCHIVE_DIR: archives }), { logger, metrics: createMetrics(), http: false });
    expect(await pay(ids[0]!)).toBe('ALLOW');
    expect([await pay(), await pay(), await pay()]).toEqual(['ALLOW', 'ALLOW', 'RATE_LIMITED']);
    await rows(CALLS + 3);
    await succeeds('projections', 'rebuild', 'decisions');
    await rows(CALLS + 3);
    await succeeds('projections', 'verify');
    await decider.stop();
    expect(await succeeds('log', 'verify', '--verdicts')).toMatch(/sound: no fault[\s\S]*13 agree, 0 differ/);
  }, TEST_MS);
});
