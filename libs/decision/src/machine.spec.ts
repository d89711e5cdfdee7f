import fc from 'fast-check';
import { CALLER, GRANT, OTHER_GRANT, Partition, failure } from './fixtures/partition.js';
import { LIVE_COUNTERS_MAX } from './decide-call.js';
import { type SetGrant, callIdTimeMs, findGrant } from './index.js';
import { MinHeap } from './min-heap.js';

const OPEN = { version: '1', default: 'allow' };

function withPolicy(document: unknown = OPEN): Partition {
  const partition = new Partition();
  partition.publish(document);
  partition.grant();
  return partition;
}

const setGrant = (fields: Partial<SetGrant>): SetGrant => ({
  type: 'SetGrant', registry_offset: 5, grant_id: GRANT, organisation: 'default', server_id: 'demo', secret_hash: 'b'.repeat(64),
  policy_id: '', mode: 'enforce', expires_at_ms: null, revoked: false, ...fields,
});

test('applies an edit once, and no edit older than what was applied', () => {
  const partition = new Partition();
  expect(partition.apply(setGrant({ registry_offset: 5 }))).toEqual({ type: 'Applied', changed: true });
  expect(partition.apply(setGrant({ registry_offset: 5 }))).toEqual({ type: 'Applied', changed: false });
  expect(partition.apply(setGrant({ registry_offset: 4, revoked: true }))).toEqual({ type: 'Applied', changed: false });
  expect(findGrant(partition.state, GRANT)).toMatchObject({ revoked: false, registry_offset: 5 });
  expect(partition.apply(setGrant({ registry_offset: 9, revoked: true }))).toEqual({ type: 'Applied', changed: true });
  expect(findGrant(partition.state, GRANT)).toMatchObject({ revoked: true });
  expect(findGrant(partition.state, OTHER_GRANT)).toBeUndefined();
  const version = { type: 'SetPolicyVersion' as const, organisation: 'default', policy_id: 'main', version: 'v1' };
  expect(partition.apply({ ...version, registry_offset: 6 })).toEqual({ type: 'Applied', changed: true });
  expect(partition.apply({ ...version, registry_offset: 6, version: 'v2' })).toEqual({ type: 'Applied', changed: false });
  expect(partition.apply({ ...version, registry_offset: 1, organisation: 'other' })).toEqual({ type: 'Applied', changed: true });
  expect(partition.log).toHaveLength(4);
});

test('never allows a call while the document of the version in force is not loaded', () => {
  const partition = withPolicy();
  partition.policies.clear();
  for (const dry_run of [false, true]) {
    expect(failure(() => partition.call({ dry_run }))).toMatchObject({ kind: 'unavailable', reason: 'POLICY_NOT_LOADED', retryAfterMs: 1_000 });
  }
  expect(failure(() => partition.visible(['a'])).reason).toBe('POLICY_NOT_LOADED');
});

test('opens a grant only to credentials of its server', () => {
  const partition = withPolicy();
  expect(partition.call({ caller: { ...CALLER, server_ids: ['other', 'demo'] } }).event.verdict).toBe('ALLOW');
  expect(failure(() => partition.call({ caller: { ...CALLER, server_ids: ['other'] } }))).toMatchObject({ kind: 'permission_denied', reason: 'SERVER_NOT_ALLOWED' });
});

test('errors that rest on the state wait for it; advisory answers do not', () => {
  const partition = withPolicy({ ...OPEN, tools: { a: { limits: [{ counter: 'c', window: 'day', max: 1 }] } } });
  const kindOf = (command: Parameters<Partition['machine']['decide']>[1]): string => partition.machine.decide(partition.state, command, { nowMs: partition.nowMs }).kind;
  const { call_id } = partition.call({ tool: 'a' }).event;
  const reference = { caller: CALLER, grant: { grant_id: GRANT, secret_hash: null }, call_id_time_ms: 0 };
  expect(kindOf(partition.command({ grant: OTHER_GRANT }))).toBe('refuse');
  expect(kindOf(partition.command({ call_id }))).toBe('load');
  expect(kindOf(partition.command({ dry_run: true }))).toBe('advise');
  expect(kindOf(partition.command({ dry_run: true, grant: OTHER_GRANT }))).toBe('advise');
  expect(kindOf({ type: 'GetDecision', ...reference, call_id })).toBe('load');
  expect(kindOf({ type: 'GetDecision', ...reference, call_id: partition.callId() })).toBe('advise');
  expect(kindOf({ type: 'Settle', ...reference, call_id: partition.callId(), outcome: 'FAILED' })).toBe('advise');
  expect(kindOf({ type: 'ListVisibleTools', ...reference, names: [], session_id: '', agent: '' })).toBe('advise');
});

