import { client, GRANT, stopAll, startDecider, undecided } from './client.fixture.js';
import { allow } from './fake-decider.fixture.js';
import { newCallId } from './call-id.js';

afterEach(stopAll);

const calls = (count: number, more: object = {}) => Array.from({ length: count }, (_, n) => ({ grant: GRANT, tool: `t${n}`, ...more }));

it('sends calls that come together in one message of one stream, in their order', async () => {
  const decider = await startDecider();
  const docket = client([decider]);
  const decisions = await Promise.all(calls(200).map((call) => docket.decide(call)));
  expect(decider.messages.map((message) => message.length)).toEqual([200]);
  expect(decider.messages[0]!.map(({ tool }) => tool)).toEqual(calls(200).map(({ tool }) => tool));
  expect(decisions.map(({ callId }) => callId)).toEqual(decider.ids);
  expect(decider.streams.size).toBe(1);
});

it('collects calls while a message is being written, and waits for nothing else: one call alone goes at once', async () => {
  const decider = await startDecider();
  const docket = client([decider]);
  await docket.decide(calls(1)[0]!);
  const first = docket.decide(calls(1)[0]!);
  await new Promise((resolve) => setImmediate(resolve));
  // The first is being written by now.
  await Promise.all([first, ...calls(50).map((call) => docket.decide(call))]);
  expect(decider.messages.map((message) => message.length)).toEqual([1, 1, 50]);
});

it('puts at most 512 calls into a message', async () => {
  const decider = await startDecider();
  const docket = client([decider]);
  await Promise.all(calls(1_200).map((call) => docket.decide(call)));
  expect(decider.messages.map((message) => message.length)).toEqual([512, 512, 176]);
});

it('spreads large arguments over messages below their bound', async () => {
  const decider = await startDecider();
  const docket = client([decider]);
  const text = JSON.stringify({ text: 'x'.repeat(1_000_000) });
  await Promise.all(calls(10, { arguments: text }).map((call) => docket.decide(call)));
  expect(decider.messages.map((message) => message.length)).toEqual([4, 4, 2]);
});

it('matches answers by call id, whatever their order, and gives the error of one call to that call', async () => {
  const decider = await startDecider();
  const docket = client([decider]);
  decider.answer = () => undefined;
  const asked = calls(20).map((call) => docket.decide(call));
  await decider.until(() => decider.ids.length === 20);
  const denied = decider.messages.flat().filter(({ tool }) => tool.endsWith('7')).map(({ callId }) => callId);
  decider.answerAll((request) => allow(request, denied.includes(request.callId) ? { verdict: 'DENY', rule: `/tools/${request.tool}`, message: 'no' } : {}));
  const decisions = await Promise.all(asked);
  expect(decisions.map(({ verdict }, n) => `${n} ${verdict}`)).toEqual(calls(20).map(({ tool }, n) => `${n} ${tool.endsWith('7') ? 'DENY' : 'ALLOW'}`));
});

it('refuses at once, without sending, what is beyond its bounds in calls and in bytes', async () => {
  const decider = await startDecider();
  decider.answer = () => undefined;
  const docket = client([decider], { callsMax: 3, callBytesMax: 10_000 });
  const waiting = calls(3).map((call) => docket.decide(call));
  expect(await undecided(docket.decide(calls(1)[0]!))).toMatchObject({ kind: 'resource_exhausted', reason: 'CLIENT_QUEUE_FULL', outcome: 'not_decided', attempts: 0, mayRepeat: true });
  await decider.until(() => decider.ids.length === 3);
  decider.answerAll();
  await Promise.all(waiting);
  expect(await undecided(docket.decide({ ...calls(1)[0]!, arguments: JSON.stringify({ a: 'x'.repeat(10_000) }) }))).toMatchObject({ reason: 'CLIENT_QUEUE_FULL' });
  expect(decider.ids).toHaveLength(3);
});

it('never has two calls of one id on a stream: the answers could not be told apart', async () => {
  const decider = await startDecider();
  const docket = client([decider]);
  const callId = newCallId();
  const other = 'b2'.repeat(16);
  const [one, two] = await Promise.all([docket.decide({ grant: GRANT, tool: 'a', callId }), docket.decide({ grant: other, tool: 'b', callId })]);
  expect([one.grantId, two.grantId]).toEqual([GRANT, other]);
  expect([decider.ids, decider.alone.map(({ tool }) => tool)]).toEqual([[callId], ['b']]);
});

it('does not take the late answer of a call that was given up for that of another one of the same id', async () => {
  const decider = await startDecider();
  decider.answer = ({ tool }) => (tool === 'other' ? { ...allow({ callId, grant: GRANT }), verdict: 'DENY' } : undefined);
  const docket = client([decider]);
  const callId = newCallId();
  const giving = new AbortController();
  const first = undecided(docket.decide({ grant: GRANT, tool: 'a', callId }, { signal: giving.signal }));
  await decider.until(() => decider.ids.length === 1);
  giving.abort();
  expect(await first).toMatchObject({ reason: 'ABORTED', outcome: 'unknown', callId });
  const second = docket.decide({ grant: GRANT, tool: 'other', callId });
  decider.answerAll();
  expect(await second).toMatchObject({ verdict: 'DENY', allowed: false });
});

it('does not write on while the node does not read, and holds what comes meanwhile within its bounds', async () => {
  const decider = await startDecider();
  const docket = client([decider], { callsMax: 200, callBytesMax: 256 * 1024 * 1024 });
  decider.answer = () => undefined;
  const text = JSON.stringify({ text: 'x'.repeat(1_000_000) });
  const first = docket.decide({ grant: GRANT, tool: 'first' });
  await decider.until(() => decider.ids.length === 1);
  const [stream] = decider.streams;
  stream!.pause();
  const asked = calls(120, { arguments: text }).map((call) => docket.decide(call));
  expect(await undecided(docket.decide({ grant: GRANT, tool: 'late' }, { deadlineMs: 300 }))).toMatchObject({ reason: 'DEADLINE_PASSED', outcome: 'not_decided', attempts: 0 });
  expect(decider.ids.length).toBeLessThan(60);
  decider.answer = (request) => allow(request);
  stream!.resume();
  decider.answerAll();
  await Promise.all([first, ...asked]);
  expect(decider.ids).toHaveLength(121);
});
