import { APPROVERS_MAX } from './approvals.js';
import { LARGE, MINUTE, document, listed, opened, partitionWith, rule } from './fixtures/approvals.js';
import { GRANT, OTHER_GRANT, Partition, SERVER, failure } from './fixtures/partition.js';

test('asks for approval with the rule, the message of its author, an id and when it expires; consumes nothing', () => {
  const partition = partitionWith(document({ limits: [{ counter: 'c', window: 'day', max: 5 }] }));
  const command = partition.command(LARGE);
  const { event } = partition.apply(command) as ReturnType<Partition['call']>;
  expect(event).toMatchObject({
    verdict: 'APPROVAL_REQUIRED', rule: '/tools/charge/approve_if/0', message: 'Large charges need approval.', retry_after_ms: null, limits: [], charges: [],
    approval: { id: command.approval_id, action: 'opened', expires_at_ms: partition.nowMs + 30 * MINUTE, needed: 1, rule: '/tools/charge/approve_if/0' },
  });
  expect(partition.approval(command.approval_id)).toEqual({
    approval_id: command.approval_id, grant_id: GRANT, organisation: 'default', server_id: SERVER, tool: 'charge', rule: '/tools/charge/approve_if/0',
    message: 'Large charges need approval.', arguments: command.arguments, agent: '', principal: '', session_id: '', requested_by: 'gateway-1',
    requested_at_ms: partition.nowMs, expires_at_ms: partition.nowMs + 30 * MINUTE, state: 'pending', needed: 1, approvers: [], denied_by: null,
    withdrawn_by: null, policy_id: 'main', policy_version: event.policy_version, call_id: command.call_id, redeemed_by_call_id: '',
  });
  expect(partition.call({ tool: 'charge', args: { amount: 500 } }).event.limits[0]?.used).toBe('1');
});

test('answers the same call while it is pending with the same approval, and any other call with its own', () => {
  const partition = partitionWith();
  const id = opened(partition);
  expect(partition.call({ ...LARGE, argsText: '{ "amount": 75e1 }' }).event).toMatchObject({ verdict: 'APPROVAL_REQUIRED', approval: { id, action: 'pending' } });
  expect(partition.call({ ...LARGE, session_id: 's', agent: 'another', principal: 'p' }).event.approval).toMatchObject({ id, action: 'pending' });
  const others = [opened(partition, { tool: 'charge', args: { amount: 751 } }), opened(partition, { ...LARGE, grant: OTHER_GRANT })];
  expect(new Set([id, ...others]).size).toBe(3);
  expect(listed(partition)).toHaveLength(3);
});

test('allows an approved call once, under a new call id, and says so in the same event', () => {
  const partition = partitionWith(document({ limits: [{ counter: 'c', window: 'day', max: 5 }] }));
  const first = partition.call(LARGE).event;
  const id = first.approval?.id ?? '';
  expect(partition.resolve(id, 'approve', 'ada', 'fine')).toMatchObject({ replayed: false, event: { state: 'approved', approvers: ['ada'], actor: 'ada', comment: 'fine' } });
  // The first call keeps its verdict whatever was decided since.
  expect(partition.call({ ...LARGE, call_id: first.call_id })).toMatchObject({ replayed: true, event: { verdict: 'APPROVAL_REQUIRED' } });
  const { event } = partition.call(LARGE);
  expect(event).toMatchObject({ verdict: 'ALLOW', rule: '', approval: { id, action: 'redeemed' }, limits: [{ used: '1' }] });
  expect(partition.approval(id)).toMatchObject({ state: 'redeemed', redeemed_by_call_id: event.call_id, approvers: [{ subject: 'ada', at_ms: partition.nowMs, comment: 'fine' }] });
  expect(opened(partition)).not.toBe(id);
});

test('evaluates the policy again as it is at redemption: a denial, a revoked grant and a limit beat the approval, which stays usable', () => {
  const partition = partitionWith();
  const id = opened(partition);
  partition.resolve(id, 'approve');
  partition.publish(document({ deny_if: [rule()] }));
  expect(partition.call(LARGE).event).toMatchObject({ verdict: 'DENY', rule: '/tools/charge/deny_if/0', approval: null });
  partition.publish(document({ limits: [{ counter: 'c', window: 'minute', max: 1 }] }));
  partition.call({ tool: 'charge', args: { amount: 1 } });
  expect(partition.call(LARGE).event).toMatchObject({ verdict: 'RATE_LIMITED', approval: null });
  partition.grant({ revoked: true });
  expect(failure(() => partition.call(LARGE)).reason).toBe('GRANT_REVOKED');
  partition.grant();
  partition.nowMs += MINUTE;
  expect(partition.approval(id).state).toBe('approved');
  expect(partition.call(LARGE).event).toMatchObject({ verdict: 'ALLOW', approval: { id, action: 'redeemed' } });
});

