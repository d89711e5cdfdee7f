import { GRANT, OTHER_GRANT, Partition, START_MS } from './fixtures/partition.js';
import type { CallDecided, LimitReading } from './index.js';
import { SlidingCounter } from './sliding-counter.js';

const partitionWith = (limits: readonly object[], more: object = {}): Partition => {
  const partition = new Partition();
  publish(partition, limits, more);
  for (const grant_id of [GRANT, OTHER_GRANT]) partition.grant({ grant_id });
  return partition;
};
function publish(partition: Partition, limits: readonly object[], more: object = {}): void {
  partition.publish({ version: '1', default: 'deny', tools: { pay: { limits }, other: {} }, ...more });
}
const spend = (more: object = {}): object => ({ counter: 'spend', window: 'day', max: 100, increment_from: 'args.amount', ...more });
const pay = (partition: Partition, amount: string, more: object = {}): CallDecided => partition.call({ tool: 'pay', argsText: `{"amount":${amount}}`, ...more }).event;
const first = (event: CallDecided): LimitReading => event.limits[0] as LimitReading;

describe('amounts', () => {
  test('are added exactly: a fraction is never rounded away, whatever its spelling', () => {
    const partition = partitionWith([spend({ max: 0.3 })]);
    expect(first(pay(partition, '0.1'))).toMatchObject({ limit: '0.3', used: '0.1', remaining: '0.2' });
    expect(first(pay(partition, '2e-1'))).toMatchObject({ used: '0.3', remaining: '0' });
    expect(pay(partition, '0.00000000000000000001')).toMatchObject({ verdict: 'RATE_LIMITED', charges: [] });
    const large = partitionWith([spend({ max: 1_000_000_000_000_000 })]);
    expect(first(pay(large, '999999999999999.9'))).toMatchObject({ used: '999999999999999.9', remaining: '0.1' });
    expect(pay(large, '0.2').verdict).toBe('RATE_LIMITED');
    expect(first(pay(large, '0.1')).remaining).toBe('0');
  });

  test.each(['"5"', 'null', 'true', '-1', '-0.01', '1000000000000000.01', '1e16', '1e-33', '[5]', '{"n":5}'])('%s is no amount: denied, with no time to wait for', (amount) => {
    const partition = partitionWith([{ counter: 'c', window: 'day', max: 5 }, spend()]);
    const event = pay(partition, amount);
    expect(event).toMatchObject({ verdict: 'DENY', rule: '(invalid amount)', retry_after_ms: null, charges: [], message: '`args.amount` is counted and must be a number from 0 to 1000000000000000 with at most 32 decimals.' });
    expect(event.limits.map(({ used, refused }) => [used, refused])).toEqual([['0', false], ['0', true]]);
  });

  test('a missing amount is denied, 0 and 10^15 pass', () => {
    const partition = partitionWith([spend({ max: 1_000_000_000_000_000 })]);
    expect(partition.call({ tool: 'pay' }).event.rule).toBe('(invalid amount)');
    expect(pay(partition, '0').verdict).toBe('ALLOW');
    expect(pay(partition, '-0').verdict).toBe('ALLOW');
    expect(first(pay(partition, '1e15')).used).toBe('1000000000000000');
  });

  test('one that is above max by itself can never pass: denied with the limit, even when another limit is used up', () => {
    const partition = partitionWith([{ counter: 'c', window: 'day', max: 1 }, spend()]);
    expect(pay(partition, '100').verdict).toBe('ALLOW');
    expect(pay(partition, '100.5')).toMatchObject({ verdict: 'DENY', rule: '/tools/pay/limits/1', retry_after_ms: null });
    expect(pay(partition, '1')).toMatchObject({ verdict: 'RATE_LIMITED', rule: '/tools/pay/limits/0' });
    expect(partitionWith([{ counter: 'c', window: 'day', max: 0 }]).call({ tool: 'pay' }).event).toMatchObject({ verdict: 'DENY', rule: '/tools/pay/limits/0' });
  });

  test('the first limit that denies names itself, an amount that is none or one that is too large', () => {
    const two = [spend({ counter: 'a', increment_from: 'args.a' }), spend({ counter: 'b', increment_from: 'args.b' })];
    const partition = partitionWith(two);
    const rule = (args: object): string => partition.call({ tool: 'pay', args }).event.rule;
    expect([rule({ a: 101 }), rule({ a: 101, b: 'x' }), rule({ b: 101 })]).toEqual(['/tools/pay/limits/0', '/tools/pay/limits/0', '(invalid amount)']);
  });

  test('a call adds once to a counter, and each limit on it tests its own max', () => {
    const partition = partitionWith([spend({ max: 100 }), spend({ max: 50 })]);
    const event = pay(partition, '30.5');
    expect(event.charges).toEqual([expect.objectContaining({ amount: '30.5' })]);
    expect(event.limits.map(({ remaining }) => remaining)).toEqual(['69.5', '19.5']);
    expect(pay(partition, '20')).toMatchObject({ verdict: 'RATE_LIMITED', rule: '/tools/pay/limits/1' });
  });

  test('nothing is charged unless all limits let the call pass; all that refuse are listed, and the latest time counts', () => {
    const partition = partitionWith([{ counter: 'm', window: 'minute', max: 1 }, spend({ window: 'hour' }), { counter: 'd', window: 'day', max: 9 }]);
    pay(partition, '80');
    const event = pay(partition, '30');
    expect(event).toMatchObject({
      verdict: 'RATE_LIMITED', rule: '/tools/pay/limits/0', charges: [], retry_after_ms: 3_570_000,
      message: 'The limit of 100 per hour has not enough left for this call. Try again in 3570 seconds.',
    });
    expect(event.limits.map(({ used, refused }) => [used, refused])).toEqual([['1', true], ['80', true], ['1', false]]);
  });

  test('are given back as they were taken, also fractions', () => {
    const partition = partitionWith([spend({ refund: ['not_sent', 'failed'] })]);
    const { call_id } = pay(partition, '99.99');
    expect(partition.settle(call_id, 'FAILED').event).toMatchObject({ refunds: [{ amount: '99.99' }], refunded: [{ used: '0', remaining: '100' }] });
    expect(pay(partition, '100').verdict).toBe('ALLOW');
  });

  test('the message names the limit and never the amount', () => {
    const partition = partitionWith([spend()]);
    pay(partition, '77.125');
    expect(pay(partition, '43.375').message).toBe('The limit of 100 per day has not enough left for this call. Try again in 50370 seconds.');
  });
});

