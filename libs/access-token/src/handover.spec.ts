import fc from 'fast-check';
import { Partition, SETTINGS, begin, cutOff, denied, finished, hash64, register, reveal, revoke, rotate, served, suspend, unwrap, wrap } from './fixtures/connection.js';
import type { Delivery } from './model.js';

const of = (delivery: Delivery): Partition => new Partition().given(register({ settings: { ...SETTINGS, delivery } }));
let partition: Partition;

beforeEach(() => {
  partition = of('wrap');
  partition.mint(1);
});

test('a handle brings its token once: the second one to come is denied, and the log says so', () => {
  expect(partition.when(wrap(1, 1))).toEqual({ kind: 'wrapped', expires_at_ms: partition.nowMs + 60_000, now_ms: partition.nowMs });
  expect(partition.when(unwrap(1, 1))).toMatchObject({ kind: 'unwrapped', slot: '', generation: 1 });
  expect(partition.when(unwrap(1, 2))).toEqual({ kind: 'denied', reason: 'HANDLE_USED' });
  expect(partition.events.slice(-2)).toMatchObject([
    { type: 'TokenUnwrapped', actor: 'ada', grant_id: 'grant-1', generation: 1, fingerprint: hash64(1), handle: hash64(1) },
    { type: 'AccessDenied', action: 'unwrap', reason: 'HANDLE_USED', actor: 'ada', grant_id: 'grant-1', handle: hash64(1) },
  ]);
});

test('a request that took a handle and lost its answer is answered again', () => {
  partition.given(wrap(1, 1), unwrap(1, 7));
  expect(partition.when(unwrap(1, 7))).toMatchObject({ kind: 'unwrapped', generation: 1 });
  expect(partition.count('TokenUnwrapped')).toBe(1);
});

test('a handle is good for a minute at most, and never longer than its token', () => {
  expect(partition.when(wrap(1, 1, { ttl_ms: 60_001 }))).toMatchObject({ reason: 'INVALID_REQUEST' });
  partition.given(wrap(1, 1, { ttl_ms: 10_000 }));
  partition.after(10_000);
  expect(partition.when(unwrap(1, 1))).toEqual({ kind: 'denied', reason: 'HANDLE_EXPIRED' });
  const short = of('wrap');
  short.mint(1, {}, { lifetime_ms: 20_000, elapsed_ms: 0 });
  expect(short.when(wrap(1, 1))).toMatchObject({ expires_at_ms: short.nowMs + 18_000 });
});

test('a handle outlives a refresh of its token, which may come at any moment, and brings the newer one, once', () => {
  partition.after(3_500_000).given(wrap(1, 1), begin(2, { known_generation: 1, reason: 'soft' }), finished(2));
  expect(partition.when(unwrap(1, 1))).toMatchObject({ kind: 'unwrapped', generation: 2 });
  expect(partition.when(unwrap(1, 1))).toMatchObject({ kind: 'unwrapped', generation: 2 });
  expect(partition.when(unwrap(1, 2))).toEqual({ kind: 'denied', reason: 'HANDLE_USED' });
  expect(partition.events.filter(({ type }) => type === 'TokenUnwrapped')).toMatchObject([{ generation: 2, fingerprint: hash64(2) }]);
});

test('a handle is no right to what comes after a revocation, and a taken one none to a token that has ended since', () => {
  partition.given(wrap(1, 1), wrap(2, 1), unwrap(2, 1), revoke());
  partition.mint(2);
  expect(partition.when(unwrap(1, 1))).toEqual({ kind: 'denied', reason: 'TOKEN_ENDED' });
  expect(partition.when(unwrap(2, 1))).toEqual({ kind: 'denied', reason: 'HANDLE_USED' });
});

test('a handle whose token was revoked or suspended, or that has none just now, brings nothing', () => {
  for (const end of [() => partition.given(revoke()), () => partition.given(suspend()), () => partition.given(rotate(2))]) {
    partition = of('wrap');
    partition.mint(1);
    partition.given(wrap(1, 1));
    end();
    expect(partition.when(unwrap(1, 1))).toEqual({ kind: 'denied', reason: 'TOKEN_ENDED' });
  }
});

test('guessing handles fills no log: an unknown one is refused without an event, a spent one is written down ten times', () => {
  expect(partition.when(unwrap(99, 1))).toMatchObject({ kind: 'permission_denied', reason: 'HANDLE_UNKNOWN' });
  partition.given(wrap(1, 1), unwrap(1, 1));
  for (let use = 2; use < 50; use += 1) partition.when(unwrap(1, use));
  expect(partition.count('AccessDenied')).toBe(10);
});

test('handles are bounded, and spent ones make room', () => {
  for (let handle = 1; handle <= 1_000; handle += 1) partition.given(wrap(handle, 1));
  expect(partition.when(wrap(2_000, 1))).toMatchObject({ kind: 'resource_exhausted', reason: 'HANDLES_LIMIT' });
  partition.after(60_000 + 600_000);
  expect(partition.when(wrap(2_000, 1))).toMatchObject({ kind: 'wrapped' });
  expect(partition.connection().handles.size).toBe(1);
});

