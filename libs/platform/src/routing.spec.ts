import { DocketError } from '#errors';
import type { Onward } from './peers.js';
import { Routing, type OwnerOf, type Routed } from './routing.js';

type Owner = ReturnType<OwnerOf>;

const ELSEWHERE = { isHere: false, address: 'b:7400' };
const FRESH: Onward = { credential: 'dk', traceparent: '', hops: 0, deadlineMs: Infinity, epoch: 0 };
const refused = (reason: string): DocketError => new DocketError('unavailable', { reason, message: reason });

/** A clock that jumps to whatever is waited for. */
function runtime() {
  let nowMs = 0;
  return { monotonicMs: () => nowMs, nowMs: () => nowMs, after: (ms: number, callback: () => void) => (queueMicrotask(() => { nowMs += ms; callback(); }), () => {}) };
}

function world(owners: readonly Owner[], answers: readonly (string | DocketError)[]): { routing: Routing; calls: string[]; clock: ReturnType<typeof runtime>; here: () => Promise<string> } {
  const clock = runtime();
  const calls: string[] = [];
  const left = [...answers];
  let looks = 0;
  const answer = (who: string): Promise<never> => {
    calls.push(who);
    const next = left.length > 1 ? left.shift()! : left[0]!;
    return (next instanceof DocketError ? Promise.reject(next) : Promise.resolve(next)) as Promise<never>;
  };
  const routing = new Routing({
    ownerOf: () => owners[Math.min(looks++, owners.length - 1)]!, runtime: clock,
    peers: { call: (address, _service, method, _request, { hops }) => answer(`${address} ${method} ${hops}`) },
  });
  return { routing, calls, clock, here: () => answer('here') };
}

const call = (here: () => Promise<string>, more: Partial<Routed<string>> = {}): Routed<string> =>
  ({ partition: 3, service: 's', method: 'Decide', request: {}, onward: FRESH, deadlineMs: 1_000, isRepeatable: true, here, ...more });

test('the owner answers itself', async () => {
  const { routing, calls, here } = world([{ isHere: true }], ['yes']);
  expect(await routing.answer(call(here))).toBe('yes');
  expect(calls).toEqual(['here']);
});

test('who is not the owner hands on, in one hop', async () => {
  const { routing, calls, here } = world([ELSEWHERE], ['yes']);
  expect(await routing.answer(call(here))).toBe('yes');
  expect(calls).toEqual(['b:7400 Decide 0']);
});

test('a call that was handed on is not handed on again', async () => {
  const { routing, calls, here } = world([ELSEWHERE], ['yes']);
  await expect(routing.answer(call(here, { onward: { ...FRESH, hops: 1 } }))).rejects.toMatchObject({ kind: 'unavailable', reason: 'NOT_OWNER', metadata: { outcome: 'not_decided' } });
  expect(calls).toEqual([]);
});

test('while the partition moves, the call follows it', async () => {
  const { routing, calls, here } = world([{ isHere: true }, { isHere: true }, { isHere: false }, ELSEWHERE], [refused('NEWER_OWNER'), refused('NOT_OWNER'), 'yes']);
  expect(await routing.answer(call(here))).toBe('yes');
  expect(calls).toEqual(['here', 'b:7400 Decide 0', 'b:7400 Decide 0']);
});

test('a node that vanished in the middle: only what may be asked twice is', async () => {
  const vanished = [refused('OWNER_UNREACHABLE'), 'yes'];
  const first = world([ELSEWHERE], vanished);
  expect(await first.routing.answer(call(first.here))).toBe('yes');
  const second = world([ELSEWHERE], vanished);
  await expect(second.routing.answer(call(second.here, { isRepeatable: false }))).rejects.toMatchObject({ reason: 'OWNER_UNREACHABLE' });
  expect(second.calls).toHaveLength(1);
});

test('that the last node has decided nothing is no promise for one before it that vanished in the middle', async () => {
  const vanished = new DocketError('unavailable', { reason: 'OWNER_UNREACHABLE', message: 'gone', metadata: { outcome: 'unknown' } });
  const not = (kind: 'unavailable' | 'resource_exhausted' | 'failed_precondition', reason: string): DocketError => new DocketError(kind, { reason, message: reason, metadata: { outcome: 'not_decided', topic: 't' }, retryAfterMs: 70 });
  for (const last of [not('unavailable', 'NOT_OWNER'), not('resource_exhausted', 'OVERLOADED'), not('failed_precondition', 'GRANT_REVOKED')]) {
    const { routing, here } = world([ELSEWHERE], [vanished, last]);
    await expect(routing.answer(call(here))).rejects.toMatchObject({ kind: last.kind, reason: last.reason, retryAfterMs: 70, metadata: { outcome: 'unknown', topic: 't' } });
    // Nobody is told what another caller met.
    expect(last.metadata['outcome']).toBe('not_decided');
    const sure = world([ELSEWHERE], [not('unavailable', 'NEWER_OWNER'), last]);
    await expect(sure.routing.answer(call(sure.here))).rejects.toMatchObject({ reason: last.reason, metadata: { outcome: 'not_decided' } });
  }
});

