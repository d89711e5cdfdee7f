import fc from 'fast-check';
import { systemRuntime } from '#ledger';
import { newCallId, readCallId } from './call-ids.js';

describe('call ids', () => {
  it('made here are UUIDs version 7 that carry their time and differ', () => {
    const runtime = systemRuntime();
    const made = Array.from({ length: 1_000 }, () => newCallId(runtime));
    expect(new Set(made.map(({ callId }) => callId)).size).toBe(1_000);
    for (const { callId, timeMs } of made) expect(readCallId(callId)).toEqual({ callId, timeMs });
  });

  it('carry any time of 48 bits', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), (timeMs) => {
      const { callId } = newCallId({ ...systemRuntime(), wallMs: () => timeMs });
      expect(readCallId(callId.toUpperCase())).toEqual({ callId, timeMs });
    }));
  });

  it.each(['', 'x', '018f3f5e-7a4b-4c00-8000-000000000000', '018f3f5e-7a4b-7c00-c000-000000000000', '018f3f5e7a4b7c008000000000000000', ' 018f3f5e-7a4b-7c00-8000-00000000000'])('of another kind are refused: %j', (text) => {
    expect(readCallId(text)).toBeUndefined();
  });
});