test('a policy that asks nobody any more leaves the approval alone; one that asks more people raises what is needed', () => {
  const partition = partitionWith();
  const id = opened(partition);
  partition.resolve(id, 'approve', 'ada');
  partition.publish(document({ approve_if: [] }));
  expect(partition.call(LARGE).event).toMatchObject({ verdict: 'ALLOW', approval: null });
  expect(partition.approval(id).state).toBe('approved');
  partition.publish(document({ approve_if: [rule({ approvals: 2 })] }));
  expect(partition.call(LARGE).event).toMatchObject({ verdict: 'APPROVAL_REQUIRED', message: 'This call needs the approval of 2 people.', approval: { id, action: 'pending', needed: 2 } });
  expect(partition.approval(id)).toMatchObject({ state: 'pending', needed: 2 });
  expect(partition.resolve(id, 'approve', 'bob').event).toMatchObject({ state: 'approved', approvers: ['ada', 'bob'] });
  expect(partition.call(LARGE).event.verdict).toBe('ALLOW');
});

test('a policy that asks fewer people since changes nothing for an approval that is open', () => {
  const partition = partitionWith(document({ approve_if: [rule({ approvals: 2 })] }));
  const id = opened(partition);
  partition.resolve(id, 'approve', 'ada');
  partition.publish(document());
  expect(partition.call(LARGE).event).toMatchObject({ verdict: 'APPROVAL_REQUIRED', approval: { id, action: 'pending', needed: 2 } });
  partition.resolve(id, 'approve', 'bob');
  expect(partition.call(LARGE).event.verdict).toBe('ALLOW');
});

test('one approval answers all rules that ask: the first says why and for how long, and the most demanding one how many people it takes', () => {
  const partition = partitionWith(document({ approve_if: [rule({ timeout: '2h', message: 'first' }), rule({ approvals: 3, timeout: '5m' }), { conditions: [{ path: 'args.amount', op: 'gt', value: 9_999 }], approvals: 5 }] }));
  const { event } = partition.call(LARGE);
  expect(event).toMatchObject({ rule: '/tools/charge/approve_if/0', message: 'first', approval: { needed: 3, expires_at_ms: partition.nowMs + 120 * MINUTE } });
});

test('takes N different people; the same one twice is one, and changes nothing', () => {
  const partition = partitionWith(document({ approve_if: [rule({ approvals: 2 })] }));
  const id = opened(partition);
  expect(partition.resolve(id, 'approve', 'ada').event.state).toBe('pending');
  const before = partition.snapshotText();
  expect(partition.resolve(id, 'approve', 'ada')).toMatchObject({ replayed: true, at: null, event: { state: 'pending', approvers: ['ada'] } });
  expect(partition.snapshotText()).toBe(before);
  expect(partition.call(LARGE).event.verdict).toBe('APPROVAL_REQUIRED');
  expect(partition.resolve(id, 'approve', 'bob').event.state).toBe('approved');
  // Who comes late is recorded all the same.
  expect(partition.resolve(id, 'approve', 'eve').event).toMatchObject({ state: 'approved', approvers: ['ada', 'bob', 'eve'] });
  for (let i = 3; i < APPROVERS_MAX; i++) partition.resolve(id, 'approve', `person-${i}`);
  expect(failure(() => partition.resolve(id, 'approve', 'one too many'))).toMatchObject({ kind: 'failed_precondition', reason: 'APPROVAL_COMPLETE' });
});

test('nobody approves his own request: neither the credential that asked nor the one the agent works for', () => {
  const partition = partitionWith();
  const id = opened(partition, { ...LARGE, principal: 'ada' });
  for (const subject of ['gateway-1', 'ada']) {
    expect(failure(() => partition.resolve(id, 'approve', subject))).toMatchObject({ kind: 'permission_denied', reason: 'OWN_REQUEST' });
  }
  // Nor after others have: also a vote that is not needed any more is refused.
  partition.resolve(id, 'approve', 'bob');
  expect(failure(() => partition.resolve(id, 'approve', 'ada')).reason).toBe('OWN_REQUEST');
  expect(partition.resolve(id, 'deny', 'ada').event.state).toBe('denied');
});

