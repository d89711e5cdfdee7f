import { DocketError } from '#errors';
import type { TokenCommand } from './commands.js';
import { OWNER_A, OWNER_B, HOUR_MS, Partition, begin, failed, finished, hash64, id32, register, reject, revoke, rotate, suspend } from './fixtures/connection.js';

let partition: Partition;

beforeEach(() => {
  partition = new Partition().given(register());
});

function generationOf(reply: unknown): number | undefined {
  return (reply as { token?: { generation: number } }).token?.generation;
}

test('a mint begins in the log, ends in the log, and its token answers everybody after it', () => {
  expect(partition.when(begin(1))).toEqual({ kind: 'mint', mint_id: id32(1), secret_id: id32(1), binding: expect.any(String), attempt: 1, reason: 'missing' });
  expect(partition.when(finished(1))).toMatchObject({ kind: 'token', token: { generation: 1, mint_id: id32(1) } });
  for (let n = 2; n < 1_000; n += 1) expect(generationOf(partition.when(begin(n, { owner: n % 2 ? OWNER_A : OWNER_B })))).toBe(1);
  expect(partition.count('MintStarted')).toBe(1);
});

test('a second caller joins the mint under way', () => {
  partition.given(begin(1));
  expect(partition.when(begin(2))).toEqual({ kind: 'minting', mint_id: id32(1) });
  expect(partition.count('MintStarted')).toBe(1);
});

test('a command repeated because its answer was lost changes nothing', () => {
  const first = partition.when(begin(1));
  expect(partition.when(begin(1))).toEqual(first);
  const minted = partition.when(finished(1));
  expect(partition.when(finished(1))).toEqual(minted);
  expect(partition.events).toHaveLength(3);
});

test('the times count from the moment the request was sent', () => {
  const sentAtMs = partition.nowMs;
  partition.given(begin(1)).after(2_000);
  expect(partition.when(finished(1, { lifetime_ms: 60_000, elapsed_ms: 2_000 }))).toMatchObject({ token: { expires_at_ms: sentAtMs + 60_000 } });
});

test('a token is minted anew in the soft window for who asks for a newer one, and answers all others', () => {
  partition.mint(1);
  const { soft_at_ms, hard_at_ms } = partition.connection().slots.get('')!.token!;
  partition.nowMs = soft_at_ms - 1;
  expect(generationOf(partition.when(begin(2, { known_generation: 1, reason: 'soft' })))).toBe(1);
  partition.nowMs = soft_at_ms;
  expect(partition.when(begin(3, { known_generation: 1, reason: 'soft' }))).toMatchObject({ kind: 'mint' });
  expect(generationOf(partition.when(begin(4)))).toBe(1);
  expect(partition.when(begin(5, { known_generation: 1, reason: 'soft' }))).toMatchObject({ kind: 'minting' });
  partition.nowMs = hard_at_ms;
  partition.given(failed(3)).after(1_000);
  expect(partition.when(begin(6))).toMatchObject({ kind: 'mint' });
});

test('an unfinished mint of a former owner is repeated at once, and only once', () => {
  partition.given(begin(1, { owner: OWNER_A })).after(10);
  expect(partition.when(begin(2, { owner: OWNER_B }))).toMatchObject({ kind: 'mint', attempt: 2 });
  const third = partition.after(10).when(begin(3, { owner: 'c'.repeat(16) })) as DocketError;
  expect(third).toMatchObject({ kind: 'unavailable', reason: 'MINT_INTERRUPTED', retryAfterMs: 14_990 });
  partition.after(third.retryAfterMs!);
  expect(partition.when(begin(4, { owner: 'c'.repeat(16) }))).toMatchObject({ kind: 'mint', attempt: 1 });
});

test('the slow mint of a former owner cannot publish its token, whether the newer one is still under way or done', () => {
  partition.given(begin(1, { owner: OWNER_A }), begin(2, { owner: OWNER_B }));
  expect(partition.when(finished(1))).toEqual({ kind: 'discarded' });
  expect(generationOf(partition.when(finished(2)))).toBe(1);
  expect(partition.when(finished(1))).toEqual({ kind: 'discarded' });
  expect(partition.when(failed(1))).toEqual({ kind: 'discarded' });
  expect(partition.connection().slots.get('')!.token).toMatchObject({ mint_id: id32(2) });
  expect(partition.connection().last_failure).toBeNull();
});

