import { APPROVALS_MAX, GRANT_APPROVALS_MAX } from './approvals.js';
import { LARGE, MINUTE, document, listed, opened, partitionWith, rule } from './fixtures/approvals.js';
import { OTHER_GRANT, failure } from './fixtures/partition.js';

test('observe mode opens no approval, and uses one up as enforce would: the second identical call would wait and is not charged', () => {
  const partition = partitionWith(document({ limits: [{ counter: 'c', window: 'day', max: 5 }] }));
  const id = opened(partition);
  partition.resolve(id, 'approve');
  partition.grant({ mode: 'observe' });
  const { event } = partition.call(LARGE);
  expect(event).toMatchObject({ verdict: 'ALLOW', would_be: 'ALLOW', approval: { id, action: 'redeemed' }, charges: [{ amount: '1' }] });
  expect(partition.approval(id)).toMatchObject({ state: 'redeemed', redeemed_by_call_id: event.call_id });
  for (let i = 0; i < 2; i++) {
    expect(partition.call(LARGE).event).toMatchObject({ verdict: 'ALLOW', would_be: 'APPROVAL_REQUIRED', rule: '/tools/charge/approve_if/0', approval: null, charges: [] });
  }
  expect(listed(partition).map(({ state }) => state)).toEqual(['redeemed']);
});

test('observe mode meets what is pending or denied as enforce would', () => {
  const partition = partitionWith(document({ approve_if: [rule({ approvals: 2 })] }));
  const id = opened(partition);
  partition.resolve(id, 'approve', 'ada');
  partition.grant({ mode: 'observe' });
  partition.publish(document({ approve_if: [rule({ approvals: 3 })] }));
  expect(partition.call(LARGE).event).toMatchObject({ verdict: 'ALLOW', would_be: 'APPROVAL_REQUIRED', approval: { id, action: 'pending' }, charges: [] });
  partition.publish(document());
  partition.resolve(id, 'approve', 'bob');
  expect(partition.call(LARGE).event).toMatchObject({ would_be: 'APPROVAL_REQUIRED', approval: { needed: 3 } });
  partition.resolve(id, 'deny', 'bob');
  expect(partition.call(LARGE).event).toMatchObject({ verdict: 'ALLOW', would_be: 'DENY', rule: '(approval denied)', approval: { id, action: 'denied' } });
});

test('a dry run says what it would ask, and opens and redeems nothing', () => {
  const partition = partitionWith();
  const asks = partition.call({ ...LARGE, dry_run: true });
  expect(asks.event).toMatchObject({ verdict: 'APPROVAL_REQUIRED', approval: null });
  expect(asks.steps.at(-1)).toEqual({ rule: '/tools/charge/approve_if/0', outcome: 'asks', because: 'args.amount: gt' });
  const id = opened(partition);
  expect(partition.call({ ...LARGE, dry_run: true }).event.approval).toMatchObject({ id, action: 'pending' });
  partition.resolve(id, 'approve');
  const redeems = partition.call({ ...LARGE, dry_run: true });
  expect(redeems.event).toMatchObject({ verdict: 'ALLOW', approval: null });
  expect(redeems.steps.at(-1)).toMatchObject({ rule: '/tools/charge/approve_if/0', outcome: 'approved' });
  expect(partition.approval(id).state).toBe('approved');
});

test('the rounds of a logical call use one approval; without that id, or once it was not sent, they are asked again', () => {
  const partition = partitionWith();
  const logical_call_id = partition.callId();
  const id = opened(partition, { ...LARGE, logical_call_id });
  expect(partition.call({ ...LARGE, logical_call_id }).event.approval).toMatchObject({ id, action: 'pending' });
  partition.resolve(id, 'approve');
  const { event } = partition.call({ ...LARGE, logical_call_id });
  expect(event).toMatchObject({ verdict: 'ALLOW', approval: { action: 'redeemed' } });
  for (let round = 0; round < 3; round++) expect(partition.call({ ...LARGE, logical_call_id }).event).toMatchObject({ verdict: 'ALLOW', approval: null });
  const other = opened(partition);
  partition.resolve(other, 'withdraw', 'gateway-1');
  partition.settle(event.call_id, 'NOT_SENT');
  opened(partition, { ...LARGE, logical_call_id });
});

test('the rounds of a logical call are asked again when the policy wants more people than approved it', () => {
  const partition = partitionWith();
  const logical_call_id = partition.callId();
  partition.resolve(opened(partition, { ...LARGE, logical_call_id }), 'approve');
  partition.call({ ...LARGE, logical_call_id });
  partition.publish(document({ approve_if: [rule({ approvals: 2 })] }));
  opened(partition, { ...LARGE, logical_call_id });
});

test('opens no more approvals than memory allows, for a grant and for a partition', () => {
  const partition = partitionWith();
  for (let i = 0; i < GRANT_APPROVALS_MAX; i++) opened(partition, { tool: 'charge', args: { amount: 1_000 + i } });
  expect(failure(() => partition.call(LARGE))).toMatchObject({ kind: 'resource_exhausted', reason: 'TOO_MANY_APPROVALS' });
  expect(partition.call({ tool: 'charge', args: { amount: 1_000 } }).event.approval?.action).toBe('pending');
  opened(partition, { ...LARGE, grant: OTHER_GRANT });
  partition.nowMs += 40 * MINUTE;
  partition.call({ tool: 'read' });
  opened(partition);
  Object.defineProperty(partition.state.approvals, 'size', { value: APPROVALS_MAX });
  expect(failure(() => partition.call({ tool: 'charge', args: { amount: 502 } })).reason).toBe('TOO_MANY_APPROVALS');
});