test('what the last node tells of the call itself is told as it is', async () => {
  const settled = new DocketError('failed_precondition', { reason: 'CALL_ALREADY_SETTLED', message: '', metadata: { outcome: 'FAILED' } });
  const { routing, here } = world([ELSEWHERE], [new DocketError('unavailable', { reason: 'OWNER_UNREACHABLE', message: 'gone', metadata: { outcome: 'unknown' } }), settled]);
  await expect(routing.answer(call(here))).rejects.toBe(settled);
});

test('nor if it was the named successor that vanished', async () => {
  const routing = new Routing({
    ownerOf: () => ELSEWHERE, runtime: runtime(), address: 'a:7400',
    peers: {
      call: (address, _service, _method, _request, _onward, hear) => {
        hear?.(7, 'c:7400');
        const [reason, outcome] = address === 'b:7400' ? ['NOT_OWNER', 'not_decided'] : ['OWNER_UNREACHABLE', 'unknown'];
        return Promise.reject(new DocketError('unavailable', { reason: reason!, message: '', metadata: { outcome: outcome! } }));
      },
    },
  });
  await expect(routing.answer(call(() => Promise.resolve('here')))).rejects.toMatchObject({ reason: 'NOT_OWNER', metadata: { outcome: 'unknown' } });
});

test('a successor that cannot be reached is forgotten, also by what may not be asked twice', async () => {
  const asked: string[] = [];
  let isGone = false;
  const routing = new Routing({
    ownerOf: () => ELSEWHERE, runtime: runtime(), address: 'a:7400',
    peers: {
      call: (address, _service, _method, _request, _onward, hear) => {
        asked.push(address);
        hear?.(7, 'c:7400');
        if (address === 'c:7400') return (isGone ? Promise.reject(refused('OWNER_UNREACHABLE')) : Promise.resolve('yes')) as Promise<never>;
        return (isGone ? Promise.resolve('yes') : Promise.reject(refused('NOT_OWNER'))) as Promise<never>;
      },
    },
  });
  const once = (): Promise<string> => routing.answer(call(() => Promise.resolve('here'), { isRepeatable: false }));
  expect(await once()).toBe('yes');
  isGone = true;
  await expect(once()).rejects.toMatchObject({ reason: 'OWNER_UNREACHABLE' });
  expect(await once()).toBe('yes');
  expect(asked).toEqual(['b:7400', 'c:7400', 'c:7400', 'b:7400']);
});

test('it gives up before the deadline, with what was said last; other errors are the answer', async () => {
  const homeless = world([{ isHere: false }], ['never']);
  await expect(homeless.routing.answer(call(homeless.here))).rejects.toMatchObject({ reason: 'NO_OWNER' });
  expect(homeless.clock.nowMs()).toBeLessThan(1_000);
  expect(homeless.clock.nowMs()).toBeGreaterThan(500);
  const refusing = world([ELSEWHERE], [new DocketError('failed_precondition', { reason: 'GRANT_REVOKED', message: 'no' })]);
  await expect(refusing.routing.answer(call(refusing.here))).rejects.toMatchObject({ reason: 'GRANT_REVOKED' });
  expect(refusing.calls).toHaveLength(1);
});

test('an owner that the sender knows to be deposed does not answer', async () => {
  const handed = { onward: { ...FRESH, hops: 1, epoch: 5 } };
  const deposed = world([{ isHere: true, epoch: 4 }], ['yes']);
  await expect(deposed.routing.answer(call(deposed.here, handed))).rejects.toMatchObject({ reason: 'NOT_OWNER', metadata: { outcome: 'not_decided' } });
  expect(deposed.calls).toEqual([]);
  // One that is still claiming will have a newer epoch.
  for (const owner of [{ isHere: true, epoch: 5 }, { isHere: true }]) {
    const { routing, here } = world([owner], ['yes']);
    expect(await routing.answer(call(here, handed))).toBe('yes');
  }
});