test('a new owner may publish what a former one had minted and stored, under the same mint id', () => {
  partition.given(begin(1, { owner: OWNER_A }));
  expect(generationOf(partition.when(finished(1, { elapsed_ms: 4_000 })))).toBe(1);
});

test('a mint that its own process lost is given up after a while', () => {
  partition.given(begin(1)).after(14_999);
  expect(partition.when(begin(2))).toEqual({ kind: 'minting', mint_id: id32(1) });
  partition.after(1);
  expect(partition.when(begin(3))).toMatchObject({ kind: 'mint', attempt: 1 });
});

test.each([
  ['revoked', () => revoke()],
  ['rotated', () => rotate(2)],
  ['suspended', () => suspend()],
])('a mint under way while its connection is %s brings no token', (_, command) => {
  partition.given(begin(1), command());
  expect(partition.when(finished(1))).toEqual({ kind: 'discarded' });
  expect(partition.count('TokenMinted')).toBe(0);
});

test('a token that is over on arrival is a failure, not a token', () => {
  partition.given(begin(1));
  expect(partition.when(finished(1, { lifetime_ms: 5_000, elapsed_ms: 4_500 }))).toMatchObject({ kind: 'failed', class: 'transient', code: 'expired_token' });
});

test('an issuer that repeats its token until the end is not asked again before the hard margin', () => {
  partition.mint(1, {}, { fingerprint: hash64(7), lifetime_ms: HOUR_MS, elapsed_ms: 0 });
  partition.nowMs = partition.connection().slots.get('')!.token!.soft_at_ms;
  const remainingMs = partition.connection().slots.get('')!.token!.expires_at_ms - partition.nowMs;
  partition.mint(2, { known_generation: 1, reason: 'soft' }, { fingerprint: hash64(7), lifetime_ms: remainingMs, elapsed_ms: 0 });
  const { soft_at_ms, hard_at_ms } = partition.connection().slots.get('')!.token!;
  expect(soft_at_ms).toBe(hard_at_ms);
});

test('a rotating refresh token takes the place of the one before it, and the token stays good', () => {
  partition.mint(1, {}, { renewed_secret_id: id32(99) });
  expect(partition.connection()).toMatchObject({ secret_id: id32(99), secret_version: 1 });
  expect(generationOf(partition.when(begin(2)))).toBe(1);
});

test('each subject has its own token, and generations count over all of them', () => {
  const [one, two] = [hash64(1), hash64(2)];
  expect(generationOf(partition.mint(1, { slot: one }))).toBe(1);
  expect(generationOf(partition.mint(2, { slot: two }))).toBe(2);
  expect(generationOf(partition.when(begin(3, { slot: one })))).toBe(1);
  partition.given(revoke(null, one));
  expect(partition.when(begin(4, { slot: one }))).toMatchObject({ kind: 'mint' });
  expect(generationOf(partition.when(begin(5, { slot: two })))).toBe(2);
});

test('subjects are bounded: spent ones make room, live ones do not', () => {
  partition = new Partition({ mintsPerMinuteMax: 10_000, connectionsMax: 10 }).given(register());
  for (let n = 1; n <= 1_000; n += 1) {
    partition.after(1_000);
    partition.mint(n, { slot: hash64(n) });
  }
  expect(partition.when(begin(2_000, { slot: hash64(2_000) }))).toMatchObject({ reason: 'SUBJECTS_LIMIT' });
  partition.after(HOUR_MS);
  expect(partition.when(begin(2_001, { slot: hash64(2_001) }))).toMatchObject({ kind: 'mint' });
  expect(partition.connection().slots.size).toBe(1);
});

test('another tenant does not see the connection', () => {
  expect(partition.when(begin(1, { tenant: 'other' }))).toMatchObject({ kind: 'not_found', reason: 'CONNECTION_NOT_FOUND' });
});

test.each<[string, TokenCommand, string]>([
  ['missing', revoke(), 'after a revocation'], ['rejected', reject(1), 'after a rejection'],
])('the reason of a mint is %s, whatever the asker takes it for: %#', (reason, end) => {
  partition.mint(1);
  partition.given(end, begin(2, { known_generation: 1, reason: 'rejected' }));
  expect(partition.events.at(-1)).toMatchObject({ type: 'MintStarted', reason });
  const other = new Partition().given(register());
  other.mint(1);
  other.given(end, begin(2, { known_generation: 1, reason: 'missing' }));
  expect(other.events.at(-1)).toMatchObject({ type: 'MintStarted', reason });
});
