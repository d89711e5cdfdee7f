import { CreateTaskResultV2Schema, GetTaskResultV2Schema } from '@modelcontextprotocol/ext-tasks/core/v2';
import { isObject, type Json, type JsonObject } from '#mcp';
import { Secret } from '#platform';
import type { Exchange, RpcAnswer, UpstreamAnswer } from '../ports.js';
import { EndedTasks } from './ended-tasks.js';
import { CallsWorld, GRANT, resultOf, textOf } from './fixtures/calls.fixture.js';
import { until } from '../edge/fixtures/edge.fixture.js';

const TASKS = 'io.modelcontextprotocol/tasks';
const CAPABLE = { extensions: { [TASKS]: {} }, elicitation: { form: {}, url: {} } };
let world: CallsWorld;
let others: CallsWorld[];

beforeEach(() => {
  others = [];
  world = gateway();
});
afterEach(async () => {
  for (const each of [world, ...others]) await each.handler.stop();
});

/** All of them have one credential, as those that stand beside each other do. */
function gateway(): CallsWorld {
  const made = new CallsWorld({ consoleUrl: 'https://docket.example.com' });
  made.pin('create_order');
  made.verdict = () => ({ APPROVED: 'ALLOW', DENIED: 'DENY' } as const)[made.approvalState as 'APPROVED'] ?? 'APPROVAL_REQUIRED';
  return made;
}

const capable = (at = world, more: Partial<Exchange> = {}): Exchange => at.exchange({ clientCapabilities: CAPABLE, ...more });
const taskOf = async (args: JsonObject = { a: 1 }): Promise<string> => String(resultOf(await world.call('create_order', args, capable()))['taskId']);
const task = (method: 'get' | 'update' | 'cancel', taskId: string, at = world, exchange = capable(at), more: JsonObject = {}): Promise<RpcAnswer> => at.request(`tasks/${method}`, { taskId, ...more }, exchange);
async function look(taskId: string, at = world): Promise<JsonObject> {
  const result = resultOf(await task('get', taskId, at));
  expect(GetTaskResultV2Schema.safeParse(JSON.parse(JSON.stringify(result))).error).toBeUndefined();
  return result;
}
const contentOf = (found: JsonObject): string => textOf({ result: found['result'] as JsonObject });
const answered = (result: JsonObject): UpstreamAnswer => ({ outcome: 'answered', result });

describe('a call that waits for people', () => {
  it('is a task for who has declared tasks on this request, and for nobody else (K1); it says what it waits for, and for longer than people have', async () => {
    const created = resultOf(await world.call('create_order', { a: 1 }, capable()));
    expect(CreateTaskResultV2Schema.safeParse(created).error).toBeUndefined();
    expect(created).toMatchObject({ resultType: 'task', status: 'working', pollIntervalMs: 2_000, ttlMs: 660_000, statusMessage: expect.stringMatching(/^Waiting for approval (apr_\S+)\. Approvers decide at https:\/\/docket\.example\.com\/approvals\/\1\.$/) as string });
    for (const extensions of [{}, { 'example.com/other': {} }]) expect(resultOf(await world.call('create_order', { a: 1 }, world.exchange({ clientCapabilities: { extensions } })))).toMatchObject({ resultType: 'input_required' });
    expect((await world.handler.describe(world.exchange())).capabilities).toMatchObject({ extensions: { [TASKS]: {} } });
    expect((await world.handler.describe(world.exchange({ era: 'legacy' }))).capabilities).not.toHaveProperty('extensions');
  });

  it('is a task only if it waits; what is let through or denied is answered at once', async () => {
    world.approvalState = 'APPROVED';
    expect(textOf(await world.call('create_order', {}, capable()))).toBe('done');
    world.approvalState = 'DENIED';
    expect(textOf(await world.call('create_order', {}, capable()))).toContain('The rule says DENY');
  });

  it('is held where its arguments are too long for an id', async () => {
    const long = Array.from({ length: 4_000 }, (_, n) => (n * 7_919) % 10_007);
    expect(resultOf(await world.call('create_order', { long }, capable()))['resultType']).toBe('input_required');
    expect(resultOf(await world.call('create_order', { long: 'x'.repeat(60_000) }, capable()))['resultType']).toBe('task');
  });
});

