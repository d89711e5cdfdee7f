import { status } from '@grpc/grpc-js';
import { client, CREDENTIAL, GRANT, PATIENT_MS, stopAll, startDecider, undecided } from './client.fixture.js';
import { connect } from './connect.js';
import { newCallId } from './call-id.js';
import { allow, details } from './fake-decider.fixture.js';
import type { Answer } from './fake-decider.fixture.js';
import { partitionOf } from './partition-of.js';

afterEach(stopAll);

const CALL = { grant: GRANT, tool: 'pay' };
const TOKEN = `dg_${GRANT}_${'s'.repeat(43)}`;

describe('a verdict', () => {
  it.each<[string, Partial<Answer>, object]>([
    ['ALLOW', {}, { verdict: 'ALLOW', allowed: true, retryAfterMs: null, wouldBe: null }],
    ['ALLOW in observe mode', { wouldBe: 'DENY', rule: '/tools/pay/deny_if/0' }, { allowed: true, wouldBe: 'DENY' }],
    ['DENY', { verdict: 'DENY', rule: '(default deny)', message: 'no' }, { verdict: 'DENY', allowed: false, rule: '(default deny)', message: 'no' }],
    ['RATE_LIMITED', { verdict: 'RATE_LIMITED', retryAfter: { seconds: 1, nanos: 500_000_000 } }, { verdict: 'RATE_LIMITED', allowed: false, retryAfterMs: 1_500 }],
    ['APPROVAL_REQUIRED', { verdict: 'APPROVAL_REQUIRED', approvalId: 'apr_x', approvalExpiresAt: { seconds: 10, nanos: 0 } }, { verdict: 'APPROVAL_REQUIRED', allowed: false, approvalId: 'apr_x', approvalExpiresAt: new Date(10_000) }],
  ])('%s is read with everything it says', async (_, more, expected) => {
    const decider = await startDecider();
    decider.answer = (request) => allow(request, more);
    const decision = await client([decider]).decide(CALL);
    expect(decision).toMatchObject({ ...expected, receipt: { topic: 'docket.decisions', partition: 3, offset: 17, hash: '07'.repeat(32) }, decidedAt: new Date('2026-11-23T10:00:30Z'), policyVersion: 'v' });
    expect(decision.allowed).toBe(decision.verdict === 'ALLOW');
  });

  it.each<[string, Partial<Answer>]>([
    ['no verdict', { verdict: 'VERDICT_UNSPECIFIED' }],
    ['ALLOW without a receipt', { receipt: null }],
    ['ALLOW with half a hash', { receipt: { topic: 't', partition: 0, offset: 1, hash: Buffer.alloc(16) } }],
    ['ALLOW of a dry run', { dryRun: true }],
    ['ALLOW of another grant', { grantId: 'b2'.repeat(16) }],
    ['ALLOW of another call', { callId: newCallId() }],
    ['an approval that has no name', { verdict: 'APPROVAL_REQUIRED' }],
  ])('%s permits nothing: it is no decision', async (_, more) => {
    const decider = await startDecider();
    decider.answer = (request) => allow(request, more);
    expect(await undecided(client([decider]).decide(CALL))).toMatchObject({ kind: 'internal', reason: 'ANSWER_NOT_ACCEPTABLE', outcome: 'unknown', callId: decider.ids[0] });
  });

  it('of a verdict that this version does not know permits nothing', async () => {
    const decider = await startDecider();
    decider.answer = (request) => ({ ...allow(request), verdict: 17 as never });
    expect(await undecided(client([decider]).decide(CALL))).toMatchObject({ reason: 'ANSWER_NOT_ACCEPTABLE' });
  });
});

it('takes a grant by its token or its id, and call ids in upper case', async () => {
  const decider = await startDecider();
  const docket = client([decider]);
  const callId = newCallId();
  expect(await docket.decide({ ...CALL, grant: TOKEN, callId: callId.toUpperCase() })).toMatchObject({ callId, grantId: GRANT });
  expect(decider.messages[0]![0]).toMatchObject({ grant: TOKEN, callId });
});

it.each([
  ['a grant', { grant: 'g1' }], ['a call id', { callId: '1234' }], ['a logical call id', { logicalCallId: 'x' }], ['a tool', { tool: 'x'.repeat(2_000) }],
  ['an agent', { agent: 'half \ud83d' }], ['arguments', { arguments: `{"a":"${'x'.repeat(1_100_000)}"}` }],
])('refuses %s that would spoil a message for others, without sending it', async (_, wrong) => {
  const decider = await startDecider();
  expect(await undecided(client([decider]).decide({ ...CALL, ...wrong }))).toMatchObject({ kind: 'invalid_argument', reason: 'INVALID_REQUEST', outcome: 'not_decided', attempts: 0, mayRepeat: false });
  expect(decider.ids).toEqual([]);
});