test('what is said to be approved is allowed, whoever makes the identical call: also one of those who approved it', () => {
  const partition = partitionWith();
  for (const call of [{ ...LARGE, principal: 'bob' }, { ...LARGE, caller: { ...partition.command(LARGE).caller, subject: 'bob' } }]) {
    const id = opened(partition, { ...LARGE, principal: 'ada' });
    expect(partition.resolve(id, 'approve', 'bob').event.state).toBe('approved');
    expect(partition.call(call).event).toMatchObject({ verdict: 'ALLOW', approval: { id, action: 'redeemed' } });
  }
});

test('a denial beats approvals, complete ones too, and refuses identical calls until it expires', () => {
  const partition = partitionWith();
  const id = opened(partition);
  const expires = partition.nowMs + 30 * MINUTE;
  partition.resolve(id, 'approve', 'ada');
  expect(partition.resolve(id, 'deny', 'bob', 'not today').event).toMatchObject({ state: 'denied', approvers: ['ada'] });
  expect(partition.call(LARGE).event).toMatchObject({ verdict: 'DENY', rule: '(approval denied)', retry_after_ms: null, approval: { id, action: 'denied', expires_at_ms: expires } });
  expect(partition.approval(id)).toMatchObject({ state: 'denied', denied_by: { subject: 'bob', comment: 'not today' } });
  expect(partition.resolve(id, 'deny', 'bob')).toMatchObject({ replayed: true });
  for (const [decision, subject] of [['approve', 'eve'], ['approve', 'ada'], ['deny', 'eve'], ['withdraw', 'gateway-1']] as const) {
    expect(failure(() => partition.resolve(id, decision, subject))).toMatchObject({ kind: 'failed_precondition', reason: 'APPROVAL_ENDED', metadata: { state: 'denied' } });
  }
  partition.nowMs = expires - 1;
  expect(partition.call(LARGE).event.rule).toBe('(approval denied)');
  partition.nowMs = expires;
  expect(opened(partition)).not.toBe(id);
});

test('withdrawing ends it, pending or approved, and the next identical call asks anew', () => {
  const partition = partitionWith();
  for (const approved of [false, true]) {
    const id = opened(partition);
    if (approved) partition.resolve(id, 'approve');
    expect(partition.resolve(id, 'withdraw', 'gateway-1').event.state).toBe('withdrawn');
    expect(partition.approval(id)).toMatchObject({ state: 'withdrawn', withdrawn_by: { subject: 'gateway-1' } });
    expect(partition.resolve(id, 'withdraw', 'gateway-1').replayed).toBe(true);
    expect(failure(() => partition.resolve(id, 'approve')).metadata).toEqual({ state: 'withdrawn' });
  }
});

test('expires by event time, computed and not logged: pending and approved ones alike', () => {
  const partition = partitionWith();
  const ids = [opened(partition), opened(partition, { ...LARGE, grant: OTHER_GRANT })];
  partition.resolve(ids[1] ?? '', 'approve');
  const events = partition.log.length;
  partition.nowMs += 30 * MINUTE - 1;
  expect(ids.map((id) => partition.approval(id).state)).toEqual(['pending', 'approved']);
  partition.nowMs += 1;
  expect(ids.map((id) => partition.approval(id).state)).toEqual(['expired', 'expired']);
  for (const id of ids) expect(failure(() => partition.resolve(id, 'deny')).metadata).toEqual({ state: 'expired' });
  expect(partition.log).toHaveLength(events);
  expect(opened(partition)).not.toBe(ids[0]);
  expect(opened(partition, { ...LARGE, grant: OTHER_GRANT })).not.toBe(ids[1]);
});