test.each<[Delivery, boolean, boolean]>([['inject', false, false], ['wrap', true, false], ['reveal', true, true]])('a connection registered with %s hands over by handle: %s, in clear: %s', (delivery, mayWrap, mayReveal) => {
  const target = of(delivery);
  target.mint(1);
  expect(target.when(wrap(1, 1))).toMatchObject(mayWrap ? { kind: 'wrapped' } : { reason: 'DELIVERY_NOT_ALLOWED' });
  expect(target.when(reveal(1))).toMatchObject(mayReveal ? { kind: 'done' } : { reason: 'DELIVERY_NOT_ALLOWED' });
});

test('each hand-over in clear is an event: who, for which grant, which token', () => {
  partition = of('reveal');
  partition.mint(1);
  partition.given(reveal(1), reveal(1, 'grant-2'));
  expect(partition.events.slice(-2)).toMatchObject([
    { type: 'TokenRevealed', actor: 'ada', grant_id: 'grant-1', generation: 1, fingerprint: hash64(1) },
    { type: 'TokenRevealed', grant_id: 'grant-2' },
  ]);
  expect(partition.when(reveal(2))).toMatchObject({ reason: 'TOKEN_ENDED' });
});

test('a grant that is cut off loses the token in its hands, its handles, and all that it might ask for', () => {
  partition = of('reveal');
  partition.mint(1);
  partition.given(reveal(1), wrap(1, 1, { grant_id: 'grant-1' }));
  partition.given(cutOff('grant-1'));
  expect(partition.connection().slots.get('')!.token!.ended_by).toBe('revocation');
  expect(partition.when(unwrap(1, 1))).toMatchObject({ kind: 'denied', reason: 'GRANT_CUT_OFF' });
  for (const command of [begin(2, { grant_id: 'grant-1' }), begin(3, { grant_id: 'grant-1', known_generation: 1 })]) expect(partition.when(command)).toMatchObject({ kind: 'permission_denied', reason: 'GRANT_CUT_OFF' });
  expect(partition.when(cutOff('grant-1'))).toEqual({ kind: 'done', unchanged: true });
  expect(partition.when(begin(4, { grant_id: 'grant-2' }))).toMatchObject({ kind: 'mint' });
});

test('a grant that holds nothing is cut off without ending what others use', () => {
  partition = of('reveal');
  partition.mint(1);
  partition.given(reveal(1, 'grant-2'), cutOff('grant-1'));
  expect(partition.when(begin(2))).toMatchObject({ kind: 'token', token: { generation: 1 } });
});

test('a stand-in is worth nothing after a revocation, a suspension or a new registration, and outlives a mere refresh', () => {
  expect(partition.connection().revoked_up_to).toBe(0);
  partition.after(3_500_000).given(begin(2, { known_generation: 1, reason: 'soft' }), finished(2));
  expect(partition.connection()).toMatchObject({ generation: 2, revoked_up_to: 0 });
  partition.given(revoke());
  expect(partition.connection().revoked_up_to).toBe(2);
  partition.mint(3);
  partition.given(suspend());
  expect(partition.connection().revoked_up_to).toBe(3);
});

test('what is served is counted in an event now and then, and tells when a token was wanted last', () => {
  partition.after(100_000).given(served(1, 12_000));
  expect(partition.events.at(-1)).toMatchObject({ type: 'TokenServed', served: 12_000, generation: 1, least_remaining_ms: 40_000 });
  expect(partition.connection().slots.get('')!.used_at_ms).toBe(partition.nowMs);
  expect(partition.when(served(9))).toEqual({ kind: 'done', unchanged: true });
});

test('a warm-up is no use: only callers make a token used', () => {
  const usedAtMs = partition.connection().slots.get('')!.used_at_ms;
  partition.after(3_500_000).given(begin(2, { known_generation: 1, reason: 'warm_up' }), finished(2));
  expect(partition.connection().slots.get('')!.used_at_ms).toBe(usedAtMs);
});

test('denials are counted in an event', () => {
  partition.given(denied(12));
  expect(partition.events.at(-1)).toMatchObject({ type: 'AccessDenied', action: 'get', reason: 'SERVER_MISMATCH', denials: 12, handle: null });
});

test('whatever happens, no handle brings two tokens and none is brought past its end', () => {
  const step = fc.oneof(
    fc.integer({ min: 1, max: 4 }).map((n) => wrap(n, 1)), fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 })).map(([n, use]) => unwrap(n, use)),
    fc.constantFrom(revoke(), cutOff(), served(1)),
  );
  fc.assert(fc.property(fc.array(fc.tuple(step, fc.constantFrom(1, 500, 20_000)), { maxLength: 40 }), (steps) => {
    const target = of('wrap');
    target.mint(1);
    for (const [command, ms] of steps) target.after(ms).when(command);
    const taken = target.events.filter((event) => event.type === 'TokenUnwrapped');
    expect(new Set(taken.map(({ handle }) => handle)).size).toBe(taken.length);
    for (const event of taken) expect(target.events.some((other) => other.type === 'TokenWrapped' && other.handle === event.handle)).toBe(true);
  }), { numRuns: 200 });
});
