import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { describeWithKafka, startThrowawayPostgres, type ThrowawayPostgres } from '#local-services';
import { BackupSite, LIMIT } from './backup.fixture.js';

const TEST_MS = 300_000;
const TOPICS = ['docket.decisions', 'docket.registry'];

describeWithKafka('topics on a real Kafka and their database, backed up apart, lost together', {}, (kafka) => {
  let postgres: ThrowawayPostgres;
  let site: BackupSite;
  let first: { id: string; token: string };
  let second: { id: string; token: string };

  beforeAll(async () => {
    postgres = await startThrowawayPostgres();
    site = await BackupSite.create(postgres, { LOG: 'kafka', KAFKA_BROKERS: kafka.addresses().join(','), KAFKA_ALLOW_SINGLE_REPLICA: 'true' });
    await site.start();
  }, TEST_MS);

  afterAll(async () => {
    await site?.remove();
    await postgres?.stop();
  }, TEST_MS);

  async function destroyTopics(): Promise<void> {
    const admin = new Kafka({ brokers: kafka.addresses(), clientId: 'spec', logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      await admin.deleteTopics({ topics: TOPICS });
      for (const endMs = performance.now() + 120_000; (await admin.listTopics()).some((topic) => TOPICS.includes(topic)); await new Promise((resolve) => setTimeout(resolve, 50))) {
        if (performance.now() > endMs) throw new Error(`the topics are still there: ${(await admin.listTopics()).join(', ')}`);
      }
    } finally {
      await admin.disconnect();
    }
  }

  const archive = (name: string, ...more: string[]): Promise<string> => site.succeeds('log', 'archive', '--before', new Date(Date.now() + 1_000).toISOString(), '--out', `backup/${name}`, ...more);
  const restore = (): Promise<string> => site.succeeds('log', 'restore', '--from-archive', 'backup', '--replication-factor', '1', '--min-insync-replicas', '1');

  test('the log first, the database after it: all that the archives hold is as it was, and what came later is as if it had never been', async () => {
    first = await site.grant();
    for (let i = 0; i < 3; i += 1) expect((await site.pay(first)).verdict).toBe('ALLOW');
    await archive('one');
    await site.stop();
    await site.copyDatabase('database_before_second_grant');
    await site.start();
    second = await site.grant();
    for (const grant of [first, second]) expect((await site.pay(grant)).verdict).toBe('ALLOW');
    await archive('two', '--continue', 'backup/one', '--compress', 'zstd');
    const kept = [...site.paid];
    const lost = await site.pay(first);
    await site.projected(6);
    await site.stop();
    await site.copyDatabase('database');

    await destroyTopics();
    await site.destroyDatabase();
    await site.putBackDatabase('database');
    expect(await restore()).toMatch(/(\d+) records written, \1 are there/);
    await site.start();
    for (const { callId, receipt, grant } of kept) expect(await site.pay({ token: grant }, callId)).toMatchObject({ verdict: 'ALLOW', replayed: true, receipt });
    expect(await site.pay(first, lost.callId)).toMatchObject({ replayed: false });
    const verdicts: string[] = [];
    for (let i = 0; i < LIMIT - 3; i += 1) verdicts.push((await site.pay(first)).verdict);
    expect(verdicts).toEqual([...Array<string>(LIMIT - 5).fill('ALLOW'), ...Array<string>(2).fill('RATE_LIMITED')]);
    expect(await site.succeeds('log', 'verify')).toContain('docket.decisions/1');
    // Rows had read further than the log now goes: made anew, they are the log's.
    await site.succeeds('projections', 'rebuild', 'decisions');
    expect(await site.projected(kept.length + 1 + verdicts.length)).toEqual(expect.arrayContaining(kept.map(({ callId, receipt }) => {
      const [log_partition, log_offset] = receipt.split(' ')[0]!.split('/') as [string, string];
      return { call_id: callId, verdict: 'ALLOW', log_partition: Number(log_partition), log_offset };
    })));
  }, TEST_MS);

  test('with a database from before the log’s end everything of then goes on; grants issued since have no key and are issued anew', async () => {
    await archive('three', '--continue', 'backup/two');
    await site.stop();
    await destroyTopics();
    await site.destroyDatabase();
    await site.putBackDatabase('database_before_second_grant');
    await restore();
    await site.start();
    expect((await site.pay(first)).verdict).toBe('RATE_LIMITED');
    expect(await site.refusal(second)).toBe('GRANT_KEY_ERASED');
    expect((await site.pay(await site.grant())).verdict).toBe('ALLOW');
    expect(await site.succeeds('log', 'verify')).toContain('docket.decisions/1');
  }, TEST_MS);

  test('an installation moves from a log in PostgreSQL to one on Kafka: the same answers, the same limits', async () => {
    const moving = await BackupSite.create(postgres, {});
    try {
      await moving.start();
      const grant = await moving.grant();
      for (let i = 0; i < 3; i += 1) await moving.pay(grant);
      const paid = [...moving.paid];
      await moving.stop();
      await moving.succeeds('log', 'archive', '--before', new Date(Date.now() + 1_000).toISOString(), '--out', 'moving');
      await site.stop();
      await destroyTopics();
      moving.environment = site.environment;
      await moving.succeeds('log', 'restore', '--from-archive', 'moving', '--replication-factor', '1', '--min-insync-replicas', '1');
      await moving.start();
      for (const { callId, receipt } of paid) expect(await moving.pay(grant, callId)).toMatchObject({ verdict: 'ALLOW', replayed: true, receipt });
      const verdicts: string[] = [];
      for (let i = 0; i < LIMIT - 2; i += 1) verdicts.push((await moving.pay(grant)).verdict);
      expect(verdicts).toEqual([...Array<string>(LIMIT - 3).fill('ALLOW'), 'RATE_LIMITED']);
      expect(await moving.succeeds('log', 'verify')).toContain('docket.decisions/1');
    } finally {
      await moving.remove();
    }
  }, TEST_MS);

  test('a log that holds anything else is not written to, and archives without the beginning are none to restore from', async () => {
    const onto = await site.run('log', 'restore', '--from-archive', 'backup', '--replication-factor', '1', '--min-insync-replicas', '1');
    expect([onto.exitCode, onto.stderr]).toEqual([1, expect.stringContaining('the log must be empty, or hold the archive’s beginning')]);
    await rename(join(site.decider.folder, 'backup/one'), join(site.decider.folder, 'one'));
    const later = await site.run('log', 'restore', '--from-archive', 'backup');
    expect([later.exitCode, later.stderr]).toEqual([1, expect.stringMatching(/begins at offset \d+, expected 0/)]);
  }, TEST_MS);
});
