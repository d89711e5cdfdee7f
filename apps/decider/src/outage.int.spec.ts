import { credentials, makeGenericClientConstructor } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { bearer } from '#contracts';
import type { decision } from '#contracts';
import { MemoryEventLog } from '#ledger';
import { startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { callId, DeciderFixture, failureInTime, failureOf, PATIENT_MS, SIXTY_A_MINUTE } from './decider.fixture.js';
import { UnsteadyLog } from './unsteady-log.fixture.js';

let postgres: ThrowawayPostgres;
let log: UnsteadyLog;
let decider: DeciderFixture;

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
}, 300_000);

beforeEach(async () => {
  log = new UnsteadyLog(new MemoryEventLog());
  decider = await new DeciderFixture(await postgres.createDatabase(), {
    log, limits: { appendTimeoutMs: 300, claimTimeoutMs: 300, waitForOwnerMs: 300, backOffMaxMs: 100 },
  }).start();
}, 300_000);

afterEach(() => decider.remove(), 300_000);
afterAll(() => postgres.stop(), 300_000);

const TWO = { ...SIXTY_A_MINUTE, tools: { t: { limits: [{ counter: 'c', window: 'day', max: 2, scope: 'grant' }] } } };

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

const statusCode = async (path: string) => (await fetch(`http://127.0.0.1:${decider.app.httpAddress.port}${path}`, { headers: { connection: 'close' } })).status;

it('allows nothing while the log is away, says so within the deadline, and gives each id one verdict when it is back', async () => {
  const grant = await decider.grant(TWO);
  const first = await decider.decide({ callId: callId(), grant: grant.id, tool: 't' });
  expect(first.verdict).toBe('ALLOW');
  log.isAway = true;
  const ids = Array.from({ length: 20 }, () => callId());
  // Only the server gives reasons: it answered each before its deadline, no client gave up.
  const failures = await Promise.all(ids.map((id) => failureInTime((deadlineMs) => decider.decide({ callId: id, grant: grant.id, tool: 't' }, { deadlineMs }), 2_000)));
  for (const failure of failures) {
    expect(['NOT_APPENDED', 'PARTITION_NOT_CLAIMED', 'OUTCOME_UNKNOWN', 'DEADLINE_PASSED']).toContain(failure.reason);
    expect([14, 4]).toContain(failure.code);
  }
  const later = await failureInTime((deadlineMs) => decider.decide({ callId: callId(), grant: grant.id, tool: 't' }, { deadlineMs }), 2_000);
  expect(later).toMatchObject({ code: 14, domain: 'docket' });
  expect(later.retryAfterMs).toBeGreaterThan(0);
  await until(async () => (await statusCode('/readyz')) === 503);
  expect(await statusCode('/healthz')).toBe(200);

  log.isAway = false;
  await until(async () => (await statusCode('/readyz')) === 200);
  const answers = await Promise.all(ids.map((id) => decider.decide({ callId: id, grant: grant.id, tool: 't' })));
  expect(answers.filter(({ verdict }) => verdict === 'ALLOW')).toHaveLength(1);
  expect(answers.filter(({ verdict }) => verdict === 'RATE_LIMITED')).toHaveLength(19);
  const again = await Promise.all(ids.map((id) => decider.decide({ callId: id, grant: grant.id, tool: 't' })));
  expect(again.map(({ receipt, verdict }) => ({ receipt, verdict }))).toEqual(answers.map(({ receipt, verdict }) => ({ receipt, verdict })));
}, 300_000);

it('says that the outcome is unknown when the log hangs past the deadline, and tells it when the id is repeated', async () => {
  const grant = await decider.grant(TWO);
  let open = (): void => undefined;
  log.gate = new Promise((resolve) => { open = resolve; });
  const id = callId();
  const asked = (firstMs: number) => failureInTime((deadlineMs) => decider.decide({ callId: id, grant: grant.id, tool: 't' }, { deadlineMs }), firstMs);
  let failure = await asked(1_000);
  // Its time was over before it was decided, on a machine that is slow: that is another thing.
  for (let firstMs = 2_000; failure.reason === 'DEADLINE_PASSED' && firstMs < 60_000; firstMs *= 2) failure = await asked(firstMs);
  expect(failure).toMatchObject({ code: 4, reason: 'OUTCOME_UNKNOWN' });
  open();
  const answer = await decider.decide({ callId: id, grant: grant.id, tool: 't' });
  expect(answer).toMatchObject({ verdict: 'ALLOW', replayed: true });
}, 300_000);

