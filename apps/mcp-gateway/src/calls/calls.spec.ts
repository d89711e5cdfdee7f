import { isObject, type Json, type JsonObject, parseJson, writeJson } from '#mcp';
import type { RpcAnswer, UpstreamAnswer } from '../ports.js';
import { CallsWorld, GRANT, GRANT_ID, resultOf, textOf } from './fixtures/calls.fixture.js';

let world: CallsWorld;
beforeEach(() => {
  world = new CallsWorld();
  world.pin('create_order');
});
afterEach(() => world.handler.stop());

const answered = (result: JsonObject): UpstreamAnswer => ({ outcome: 'answered', result });
const outcomes = (): string[] => world.settled.map(({ outcome }) => outcome);

describe('a call', () => {
  it('is decided with its exact arguments and the hash of its definition, forwarded whole, and settled', async () => {
    const args = parseJson('{"amount":12345678901234567890,"rate":1.50,"big":1e400}') as JsonObject;
    const result = { content: [{ type: 'image', data: 'aGk=', mimeType: 'image/png' }], structuredContent: [1, 'two', null] as Json, other: { kept: true } };
    world.answer = () => answered(result);
    expect(resultOf(await world.call('create_order', args))).toEqual({ ...result, resultType: 'complete' });
    expect(world.decided).toEqual([expect.objectContaining({ grant: GRANT, serverId: 'shop', tool: 'create_order', arguments: '{"amount":12345678901234567890,"rate":1.50,"big":1e400}', toolDefinitionHash: 'hash of create_order' })]);
    expect(writeJson(world.sent[0]!.params)).toBe('{"name":"create_order","arguments":{"amount":12345678901234567890,"rate":1.50,"big":1e400}}');
    expect(outcomes()).toEqual(['SUCCEEDED']);
  });

  it.each([
    ['DENY', /^\[POLICY DENIED\] The rule says DENY\. /, { 'docket/verdict': 'DENY', 'docket/rule': '/tools/x/DENY' }],
    ['RATE_LIMITED', /^\[POLICY DENIED\] .* Wait 42 seconds, then call again\.$/, { 'docket/verdict': 'RATE_LIMITED', 'docket/retry-after-seconds': 42 }],
  ] as const)('that is refused (%s) is a result that says so to the model, and nothing is sent', async (verdict, text, meta) => {
    world.verdict = () => verdict;
    const answer = await world.call('create_order');
    expect(textOf(answer)).toMatch(text);
    expect(resultOf(answer)).toMatchObject({ resultType: 'complete', isError: true, _meta: meta });
    expect([world.sent, world.settled]).toEqual([[], []]);
  });

  it('of a hidden tool, of one that there is not and of one that nobody has approved get the same answer, byte for byte, each after one decision', async () => {
    world.pin('hidden_one', {}, { inputSchema: { type: 'object', required: ['a'] } });
    world.pin('unseen_one', { state: 'first_seen' });
    world.hidden.add('hidden_one');
    const same = async (name: string, args: JsonObject): Promise<string> => writeJson((await world.call(name, args)) as unknown as JsonObject).replaceAll(name, 'NAME');
    expect(await same('hidden_one', { a: 1 })).toBe('{"error":{"code":-32602,"message":"Unknown tool: NAME"}}');
    expect(await same('missing_one', { a: 1 })).toBe(await same('hidden_one', { a: 1 }));
    expect(await same('unseen_one', { a: 1 })).toBe(await same('hidden_one', { a: 1 }));
    expect(world.decided.map(({ tool }) => tool)).toEqual(['hidden_one', 'missing_one', 'hidden_one', 'unseen_one', 'hidden_one']);
    // Nor do arguments tell that it is there.
    expect(await same('hidden_one', {})).toBe(await same('missing_one', {}));
    expect(world.sent).toEqual([]);
  });

  it('whose arguments do not fit the schema is an error for the model, before it is decided', async () => {
    world.pin('pay', {}, { inputSchema: { type: 'object', properties: { amount: { type: 'number', maximum: 5 } }, required: ['amount'] } });
    expect(textOf(await world.call('pay', { amount: 'canary-text' }))).toBe('[INVALID ARGUMENTS] /amount must be number. Nothing was called; correct the arguments and call again.');
    expect(textOf(await world.call('pay'))).toContain("must have required property 'amount'");
    expect([world.decided, world.sent]).toEqual([[], []]);
  });

  it('is not made when nobody can decide, when the pins cannot be read, or when there is no token', async () => {
    world.verdict = () => 'UNDECIDED';
    expect(textOf(await world.call('create_order'))).toMatch(/^\[NOT DECIDED\] .*nothing was called/);
    world.arePinsThere = false;
    expect(textOf(await world.call('create_order'))).toMatch(/^\[NOT DECIDED\]/);
    world.arePinsThere = true;
    world.verdict = () => 'ALLOW';
    world.isBrokerThere = false;
    world.pin('refresh_access_token');
    expect(textOf(await world.call('refresh_access_token'))).toBe('[NOT SENT] No access token can be had just now. Nothing was called. Try again in 2 seconds.');
    expect([world.sent, outcomes()]).toEqual([[], ['NOT_SENT']]);
  });

  it('of a tool that has changed is held, whatever the policy says, and the others go on', async () => {
    world.pin('changed_one', { state: 'changed' });
    expect(textOf(await world.call('changed_one'))).toMatch(/^\[POLICY DENIED\] The definition of this tool has changed/);
    expect([world.sent.length, outcomes()]).toEqual([0, ['NOT_SENT']]);
    expect(textOf(await world.call('create_order'))).toBe('done');
  });

  it.each<[string, UpstreamAnswer, string, RegExp]>([
    ['an error of the tool', answered({ isError: true, content: [{ type: 'text', text: 'no stock' }] }), 'FAILED', /^no stock$/],
    ['a server that was not reached', { outcome: 'not_sent', reason: 'UPSTREAM_UNREACHABLE', message: 'The server cannot be reached.' }, 'NOT_SENT', /^\[NOT SENT\] .*Nothing was called\.$/],
    ['a server that did not answer', { outcome: 'unknown', reason: 'UPSTREAM_SILENT', message: 'The server did not answer.' }, 'UNKNOWN', /^\[NO ANSWER\] .*not known/],
    ['an answer of a kind that nobody knows', answered({ resultType: 'surprise', content: [] }), 'UNKNOWN', /^\[NO ANSWER\]/],
  ])('that ends with %s is settled as it was', async (_, answer, outcome, text) => {
    world.answer = () => answer;
    expect(textOf(await world.call('create_order'))).toMatch(text);
    expect(outcomes()).toEqual([outcome]);
  });

  it('that the server answers with an error of the protocol passes it on, but for codes that are the protocol’s own between others', async () => {
    const code = async (given: number, era: 'modern' | 'legacy' = 'modern'): Promise<number> => {
      world.answer = () => ({ outcome: 'answered', error: { code: given, message: 'no' } });
      const answer = await world.call('create_order', {}, world.exchange({ era }));
      return 'error' in answer ? answer.error.code : 0;
    };
    expect([await code(-32602), await code(-32002), await code(-32021), await code(-32050), await code(17)]).toEqual([-32602, -32602, 5020, -32603, 17]);
    expect(await code(-32002, 'legacy')).toBe(-32002);
    expect(outcomes()).toEqual(Array(6).fill('FAILED'));
    // What the server misses of the client is told in our own words, if the client has not declared it.
    world.answer = () => ({ outcome: 'answered', error: { code: -32603, message: 'no', data: { reason: 'UPSTREAM_WANTS_CAPABILITY', requiredCapabilities: ['sampling', 'other'] } } });
    expect(await world.call('create_order')).toEqual({ error: { code: -32021, message: 'The server needs what this client has not declared: sampling', data: { requiredCapabilities: { sampling: {} } } } });
    for (const given of [{ clientCapabilities: { sampling: {} } }, { era: 'legacy' as const }]) expect(await world.call('create_order', {}, world.exchange(given))).toMatchObject({ error: { code: -32603 } });
  });
});

