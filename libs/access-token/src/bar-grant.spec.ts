import { BARRED_MAX } from './bar-grant.js';
import { Partition, SETTINGS, bar, begin, cutOff, endHeld, liftBar, liftCutOff, register, reveal } from './fixtures/connection.js';
import { isBarred } from './state.js';

let partition: Partition;
const barred = (grant: string, tenant = 'default'): boolean => isBarred(partition.state, tenant, grant);

beforeEach(() => {
  partition = new Partition();
});

test('a grant is cut off from all connections of its tenant, whether there are any or not, until that is lifted', () => {
  expect(partition.when(bar())).toEqual({ kind: 'done', unchanged: false });
  expect(partition.events).toMatchObject([{ type: 'GrantBarred', tenant: 'default', holder: 'grant-1', actor: 'ada' }]);
  expect([barred('grant-1'), barred('grant-2'), barred('grant-1', 'elsewhere')]).toEqual([true, false, false]);
  expect(partition.when(bar())).toEqual({ kind: 'done', unchanged: true });
  expect(partition.when(liftBar())).toEqual({ kind: 'done', unchanged: false });
  expect([barred('grant-1'), partition.when(liftBar())]).toEqual([false, { kind: 'done', unchanged: true }]);
});

test('how many can be cut off is bounded, and who comes too late is told what helps', () => {
  partition.state.barred.set('elsewhere', new Set(Array.from({ length: BARRED_MAX }, (_, n) => `grant-${n}`)));
  const refusal = partition.when(bar());
  expect(refusal).toMatchObject({ kind: 'resource_exhausted', reason: 'CUT_OFF_LIMIT' });
  expect((refusal as Error).message).toContain('revoke the grant itself, or lift');
  partition.given(liftBar('grant-7', 'elsewhere'), bar());
});

test('what was handed to a grant ends without closing the connection to it; nothing is written where it has nothing', () => {
  partition.given(register({ settings: { ...SETTINGS, delivery: 'reveal' } }));
  partition.mint(1);
  expect(partition.when(endHeld())).toEqual({ kind: 'done', unchanged: true });
  partition.given(reveal(1), endHeld());
  expect(partition.connection()).toMatchObject({ holders: [], cut_off: new Set() });
  expect(partition.connection().slots.get('')!.token!.ended_by).toBe('revocation');
  expect(partition.when(endHeld())).toEqual({ kind: 'done', unchanged: true });
  expect(partition.when(begin(2, { grant_id: 'grant-1' }))).toMatchObject({ kind: 'mint' });
});

test('a token that a grant holds and that was replaced meanwhile has ended, too; the newer one goes on', () => {
  partition.given(register({ settings: { ...SETTINGS, delivery: 'reveal' } }));
  partition.mint(1);
  partition.given(reveal(1)).after(3_500_000).mint(2, { known_generation: 1, reason: 'soft' });
  partition.given(endHeld());
  expect(partition.connection().replaced).toMatchObject([{ generation: 1, ended_by: 'revocation' }]);
  expect(partition.connection().slots.get('')!.token).toMatchObject({ generation: 2, ended_by: null });
});

test('a connection that was closed to a grant opens again when that is lifted', () => {
  partition.given(register());
  partition.mint(1);
  partition.given(cutOff());
  expect(partition.when(begin(2, { grant_id: 'grant-1' }))).toMatchObject({ reason: 'GRANT_CUT_OFF' });
  partition.given(liftCutOff());
  expect(partition.events.at(-1)).toMatchObject({ type: 'GrantCutOffLifted', holder: 'grant-1' });
  expect(partition.when(begin(3, { grant_id: 'grant-1' }))).toMatchObject({ kind: 'token' });
  expect(partition.when(liftCutOff())).toEqual({ kind: 'done', unchanged: true });
});