it('explains without permitting', async () => {
  const decider = await startDecider();
  decider.answer = (request) => allow(request, { dryRun: true, receipt: null, decidedAt: null, steps: [{ rule: '/tools/pay', outcome: 'applies', because: '' }] });
  const explanation = await client([decider]).explain(CALL);
  expect(explanation).toMatchObject({ verdict: 'ALLOW', steps: [{ rule: '/tools/pay', outcome: 'applies' }] });
  expect(explanation).not.toHaveProperty('allowed');
  expect(decider.messages[0]![0]!.dryRun).toBe(true);
});

describe('the owner of a partition', () => {
  const partition = partitionOf(GRANT, 16);
  const owner = (address: string) => ({ address, partition, partitions: 16, epoch: 5 });

  it('is asked directly once an answer has named it; other grants stay where they are', async () => {
    const [near, home] = [await startDecider(), await startDecider()];
    near.owner = ({ grant }) => (grant === GRANT ? owner(home.address) : undefined);
    const docket = client([near]);
    await docket.decide(CALL);
    const other = ['b2', 'c3', 'd4', 'e5'].map((two) => two.repeat(16)).find((grant) => partitionOf(grant, 16) !== partition)!;
    await Promise.all([docket.decide(CALL), docket.decide({ ...CALL, grant: other }), docket.decide(CALL)]);
    expect([near.ids.length, home.ids.length]).toEqual([2, 2]);
  });

  it('is learned from the trailing metadata of other calls, too', async () => {
    const [near, home] = [await startDecider(), await startDecider()];
    near.trailers = { 'docket-owner': home.address, 'docket-partition': String(partition), 'docket-partitions': '16', 'docket-epoch': '5' };
    const docket = client([near]);
    // With a signal it goes as a call of its own.
    const { signal } = new AbortController();
    await docket.settle({ grant: GRANT, callId: newCallId(), outcome: 'SUCCEEDED' }, { signal });
    await docket.settle({ grant: GRANT, callId: newCallId(), outcome: 'SUCCEEDED' }, { signal });
    expect([near.settled.length, home.settled.length, home.settledWith]).toEqual([1, 1, []]);
  });

  it('is learned from answers to outcomes, too', async () => {
    const [near, home] = [await startDecider(), await startDecider()];
    near.owner = () => owner(home.address);
    const docket = client([near]);
    await docket.settle({ grant: GRANT, callId: newCallId(), outcome: 'SUCCEEDED' });
    await docket.settle({ grant: GRANT, callId: newCallId(), outcome: 'SUCCEEDED' });
    expect([near.settledWith, home.settledWith]).toEqual([[0], [0]]);
  });

  it('is forgotten when it goes away: calls go on through the others', async () => {
    const [near, home] = [await startDecider(), await startDecider()];
    near.owner = () => owner(home.address);
    const docket = client([near]);
    await docket.decide(CALL);
    home.answer = () => undefined;
    const asked = docket.decide(CALL);
    await home.until(() => home.ids.length === 1);
    near.owner = () => undefined;
    home.stop();
    expect((await asked).callId).toBe(home.ids[0]);
    expect(near.ids).toContain(home.ids[0]);
  });

  it('that says it is not any more is not asked first again', async () => {
    const [near, home] = [await startDecider(), await startDecider()];
    near.owner = () => owner(home.address);
    const docket = client([near]);
    await docket.decide(CALL);
    near.owner = () => undefined;
    home.answer = () => details(status.UNAVAILABLE, 'NEWER_OWNER', { metadata: { outcome: 'not_decided' } });
    await docket.decide(CALL);
    await docket.decide(CALL);
    expect([near.ids.length, home.ids.length]).toEqual([3, 1]);
  });
});

