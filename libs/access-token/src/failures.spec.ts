import fc from 'fast-check';
import { DocketError } from '#errors';
import { Partition, SETTINGS, begin, failed, finished, hash64, register, reset, rotate } from './fixtures/connection.js';

let partition: Partition;

beforeEach(() => {
  partition = new Partition().given(register());
});

const DAY_MS = 86_400_000;

function failOnce(n: number, fields: Parameters<typeof failed>[1] = {}): number {
  partition.given(begin(n), failed(n, fields));
  return partition.connection().last_failure!.retry_at_ms - partition.nowMs;
}

test('after a transient failure callers fail at once, with the cause and when the next try is, and the wait is really kept', () => {
  const delayMs = failOnce(1, { random: 0.5 });
  expect(delayMs).toBe(500);
  expect(partition.after(delayMs - 1).when(begin(2))).toMatchObject({ kind: 'unavailable', reason: 'ISSUER_UNAVAILABLE', retryAfterMs: 1, metadata: { code: 'http_503', status: '503' } });
  expect(partition.after(1).when(begin(3))).toMatchObject({ kind: 'mint' });
});

test('failures in a row wait longer, up to 60 s; a success starts over', () => {
  const delays: number[] = [];
  for (let n = 1; n <= 9; n += 1) {
    const delayMs = failOnce(n, { random: 0.999 });
    delays.push(Math.ceil(delayMs / 1_000));
    partition.after(delayMs);
  }
  expect(delays).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  partition.mint(20, {}, { lifetime_ms: 1_000, elapsed_ms: 0 });
  partition.after(1_000);
  expect(failOnce(21, { random: 0.999 })).toBeLessThanOrEqual(1_000);
});

test('Retry-After is kept, up to an hour', () => {
  expect(failOnce(1, { retry_after_ms: 120_000 })).toBe(120_000);
  partition.after(120_000);
  expect(failOnce(2, { retry_after_ms: 5 * DAY_MS })).toBe(3_600_000);
});

test('a permanent failure opens the breaker: one mint in 5 minutes', () => {
  let mints = 0;
  const endMs = partition.nowMs + 3_600_000;
  for (let n = 1; partition.nowMs < endMs; n += 1) {
    const reply = partition.when(begin(n));
    if (!(reply instanceof DocketError) && reply.kind === 'mint') {
      mints += 1;
      partition.given(failed(n, { class: 'permanent', code: 'invalid_client', status: 401 }));
    } else expect(reply).toMatchObject({ reason: 'CONNECTION_BROKEN', metadata: { code: 'invalid_client' } });
    partition.after(10_000);
  }
  expect(mints).toBe(12);
});

test.each([['a new secret', () => rotate(2)], ['an operator', () => reset()]])('%s closes the breaker at once', (_, command) => {
  partition.given(begin(1), failed(1, { class: 'permanent', code: 'invalid_grant', status: 400 }));
  expect(partition.when(begin(2))).toMatchObject({ reason: 'CONNECTION_BROKEN' });
  expect(partition.given(command()).when(begin(3))).toMatchObject({ kind: 'mint' });
  expect(partition.connection()).toMatchObject({ last_failure: null, failures: 0 });
});

test('a subject that the issuer refuses leaves the connection open for the others', () => {
  partition.given(begin(1, { slot: hash64(1) }), failed(1, { slot: hash64(1), class: 'permanent', code: 'invalid_grant', status: 400 }));
  expect(partition.when(begin(2, { slot: hash64(1) }))).toMatchObject({ reason: 'SUBJECT_REFUSED' });
  expect(partition.when(begin(3, { slot: hash64(2) }))).toMatchObject({ kind: 'mint' });
});

test('a burst of failures counts as one day toward a dead connection, a success as none', () => {
  for (let n = 1; n <= 20; n += 1) partition.after(failOnce(n, { random: 0 }));
  expect(partition.connection().failing_days).toBe(1);
  partition.after(DAY_MS);
  failOnce(30);
  expect(partition.connection().failing_days).toBe(2);
  partition.after(60_000).given(begin(31), finished(31));
  expect(partition.connection().failing_days).toBe(0);
});

