import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithKafka, reportUnavailable, startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { revisionBuild } from '../faults/other-build.js';
import { PREVIOUS_RELEASE, whyNoPreviousRelease } from '../faults/previous-release.js';
import { audit, brokenPromises, verdictsOf } from './kafka-audit.fixture.js';
import type { Audit } from './kafka-audit.fixture.js';
import { KafkaDecider, type DeciderSettings } from './kafka-decider.fixture.js';
import { PATIENT_MS, Traffic } from './kafka-traffic.fixture.js';

const ROOT = join(import.meta.dirname, '../..');
const NAME = `a decider of this build beside one of release ${PREVIOUS_RELEASE.slice(0, 12)}`;
const TOOL = 'refresh_access_token';
const CALLERS = 8;
const LIMIT = 20;
const POLICY = { version: '1', default: 'deny', tools: { [TOOL]: { limits: [{ counter: 'refreshes', window: 'month', max: LIMIT, scope: 'grant' }] } } };
/** For hangs. */
const TEST_MS = 300_000;

// Half a minute of two cores: more than there is room for beside all other tests.
const missing = process.env['UPGRADE'] === '1' ? whyNoPreviousRelease(ROOT) : 'only UPGRADE=1 runs it';
if (missing === undefined) describeWithKafka(NAME, {}, (kafka) => {
  let folder: string;
  let postgres: ThrowawayPostgres;
  let settings: Omit<DeciderSettings, 'node'>;
  const nodes: KafkaDecider[] = [];
  const start = async (node: string, dist?: string): Promise<KafkaDecider> => {
    const decider = await KafkaDecider.start({ ...settings, node, ...(dist === undefined ? {} : { dist }) });
    nodes.push(decider);
    return decider;
  };
  /** Resolves when the log says that all of these, and nobody else, own partitions. */
  const owned = async (...expected: readonly string[]): Promise<void> => {
    const untilMs = performance.now() + TEST_MS;
    for (;;) {
      const { owners } = await audit(kafka.addresses());
      const found = [...new Set(owners.values())].sort();
      if (found.join() === [...expected].sort().join()) return;
      if (performance.now() > untilMs) throw new Error(`partitions are owned by ${found.join(', ')} after ${TEST_MS / 1_000} s, expected ${expected.join(', ')}`);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'docket-upgrade-e2e-'));
    postgres = await startThrowawayPostgres();
    settings = { folder, brokers: kafka.addresses(), databaseUrl: await postgres.createDatabase() };
  }, TEST_MS);

  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    await postgres?.stop();
    await rm(folder, { recursive: true, force: true });
  }, TEST_MS);

  test('takes over from it while both decide on one log: no call fails, each is decided once, limits are exact', async () => {
    const before = await start('before', revisionBuild(PREVIOUS_RELEASE, folder, ROOT));
    const grants = await Promise.all(['a', 'b', 'c', 'd'].map((policy) => before.grant(policy, POLICY)));
    const traffic = new Traffic(grants, TOOL, PATIENT_MS);
    /** Calls go to all of `deciders`, each id to each of them, before, while and after something is done. */
    const under = async (deciders: readonly KafkaDecider[], act: () => Promise<void>): Promise<void> => {
      let isOver = false;
      const began = traffic.calls.length;
      const running = traffic.run(deciders, CALLERS, () => isOver && traffic.calls.length > began + LIMIT);
      await act().finally(() => { isOver = true; });
      await running;
    };
    let after: KafkaDecider | undefined;
    await under([before], async () => {
      after = await start('after');
      await owned('before', 'after');
    });
    const sinceThen = traffic.calls.length;
    // Edits through either reach whoever owns the partitions.
    await under([before, after!], async () => { grants.push(...await Promise.all([before.grant('e', POLICY), after!.grant('f', POLICY)])); });
    await under([after!], async () => {
      expect(await before.stop()).toBe(0);
      await owned('after');
    });
    await traffic.run([after!], CALLERS, () => traffic.calls.length > sinceThen + 2 * grants.length * LIMIT);

    expect(traffic.attempts.filter(({ ending }) => ending.kind === 'error')).toEqual([]);
    const found = await audit(kafka.addresses());
    expect(brokenPromises(traffic.calls, found)).toEqual([]);
    expect(grants.map((grant) => verdictsOf(grant, found)['ALLOW'])).toEqual(grants.map(() => LIMIT));
    expect(decidedBy(found)).toEqual({ before: expect.any(Number) as number, after: expect.any(Number) as number });
  }, TEST_MS);
});
else reportUnavailable(NAME, missing, { variable: 'REQUIRE_UPGRADE', remedy: 'docs/operations.md tells more of upgrades.' });

/** How many calls each node has decided. */
function decidedBy({ decided }: Audit): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { node } of [...decided.values()].flat()) counts[node] = (counts[node] ?? 0) + 1;
  return counts;
}
