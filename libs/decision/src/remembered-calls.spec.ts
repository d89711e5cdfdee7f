import fc from 'fast-check';
import { fromBase64, toBase64 } from './base64.js';
import type { Outcome } from './model.js';
import { RememberedCalls, type RememberedCall } from './remembered-calls.js';

const START_MS = 1_795_428_030_000;
const uuid = (timeMs: number, n: number): string => {
  const time = timeMs.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${n.toString(16).padStart(12, '0')}`;
};
const grantId = (n: number): string => `0192f3a0b1c27def8${n.toString(16).padStart(15, '0')}`;

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ does: fc.constant('decided' as const), grant: fc.nat(3), id: fc.nat(60), seconds: fc.nat(90) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('settled' as const), grant: fc.nat(3), id: fc.nat(60), seconds: fc.nat(90), outcome: fc.constantFrom<Outcome>('SUCCEEDED', 'FAILED', 'NOT_SENT', 'UNKNOWN'), refunded: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('drop' as const), seconds: fc.nat(90) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('restore' as const) }) },
);

describe('the remembered calls', () => {
  it('agree with a plain map of grant and call id, through dropping and snapshots', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      let calls = new RememberedCalls();
      const naive = new Map<string, RememberedCall & { readonly timeMs: number }>();
      steps.forEach((one, offset) => {
        if (one.does === 'restore') {
          const again = RememberedCalls.restore(JSON.parse(JSON.stringify(calls.snapshot())) as ReturnType<RememberedCalls['snapshot']>);
          expect(again.snapshot()).toEqual(calls.snapshot());
          calls = again;
          return;
        }
        const timeMs = START_MS + one.seconds * 1_000;
        if (one.does === 'drop') {
          calls.dropBefore(timeMs);
          for (const [name, call] of naive) if ((Math.floor(call.timeMs / 10_000) + 1) * 10_000 <= timeMs) naive.delete(name);
          return;
        }
        const [grant, id] = [grantId(one.grant), uuid(timeMs, one.id)];
        const known = naive.get(grant + id);
        if (one.does === 'decided') {
          calls.decided(grant, id, offset);
          naive.set(grant + id, { offset, settlement: known?.settlement, timeMs });
        } else {
          const settlement = { outcome: one.outcome, offset, refunded: one.refunded };
          calls.settled(grant, id, settlement);
          if (known !== undefined) naive.set(grant + id, { ...known, settlement });
        }
      });
      for (const [name, { offset, settlement }] of naive) expect(calls.get(name.slice(0, 32), name.slice(32))).toEqual({ offset, settlement });
      expect(calls.snapshot().reduce((sum, [, , offsets]) => sum + offsets.length, 0)).toBe(naive.size);
    }), { numRuns: 300 });
  });

  it('keep thousands of a bucket apart, and those of other grants with the same call id', () => {
    const calls = new RememberedCalls();
    for (let n = 0; n < 5_000; n++) calls.decided(grantId(n % 2), uuid(START_MS, n >> 1), n);
    for (let n = 0; n < 5_000; n++) expect(calls.get(grantId(n % 2), uuid(START_MS, n >> 1))?.offset).toBe(n);
    expect(calls.get(grantId(2), uuid(START_MS, 1))).toBeUndefined();
    expect(calls.get(grantId(0), uuid(START_MS, 2_500))).toBeUndefined();
  });

  it('find the same ids again, whatever was restored or refused in between', () => {
    const calls = new RememberedCalls();
    const find = (): number | undefined => calls.get(grantId(1), uuid(START_MS, 1))?.offset;
    calls.decided(grantId(1), uuid(START_MS, 1), 7);
    expect(find()).toBe(7);
    const others = new RememberedCalls();
    others.decided(grantId(2), uuid(START_MS, 2), 9);
    const rows = others.snapshot();
    expect(find()).toBe(7);
    const restored = RememberedCalls.restore(rows);
    expect(find()).toBe(7);
    expect(() => calls.get(grantId(2), `${uuid(START_MS, 1).slice(0, 35)}x`)).toThrow('lower-case hex');
    expect([find(), restored.get(grantId(2), uuid(START_MS, 2))?.offset]).toEqual([7, 9]);
  });

  it('refuse what is no id', () => {
    const calls = new RememberedCalls();
    expect(() => calls.decided('g1', uuid(START_MS, 1), 0)).toThrow('a grant id of 32');
    expect(() => calls.decided('G'.repeat(32), uuid(START_MS, 1), 0)).toThrow('lower-case hex');
  });
});

describe('base64', () => {
  it('is what everybody else calls base64, without padding', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const text = toBase64(bytes);
      expect(text).toBe(Buffer.from(bytes).toString('base64').replaceAll('=', ''));
      expect(fromBase64(text).subarray(0, bytes.length)).toEqual(bytes);
    }));
  });
});