describe('sliding windows', () => {
  const sliding = (more: object = {}): object => ({ counter: 's', window: 'minute', max: 3, sliding: true, ...more });

  test('hold what happened after t − W, up to t: an entry is gone exactly W later', () => {
    const partition = partitionWith([sliding()]);
    for (const afterMs of [0, 20_000, 39_999]) {
      partition.nowMs = START_MS + afterMs;
      expect(partition.call({ tool: 'pay' }).event.verdict).toBe('ALLOW');
    }
    partition.nowMs = START_MS + 59_999;
    expect(partition.call({ tool: 'pay' }).event).toMatchObject({ verdict: 'RATE_LIMITED', retry_after_ms: 1, limits: [{ sliding: true, used: '3', resets_at_ms: START_MS + 99_999 }] });
    partition.nowMs = START_MS + 60_000;
    expect(partition.call({ tool: 'pay' }).event).toMatchObject({ verdict: 'ALLOW', limits: [{ used: '3', remaining: '0', resets_at_ms: START_MS + 120_000 }], charges: [{ window_end_ms: START_MS + 120_000 }] });
    expect(partition.call({ tool: 'pay' }).event).toMatchObject({ verdict: 'RATE_LIMITED', retry_after_ms: 20_000 });
  });

  test('tell when enough will have left for an amount', () => {
    const partition = partitionWith([spend({ window: 'hour', sliding: true })]);
    for (const [afterMs, amount] of [[0, '10'], [1_000, '20.5'], [2_000, '60']] as const) {
      partition.nowMs = START_MS + afterMs;
      expect(pay(partition, amount).verdict).toBe('ALLOW');
    }
    const waits = ['9.6', '19.5', '19.6', '40', '40.1', '100'].map((amount) => pay(partition, amount).retry_after_ms);
    expect(waits).toEqual([3_598_000, 3_598_000, 3_599_000, 3_599_000, 3_600_000, 3_600_000]);
    partition.nowMs = START_MS + 3_600_000;
    expect(first(pay(partition, '19.5'))).toMatchObject({ used: '100', remaining: '0' });
  });

  test('take a refund while the entry is inside, and not when it has left', () => {
    const partition = partitionWith([sliding({ max: 1, window: { seconds: 5 } })]);
    const { call_id } = partition.call({ tool: 'pay' }).event;
    partition.nowMs += 4_999;
    expect(partition.settle(call_id, 'NOT_SENT').event.refunded).toEqual([expect.objectContaining({ used: '0', remaining: '1' })]);
    const second = partition.call({ tool: 'pay' }).event;
    expect(second.verdict).toBe('ALLOW');
    partition.nowMs += 5_000;
    expect(partition.call({ tool: 'pay' }).event.verdict).toBe('ALLOW');
    expect(partition.settle(second.call_id, 'NOT_SENT').event.refunds).toEqual([]);
    expect(partition.call({ tool: 'pay' }).event.verdict).toBe('RATE_LIMITED');
  });

  test('a counter that slides and a fixed one of the same name are two', () => {
    const partition = partitionWith([sliding({ max: 1 }), { counter: 's', window: 'minute', max: 2 }]);
    expect(partition.call({ tool: 'pay' }).event.charges).toHaveLength(2);
    partition.nowMs += 30_000;
    expect(partition.call({ tool: 'pay' }).event.limits.map(({ used, refused }) => [used, refused])).toEqual([['1', true], ['0', false]]);
    const again = partitionWith([sliding({ max: 1 }), { counter: 's', window: 'minute', max: 2 }]);
    expect(again.settle(again.call({ tool: 'pay' }).event.call_id, 'NOT_SENT').event.refunded.map(({ sliding: slides, used }) => [slides, used])).toEqual([[true, '0'], [false, '0']]);
  });

  test('a lower max is judged against what is used already', () => {
    const partition = partitionWith([sliding({ max: 3 })]);
    for (const afterMs of [0, 1_000, 2_000]) {
      partition.nowMs = START_MS + afterMs;
      partition.call({ tool: 'pay' });
    }
    publish(partition, [sliding({ max: 1 })]);
    expect(partition.call({ tool: 'pay' }).event).toMatchObject({ verdict: 'RATE_LIMITED', retry_after_ms: 60_000, limits: [{ used: '3', remaining: '0' }] });
  });

  test('an amount limit that meets the bound of 100,000 live entries refuses until the first one leaves', () => {
    const partition = partitionWith([spend({ sliding: true, window: 'hour' })]);
    pay(partition, '1');
    const [{ counter }] = pay(partition, '1').charges as unknown as [{ counter: string }];
    partition.state.sliding.add(partition.nowMs + 3_600_000, counter, 0, 99_997);
    expect(pay(partition, '1').verdict).toBe('ALLOW');
    expect(pay(partition, '0')).toMatchObject({ verdict: 'RATE_LIMITED', rule: '/tools/pay/limits/0', retry_after_ms: 3_600_000 });
    partition.nowMs += 3_600_000;
    expect(first(pay(partition, '1')).used).toBe('1');
  });

  test('cost nothing once they are empty, and are dropped at the first event that finds them so', () => {
    const partition = partitionWith([sliding()]);
    partition.call({ tool: 'pay' });
    partition.nowMs += 59_999;
    partition.call({ tool: 'other' });
    expect(partition.state.sliding.slots).toBe(1);
    partition.nowMs += 1;
    partition.call({ tool: 'other' });
    expect([partition.state.sliding.slots, JSON.parse(partition.snapshotText()).sliding]).toEqual([0, []]);
  });

  test('are told to whoever lists tools, as they are', () => {
    const partition = partitionWith([sliding(), spend({ sliding: true })]);
    const read = (): readonly LimitReading[] => partition.visible(['pay']).tools[0]?.limits ?? [];
    expect(read().map(({ used, resets_at_ms }) => [used, resets_at_ms])).toEqual([['0', START_MS], ['0', START_MS]]);
    pay(partition, '100');
    expect(read().map(({ used, remaining, refused, resets_at_ms }) => [used, remaining, refused, resets_at_ms])).toEqual([['1', '2', false, START_MS + 60_000], ['100', '0', false, START_MS + 86_400_000]]);
    partition.nowMs += 60_000;
    expect(read()[0]).toMatchObject({ used: '0', remaining: '3' });
  });
});