describe('what goes along', () => {
  it('foreign keys of _meta go through; ours, and those of the transport, do not, in either direction', async () => {
    world.answer = () => answered({ content: [], _meta: { 'docket/verdict': 'ALLOW', 'example.com/kept': 1 } });
    const meta = { 'example.com/trace': 'x', traceparent: '00-a', progressToken: 7, 'docket/rule': 'forged', 'io.modelcontextprotocol/clientInfo': { name: 'admin' } };
    expect(resultOf(await world.call('create_order', {}, world.exchange(), { _meta: meta }))['_meta']).toEqual({ 'example.com/kept': 1 });
    expect(world.sent[0]!.params['_meta']).toEqual({ 'example.com/trace': 'x', traceparent: '00-a' });
    expect(world.decided[0]).toMatchObject({ grant: GRANT });
    expect(JSON.stringify(world.decided)).not.toContain('admin');
    expect(JSON.stringify(world.sent.map(({ params }) => params))).not.toContain(GRANT_ID);
  });

  it('progress is told only for a token that was given, under that token, and only if it is more', async () => {
    world.answer = (_method, _params, { onNotification }) => {
      for (const progress of [1, 1, 0.5, 2]) onNotification?.({ method: 'notifications/progress', params: { progressToken: 'of the upstream', progress } });
      onNotification?.({ method: 'notifications/message', params: { level: 'error', data: 'x' } });
      return answered({ content: [] });
    };
    const asked = world.exchange({ progressToken: 'p', logLevel: 'warning' });
    await world.call('create_order', {}, asked);
    expect(asked.told.map(({ params }) => params['progress'] ?? params['level'])).toEqual([1, 2, 'error']);
    expect(asked.told[0]!.params['progressToken']).toBe('p');
    const silent = world.exchange();
    await world.call('create_order', {}, silent);
    expect(silent.told).toEqual([]);
  });
});