test.each([
  ['redeemed', 10 * MINUTE, (partition: Partition, id: string): void => { partition.resolve(id, 'approve'); partition.call(LARGE); }],
  ['withdrawn', 10 * MINUTE, (partition: Partition, id: string): void => { partition.resolve(id, 'withdraw', 'gateway-1'); }],
  ['expired', 40 * MINUTE, (): void => undefined],
  ['denied', 40 * MINUTE, (partition: Partition, id: string): void => { partition.resolve(id, 'deny'); }],
])('one that is %s is known for 10 minutes after it has lost all effect, then not found', (state, knownMs, end) => {
  const partition = partitionWith();
  const id = opened(partition);
  end(partition, id);
  partition.nowMs += knownMs - 1;
  expect(partition.approval(id).state).toBe(state);
  partition.nowMs += 1;
  expect(failure(() => partition.approval(id))).toMatchObject({ kind: 'not_found', reason: 'APPROVAL_NOT_FOUND' });
  expect(failure(() => partition.resolve(id, 'approve')).kind).toBe('not_found');
  expect(listed(partition)).toEqual([]);
  partition.call({ tool: 'read' });
  expect(JSON.parse(partition.snapshotText()).approvals).toEqual([]);
});

test("another organisation's approval is not found, and one of a server that the credential is not for is refused", () => {
  const partition = partitionWith();
  const id = opened(partition);
  expect(failure(() => partition.resolve(id, 'approve', { organisation: 'other' })).kind).toBe('not_found');
  expect(failure(() => partition.approval(id, { organisation: 'other' })).kind).toBe('not_found');
  expect(failure(() => partition.resolve(id, 'withdraw', { server_ids: ['elsewhere'] }))).toMatchObject({ kind: 'permission_denied', reason: 'SERVER_NOT_ALLOWED' });
  expect(partition.resolve(id, 'withdraw', { server_ids: [SERVER] }).event.state).toBe('withdrawn');
  expect(failure(() => partition.resolve(`apr_${GRANT}_${'f'.repeat(24)}`, 'approve')).kind).toBe('not_found');
});

test('lists by organisation, grant, server and state, oldest first and without arguments', () => {
  const partition = partitionWith();
  const ids = [opened(partition), opened(partition, { ...LARGE, grant: OTHER_GRANT }), opened(partition, { tool: 'charge', args: { amount: 501 } })];
  partition.resolve(ids[1] ?? '', 'approve');
  const found = (filter: object): string[] => listed(partition, filter).map(({ approval_id }) => approval_id);
  expect(found({})).toEqual(ids);
  expect(found({ organisation: null, state: 'pending' })).toEqual([ids[0], ids[2]]);
  expect(found({ grant_id: OTHER_GRANT, server_id: SERVER, state: 'approved' })).toEqual([ids[1]]);
  for (const filter of [{ organisation: 'other' }, { server_id: 'other' }, { state: 'denied' }]) expect(found(filter)).toEqual([]);
  expect(listed(partition).map((view) => view.arguments)).toEqual([null, null, null]);
});

test('takes a comment of up to 256 characters', () => {
  const partition = partitionWith();
  const id = opened(partition);
  expect(failure(() => partition.resolve(id, 'approve', 'ada', 'x'.repeat(257)))).toMatchObject({ kind: 'invalid_argument', reason: 'COMMENT_TOO_LONG' });
  expect(partition.resolve(id, 'approve', '€'.repeat(64), '"'.repeat(256)).event.comment).toHaveLength(256);
});

test('every approval survives a snapshot as it is, and what is decided after it as well', () => {
  const partition = partitionWith();
  const ids = [0, 1, 2, 3, 4].map((i) => opened(partition, { tool: 'charge', args: { amount: 600 + i } }));
  partition.resolve(ids[0] ?? '', 'approve', 'ada', 'yes');
  partition.resolve(ids[1] ?? '', 'deny', 'bob', 'no');
  partition.resolve(ids[2] ?? '', 'withdraw', 'gateway-1');
  partition.resolve(ids[3] ?? '', 'approve', 'ada');
  partition.call({ tool: 'charge', args: { amount: 603 } });
  const before = listed(partition);
  const text = partition.snapshotText();
  partition.state = partition.machine.restore(JSON.parse(text));
  expect(partition.snapshotText()).toBe(text);
  expect(listed(partition)).toEqual(before);
  expect(before.map(({ state }) => state)).toEqual(['approved', 'denied', 'withdrawn', 'redeemed', 'pending']);
  const verdicts = ids.map((_, i) => partition.call({ tool: 'charge', args: { amount: 600 + i } }).event.approval?.action);
  expect(verdicts).toEqual(['redeemed', 'denied', 'opened', 'opened', 'pending']);
  partition.nowMs += 40 * MINUTE;
  partition.call({ tool: 'read' });
  expect(JSON.parse(partition.snapshotText()).approvals).toEqual([]);
});