describe('what is asked beside decisions', () => {
  it('settles, again if need be', async () => {
    const decider = await startDecider();
    const callId = newCallId();
    decider.settle = (request) => (decider.settled.length === 1 ? details(status.UNAVAILABLE, 'NEWER_OWNER') : { callId: request.callId, outcome: 'NOT_SENT', replayed: false, refunded: [{ counter: 'c', used: '1', remaining: '2' }], receipt: allow({ callId, grant: GRANT }).receipt! });
    expect(await client([decider]).settle({ grant: GRANT, callId, outcome: 'NOT_SENT' })).toMatchObject({ callId, outcome: 'NOT_SENT', refunded: [{ counter: 'c', used: '1' }], receipt: { offset: 17 } });
    expect(decider.settled.map((request) => request.callId)).toEqual([callId, callId]);
  });

  it('lets outcomes travel with the calls that leave at the same time, and gives each its own answer', async () => {
    const decider = await startDecider();
    const [good, bad] = [newCallId(), newCallId()];
    decider.settle = ({ callId, outcome }) => (callId === bad ? details(status.NOT_FOUND, 'CALL_NOT_FOUND') : { callId, outcome, replayed: false, refunded: [], receipt: allow({ callId, grant: GRANT }).receipt! });
    const docket = client([decider]);
    const [settled, refused, decided] = await Promise.allSettled([
      docket.settle({ grant: GRANT, callId: good, outcome: 'SUCCEEDED' }), docket.settle({ grant: GRANT, callId: bad, outcome: 'UNKNOWN' }), docket.decide(CALL),
    ]);
    expect(settled).toMatchObject({ value: { callId: good, outcome: 'SUCCEEDED', receipt: { offset: 17 } } });
    expect(refused).toMatchObject({ reason: { kind: 'not_found', reason: 'CALL_NOT_FOUND' } });
    expect(decided).toMatchObject({ value: { verdict: 'ALLOW' } });
    expect([decider.settledWith, decider.messages.length]).toEqual([[1, 1], 1]);
  });

  it('reports an outcome by itself where a node does not take it over a stream, or the stream ends', async () => {
    const older = await startDecider();
    older.takesOutcomes = false;
    await client([older], { silenceMs: 20 }).settle({ grant: GRANT, callId: newCallId(), outcome: 'SUCCEEDED' });
    expect([older.settled.length, older.settledWith]).toEqual([1, []]);
    const ending = await startDecider();
    ending.takesOutcomes = false;
    const settled = client([ending]).settle({ grant: GRANT, callId: newCallId(), outcome: 'SUCCEEDED' });
    await ending.until(() => ending.streams.size === 1);
    ending.endStreams(details(status.UNAVAILABLE, 'STOPPING'));
    expect(await settled).toMatchObject({ outcome: 'SUCCEEDED' });
    expect([ending.settled.length, ending.settledWith]).toEqual([1, []]);
  });

  it('says why the service refused to settle, at once', async () => {
    const decider = await startDecider();
    decider.settle = () => details(status.FAILED_PRECONDITION, 'CALL_FORGOTTEN');
    await expect(client([decider]).settle({ grant: GRANT, callId: newCallId(), outcome: 'FAILED' })).rejects.toMatchObject({ kind: 'failed_precondition', reason: 'CALL_FORGOTTEN' });
    expect(decider.settled).toHaveLength(1);
  });

  it('finds recorded decisions and filters lists of tools', async () => {
    const decider = await startDecider();
    const docket = client([decider]);
    const callId = newCallId();
    expect(await docket.getDecision({ grant: GRANT, callId })).toMatchObject({ callId, allowed: true, replayed: true });
    expect((await docket.listVisibleTools({ grant: GRANT, names: ['a', 'hidden_b'] })).tools.map(({ name, visible }) => [name, visible])).toEqual([['a', true], ['hidden_b', false]]);
    await expect(docket.listVisibleTools({ grant: 'x', names: [] })).rejects.toMatchObject({ reason: 'INVALID_REQUEST' });
  });

  it('waits for an approval until it is not pending, or as long as it was told', async () => {
    const decider = await startDecider();
    const approvalId = `apr_${GRANT}_${'0'.repeat(24)}`;
    let asked = 0;
    decider.wait = () => ({ approval: { approvalId, state: (asked += 1) < 3 ? 'PENDING' : 'APPROVED', needed: 1, approvers: [{ subject: 'alice' }] } });
    // It is not asked again when less is left of the time than that.
    const docket = client([decider], { silenceMs: PATIENT_MS - 500 });
    expect(await docket.waitApproval(approvalId, { deadlineMs: 2 * PATIENT_MS })).toMatchObject({ state: 'APPROVED', approvers: ['alice'] });
    expect(asked).toBe(3);
    asked = -1e9;
    expect(await docket.waitApproval(approvalId, { deadlineMs: PATIENT_MS })).toMatchObject({ state: 'PENDING' });
  });

  it('looks at an approval, and withdraws it', async () => {
    const decider = await startDecider();
    const approvalId = `apr_${GRANT}_${'0'.repeat(24)}`;
    decider.wait = () => ({ approval: { approvalId, state: 'REDEEMED', needed: 2, approvers: [{ subject: 'alice', at: { seconds: 10, nanos: 0 } }, { subject: 'bob', at: { seconds: 20, nanos: 0 } }], callId: 'a', redeemedByCallId: 'b' } });
    const docket = client([decider]);
    expect(await docket.getApproval(approvalId)).toMatchObject({ state: 'REDEEMED', approvers: ['alice', 'bob'], decidedAt: new Date(20_000), callId: 'a', redeemedByCallId: 'b' });
    decider.wait = () => ({ approval: { approvalId, state: 'WITHDRAWN' } });
    expect(await docket.withdrawApproval(approvalId)).toMatchObject({ state: 'WITHDRAWN', decidedAt: null, redeemedByCallId: '' });
    expect(decider.resolved.map(({ approvalId: id, decision }) => [id, decision])).toEqual([[approvalId, 'WITHDRAW']]);
    await expect(docket.withdrawApproval('apr_x')).rejects.toMatchObject({ reason: 'INVALID_REQUEST' });
  });

  it('watches grants across the end of a node, from where it was', async () => {
    const [a, b] = [await startDecider(), await startDecider()];
    for (const decider of [a, b]) {
      decider.watch = (call) => {
        const { afterRegistryOffset: after } = call.request;
        call.write({ registryOffset: after, grant: { grantId: GRANT, serverId: 's', policyId: 'p', mode: 'observe' } });
        call.write({ registryOffset: after + 10, inSync: true });
        if (after === 0) setImmediate(() => call.emit('error', Object.assign(new Error('planted'), { code: status.UNAVAILABLE })));
      };
    }
    const giving = new AbortController();
    const seen: unknown[] = [];
    for await (const change of client([a, b]).watchGrants({ signal: giving.signal })) {
      seen.push({ type: change.type, at: change.registryOffset });
      if (seen.length === 4) giving.abort();
    }
    expect(seen).toEqual([{ type: 'grant', at: 0 }, { type: 'in_sync', at: 10 }, { type: 'grant', at: 10 }, { type: 'in_sync', at: 20 }]);
    expect([...a.watched, ...b.watched].sort()).toEqual([0, 10]);
  });

  it('stops watching when the service refuses', async () => {
    const decider = await startDecider();
    decider.watch = (call) => void call.emit('error', Object.assign(new Error('planted'), { code: status.PERMISSION_DENIED }));
    await expect(client([decider]).watchGrants().next()).rejects.toMatchObject({ kind: 'permission_denied' });
  });
});