describe('the access token', () => {
  it('is handed out by the gateway, decided and settled like any call, and nothing is sent', async () => {
    world.pin('refresh_access_token');
    const { structuredContent, content } = resultOf(await world.call('refresh_access_token'));
    expect(structuredContent).toEqual({ accessToken: 'si_partner_x', expiresAt: 1_790_000_000 });
    expect(content).toEqual([{ type: 'text', text: '{"accessToken":"si_partner_x","expiresAt":1790000000}' }]);
    expect([world.handedOver, world.decided.length, world.sent, outcomes()]).toEqual([[`partner ${GRANT_ID}`], 1, [], ['SUCCEEDED']]);
  });

  it('takes the place of its stand-in on the way, after the call was decided as it came', async () => {
    const standIn = `si_partner_${'A'.repeat(66)}`;
    await world.call('create_order', { token: standIn, deep: [{ token: standIn }], other: `x${standIn}`, foreign: `si_other_${'A'.repeat(66)}` });
    expect(world.sent[0]!.params['arguments']).toEqual({ token: 'the-token-itself', deep: [{ token: 'the-token-itself' }], other: `x${standIn}`, foreign: `si_other_${'A'.repeat(66)}` });
    expect(world.decided[0]!.arguments).not.toContain('the-token-itself');
    world.isBrokerThere = false;
    expect(textOf(await world.call('create_order', { token: standIn }))).toMatch(/^\[NOT SENT\] The access token in the arguments is not good any more/);
    expect(world.sent).toHaveLength(1);
  });
});