describe('a task', () => {
  it('is there at once, at every gateway, and works until people have decided (K2)', async () => {
    const id = await taskOf();
    others.push(gateway());
    for (const at of [world, ...others]) expect(await look(id, at)).toMatchObject({ resultType: 'complete', taskId: id, status: 'working' });
    expect(world.sent).toEqual([]);
  });

  it('that is approved is carried out once, with its exact arguments, however many look; its result stays', async () => {
    const id = String(resultOf(await world.call('create_order', JSON.parse('{"amount":5,"deep":{"b":[1,null]}}') as JsonObject, capable()))['taskId']);
    world.approvalState = 'APPROVED';
    const looks = await Promise.all([look(id), look(id), look(id)]);
    world.approvalState = 'REDEEMED';
    for (const found of [...looks, await look(id)]) expect([found['status'], contentOf(found)]).toEqual(['completed', 'done']);
    expect(world.sent.map(({ params }) => params)).toEqual([{ name: 'create_order', arguments: { amount: 5, deep: { b: [1, null] } } }]);
    expect(world.settled.map(({ outcome }) => outcome)).toEqual(['SUCCEEDED']);
    expect(world.decided.map(({ arguments: args, toolDefinitionHash }) => [args, toolDefinitionHash])).toEqual(Array(2).fill(['{"amount":5,"deep":{"b":[1,null]}}', 'hash of create_order']));
    expect(new Set(world.decided.map(({ callId }) => callId)).size).toBe(2);
  });

  it.each([
    ['DENIED', 'completed', /The rule says DENY/], ['EXPIRED', 'completed', /has ended without one \(expired\)/], ['WITHDRAWN', 'cancelled', undefined], ['REDEEMED', 'completed', /has let an identical call through/],
  ] as const)('whose approval is %s is %s (K3), and nothing is sent', async (state, status, text) => {
    const id = await taskOf();
    world.approvalState = state;
    const found = await look(id);
    expect(found['status']).toBe(status);
    if (text !== undefined) expect([contentOf(found), (found['result'] as JsonObject)['isError']]).toEqual([expect.stringMatching(text), true]);
    expect(world.sent).toEqual([]);
  });

  it('is judged again when it is carried out: rules, definition, limits', async () => {
    const [denied, limited, changed] = [await taskOf({ a: 1 }), await taskOf({ a: 2 }), await taskOf({ a: 3 })];
    world.approvalState = 'APPROVED';
    world.verdict = ({ arguments: args }) => (args === '{"a":1}' ? 'DENY' : 'RATE_LIMITED');
    expect(contentOf(await look(denied))).toContain('The rule says DENY');
    expect(contentOf(await look(limited))).toContain('Wait 42 seconds');
    world.verdict = () => 'ALLOW';
    world.tools[0] = { ...world.tools[0]!, definitionHash: 'hash of something else' };
    expect(contentOf(await look(changed))).toContain('The definition of this tool has changed');
    expect(world.decided).toHaveLength(5);
    expect(world.sent).toEqual([]);
  });

  it.each(['APPROVED', 'DENIED'] as const)('whose call the policy lets through otherwise by now is not made: nothing would keep it from being made again (%s)', async (state) => {
    const id = await taskOf();
    world.approvalState = state;
    world.isApprovalNeeded = false;
    world.verdict = () => 'ALLOW';
    const found = await look(id);
    expect([found['status'], contentOf(found), (found['result'] as JsonObject)['isError']]).toEqual(['completed', expect.stringMatching(/^\[NOT DONE\] .*repeat the call\.$/), true]);
    // Neither now nor where nothing is known of that any more.
    others.push(gateway());
    const [other] = others as [CallsWorld];
    Object.assign(other, { approvalState: world.approvalState, isApprovalNeeded: false, verdict: () => 'ALLOW', nowMs: world.nowMs + 400_000 });
    await look(id, other);
    expect([world.sent, other.sent]).toEqual([[], []]);
    expect(world.settled.map(({ outcome }) => outcome)).toEqual(['NOT_SENT']);
    expect(world.approvalState).toBe(state === 'APPROVED' ? 'WITHDRAWN' : 'DENIED');
  });

  it('that more people are to approve by now waits for them, and takes nothing back: neither its own request nor an identical call’s', async () => {
    const id = await taskOf();
    world.approvalState = 'APPROVED';
    world.verdict = () => 'APPROVAL_REQUIRED';
    expect(await look(id)).toMatchObject({ status: 'working' });
    expect([world.ofTasks.length, world.withdrawn, world.sent]).toEqual([1, [], []]);
    // The one that it has opened itself, since another call has used its own, is nobody's.
    world.openedByCallId = '';
    world.decidedMs += 1;
    await look(id);
    expect([world.withdrawn.length, world.sent]).toEqual([1, []]);
  });

  it('that another gateway carries out is carried out there only, and what is not known of it any more is said', async () => {
    const id = await taskOf();
    const other = gateway();
    others.push(other);
    world.approvalState = other.approvalState = 'APPROVED';
    expect(contentOf(await look(id, other))).toBe('done');
    world.approvalState = 'REDEEMED';
    world.redeemedByCallId = other.decided[0]!.callId!;
    expect(contentOf(await look(id))).toMatch(/^\[NO ANSWER\] .*Look what it has done before you repeat it/);
    expect([world.sent.length, other.sent.length]).toEqual([0, 1]);
    // Whoever asks at the same time asks under the same id: the log has one verdict.
    const third = gateway();
    others.push(third);
    third.approvalState = 'APPROVED';
    third.nowMs += 60_000;
    await look(id, third);
    expect(third.decided[0]!.callId).toBe(other.decided[0]!.callId);
  });

  it('whose server answers with an error of the protocol has failed (K3); one whose tool says no is completed', async () => {
    const [failed, no] = [await taskOf({ a: 1 }), await taskOf({ a: 2 })];
    world.approvalState = 'APPROVED';
    world.answer = () => ({ outcome: 'answered', error: { code: -32602, message: 'no such order' } });
    expect(await look(failed)).toMatchObject({ status: 'failed', error: { code: -32602, message: 'no such order' } });
    world.answer = () => answered({ isError: true, content: [{ type: 'text', text: 'sold out' }] });
    expect(contentOf(await look(no))).toBe('sold out');
  });

  it('works on when nobody can say how it stands or decide, and nothing is sent', async () => {
    const id = await taskOf();
    world.isApprovalKnown = false;
    expect(await look(id)).toMatchObject({ status: 'working', statusMessage: 'How it stands cannot be found out just now.' });
    world.isApprovalKnown = true;
    world.approvalState = 'APPROVED';
    world.verdict = () => 'UNDECIDED';
    expect(await look(id)).toMatchObject({ status: 'working', statusMessage: expect.stringContaining('nothing was called') as string });
    expect(world.sent).toEqual([]);
    world.verdict = () => 'ALLOW';
    expect(await look(id)).toMatchObject({ status: 'completed' });
  });

  it('tells nothing while it works: no progress, no log (K9)', async () => {
    const id = await taskOf();
    world.approvalState = 'APPROVED';
    world.answer = (_method, _params, { onNotification }) => {
      onNotification?.({ method: 'notifications/progress', params: { progressToken: 'p', progress: 1 } });
      onNotification?.({ method: 'notifications/message', params: { level: 'error', data: 'x' } });
      return answered({ content: [] });
    };
    const asked = world.exchange({ clientCapabilities: CAPABLE, progressToken: 'p', logLevel: 'debug' });
    expect(resultOf(await task('get', id, world, asked))).toMatchObject({ status: 'completed' });
    expect([asked.told, world.sent.length]).toEqual([[], 1]);
  });

  it('asks its client for what the server wants, each under a key of its own (K6), and goes on with the answers', async () => {
    const form = (message: string): JsonObject => ({ method: 'elicitation/create', params: { mode: 'form', message, requestedSchema: { type: 'object', properties: { sure: { type: 'boolean' } } } } });
    world.answer = (_method, { inputResponses, requestState = '' }) => (String(requestState) === 'second' ? answered({ content: [{ type: 'text', text: JSON.stringify(inputResponses) }] })
      : answered({ resultType: 'input_required', requestState: inputResponses === undefined ? 'first' : 'second', inputRequests: { same_key: form(inputResponses === undefined ? 'Sure?' : 'Really?') } }));
    const id = await taskOf();
    world.approvalState = 'APPROVED';
    const messageOf = (found: JsonObject): [string, string] => {
      const [[key, request] = ['', {}]] = Object.entries(found['inputRequests'] as Record<string, JsonObject>);
      return [key, String((request['params'] as JsonObject)['message'])];
    };
    const first = await look(id);
    expect([first['status'], messageOf(first)]).toEqual(['input_required', ['input-1', 'Sure?']]);
    expect(await look(id)).toEqual({ ...first, lastUpdatedAt: expect.any(String) as string });
    const accept = { action: 'accept', content: { sure: true } };
    expect(resultOf(await task('update', id, world, capable(), { inputResponses: { other: accept, 'input-1': accept } }))).toEqual({ resultType: 'complete' });
    await until('the server asks again', () => world.sent.length === 2, () => world.sent.length);
    expect(messageOf(await look(id))).toEqual(['input-2', 'Really?']);
    await task('update', id, world, capable(), { inputResponses: { 'input-2': accept } });
    expect(contentOf(await look(id))).toBe(JSON.stringify({ same_key: accept }));
    expect(world.sent.map(({ params }) => params['requestState'])).toEqual([undefined, 'first', 'second']);
    // Rounds are one call: charged once, settled with the last.
    expect(new Set(world.decided.slice(1).map(({ logicalCallId }) => logicalCallId)).size).toBe(1);
  });

  it('is cancelled by taking the question back, or by cancelling what is under way', async () => {
    const [waiting, running] = [await taskOf({ a: 1 }), await taskOf({ a: 2 })];
    expect(resultOf(await task('cancel', waiting))).toEqual({ resultType: 'complete' });
    expect([world.withdrawn.length, (await look(waiting))['status']]).toEqual([1, 'cancelled']);
    world.approvalState = 'APPROVED';
    world.answer = (_method, _params, { signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve({ outcome: 'unknown', reason: 'UPSTREAM_TOO_LATE', message: 'The server did not answer.' })));
    const looking = look(running);
    await until('it is under way', () => world.sent.length === 1, () => world.sent.length);
    expect(resultOf(await task('cancel', running))).toEqual({ resultType: 'complete' });
    expect((await looking)['status']).toBe('cancelled');
    expect([world.settled.map(({ outcome }) => outcome), world.withdrawn.length]).toEqual([['UNKNOWN'], 1]);
    expect(resultOf(await task('cancel', running))).toEqual({ resultType: 'complete' });
  });

  it('goes on when who looks goes away, and ends, settled, when the gateway does', async () => {
    const id = await taskOf();
    world.approvalState = 'APPROVED';
    world.answer = (_method, _params, { signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve({ outcome: 'unknown', reason: 'UPSTREAM_TOO_LATE', message: 'The server did not answer.' })));
    const gone = new AbortController();
    const looking = task('get', id, world, capable(world, { signal: gone.signal }));
    await until('it is under way', () => world.sent.length === 1, () => world.sent.length);
    gone.abort();
    expect(resultOf(await looking)).toMatchObject({ status: 'working' });
    expect(world.settled).toEqual([]);
    await world.handler.stop();
    expect(world.settled.map(({ outcome }) => outcome)).toEqual(['UNKNOWN']);
  });
});

