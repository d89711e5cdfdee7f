import { status } from '@grpc/grpc-js';
import { client, CREDENTIAL, GRANT, PATIENT_MS, stopAll, startDecider, undecided } from './client.fixture.js';
import { connect } from './connect.js';
import { allow, details } from './fake-decider.fixture.js';
import type { Answer, FakeDecider } from './fake-decider.fixture.js';
import type { StatusDetails } from '#contracts';

afterEach(stopAll);

const CALL = { grant: GRANT, tool: 'pay', arguments: '{"amount":9007199254740993,"note":"canary-argument"}' };

/** Answers each attempt with the next of these, then with ALLOW. */
function inTurn(decider: FakeDecider, ...answers: readonly (Answer | StatusDetails)[]): void {
  const left = [...answers];
  decider.answer = (request) => left.shift() ?? allow(request);
}

it.each<[string, StatusDetails]>([
  ['nothing was decided', details(status.UNAVAILABLE, 'NEWER_OWNER', { metadata: { outcome: 'not_decided' } })],
  ['the outcome is unknown', details(status.DEADLINE_EXCEEDED, 'OUTCOME_UNKNOWN', { metadata: { outcome: 'unknown' } })],
  ['the node has too much to do', details(status.RESOURCE_EXHAUSTED, 'LEDGER_QUEUE_FULL', { retryAfterMs: 1 })],
  ['something went wrong inside', details(status.INTERNAL, 'REPLY_FAILED', { metadata: { outcome: 'unknown' } })],
])('asks again with the same id and the same content when %s', async (_, error) => {
  const decider = await startDecider();
  inTurn(decider, error, error);
  const decision = await client([decider]).decide(CALL);
  expect(decision).toMatchObject({ verdict: 'ALLOW', allowed: true });
  expect(decider.ids).toEqual([decision.callId, decision.callId, decision.callId]);
  expect(new Set(decider.messages.flat().map(({ arguments: args }) => args.toString()))).toEqual(new Set([CALL.arguments]));
});

it.each([
  ['invalid_argument', status.INVALID_ARGUMENT], ['unauthenticated', status.UNAUTHENTICATED], ['permission_denied', status.PERMISSION_DENIED], ['not_found', status.NOT_FOUND],
  ['already_exists', status.ALREADY_EXISTS], ['failed_precondition', status.FAILED_PRECONDITION], ['data_loss', status.DATA_LOSS],
] as const)('does not ask again after %s', async (kind, code) => {
  const decider = await startDecider();
  decider.answer = () => details(code, 'PLANTED', { metadata: { state: 'x' }, violations: [{ field: 'tool', description: 'planted' }] });
  const error = await undecided(client([decider]).decide(CALL));
  expect(error).toMatchObject({ kind, reason: 'PLANTED', attempts: 1, mayRepeat: false, message: 'planted: PLANTED', violations: [{ field: 'tool', description: 'planted' }] });
  expect(error.metadata['state']).toBe('x');
  expect(decider.ids).toEqual([error.callId]);
});

it('stops asking when the same internal error comes again and again', async () => {
  const decider = await startDecider();
  decider.answer = () => details(status.INTERNAL, 'MACHINE_FAILED', { metadata: { outcome: 'not_decided' } });
  expect(await undecided(client([decider]).decide(CALL))).toMatchObject({ kind: 'internal', attempts: 3, outcome: 'not_decided' });
});

it('waits as long as the service says, and not at all if the caller would not wait so long', async () => {
  const decider = await startDecider();
  decider.answer = () => details(status.RESOURCE_EXHAUSTED, 'PARTITION_QUEUE_FULL', { metadata: { outcome: 'not_decided' }, retryAfterMs: 2 * PATIENT_MS });
  expect(await undecided(client([decider]).decide(CALL))).toMatchObject({ kind: 'resource_exhausted', attempts: 1, outcome: 'not_decided', retryAfterMs: 2 * PATIENT_MS, mayRepeat: true });
});

it('says unknown if any attempt may have been decided, whatever the last one says', async () => {
  const decider = await startDecider();
  inTurn(decider, details(status.DEADLINE_EXCEEDED, 'OUTCOME_UNKNOWN', { metadata: { outcome: 'unknown' } }), details(status.FAILED_PRECONDITION, 'GRANT_REVOKED'));
  const error = await undecided(client([decider]).decide(CALL));
  expect(error).toMatchObject({ kind: 'failed_precondition', attempts: 2, outcome: 'unknown' });
  expect(error.metadata['outcome']).toBe('unknown');
});

it('ends by its deadline when nobody answers, without a verdict', async () => {
  const decider = await startDecider();
  const docket = client([decider]);
  // It is connected then, so the next call leaves at once: whether it has been decided is unknown from there on.
  await docket.decide(CALL);
  decider.answer = () => undefined;
  const error = await undecided(docket.decide(CALL, { deadlineMs: 200 }));
  expect(error).toMatchObject({ name: 'Undecided', kind: 'deadline_exceeded', reason: 'DEADLINE_PASSED', outcome: 'unknown', mayRepeat: true });
  expect('allowed' in error).toBe(false);
});

it('has a deadline when none is named', async () => {
  const decider = await startDecider();
  decider.answer = () => undefined;
  const docket = connect({ addresses: [decider.address], credential: CREDENTIAL });
  expect(await undecided(docket.decide(CALL))).toMatchObject({ kind: 'deadline_exceeded' });
  await docket.close();
});

