import fc from 'fast-check';
import { timeAt } from './plain-envelope.js';

const START_MS = Date.UTC(2026, 10, 23, 10, 0, 30);

test('a time is read only as it is written', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), (ms) => {
    expect(timeAt(`x${new Date(ms).toISOString()}"`, 1)).toBe(ms);
  }));
  for (const other of ['2026-11-23T10:00:30.00Z', '2026-11-23 10:00:30.000Z', '2026-02-30T10:00:30.000Z', '2026-11-23T24:00:00.000Z', '2026-11-23T10:60:00.000Z', '2026-11-23T10:00:30,000Z', '2026-11-23T10:00:30.000z', '2026-1a-23T10:00:30.000Z', '']) {
    expect([other, timeAt(other, 0)]).toEqual([other, -1]);
  }
  expect(timeAt(new Date(START_MS).toISOString(), 0)).toBe(START_MS);
});