describe('who asks for a task', () => {
  it.each(['get', 'update', 'cancel'] as const)('%s: must hold its grant, and have declared tasks (K4, K5)', async (method) => {
    const id = await taskOf();
    const foreign = [
      capable(world, { caller: { grantId: 'f'.repeat(32), token: new Secret(GRANT), serverId: 'shop' } }), capable(world, { caller: { grantId: '0123456789abcdef0123456789abcdef', token: new Secret(GRANT), serverId: 'other' } }),
    ];
    for (const exchange of foreign) expect(await task(method, id, world, exchange)).toMatchObject({ error: { code: -32602 } });
    // The same bytes, spelled otherwise, would be another task to whoever keeps its result by its name.
    const respelled = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].map((last) => `${id.slice(0, -1)}${last}`).concat(`${id}A`, `${id}=`)
      .filter((spelled) => spelled !== id && Buffer.from(spelled, 'base64url').equals(Buffer.from(id, 'base64url')));
    for (const none of [...respelled, '', 'x', `${id.slice(0, -2)}AA`, 'A'.repeat(5_000)]) expect(await task(method, none)).toMatchObject({ error: { code: -32602 } });
    expect(await task(method, id, world, world.exchange())).toMatchObject({ error: { code: -32021, data: { requiredCapabilities: { extensions: { [TASKS]: {} } } } } });
    world.nowMs += 660_000;
    expect(await task(method, id)).toMatchObject({ error: { code: -32602 } });
    expect(world.withdrawn).toEqual([]);
  });

  it('has no list and no other way to a result; sessions have no tasks of this kind (K8)', async () => {
    const id = await taskOf();
    for (const method of ['tasks/result', 'tasks/list']) expect(await world.request(method, { taskId: id }, capable())).toMatchObject({ error: { code: -32601 } });
    expect(await world.request('tasks/get', { taskId: id }, world.exchange({ era: 'legacy', clientCapabilities: CAPABLE }))).toMatchObject({ error: { code: -32601 } });
  });

  it('learns nothing from the id: not the arguments, not who may decide', async () => {
    const id = await taskOf({ note: 'canary-argument' });
    expect(Buffer.from(id, 'base64url').toString('latin1')).not.toMatch(/canary|create_order|apr_/);
  });
});