describe('a call that waits for people', () => {
  beforeEach(() => {
    world.verdict = () => (world.approvalState === 'APPROVED' ? (world.decided.length > 1 ? 'ALLOW' : 'APPROVAL_REQUIRED') : world.approvalState === 'DENIED' && world.decided.length > 1 ? 'DENY' : 'APPROVAL_REQUIRED');
  });

  it('goes through once it is approved, decided again', async () => {
    world.approvalState = 'APPROVED';
    expect(textOf(await world.call('create_order'))).toBe('done');
    expect([world.decided.length, world.sent.length]).toEqual([2, 1]);
  });

  it.each([['DENIED', 'The rule says DENY'], ['EXPIRED', 'has ended without one'], ['WITHDRAWN', 'has ended without one']] as const)('does not when it is %s', async (state, text) => {
    world.approvalState = state;
    expect(textOf(await world.call('create_order'))).toContain(text);
    expect(world.sent).toEqual([]);
  });

  it('that nobody decides on tells a client of sessions what to do, and another one to come back with a sealed state', async () => {
    expect(textOf(await world.call('create_order', {}, world.exchange({ era: 'legacy' })))).toMatch(/Pending approval apr_.*repeat the identical call/);
    const first = resultOf(await world.call('create_order', { a: 1 }));
    expect(first).toMatchObject({ resultType: 'input_required', requestState: expect.any(String) as string, _meta: { 'docket/approval-id': expect.stringMatching(/^apr_/) as string } });
    const requestState = first['requestState'] as string;
    world.verdict = () => 'ALLOW';
    expect(textOf(await world.call('create_order', { a: 1 }, world.exchange(), { requestState }))).toBe('done');
    const [, round1, round2] = world.decided;
    expect(round2!.logicalCallId).toBe(round1!.logicalCallId);
    expect(world.sent[0]!.params).toEqual({ name: 'create_order', arguments: { a: 1 } });
  });

  it('lets one call pass, whichever of its states is sent again, one after the other or at once', async () => {
    const stateOf = (answer: RpcAnswer): string => resultOf(answer)['requestState'] as string;
    const retry = (requestState: string): Promise<RpcAnswer> => world.call('create_order', { a: 1 }, world.exchange(), { requestState });
    const first = stateOf(await world.call('create_order', { a: 1 }));
    const second = stateOf(await retry(first));
    const fork = stateOf(await retry(first));
    world.verdict = () => 'ALLOW';
    world.approvalState = 'APPROVED';
    const answers = await Promise.all([second, fork, first, second, first].map((state) => retry(state)));
    answers.push(await retry(second), await retry(first));
    expect(world.sent).toHaveLength(1);
    expect(answers.filter((answer) => 'result' in answer && answer.result['resultType'] === 'complete')).toHaveLength(1);
    world.approvalState = 'REDEEMED';
    expect(await retry(first)).toMatchObject({ error: { code: -32602, message: expect.stringContaining('was used before') as string } });
    expect(world.sent).toHaveLength(1);
    // All of them asked under the ids of one chain, so that the log has one verdict for each.
    expect(new Set(world.decided.map(({ callId }) => callId)).size).toBe(3);
  });

  it('is not gone on with when its conversation has lasted for longer than ids of calls are good for', async () => {
    expect(resultOf(await world.call('create_order', { a: 1 }))).toMatchObject({ resultType: 'input_required' });
    world.nowMs = Date.now() + 9 * 60_000;
    expect(textOf(await world.call('create_order', { a: 1 }))).toMatch(/Pending approval/);
  });
});

describe('a server that asks for more in the middle of a call', () => {
  const FORM = { mode: 'form', message: 'Sure?', requestedSchema: { type: 'object', properties: { sure: { type: 'boolean' } } } };
  const capable = { clientCapabilities: { elicitation: {} } };
  beforeEach(() => {
    world.answer = (_method, params) => (params['inputResponses'] === undefined
      ? answered({ resultType: 'input_required', requestState: 'state of the upstream', inputRequests: { sure: { method: 'elicitation/create', params: FORM } } })
      : answered({ content: [{ type: 'text', text: `${String(params['requestState'])}, ${JSON.stringify(params['inputResponses'])}` }] }));
  });

  it('gets its state back from whom it asked; the client holds one that is sealed for its grant, tool and arguments', async () => {
    const asked = resultOf(await world.call('create_order', { a: 1 }, world.exchange(capable)));
    expect(asked).toMatchObject({ resultType: 'input_required', inputRequests: { sure: { method: 'elicitation/create', params: FORM } } });
    const requestState = asked['requestState'] as string;
    expect(requestState).not.toContain('upstream');
    const more = { requestState, inputResponses: { sure: { action: 'accept', content: { sure: true } } } };
    const refusal = { error: { code: -32602, message: expect.stringContaining('Invalid requestState') as string } };
    expect(await world.call('create_order', { a: 2 }, world.exchange(capable), more)).toEqual(refusal);
    const other = world.exchange(capable);
    expect(await world.call('create_order', { a: 1 }, { ...other, caller: { ...other.caller, grantId: 'f'.repeat(32) } }, more)).toEqual(refusal);
    expect(await world.call('create_order', { a: 1 }, world.exchange(capable), { ...more, requestState: `${requestState.slice(0, -2)}AA` })).toEqual(refusal);
    expect(world.decided).toHaveLength(1);
    expect(textOf(await world.call('create_order', { a: 1 }, world.exchange(capable), more))).toBe('state of the upstream, {"sure":{"action":"accept","content":{"sure":true}}}');
    // A round is decided anew, and charged with the first.
    expect(world.decided.map(({ logicalCallId }) => logicalCallId)).toEqual([world.decided[0]!.logicalCallId, world.decided[0]!.logicalCallId]);
    // What came of it is told of the call that was charged, too.
    expect(outcomes()).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(new Set(world.settled.map(({ callId }) => callId)).size).toBe(2);
    // The state has served: sent again, as when an answer was lost, it does nothing (I2, C9).
    expect(await world.call('create_order', { a: 1 }, world.exchange(capable), more)).toEqual({ error: { code: -32602, message: expect.stringContaining('was used before') as string } });
    expect([world.sent.length, world.settled.length]).toEqual([2, 2]);
    const another = resultOf(await world.call('create_order', { a: 1 }, world.exchange(capable)))['requestState'] as string;
    world.verdict = () => 'DENY';
    expect(textOf(await world.call('create_order', { a: 1 }, world.exchange(capable), { ...more, requestState: another }))).toContain('[POLICY DENIED]');
  });

  it('asks a client of a session over its stream, and only what it has declared; never for a secret in a form', async () => {
    const questions: string[] = [];
    const ask = async (method: string) => {
      questions.push(method);
      return { result: { action: 'accept', content: {} } };
    };
    expect(textOf(await world.call('create_order', {}, world.exchange({ ...capable, era: 'legacy', ask })))).toContain('state of the upstream');
    expect([questions, world.decided.length]).toEqual([['elicitation/create'], 2]);
    expect(textOf(await world.call('create_order', {}, world.exchange({ era: 'legacy', ask })))).toContain('elicitation, which this client has not declared');
    expect(textOf(await world.call('create_order', {}, world.exchange()))).toContain('elicitation, which this client has not declared');
    world.answer = () => answered({ resultType: 'input_required', inputRequests: { k: { method: 'elicitation/create', params: { ...FORM, requestedSchema: { type: 'object', properties: { password: { type: 'string' } } } } } } });
    expect(textOf(await world.call('create_order', {}, world.exchange(capable)))).toContain('it asks for a secret');
    expect(questions).toHaveLength(1);
  });
});