describe('caps', () => {
  /** Mints as fast as it may, with tokens that live a second. */
  function storm(target: Partition, forMs: number, connections: readonly string[]): number {
    const endMs = target.nowMs + forMs;
    let mints = 0;
    for (let n = 1; target.nowMs < endMs; n += 1) {
      const connection_id = connections[n % connections.length]!;
      const reply = target.when(begin(n, { connection_id }));
      if (!(reply instanceof DocketError) && reply.kind === 'mint') {
        mints += 1;
        target.given(finished(n, { connection_id, lifetime_ms: 1_000, elapsed_ms: 0 }));
      }
      target.after(100);
    }
    return mints;
  }

  test('a connection mints at most its cap in any minute, refuses what is beyond it, and records that once', () => {
    partition = new Partition().given(register({ settings: { ...SETTINGS, mints_per_minute_max: 10 } }));
    expect(storm(partition, 60_000, ['partner'])).toBe(10);
    expect(partition.when(begin(10_000))).toMatchObject({ kind: 'mint' });
    expect(partition.count('MintRefused')).toBe(1);
    expect(partition.events.find(({ type }) => type === 'MintRefused')).toMatchObject({ cap: 'connection' });
  });

  test('the first one beyond the cap learns it from the event, the others from an error with a time', () => {
    partition = new Partition().given(register({ settings: { ...SETTINGS, mints_per_minute_max: 1 } }));
    partition.mint(1, {}, { lifetime_ms: 1_000, elapsed_ms: 0 });
    partition.after(1_000);
    expect(partition.when(begin(2))).toEqual({ kind: 'refused', cap: 'connection', retry_at_ms: partition.nowMs + 59_000 });
    expect(partition.after(1).when(begin(3))).toMatchObject({ kind: 'resource_exhausted', reason: 'MINT_CAP', retryAfterMs: 58_999 });
  });

  test('mints of other partitions count toward the cap for all: with as many as it elsewhere nothing is minted here, and the log says so', () => {
    partition = new Partition({ mintsPerMinuteMax: 25, connectionsMax: 10 }).given(register());
    expect(partition.when(begin(1, { mints_elsewhere: 25 }))).toMatchObject({ kind: 'refused', cap: 'global' });
    expect(partition.after(1_000).when(begin(2, { mints_elsewhere: 25 }))).toMatchObject({ reason: 'MINT_CAP' });
    expect(partition.when(begin(3, { mints_elsewhere: 24 }))).toMatchObject({ kind: 'mint' });
  });

  test('all connections together are capped too', () => {
    partition = new Partition({ mintsPerMinuteMax: 25, connectionsMax: 10 });
    const names = ['one', 'two', 'three'];
    for (const connection_id of names) partition.given(register({ connection_id }));
    expect(storm(partition, 60_000, names)).toBe(25);
    expect(partition.events.find(({ type }) => type === 'MintRefused')).toMatchObject({ cap: 'global' });
  });

  test('no minute has more mints than the cap, whatever the callers do', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 10, maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (gaps, cap) => {
      const target = new Partition().given(register({ settings: { ...SETTINGS, mints_per_minute_max: cap } }));
      const times: number[] = [];
      gaps.forEach((gapMs, n) => {
        target.after(gapMs);
        const reply = target.when(begin(n + 1));
        if (reply instanceof DocketError || reply.kind !== 'mint') return;
        times.push(target.nowMs);
        target.given(finished(n + 1, { lifetime_ms: 1_000, elapsed_ms: 0 }));
      });
      times.forEach((time) => expect(times.filter((other) => other > time - 60_000 && other <= time).length).toBeLessThanOrEqual(cap));
    }), { numRuns: 50 });
  });
});
