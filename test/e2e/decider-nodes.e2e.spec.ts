import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithKafka, startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { audit, brokenPromises, sharedLimits, verdictsOf } from './kafka-audit.fixture.js';
import { KafkaDecider, type DeciderSettings } from './kafka-decider.fixture.js';
import { PATIENT_MS, Traffic } from './kafka-traffic.fixture.js';

const TOOL = 'refresh_access_token';
const CALLERS = 12;
const LIMIT = 60;
const POLICY = { version: '1', default: 'deny', tools: { [TOOL]: { limits: [{ counter: 'refreshes', window: 'month', max: LIMIT, scope: 'grant' }] } } };
const TEST_MS = 300_000;
/** Large enough that many calls are between their steps when a node dies. */
const SHARED = 120;
const shared = (counter: string): object => ({
  version: '1', default: 'deny', tools: { [TOOL]: { limits: [{ counter, window: 'month', max: SHARED, scope: 'server' }, { counter, window: 'month', max: 2 * SHARED, scope: 'organisation' }] } },
});

describeWithKafka('three deciders that share a log on a real Kafka broker', {}, (kafka) => {
  let folder: string;
  let postgres: ThrowawayPostgres;
  let settings: Omit<DeciderSettings, 'node'>;
  let nodes: KafkaDecider[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'docket-nodes-e2e-'));
    postgres = await startThrowawayPostgres();
    settings = { folder, brokers: kafka.addresses(), databaseUrl: await postgres.createDatabase() };
    nodes = await Promise.all(['a', 'b', 'c'].map((node) => KafkaDecider.start({ ...settings, node })));
  }, TEST_MS);

  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    await postgres?.stop();
    await rm(folder, { recursive: true, force: true });
  }, TEST_MS);

  /** Grants issued through different nodes. */
  const grants = (count: number, through = nodes): Promise<string[]> => Promise.all(Array.from({ length: count }, (_, i) => through[i % through.length]!.grant(`refreshes-${i}`, POLICY)));
  const expectKept = async (traffic: Traffic, limited: readonly string[]): Promise<void> => {
    const found = await audit(kafka.addresses());
    expect(brokenPromises(traffic.calls, found)).toEqual([]);
    expect(limited.map((grant) => verdictsOf(grant, found)['ALLOW'])).toEqual(limited.map(() => LIMIT));
  };
  /** Calls go to all of `nodes`, each id to each of them, while `fault` happens; then what was not answered is repeated through `survivors`. */
  const underLoad = async (fault: () => Promise<void>, survivors: () => readonly KafkaDecider[], deadlineMs?: number): Promise<Traffic> => {
    const limited = await grants(8);
    const traffic = new Traffic(limited, TOOL, deadlineMs);
    let isOver = false;
    const running = traffic.run(nodes, CALLERS, () => isOver && traffic.calls.length > limited.length * LIMIT);
    while (traffic.calls.length < LIMIT) await new Promise((resolve) => setTimeout(resolve, 10));
    await fault();
    isOver = true;
    await running;
    const [first] = survivors();
    await traffic.repeat(first!, traffic.calls, CALLERS);
    await expectKept(traffic, limited);
    return traffic;
  };

  test('started at once on an empty log they are one service: any node takes any call and any edit, limits are exact', async () => {
    const limited = await grants(6);
    const traffic = new Traffic(limited, TOOL, PATIENT_MS);
    await traffic.run(nodes, CALLERS, () => traffic.calls.length > limited.length * LIMIT);
    expect(traffic.attempts.filter(({ ending }) => ending.kind === 'error')).toEqual([]);
    await expectKept(traffic, limited);
  }, TEST_MS);

  test('one that is told to stop hands over: no call fails', async () => {
    const [a, b, c] = nodes as [KafkaDecider, KafkaDecider, KafkaDecider];
    nodes = [a, b];
    const traffic = await underLoad(async () => { await c.stop(); }, () => nodes, PATIENT_MS);
    expect(traffic.attempts.filter(({ ending }) => ending.kind === 'error')).toEqual([]);
    nodes = [a, b, await KafkaDecider.start({ ...settings, node: 'c' })];
  }, TEST_MS);

  /** Calls of grants that share a limit, while `fault` happens; each id is repeated until it is answered. */
  const shareUnderLoad = async (counter: string, fault: () => Promise<void>, survivors: () => readonly KafkaDecider[]): Promise<{ traffic: Traffic; grants: string[] }> => {
    const limited = await Promise.all(Array.from({ length: 6 }, (_, i) => nodes[i % nodes.length]!.grant(counter, shared(counter))));
    // In no hurry: who stays without a verdict for half a minute has its id ended.
    const traffic = new Traffic(limited, TOOL, PATIENT_MS);
    let isOver = false;
    const running = traffic.run(nodes, CALLERS, () => isOver && traffic.calls.length > SHARED + 60);
    while (traffic.calls.length < SHARED / 4) await new Promise((resolve) => setTimeout(resolve, 10));
    await fault();
    isOver = true;
    await running;
    await traffic.repeat(survivors()[0]!, traffic.calls, CALLERS);
    return { traffic, grants: limited };
  };
  const allowedOf = async (limited: readonly string[], traffic: Traffic): Promise<number> => {
    const found = await audit(kafka.addresses());
    expect(brokenPromises(traffic.calls, found)).toEqual([]);
    expect(sharedLimits(found).unpaid).toEqual([]);
    return limited.reduce((sum, grant) => sum + (verdictsOf(grant, found)['ALLOW'] ?? 0), 0);
  };

  test('what grants share is exact, whichever nodes own the grants and the counter', async () => {
    const { traffic, grants: limited } = await shareUnderLoad('shared', () => Promise.resolve(), () => nodes);
    expect(traffic.attempts.filter(({ ending }) => ending.kind === 'error')).toEqual([]);
    expect(await allowedOf(limited, traffic)).toBe(SHARED);
  }, TEST_MS);

  test('one that is killed is replaced: nothing answered is lost, nothing is counted twice', async () => {
    const [a, b, c] = nodes as [KafkaDecider, KafkaDecider, KafkaDecider];
    await underLoad(async () => {
      await b.kill();
      nodes = [a, c];
      await a.isServing(true);
    }, () => [a, c]);
  }, TEST_MS);

  test('a node that is killed between the steps of calls lets nobody above what grants share', async () => {
    const [a, b, ...others] = nodes as [KafkaDecider, KafkaDecider, ...KafkaDecider[]];
    const { traffic, grants: limited } = await shareUnderLoad('shared-by-the-dead', async () => {
      await b.kill();
      nodes = [a, ...others];
      await a.isServing(true);
    }, () => [a]);
    const allowed = await allowedOf(limited, traffic);
    expect(allowed).toBeLessThanOrEqual(SHARED);
    // Each id was repeated until it was answered, so what a dead node had reserved was used by its own call, or was given back.
    expect(allowed).toBeGreaterThan(SHARED / 2);
  }, TEST_MS);
});