it('stops in order: not serving, answers what is in flight, refuses what is new, closes; and the answer is in the log', async () => {
  const grant = await decider.grant(TWO);
  const order: string[] = [];
  const Health = makeGenericClientConstructor(healthService, 'Health');
  const health = new Health(decider.address, credentials.createInsecure());
  const watched = health['watch']!({ service: 'docket.decision.v1.DecisionService' });
  // What is said again, because it was looked at again, is nothing new.
  watched.on('data', ({ status }: { status: string }) => void (order.at(-1) !== status && order.push(status)));
  watched.on('error', () => order.push('closed'));
  await until(() => order.length > 0);

  let open = (): void => undefined;
  log.gate = new Promise((resolve) => { open = resolve; });
  const id = callId();
  const inFlight = decider.decide({ callId: id, grant: grant.id, tool: 't' }).then((answer) => { order.push('answered'); return answer; });
  const stream = decider.client.DecideStream(bearer(decider.token('gateway')));
  const streamed: string[] = [];
  stream.on('data', ({ answers }: decision.DecideStreamResponse__Output) => streamed.push(...answers.map(({ callId: answered }) => answered)));
  const streamEnd = new Promise<ServiceError>((resolve) => stream.on('error', (error: ServiceError) => resolve(error)));
  const streamedId = callId();
  stream.write({ calls: [{ callId: streamedId, grant: grant.id, tool: 't' }] });
  await until(() => decider.app.decisions.status().some(({ pending }) => pending === 2));

  const stopped = decider.app.stop();
  await until(() => order.includes('NOT_SERVING'));
  await until(async () => (await failureOrCode(decider.decide({ callId: callId(), grant: grant.id, tool: 't' }))) === 14);
  expect(order).toEqual(['SERVING', 'NOT_SERVING']);
  open();
  expect((await inFlight).verdict).toBe('ALLOW');
  expect((await streamEnd).code).toBe(14);
  expect(streamed).toEqual([streamedId]);
  expect(await stopped).toBe(true);
  await until(() => order.includes('closed'));
  expect(order).toEqual(['SERVING', 'NOT_SERVING', 'answered', 'closed']);
  health.close();

  await decider.start();
  expect(await decider.decide({ callId: id, grant: grant.id, tool: 't' })).toMatchObject({ verdict: 'ALLOW', replayed: true });
}, 300_000);

it('behind a log that never answers tells everybody by his deadline, refuses what cannot be held, and stops when it is told to', async () => {
  const hanging = new UnsteadyLog(new MemoryEventLog());
  const other = await new DeciderFixture(await postgres.createDatabase(), {
    log: hanging, limits: { drainMs: 300, finalSnapshotsMs: 300 }, admission: { runningMax: 3, runningMin: 1, waitingMax: 20, waitingMin: 0 },
  }).start({ DRAIN_TIMEOUT_MS: '300' });
  const grant = await other.grant(TWO);
  // As no adapter should: it does not even say that it has had no answer.
  hanging.gate = new Promise(() => {});
  const ask = (deadlineMs: number) => other.decide({ callId: callId(), grant: grant.id, tool: 't' }, { deadlineMs });
  const streamed = new Promise<{ readonly failure: decision.DecideStreamResponse__Output['answers'][number] | undefined }>((resolve, reject) => {
    const stream = other.client.DecideStream(bearer(other.token('gateway')));
    stream.on('data', ({ answers }: decision.DecideStreamResponse__Output) => resolve({ failure: answers[0] }));
    stream.on('error', reject);
    stream.write({ calls: [{ callId: callId(), grant: grant.id, tool: 't' }] });
  });
  await until(() => other.app.decisions.load.commands === 1);
  // Two more are decided and never confirmed; the others never have their turn.
  const failures = await Promise.all(Array.from({ length: 5 }, () => failureInTime(ask, 1_000)));
  for (const { code, reason, metadata } of failures) expect([code, reason, metadata]).toEqual([4, ...reason === 'OUTCOME_UNKNOWN' ? [reason, { outcome: 'unknown' }] : ['DEADLINE_PASSED', { outcome: 'not_decided' }]]);
  expect(other.app.decisions.load.commands).toBe(3);
  expect((await streamed).failure).toMatchObject({ error: { code: 4 } });
  // Now all places are taken, for good: so are those of twenty that wait, and one more is told at once.
  const waiting = Array.from({ length: 21 }, () => failureOrCode(ask(PATIENT_MS)));
  expect(await Promise.race(waiting)).toBe(8);
  expect(await failureOf(ask(PATIENT_MS))).toMatchObject({ code: 8, reason: 'OVERLOADED', retryAfterMs: expect.any(Number) as number });
  expect(await other.app.stop()).toBe(false);
  expect((await Promise.all(waiting)).every((code) => code > 0)).toBe(true);
  await other.remove();
}, 300_000);

const failureOrCode = (call: Promise<unknown>): Promise<number> => call.then(() => 0, (error: ServiceError) => error.code);
