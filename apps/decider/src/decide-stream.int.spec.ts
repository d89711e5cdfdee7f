import { Metadata } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { bearer, readStatus } from '#contracts';
import type { decision } from '#contracts';
import { startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { callId, DeciderFixture, failureOf } from './decider.fixture.js';

let postgres: ThrowawayPostgres;
let decider: DeciderFixture;

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  decider = await new DeciderFixture(await postgres.createDatabase()).start();
}, 300_000);

afterAll(async () => {
  await decider.remove();
  await postgres.stop();
}, 300_000);

/** Sends the messages and collects every answer; resolves when the stream has ended. */
function stream(messages: readonly (readonly decision.DecideRequest[])[], metadata = bearer(decider.token('gateway'))) {
  return new Promise<{ answers: decision.DecideStreamAnswer__Output[]; error: ServiceError | null }>((resolve) => {
    const call = decider.client.DecideStream(metadata);
    const answers: decision.DecideStreamAnswer__Output[] = [];
    call.on('data', (message: decision.DecideStreamResponse__Output) => answers.push(...message.answers));
    call.on('error', (error: ServiceError) => resolve({ answers, error }));
    call.on('end', () => resolve({ answers, error: null }));
    for (const calls of messages) call.write({ calls: [...calls] });
    call.end();
  });
}

const THREE = { version: '1', default: 'deny', tools: { t: { limits: [{ counter: 'c', window: 'day', max: 3, scope: 'grant' }] } } };
/** What must not depend on the way in: everything but ids, places and times. */
const essence = ({ verdict, wouldBe, rule, message, limits, policyVersion, replayed, steps, dryRun }: decision.DecideResponse__Output) => ({
  verdict, wouldBe, rule, message: message.replace(/in \d+ seconds/, 'later'), limits, policyVersion, replayed, steps, dryRun,
});

it('gives the answers that unary calls get', async () => {
  const [one, two] = [await decider.grant(THREE), await decider.grant(THREE)];
  const requests = (grant: string): decision.DecideRequest[] => [
    ...Array.from({ length: 5 }, () => ({ callId: callId(), grant, tool: 't' })),
    { callId: callId(), grant, tool: 'other' },
    { callId: callId(), grant, tool: 't', dryRun: true },
    { callId: callId(), grant, tool: 't', arguments: Buffer.from('[]') },
  ];
  const unary: decision.DecideResponse__Output[] = [];
  for (const request of requests(one.token)) unary.push(await decider.decide(request));
  const sent = requests(two.token);
  const { answers, error } = await stream([sent]);
  expect(error).toBeNull();
  const byId = new Map(answers.map((answer) => [answer.callId, answer.decision!]));
  const streamed = sent.map(({ callId: id }) => byId.get(id!)!);
  const policies = (responses: readonly decision.DecideResponse__Output[]) => responses.map(essence);
  expect(policies(streamed)).toEqual(policies(unary));
  // And the same ids asked the other way give the same recorded answers.
  for (const [index, request] of sent.entries()) {
    if (request.dryRun === true) continue;
    expect(await decider.decide(request)).toEqual({ ...streamed[index]!, replayed: true });
  }
});

it('answers thousands of calls exactly once each, and no limit is exceeded', async () => {
  const grants = await Promise.all(Array.from({ length: 8 }, () => decider.grant(THREE)));
  const messages = Array.from({ length: 12 }, () => Array.from({ length: 256 }, (_, index) => ({ callId: callId(), grant: grants[index % 8]!.id, tool: 't' })));
  const { answers, error } = await stream(messages);
  expect(error).toBeNull();
  expect(new Set(answers.map(({ callId: id }) => id)).size).toBe(12 * 256);
  expect(answers).toHaveLength(12 * 256);
  const allowed = answers.filter((answer) => answer.decision?.verdict === 'ALLOW');
  expect(allowed).toHaveLength(8 * 3);
  expect(answers.filter((answer) => answer.error !== null && answer.error !== undefined)).toEqual([]);
}, 300_000);

it('keeps the errors of single calls with them', async () => {
  const grant = await decider.grant(THREE);
  const good = callId();
  const { answers, error } = await stream([[
    { callId: good, grant: grant.token, tool: 't' },
    { callId: '', grant: grant.token, tool: 't' },
    { callId: 'not an id', grant: grant.token, tool: 't' },
    { callId: callId(), grant: '0'.repeat(32), tool: 't' },
    { callId: callId(), grant: grant.token, tool: 't', arguments: Buffer.from('{"a":1,"a":2}') },
  ]]);
  expect(error).toBeNull();
  expect(answers.find(({ callId: id }) => id === good)!.decision!.verdict).toBe('ALLOW');
  const reasons = answers.filter((answer) => answer.error).map((answer) => readStatus(answer.error!).reason).sort();
  expect(reasons).toEqual(['ARGUMENTS_DUPLICATE_KEY', 'GRANT_INVALID', 'INVALID_REQUEST', 'INVALID_REQUEST']);
});