test('reads a recorded call again if the one it was given is another', () => {
  const partition = withPolicy();
  const command = partition.command();
  const first = partition.apply(command);
  const other = partition.call();
  if (first.type !== 'Decided' || first.at === null || other.at === null) throw new Error('expected to be decided');
  const decision = partition.machine.decide(partition.state, command, { nowMs: partition.nowMs, loaded: { event: other.event, at: other.at } });
  expect(decision).toEqual({ kind: 'load', offset: first.at.offset });
});

test('shows the present state of the limits that a call would touch, and touches none', () => {
  const partition = withPolicy({ ...OPEN, hide: ['h'], all_tools: { limits: [{ counter: 'all', window: 'day', max: 2 }] }, tools: { a: { rate_limit: '1/minute' } } });
  partition.call({ tool: 'a', session_id: 's' });
  const before = partition.snapshotText();
  const { tools, policy_id } = partition.visible(['a', 'b', 'h'], 's');
  expect(policy_id).toBe('main');
  expect(tools.map(({ name, visible, limits }) => [name, visible, limits.map(({ counter, remaining, refused }) => `${counter} ${remaining} ${refused}`)])).toEqual([
    ['a', true, ['rate_limit:a 0 true', 'all 1 false']],
    ['b', true, ['all 1 false']],
    ['h', false, []],
  ]);
  expect(partition.snapshotText()).toBe(before);
});

test('hides no tool while it observes: every call is allowed, so agents see what they saw', () => {
  const partition = withPolicy({ ...OPEN, hide: ['h'], all_tools: { limits: [{ counter: 'all', window: 'day', max: 2 }] } });
  const seen = (): unknown[] => partition.visible(['a', 'h']).tools.map(({ name, visible, limits }) => [name, visible, limits.length]);
  partition.grant({ mode: 'observe' });
  expect(seen()).toEqual([['a', true, 1], ['h', true, 0]]);
  expect(partition.call({ tool: 'h' }).event).toMatchObject({ verdict: 'ALLOW', would_be: 'DENY', rule: '(hidden)', charges: [] });
  partition.grant({ mode: 'enforce' });
  expect(seen()).toEqual([['a', true, 1], ['h', false, 0]]);
  partition.grant({ mode: 'observe', policy_id: '' });
  expect(seen()).toEqual([['a', true, 0], ['h', true, 0]]);
  expect(partition.call({ tool: 'h' }).event).toMatchObject({ verdict: 'ALLOW', would_be: 'DENY', rule: '(no policy)' });
});

test('tells the caller what is wrong with an id', () => {
  const partition = withPolicy();
  for (const call_id of ['', 'x', '019AB039-BFF0-7000-8000-000000000001', '019ab039-bff0-4000-8000-000000000001', '019ab039-bff0-7000-c000-000000000001', '019ab039bff070008000000000000001aaaa']) {
    expect(failure(() => partition.call({ call_id }))).toMatchObject({ kind: 'invalid_argument', reason: 'CALL_ID_INVALID', violations: [{ field: 'call_id' }] });
  }
  const error = failure(() => partition.call({ call_id: partition.callId(partition.nowMs - 600_001) }));
  expect(error.metadata).toEqual({ server_time_ms: String(partition.nowMs), id_time_ms: String(partition.nowMs - 600_001) });
  expect(failure(() => partition.call({ logical_call_id: 'x' }))).toMatchObject({ violations: [{ field: 'logical_call_id' }] });
  expect(failure(() => partition.call({ logical_call_id: partition.callId(partition.nowMs + 60_001) })).reason).toBe('CALL_ID_IN_FUTURE');
});

test('reads the time out of any UUID version 7 and out of nothing else', () => {
  fc.assert(fc.property(fc.uuid({ version: 7 }), (id) => { expect(callIdTimeMs(id)).toBe(parseInt(id.slice(0, 8) + id.slice(9, 13), 16)); }));
  fc.assert(fc.property(fc.oneof(fc.uuid({ version: [1, 4, 6, 8] }), fc.string()), (text) => { expect(callIdTimeMs(text)).toBeUndefined(); }));
});