describe('scopes', () => {
  test.each([
    ['grant', [[], ['session_id'], ['agent']], [1, 2, 3]],
    ['session', [[], ['agent'], ['session_id']], [1, 2, 1]],
    ['agent', [[], ['session_id'], ['agent']], [1, 2, 1]],
  ] as const)('%s counts for itself', (scope, calls, used) => {
    const partition = partitionWith([{ counter: 'c', window: 'day', max: 9, scope }]);
    const found = calls.map((fields) => Number(first(partition.call({ tool: 'pay', ...Object.fromEntries(fields.map((field) => [field, 'x'])) }).event).used));
    expect(found).toEqual(used);
    expect(first(partition.call({ tool: 'pay', grant: OTHER_GRANT }).event)).toMatchObject({ scope, used: '1' });
  });

  test('an agent and a session of the same name are two', () => {
    const limits = ['session', 'agent'].map((scope) => ({ counter: 'c', window: 'day', max: 9, scope }));
    const { charges } = partitionWith(limits).call({ tool: 'pay', session_id: 'x', agent: 'x' }).event;
    expect(charges.map(({ counter }) => JSON.parse(counter)[1])).toEqual(['session', 'agent']);
  });
});

test('a counter that was emptied by refunds and used again has the same state as one restored meanwhile', () => {
  const partition = partitionWith([{ counter: 's', window: 'minute', max: 5, sliding: true, scope: 'session' }]);
  const calls = ['a', 'b'].map((session_id) => partition.call({ tool: 'pay', session_id }).event.call_id);
  partition.settle(calls[0] ?? '', 'NOT_SENT');
  const restored = partition.machine.restore(JSON.parse(partition.snapshotText()));
  partition.call({ tool: 'pay', session_id: 'a' });
  const last = JSON.parse(partition.log.at(-1)?.encoded ?? '');
  partition.machine.evolve(restored, partition.machine.decode(last), { offset: partition.log.length - 1, timeMs: partition.nowMs });
  expect(JSON.stringify(partition.machine.snapshot(restored))).toBe(partition.snapshotText());
});

test('a slot of several calls gives one of them back at a time', () => {
  const counter = new SlidingCounter('c');
  counter.add(1_000, 2);
  counter.add(1_000, 3);
  expect([counter.slots, counter.calls, counter.used]).toEqual([1, 2, 5]);
  expect([counter.remove(1_000, 3), counter.slots, counter.calls, counter.used]).toEqual([true, 1, 1, 2]);
  expect([counter.remove(999, 2), counter.remove(1_001, 2), counter.remove(1_000, 2), counter.remove(1_000, 2), counter.slots]).toEqual([false, false, true, false, 0]);
});