it('is given up when its signal says so, before it is sent and after', async () => {
  const decider = await startDecider();
  decider.answer = () => undefined;
  const docket = client([decider]);
  expect(await undecided(docket.decide(CALL, { signal: AbortSignal.abort() }))).toMatchObject({ reason: 'ABORTED', outcome: 'not_decided', attempts: 0 });
  const giving = new AbortController();
  const asked = undecided(docket.decide(CALL, { signal: giving.signal }));
  await decider.until(() => decider.ids.length === 1);
  giving.abort();
  expect(await asked).toMatchObject({ reason: 'ABORTED', outcome: 'unknown', attempts: 1 });
});

it('goes to another node when one dies with calls on it, with the same ids', async () => {
  const [a, b] = [await startDecider(), await startDecider()];
  for (const decider of [a, b]) decider.answer = () => undefined;
  const docket = client([a, b]);
  const asked = Array.from({ length: 30 }, () => docket.decide(CALL));
  await Promise.race([a.until(() => a.ids.length === 30), b.until(() => b.ids.length === 30)]);
  const [dying, other] = a.ids.length > 0 ? [a, b] : [b, a];
  other.answer = (request) => allow(request);
  dying.stop();
  const decisions = await Promise.all(asked);
  expect(decisions.map(({ callId }) => callId)).toEqual(dying.ids);
  expect(other.ids.sort()).toEqual([...dying.ids].sort());
});

it('goes to another node when one stops, and comes back when it is there again', async () => {
  const [a, b] = [await startDecider(), await startDecider()];
  const docket = client([a, b]);
  await docket.decide(CALL);
  const [first, other] = a.ids.length > 0 ? [a, b] : [b, a];
  first.endStreams(details(status.UNAVAILABLE, 'STOPPING', { retryAfterMs: 500 }));
  await docket.decide(CALL);
  await docket.decide(CALL);
  expect([first.ids.length + other.ids.length, other.ids.length > 0]).toEqual([3, true]);
  first.stop();
  const port = Number(first.address.split(':')[1]);
  other.stop();
  const back = await startDecider(port);
  expect(await docket.decide(CALL)).toMatchObject({ verdict: 'ALLOW' });
  expect(back.ids).toHaveLength(1);
});

it('connects when the only node comes up after it was asked', async () => {
  const gone = await startDecider();
  gone.stop();
  const docket = client([gone]);
  const asked = docket.decide(CALL);
  const decider = await startDecider(Number(gone.address.split(':')[1]));
  expect((await asked).verdict).toBe('ALLOW');
  expect(decider.ids.length).toBeGreaterThan(0);
});

it('leaves a node that owes answers and says nothing, as one that is cut off', async () => {
  const [a, b] = [await startDecider(), await startDecider()];
  for (const decider of [a, b]) decider.answer = () => (a.ids.length > 0 && b.ids.length > 0 ? allow((decider === a ? a : b).messages.at(-1)![0]!) : undefined);
  const decision = await client([a, b], { silenceMs: 100 }).decide(CALL);
  // On a machine that is slow a node may be asked once more before its answer has come.
  for (const { ids } of [a, b]) expect(new Set(ids)).toEqual(new Set([decision.callId]));
});

it('asks for each call alone when a whole stream is refused because of one of them', async () => {
  const decider = await startDecider();
  decider.answer = (request) => (request.tool === 'poison' ? details(status.INVALID_ARGUMENT, 'PLANTED') : decider.alone.length > 0 ? allow(request) : undefined);
  const docket = client([decider]);
  const good = docket.decide(CALL);
  const bad = undecided(docket.decide({ ...CALL, tool: 'poison' }));
  await decider.until(() => decider.ids.length === 2);
  decider.endStreams(details(status.INVALID_ARGUMENT, 'MALFORMED_MESSAGE'));
  expect((await bad).reason).toBe('PLANTED');
  expect((await good).verdict).toBe('ALLOW');
});

it('says nothing of credentials and arguments in its errors', async () => {
  const decider = await startDecider();
  const docket = client([decider]);
  const fails = connect({ addresses: [decider.address], credential: () => { throw new Error(`vault: ${CREDENTIAL}`); }, deadlineMs: PATIENT_MS });
  decider.answer = () => details(status.INVALID_ARGUMENT, 'PLANTED');
  const errors = [
    await undecided(docket.decide(CALL)), await undecided(fails.decide(CALL)), await undecided(docket.decide({ ...CALL, arguments: { amount: 2 ** 60, note: 'canary-argument' } })),
    await undecided(docket.decide({ ...CALL, grant: 'dg_canary-argument' })), await undecided(docket.decide(CALL, { deadlineMs: -1 })),
  ];
  await fails.close();
  expect(errors.map(({ reason }) => reason)).toEqual(['PLANTED', 'NO_CREDENTIAL', 'INVALID_REQUEST', 'INVALID_REQUEST', 'DEADLINE_PASSED']);
  for (const error of errors) expect(`${JSON.stringify(error)} ${error.stack} ${error.message} ${String(error.cause)}`).not.toMatch(/canary|1152921504606846976/);
});

it('goes on with the credential that is valid now when the one of the stream is not any more', async () => {
  const decider = await startDecider();
  let present = 'dk_one';
  const docket = client([decider], { credential: () => present });
  await docket.decide(CALL);
  decider.answer = (request) => (present === 'dk_one' ? undefined : allow(request));
  const asked = docket.decide(CALL);
  await decider.until(() => decider.ids.length === 2);
  present = 'dk_two';
  decider.endStreams(details(status.UNAUTHENTICATED, 'CREDENTIAL_INVALID'));
  expect((await asked).verdict).toBe('ALLOW');
  expect(decider.credentials).toEqual(['Bearer dk_one', 'Bearer dk_two']);
});
