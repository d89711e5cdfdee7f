import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { describeWithKafka, startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { audit, brokenPromises, verdictsOf } from './kafka-audit.fixture.js';
import { KafkaDecider, type DeciderSettings } from './kafka-decider.fixture.js';
import { type Call, PATIENT_MS, Traffic } from './kafka-traffic.fixture.js';

const TOOL = 'refresh_access_token';
const CALLERS = 24;
const COULD_NOT_DECIDE = [status.UNAVAILABLE, status.DEADLINE_EXCEEDED];
/** Allowed for each grant; every test makes more calls than that, so a verdict counted twice or lost shows as another sum. */
const LIMIT = 60;
/** A month: its end should not come in the middle of a test. */
const POLICY = { version: '1', default: 'deny', tools: { [TOOL]: { limits: [{ counter: 'refreshes', window: 'month', max: LIMIT, scope: 'grant' }] } } };

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describeWithKafka('a decider on a real Kafka broker', { control: true }, (kafka) => {
  let folder: string;
  let postgres: ThrowawayPostgres;
  let settings: DeciderSettings;
  let decider: KafkaDecider;
  const started: KafkaDecider[] = [];

  const start = async (node: string): Promise<KafkaDecider> => {
    const process = await KafkaDecider.start({ ...settings, node });
    started.push(process);
    return process;
  };
  const grants = (count: number): Promise<string[]> => Promise.all(Array.from({ length: count }, () => decider.grant('refreshes', POLICY)));
  /** Everything that callers were told is so in the log, and every grant had exactly its limit. */
  const expectKept = async (traffic: Traffic, limited: readonly string[]): Promise<void> => {
    const found = await audit(kafka.addresses());
    expect(brokenPromises(traffic.calls, found)).toEqual([]);
    expect(limited.map((grant) => verdictsOf(grant, found)['ALLOW'])).toEqual(limited.map(() => LIMIT));
  };
  /** All but some of those that failed: these must then be in the log or not, as their errors said. */
  const toRepeat = (calls: readonly Call[]): Call[] => calls.filter(({ attempts }, i) => i % 5 !== 0 || attempts.some(({ ending }) => ending.kind === 'answer'));

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'docket-kafka-e2e-'));
    postgres = await startThrowawayPostgres();
    settings = { folder, node: 'first', brokers: kafka.addresses(), databaseUrl: await postgres.createDatabase() };
    decider = await start('first');
  }, 300_000);

  afterAll(async () => {
    await Promise.all(started.map((each) => each.stop()));
    await postgres?.stop();
    await rm(folder, { recursive: true, force: true });
  }, 300_000);

  test('allows exactly the limit when all calls come at once, denies another tool, and answers with what is in the log', async () => {
    const [grant] = await grants(1);
    const traffic = new Traffic([grant!], TOOL, PATIENT_MS);
    await traffic.run([decider], LIMIT + 1, () => traffic.calls.length > LIMIT);
    const other = new Traffic([grant!], 'delete_everything', PATIENT_MS);
    await other.run([decider], 1, () => other.calls.length === 1);
    expect(traffic.attempts).toContainEqual(expect.objectContaining({ ending: { kind: 'answer', answer: expect.objectContaining({ verdict: 'RATE_LIMITED', retryAfter: expect.anything() as object }) as object } }));
    expect(other.attempts).toMatchObject([{ ending: { answer: { verdict: 'DENY', rule: '(default deny)' } } }]);

    const found = await audit(kafka.addresses());
    expect(verdictsOf(grant!, found)).toEqual({ ALLOW: LIMIT, RATE_LIMITED: 1, DENY: 1 });
    expect(brokenPromises([...traffic.calls, ...other.calls], found)).toEqual([]);
    await traffic.repeat(decider, traffic.calls, CALLERS);
    expect(traffic.calls.every(({ attempts: [, again] }) => again?.ending.kind === 'answer' && again.ending.answer.replayed)).toBe(true);
    await expectKept(traffic, [grant!]);
  }, 300_000);

  // Traffic runs, the broker goes away under it, and comes back once the decider has noticed.
  const outage = async (goAway: () => Promise<void>, comeBack: () => Promise<void>): Promise<void> => {
    const limited = await grants(4);
    const traffic = new Traffic(limited, TOOL);
    let stopped = false;
    const running = traffic.run([decider], CALLERS, () => stopped);
    await until(() => traffic.attempts.length > LIMIT);
    await goAway();
    const goneMs = performance.now();
    await decider.isServing(false);
    const during = () => traffic.attempts.filter(({ startedMs }) => startedMs > goneMs);
    await until(() => during().length > LIMIT);
    const [known] = traffic.calls;
    const recorded = await decider.decide({ callId: known!.callId, grant: known!.grant, tool: TOOL, arguments: Buffer.from('{"user":"u-1"}') }, 2_000);
    stopped = true;
    await running;
    const endings = [recorded, ...during().map(({ ending }) => ending)];
    expect(endings.filter((ending) => ending.kind === 'answer' || !COULD_NOT_DECIDE.includes(ending.code))).toEqual([]);

    await comeBack();
    await traffic.repeat(decider, toRepeat(traffic.calls), CALLERS);
    await traffic.run([decider], CALLERS, () => traffic.calls.length > 8 * LIMIT);
    await traffic.repeat(decider, toRepeat(traffic.calls), CALLERS);
    await expectKept(traffic, limited);
  };

  test('allows nothing while its broker is dead; when it is back, repeating the ids gives one valid record each', async () => {
    const node = kafka.cluster().node(1);
    await outage(() => node.kill(), () => kafka.cluster().restart());
  }, 300_000);

  test('allows nothing while its broker is frozen for longer than an append may take; what lands late counts once or not at all', async () => {
    const node = kafka.cluster().node(1);
    const frozen = async () => /^\d+ \(.*\) T/.test(await readFile(`/proc/${node.pid}/stat`, 'utf8'));
    await outage(async () => {
      node.pause();
      await until(frozen);
    }, async () => node.resume());
  }, 300_000);

  test('gives each id one verdict when it is killed under load and started again', async () => {
    const limited = await grants(4);
    const traffic = new Traffic(limited, TOOL);
    let stopped = false;
    const running = traffic.run([decider], CALLERS, () => stopped);
    await until(() => traffic.attempts.length > LIMIT);
    await decider.kill();
    stopped = true;
    await running;
    decider = await start('first');
    await traffic.repeat(decider, traffic.calls, CALLERS);
    await traffic.run([decider], CALLERS, () => traffic.calls.length > 5 * LIMIT);
    await expectKept(traffic, limited);
  }, 300_000);

  test('stays exact when a second decider is started on the same log by mistake, and serves again when that is gone', async () => {
    const limited = await grants(2);
    const traffic = new Traffic(limited, TOOL);
    const second = await start('second');
    const answered = () => traffic.calls.filter(({ attempts }) => attempts.some(({ ending }) => ending.kind === 'answer')).length;
    await traffic.run([decider, second], CALLERS, () => answered() > 3 * LIMIT);
    expect(await second.stop()).toBe(0);
    await traffic.repeat(decider, toRepeat(traffic.calls), CALLERS);
    await expectKept(traffic, limited);
  }, 300_000);
});
