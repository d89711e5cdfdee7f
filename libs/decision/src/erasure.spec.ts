import { listVisibleTools } from './list-visible-tools.js';
import { LARGE, document, listed, opened, partitionWith } from './fixtures/approvals.js';
import { CALLER, GRANT, OTHER_GRANT, failure } from './fixtures/partition.js';

test('an erased grant takes no more calls, and shows no tools', () => {
  const partition = partitionWith();
  partition.grant({ revoked: true, erased: true });
  expect(failure(() => partition.call({ tool: 'read' }))).toMatchObject({ kind: 'permission_denied', reason: 'GRANT_ERASED' });
  const command = { type: 'ListVisibleTools', caller: CALLER, grant: { grant_id: GRANT, secret_hash: null }, names: ['read'], session_id: '', agent: '' } as const;
  expect(listVisibleTools(partition.state, command, partition.nowMs, () => undefined)).toMatchObject({ reply: { reason: 'GRANT_ERASED' } });
  expect(partition.call({ tool: 'read', grant: OTHER_GRANT }).event.verdict).toBe('ALLOW');
});

test('its counters stay as they are, and what was allowed can be settled', () => {
  const partition = partitionWith(document({ limits: [{ counter: 'c', window: 'day', max: 5 }] }));
  const { event } = partition.call({ tool: 'charge', args: { amount: 1 } });
  const before = [...partition.state.windows.entries()].map(([endMs, counters]) => [endMs, [...counters]]);
  partition.grant({ revoked: true, erased: true });
  expect([...partition.state.windows.entries()].map(([endMs, counters]) => [endMs, [...counters]])).toEqual(before);
  expect(partition.settle(event.call_id, 'SUCCEEDED')).toMatchObject({ event: { outcome: 'SUCCEEDED' } });
});

test('what waits for people, or was approved and not used, ends as erased; what had ended stays as it ended', () => {
  const partition = partitionWith();
  const [pending, approved, denied, redeemed] = [750, 760, 770, 780].map((amount) => opened(partition, { tool: 'charge', args: { amount } })) as [string, string, string, string];
  const others = opened(partition, { ...LARGE, grant: OTHER_GRANT });
  partition.resolve(approved, 'approve');
  partition.resolve(denied, 'deny');
  partition.resolve(redeemed, 'approve');
  partition.call({ tool: 'charge', args: { amount: 780 } });
  partition.grant({ revoked: true, erased: true });
  const states = new Map(listed(partition).map(({ approval_id, state }) => [approval_id, state]));
  expect([pending, approved, denied, redeemed, others].map((id) => states.get(id))).toEqual(['erased', 'erased', 'denied', 'redeemed', 'pending']);
  expect(failure(() => partition.resolve(pending, 'approve'))).toMatchObject({ kind: 'failed_precondition', reason: 'APPROVAL_ENDED', metadata: { state: 'erased' } });
  partition.nowMs += 600_000;
  partition.call({ tool: 'read', grant: OTHER_GRANT });
  expect(listed(partition).map(({ approval_id }) => approval_id)).not.toContain(pending);
});

test('a state with an erased grant and its approvals is restored from a snapshot as it was', () => {
  const partition = partitionWith();
  opened(partition);
  partition.grant({ revoked: true, erased: true });
  const { snapshot, restore } = partition.machine;
  const text = JSON.stringify(snapshot(partition.state));
  expect(JSON.stringify(snapshot(restore(JSON.parse(text))))).toBe(text);
  expect(restore(JSON.parse(text)).grants.get(GRANT)).toEqual(partition.state.grants.get(GRANT));
});

test('an edit from before the erasure that comes late changes nothing', () => {
  const partition = partitionWith();
  partition.grant({ revoked: true, erased: true, registry_offset: 9 });
  partition.grant({ revoked: false, registry_offset: 8 });
  expect(failure(() => partition.call({ tool: 'read' }))).toMatchObject({ reason: 'GRANT_ERASED' });
});