test('announces at least the size of any event, for the longest names and the most limits', () => {
  const limits = (prefix: string): unknown[] => Array.from({ length: 20 }, (_, i) => ({ counter: `${prefix}"\\${i}`.padEnd(30, '€'), window: { seconds: 2_678_400 }, max: 1_000_000_000_000_000, scope: 'session', refund: ['not_sent', 'failed'] }));
  const tool = `${'"'.repeat(30)}€`;
  const partition = withPolicy({ ...OPEN, all_tools: { limits: limits('x') }, tools: { '*"*': { limits: limits('y'), rate_limit: undefined } } });
  // The fixture compares every event with what was announced.
  const { event } = partition.call({ tool, session_id: '"\\€😀\n'.repeat(40), agent: '\u0001'.repeat(256), principal: '€'.repeat(256), args: { ['"'.repeat(500)]: 1 } });
  expect(event.charges).toHaveLength(40);
  expect(partition.settle(event.call_id, 'FAILED').event.refunded).toHaveLength(40);
  partition.publish({ ...OPEN, tools: { '*': { action: 'deny', reason: '€'.repeat(1_000) } } });
  expect(partition.call({ tool }).event.message).toHaveLength(1_000);
});

test('announces at least the size of events with the longest amounts, agents and approvals', () => {
  const decimals = `0.${'1'.repeat(32)}`;
  const limits = Array.from({ length: 20 }, (_, i) => ({ counter: `${i}`.padEnd(60, '€'), window: { seconds: 2_678_399 }, sliding: true, max: 999_999_999_999_999, increment_from: 'args.amount', scope: 'agent', refund: ['not_sent', 'failed'] }));
  const partition = withPolicy({ version: '1', default: 'deny', tools: { a: { limits } } });
  const names = { agent: '"\\€😀\n'.repeat(40), principal: '\ud800'.repeat(256), session_id: '\u0001'.repeat(256) };
  partition.call({ tool: 'a', ...names, argsText: `{"amount":${decimals}}` });
  const { event } = partition.call({ tool: 'a', ...names, argsText: `{"amount":9999999999999${decimals.slice(1)}}` });
  expect(event.charges).toHaveLength(20);
  expect(event.limits[0]?.used).toHaveLength(12 + decimals.length);
  expect(partition.settle(event.call_id, 'FAILED').event.refunded).toHaveLength(20);
  const tool = '€~/"'.repeat(64);
  partition.publish({ version: '1', default: 'deny', tools: { [tool]: { approve_if: [...Array(49).fill({ conditions: [{ path: 'args.a', op: 'eq', value: 1 }] }), { conditions: [], message: '€'.repeat(1_000), approvals: 5 }] } } });
  const { approval } = partition.call({ tool, ...names }).event;
  expect(approval?.rule).toMatch(/approve_if\/49$/);
  for (let i = 0; i < 15; i++) partition.resolve(approval?.id ?? '', 'approve', `${i}`.padEnd(256, '\u0001'), '\u0001'.repeat(256));
  expect(partition.resolve(approval?.id ?? '', 'approve', 'x').event.approvers).toHaveLength(16);
});

test('keeps no name of a limit or a tool apart from what stands for them: a hostile tool name is data', () => {
  const partition = withPolicy({ ...OPEN, tools: { '*': { rate_limit: '1/day' } } });
  for (const tool of ['__proto__', 'constructor', '","grant"],', 'a\u2028b', '\ud800']) {
    expect(partition.call({ tool }).event.verdict).toBe('ALLOW');
    expect(partition.call({ tool }).event.verdict).toBe('RATE_LIMITED');
  }
});

test('begins no more counters than memory allows, and goes on with those it has', () => {
  const partition = withPolicy({ ...OPEN, tools: { a: { limits: [{ counter: 'c', window: 'day', max: 9, scope: 'session' }] } } });
  partition.call({ tool: 'a', session_id: 'known' });
  Object.defineProperty(partition.state.windows, 'counters', { value: LIVE_COUNTERS_MAX });
  expect(failure(() => partition.call({ tool: 'a', session_id: 'new' }))).toMatchObject({ kind: 'resource_exhausted', reason: 'TOO_MANY_COUNTERS' });
  expect(partition.call({ tool: 'a', session_id: 'known' }).event.verdict).toBe('ALLOW');
  expect(partition.call({ tool: 'b' }).event.verdict).toBe('ALLOW');
});

test('the heap gives numbers back smallest first', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (numbers) => {
      const heap = new MinHeap();
      for (const number of numbers) heap.push(number);
      const sorted = numbers.map(() => heap.pop());
      expect(sorted).toEqual([...numbers].sort((a, b) => a - b));
      expect(heap.smallest).toBeUndefined();
      expect(heap.pop()).toBeUndefined();
    }),
  );
});