describe('closing', () => {
  it('waits for what is pending, takes nothing new, and closes once', async () => {
    const decider = await startDecider();
    decider.answer = () => undefined;
    const docket = client([decider]);
    const asked = docket.decide(CALL);
    await decider.until(() => decider.ids.length === 1);
    const closed = docket.close();
    expect(docket.close()).toBe(closed);
    expect(await undecided(docket.decide(CALL))).toMatchObject({ reason: 'CLIENT_CLOSED', outcome: 'not_decided' });
    await expect(docket.settle({ grant: GRANT, callId: newCallId(), outcome: 'FAILED' })).rejects.toMatchObject({ reason: 'CLIENT_CLOSED' });
    decider.answerAll();
    expect((await asked).verdict).toBe('ALLOW');
    await closed;
    expect(decider.streams.size).toBe(0);
  });

  it('waits for outcomes that nobody waits for, also where they have to be reported again', async () => {
    const decider = await startDecider();
    const answer = decider.settle;
    decider.settle = (request) => (decider.settled.length === 1 ? details(status.UNAVAILABLE, 'NEWER_OWNER') : answer(request));
    const docket = client([decider]);
    const settled = docket.settle({ grant: GRANT, callId: newCallId(), outcome: 'NOT_SENT' });
    await docket.close();
    expect(decider.settled.map(({ outcome }) => outcome)).toEqual(['NOT_SENT', 'NOT_SENT']);
    expect(await settled).toMatchObject({ outcome: 'NOT_SENT' });
  });

  it('of a client that was never used is at once', async () => {
    await connect({ addresses: ['127.0.0.1:1'], credential: CREDENTIAL }).close();
  });
});

it.each([
  ['no address', { addresses: [] }], ['an address without a port', { addresses: ['localhost'] }], ['no credential', { credential: '' }], ['a deadline of 0', { deadlineMs: 0 }], ['a bound that is none', { callsMax: Number.NaN }],
])('connect refuses %s', (_, wrong) => {
  expect(() => connect({ addresses: ['127.0.0.1:7400'], credential: CREDENTIAL, deadlineMs: PATIENT_MS, ...wrong })).toThrow(expect.objectContaining({ kind: 'invalid_argument', reason: 'INVALID_OPTIONS' }) as Error);
});