test('it names the owner, with the newest epoch that it heard, and passes that on', async () => {
  const sent: number[] = [];
  const heard = [7, 9, 8];
  let owner: Owner = ELSEWHERE;
  const routing = new Routing({
    ownerOf: () => owner, runtime: runtime(), address: 'a:7400', partitions: 16,
    peers: { call: (_address, _service, _method, _request, { epoch }, hear) => { sent.push(epoch); hear?.(heard.shift()!, undefined); return Promise.resolve('yes' as never); } },
  });
  expect(routing.ownerNote(3)).toEqual({ address: 'b:7400', partition: 3, partitions: 16, epoch: 0 });
  for (let i = 0; i < 3; i += 1) await routing.answer(call(() => Promise.resolve('here')));
  expect(sent).toEqual([0, 7, 9]);
  expect(routing.ownerNote(3)).toEqual({ address: 'b:7400', partition: 3, partitions: 16, epoch: 9 });
  expect(routing.trailers(3)).toBe(routing.trailers(3));
  owner = { isHere: true, epoch: 10 };
  expect(routing.trailers(3)!.getMap()).toEqual({ 'docket-owner': 'a:7400', 'docket-partition': '3', 'docket-partitions': '16', 'docket-epoch': '10' });
  owner = { isHere: false };
  expect(routing.trailers(3)).toBeUndefined();
});

test('a node that is deposed names its successor, and the call goes straight there, without a pause', async () => {
  const asked: string[] = [];
  const clock = runtime();
  const routing = new Routing({
    ownerOf: () => ELSEWHERE, runtime: clock, address: 'a:7400',
    peers: {
      call: (address, _service, _method, _request, _onward, hear) => {
        asked.push(address);
        hear?.(7, 'c:7400');
        return (address === 'b:7400' ? Promise.reject(refused('NOT_OWNER')) : Promise.resolve('yes')) as Promise<never>;
      },
    },
  });
  expect(await routing.answer(call(() => Promise.resolve('here')))).toBe('yes');
  expect(asked.splice(0)).toEqual(['b:7400', 'c:7400']);
  expect(clock.nowMs()).toBe(0);
  // From then on calls go straight to the successor, and callers are told of it, until the table of owners is a new one.
  expect(await routing.answer(call(() => Promise.resolve('here')))).toBe('yes');
  expect(asked).toEqual(['c:7400']);
  expect(routing.ownerNote(3)).toMatchObject({ address: 'c:7400' });
  expect(routing.ownerNote(4)).toMatchObject({ address: 'b:7400' });
});

test('a call that comes back from the former owner goes on at once if the partition is here by now, or elsewhere', async () => {
  for (const now of [{ isHere: true }, { isHere: false, address: 'c:7400' }]) {
    let owner: Owner = ELSEWHERE;
    const asked: string[] = [];
    const clock = runtime();
    const routing = new Routing({
      ownerOf: () => owner, runtime: clock, address: 'a:7400',
      peers: {
        call: (address) => {
          asked.push(address);
          owner = now;
          return (address === 'b:7400' ? Promise.reject(refused('NOT_OWNER')) : Promise.resolve('yes')) as Promise<never>;
        },
      },
    });
    expect(await routing.answer(call(() => Promise.resolve('yes')))).toBe('yes');
    expect(asked).toEqual(now.isHere ? ['b:7400'] : ['b:7400', 'c:7400']);
    expect(clock.nowMs()).toBe(0);
  }
});

test('two nodes that name each other are asked again after a pause only, and in the end given up', async () => {
  const asked: string[] = [];
  const clock = runtime();
  const routing = new Routing({
    ownerOf: () => ELSEWHERE, runtime: clock,
    peers: {
      call: (address, _service, _method, _request, _onward, hear) => {
        asked.push(address);
        hear?.(7, address === 'b:7400' ? 'c:7400' : 'b:7400');
        return Promise.reject(refused('NOT_OWNER')) as Promise<never>;
      },
    },
  });
  await expect(routing.answer(call(() => Promise.resolve('here')))).rejects.toMatchObject({ reason: 'NOT_OWNER' });
  expect(asked.length).toBeLessThan(20);
  expect(clock.nowMs()).toBeGreaterThan(500);
});

test('who waits for an owner looks again as soon as partitions have moved, and so many may wait', async () => {
  let owner: Owner = { isHere: false };
  const routing = new Routing({ ownerOf: () => owner, runtime: { monotonicMs: () => 0, after: () => () => {} }, peers: { call: () => Promise.reject(new Error('nobody is asked')) } });
  const waiting = Array.from({ length: 4_096 }, () => routing.answer(call(() => Promise.resolve('here'))));
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(routing.waiting).toBe(4_096);
  await expect(routing.answer(call(() => Promise.resolve('here')))).rejects.toMatchObject({ kind: 'resource_exhausted', reason: 'TOO_MANY_WAITING', metadata: { outcome: 'not_decided' } });
  owner = { isHere: true };
  routing.moved();
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(['here']));
  expect(routing.waiting).toBe(0);
});
