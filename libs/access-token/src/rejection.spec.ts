import { DocketError } from '#errors';
import { HOUR_MS, Partition, begin, failed, finished, hash64, register, reject, reset, revoke, rotate } from './fixtures/connection.js';

let partition: Partition;

beforeEach(() => {
  partition = new Partition().given(register());
  partition.mint(1);
});

test('500 stragglers with the same rejected token make one mint, and all get the new one', () => {
  const outcomes = new Set<string>();
  for (let n = 0; n < 500; n += 1) {
    const rejected = partition.when(reject(1));
    if (rejected instanceof DocketError) throw rejected;
    const reply = partition.when(begin(100 + n, { known_generation: 1, reason: 'rejected' }));
    if (reply instanceof DocketError) throw reply;
    if (n === 250) partition.given(finished(100));
    outcomes.add(reply.kind);
    partition.after(1);
  }
  expect([...outcomes].sort()).toEqual(['mint', 'minting', 'token']);
  expect(partition.count('TokenRejected')).toBe(1);
  expect(partition.count('TokenMinted')).toBe(2);
  expect(partition.when(begin(999))).toMatchObject({ kind: 'token', token: { generation: 2 } });
});

test('a straggler with an old generation rejects nothing and learns of the newer one', () => {
  partition.given(reject(1));
  partition.mint(2, { known_generation: 1, reason: 'rejected' });
  expect(partition.when(reject(1))).toMatchObject({ kind: 'token', token: { generation: 2 } });
  expect(partition.count('TokenRejected')).toBe(1);
});

test('a rejected token is never answered again, long before its end', () => {
  partition.given(reject(1));
  expect(partition.when(begin(2))).toMatchObject({ kind: 'mint' });
  expect(partition.when(failed(2))).toMatchObject({ kind: 'failed' });
  expect(partition.when(begin(3))).toMatchObject({ reason: 'ISSUER_UNAVAILABLE' });
});

test('a rejected token that was minted for a rejection holds mints back for 30 s, with a typed error', () => {
  partition.given(reject(1));
  partition.mint(2, { known_generation: 1, reason: 'rejected' });
  expect(partition.after(10).when(reject(2))).toMatchObject({ kind: 'rejected', retry_at_ms: partition.nowMs + 30_000 });
  expect(partition.after(29_999).when(begin(3))).toMatchObject({ kind: 'failed_precondition', reason: 'TOKEN_REJECTED', retryAfterMs: 1 });
  expect(partition.after(1).when(begin(4))).toMatchObject({ kind: 'mint' });
});

test('a 401 that is wrong for ever costs one mint in 30 s, at any load', () => {
  const hourMs = HOUR_MS;
  const endMs = partition.nowMs + hourMs;
  const mintedAtMs: number[] = [];
  for (let n = 2; partition.nowMs < endMs; n += 1) {
    const reply = partition.when(begin(n, { reason: 'rejected' }));
    if (!(reply instanceof DocketError) && reply.kind === 'mint') {
      mintedAtMs.push(partition.nowMs);
      partition.given(finished(n));
    }
    partition.when(reject(partition.connection().generation));
    partition.after(n % 7 === 0 ? 1_300 : 70);
  }
  const gaps = mintedAtMs.slice(1).map((at, i) => at - mintedAtMs[i]!);
  expect(mintedAtMs.length).toBeGreaterThan(100);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(30_000);
});

test('a new token with the value of the rejected one ends it: no loop', () => {
  partition.given(reject(1), begin(2, { known_generation: 1, reason: 'rejected' }));
  expect(partition.when(finished(2, { fingerprint: hash64(1) }))).toMatchObject({ kind: 'failed', class: 'permanent', code: 'same_token' });
  expect(partition.after(1_000).when(begin(3))).toMatchObject({ reason: 'CONNECTION_BROKEN' });
});

test('an operator or another secret ends the holding back at once', () => {
  for (const command of [reset(), rotate(2)]) {
    const held = new Partition().given(register());
    held.mint(1);
    held.given(reject(1));
    held.mint(2);
    held.given(reject(2));
    expect(held.when(begin(3))).toMatchObject({ reason: 'TOKEN_REJECTED' });
    expect(held.given(command).when(begin(4))).toMatchObject({ kind: 'mint' });
  }
});

test('a generation that never was is refused', () => {
  expect(partition.when(reject(2))).toMatchObject({ kind: 'invalid_argument', reason: 'UNKNOWN_GENERATION' });
});

test('a revoked token is never answered again, and revoking twice is revoking once', () => {
  expect(partition.when(revoke(1))).toEqual({ kind: 'done', unchanged: false });
  expect(partition.when(revoke(1))).toEqual({ kind: 'done', unchanged: true });
  expect(partition.when(begin(2))).toMatchObject({ kind: 'mint' });
  expect(partition.when(reject(1))).toMatchObject({ kind: 'rejected' });
});

test('revoking an old generation leaves the newer token alone, and is written down while the old one may be good at its partner', () => {
  partition.given(reject(1));
  partition.mint(2);
  expect(partition.when(revoke(1))).toEqual({ kind: 'done', unchanged: false });
  expect(partition.events.at(-1)).toMatchObject({ type: 'TokenRevoked', generation: 1 });
  expect(partition.when(revoke(1))).toEqual({ kind: 'done', unchanged: true });
  expect(partition.when(begin(3))).toMatchObject({ kind: 'token', token: { generation: 2 } });
});