describe('the list of tools', () => {
  it('is what was approved, in order, without what is hidden, whatever was called before; every field of it is kept', async () => {
    world.pin('b_tool', {}, { title: 'B', icons: [{ src: 'x' }], outputSchema: { type: 'object', $defs: { a: { not: {} } } }, annotations: { readOnlyHint: true }, execution: { taskSupport: 'optional' }, _meta: { k: 1 }, future: [null] });
    world.pin('a_tool');
    world.pin('hidden_one');
    world.pin('unseen_one', { state: 'first_seen' });
    world.pin('gone_one', { state: 'withdrawn' });
    world.pin('changed_one', { state: 'changed' });
    world.hidden.add('hidden_one');
    const first = resultOf(await world.request('tools/list', {}));
    expect((first['tools'] as unknown as { name: string }[]).map(({ name }) => name)).toEqual(['a_tool', 'b_tool', 'changed_one', 'create_order']);
    expect((first['tools'] as Json[])[1]).toEqual(world.tools.find(({ name }) => name === 'b_tool')!.definition);
    expect(first).toMatchObject({ resultType: 'complete', cacheScope: 'private', ttlMs: expect.any(Number) as number });
    world.verdict = () => 'RATE_LIMITED';
    await world.call('create_order');
    for (let i = 0; i < 100; i++) expect(writeJson(resultOf(await world.request('tools/list', {})))).toBe(writeJson(first));
    expect(resultOf(await world.request('tools/list', {}, world.exchange({ era: 'legacy' })))).toEqual({ tools: first['tools'] });
  });

  it('has pages that are full although most is hidden, and refuses a cursor that is none of its own, an empty one too', async () => {
    for (let i = 0; i < 1_500; i++) world.pin(`tool_${String(i).padStart(4, '0')}`);
    for (let i = 0; i < 700; i++) world.hidden.add(`tool_${String(i).padStart(4, '0')}`);
    const names: string[] = [];
    const sizes: number[] = [];
    let cursor: Json | undefined;
    do {
      const page = resultOf(await world.request('tools/list', cursor === undefined ? {} : { cursor }));
      // Of every page, whatever the server says of its own (T4).
      expect(page['cacheScope']).toBe('private');
      sizes.push((page['tools'] as Json[]).length);
      names.push(...(page['tools'] as unknown as { name: string }[]).map(({ name }) => name));
      cursor = page['nextCursor'];
    } while (cursor !== undefined);
    expect([sizes, names.length, new Set(names).size]).toEqual([[500, 301], 801, 801]);
    for (const bad of ['', 'zzz', 'x'.repeat(300), 5]) expect(await world.request('tools/list', { cursor: bad })).toMatchObject({ error: { code: -32602 } });
  });
});