it('takes outcomes beside calls: what they give back counts for the calls after them, and asking again by itself finds them recorded', async () => {
  const ONE = { version: '1', default: 'deny', tools: { t: { limits: [{ counter: 'c', window: 'day', max: 1, scope: 'grant', refund: ['not_sent', 'failed'] }] } } };
  const grant = (await decider.grant(ONE)).token;
  const [a, b, c, stranger] = [callId(), callId(), callId(), callId()];
  const call = decider.client.DecideStream(bearer(decider.token('gateway')));
  const answers: decision.DecideStreamAnswer__Output[] = [];
  const ended = new Promise<ServiceError | null>((resolve) => call.on('error', (error: ServiceError) => resolve(error)).on('end', () => resolve(null)));
  const more = (message: decision.DecideStreamRequest, count: number) => new Promise<void>((resolve) => {
    const look = ({ answers: some }: decision.DecideStreamResponse__Output): void => {
      answers.push(...some);
      if (answers.length < count) return;
      call.off('data', look);
      resolve();
    };
    call.on('data', look);
    call.write(message);
  });
  const verdict = (id: string) => answers.find(({ callId: of, decision: found }) => of === id && found)!.decision!;
  const settled = (id: string) => answers.find(({ callId: of, settled: found }) => of === id && found)!.settled!;
  await more({ calls: [{ callId: a, grant, tool: 't' }] }, 1);
  await more({ settlements: [{ callId: a, grant, outcome: 'FAILED' }] }, 2);
  await more({ calls: [{ callId: b, grant, tool: 't' }] }, 3);
  await more({ calls: [{ callId: c, grant, tool: 't' }], settlements: [{ callId: b, grant, outcome: 'SUCCEEDED' }, { callId: stranger, grant, outcome: 'SUCCEEDED' }] }, 6);
  call.end();
  expect(await ended).toBeNull();
  expect([a, b, c].map((id) => verdict(id).verdict)).toEqual(['ALLOW', 'ALLOW', 'RATE_LIMITED']);
  expect(settled(a)).toMatchObject({ outcome: 'FAILED', replayed: false, refunded: [{ used: '0' }] });
  expect(readStatus(answers.find(({ settleError }) => settleError)!.settleError!).reason).toBe('CALL_NOT_FOUND');
  const again = await new Promise<decision.SettleResponse__Output>((resolve, reject) =>
    decider.client.Settle({ grant, callId: b, outcome: 'SUCCEEDED' }, bearer(decider.token('gateway')), (error, value) => (error ? reject(error) : resolve(value!))));
  expect(again).toEqual({ ...settled(b), replayed: true });
});

it('refuses a stream without a credential, of the wrong role, or with a message of more than 512 calls', async () => {
  expect((await stream([], new Metadata())).error!.code).toBe(16);
  expect((await stream([], bearer(decider.token('admin')))).error!.code).toBe(7);
  const { error } = await stream([Array.from({ length: 513 }, () => ({ callId: callId() }))]);
  const details = await failureOf(Promise.reject(error as Error));
  expect(details).toMatchObject({ code: 3, reason: 'TOO_MANY_CALLS' });
});

it('tells of grants and policies as they are, then of every change', async () => {
  const known = await decider.grant(THREE);
  const call = decider.client.WatchGrants({}, bearer(decider.token('gateway')));
  const seen: decision.WatchGrantsResponse__Output[] = [];
  call.on('data', (message: decision.WatchGrantsResponse__Output) => seen.push(message));
  const ended = new Promise<ServiceError>((resolve) => call.on('error', (error: ServiceError) => resolve(error)));
  const until = async (condition: () => boolean) => { while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5)); };
  await until(() => seen.some(({ inSync }) => inSync === true));
  expect(seen.find(({ grant }) => grant?.grantId === known.id)!.grant).toMatchObject({ serverId: 'server-a', revoked: false, mode: 'enforce' });
  const before = seen.length;
  await decider.admin((client, metadata, done) => client.RevokeGrant({ grantId: known.id }, metadata, done));
  await until(() => seen.slice(before).some(({ grant }) => grant?.grantId === known.id && grant.revoked));
  call.cancel();
  expect((await ended).code).toBe(1);
  const refused = decider.client.WatchGrants({}, bearer(decider.token('auditor')));
  expect((await new Promise<ServiceError>((resolve) => refused.on('error', (error: ServiceError) => resolve(error)))).code).toBe(7);
});