it('servers hear nothing of tasks, neither of this kind nor of the older one (K8)', async () => {
  world.verdict = () => 'ALLOW';
  await world.call('create_order', {}, capable(), { task: { ttl: 60_000 } });
  expect(world.sent[0]!.params).toEqual({ name: 'create_order', arguments: {} });
  expect(world.sent[0]!.call.clientCapabilities).toEqual({ ...CAPABLE, extensions: {} });
});

it('results are kept for ten minutes, the oldest given up where there is no room', () => {
  let nowMs = 0;
  const kept = new EndedTasks(() => nowMs, 1_000);
  const ended = (text: string) => ({ status: 'completed', result: { text } as { readonly text: Json }, endedMs: nowMs }) as const;
  kept.keep('a', ended('x'.repeat(400)));
  nowMs = 300_000;
  kept.keep('b', ended('x'.repeat(300)));
  expect([kept.get('a')?.status, kept.get('b')?.status]).toEqual(['completed', 'completed']);
  kept.keep('c', ended('x'.repeat(300)));
  expect([kept.get('a'), isObject(kept.get('b')), isObject(kept.get('c'))]).toEqual([undefined, true, true]);
  nowMs = 900_000;
  expect([kept.get('b'), kept.get('c')]).toEqual([undefined, undefined]);
});