describe('every other way to the server', () => {
  it.each([
    ['prompts/get', { name: 'p', arguments: { a: '1' } }], ['resources/read', { uri: 'file:///a' }], ['completion/complete', { ref: { type: 'ref/prompt', name: 'p' }, argument: { name: 'a', value: 'b' } }],
  ] as [string, JsonObject][])('%s is decided under its own name, and sent only then', async (method, params) => {
    world.verdict = () => 'DENY';
    expect(await world.request(method, params)).toMatchObject({ error: { code: 4030, message: expect.stringContaining('[POLICY DENIED]') as string, data: { 'docket/verdict': 'DENY' } } });
    expect([world.decided[0]!.tool, world.decided[0]!.arguments, world.sent]).toEqual([method, writeJson(params), []]);
    world.verdict = () => 'ALLOW';
    expect(isObject(resultOf(await world.request(method, params)))).toBe(true);
    expect([world.sent.map((sent) => sent.method), outcomes()]).toEqual([[method], ['SUCCEEDED']]);
  });

  it('what a server calls public is private all the same, since it was asked for one grant (T4)', async () => {
    world.answer = () => ({ outcome: 'answered', result: { prompts: [], contents: [], ttlMs: 10, cacheScope: 'public' } });
    for (const method of ['prompts/list', 'resources/read']) expect(resultOf(await world.request(method, { uri: 'file:///a' }))).toMatchObject({ ttlMs: 10, cacheScope: 'private' });
    expect(world.sent).toHaveLength(2);
  });

  it('lists that are denied are empty, and what may not be used is not offered', async () => {
    world.verdict = () => 'DENY';
    expect(resultOf(await world.request('prompts/list', {}))).toMatchObject({ prompts: [] });
    const described = async (): Promise<JsonObject> => (await world.handler.describe(world.exchange({ era: 'legacy' }))).capabilities;
    expect(await described()).toEqual({ tools: { listChanged: true } });
    world.verdict = () => 'ALLOW';
    expect(Object.keys(await described())).toEqual(['tools', 'prompts', 'resources']);
    expect(world.sent).toEqual([]);
  });

  it.each(['call_tool', 'tools/execute', 'tasks/list', 'tasks/result', 'sampling/createMessage', 'constructor', '__proto__'])('%s is no method: nothing is decided or sent', async (method) => {
    expect(await world.request(method, { name: 'create_order' })).toMatchObject({ error: { code: -32601 } });
    expect([world.decided, world.sent]).toEqual([[], []]);
  });
});

it('those who listen hear of approved tools, once, until they go', async () => {
  const gone = new AbortController();
  const heard: string[] = [];
  const listening = (async () => {
    for await (const { method } of world.handler.listen({ toolsListChanged: true }, world.exchange({ signal: gone.signal }))) {
      heard.push(method);
      gone.abort();
    }
  })();
  await Promise.resolve();
  world.pinsChanged('another');
  world.pinsChanged('shop');
  world.pinsChanged('shop');
  await listening;
  expect(heard).toEqual(['notifications/tools/list_changed']);
});

it('a session hears of the resources that it has subscribed to, and of no others; what an upstream says of its tools is no news', async () => {
  const session = { era: 'legacy', sessionId: 'session-1' } as const;
  expect(resultOf(await world.request('resources/subscribe', { uri: 'shop://a' }, world.exchange(session)))).toBeDefined();
  const gone = new AbortController();
  const heard: unknown[] = [];
  const listening = (async () => {
    for await (const { method, params } of world.handler.listen({ toolsListChanged: true, promptsListChanged: true }, world.exchange({ ...session, signal: gone.signal }))) {
      heard.push(params['uri'] ?? method);
      if (heard.length === 2) gone.abort();
    }
  })();
  await Promise.resolve();
  for (const uri of ['shop://b', 'shop://a']) world.upstreamTells('shop', { method: 'notifications/resources/updated', params: { uri } });
  world.upstreamTells('shop', { method: 'notifications/tools/list_changed', params: {} });
  world.upstreamTells('shop', { method: 'notifications/prompts/list_changed', params: {} });
  await listening;
  expect(heard).toEqual(['shop://a', 'notifications/prompts/list_changed']);
});
