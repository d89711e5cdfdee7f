import fc from 'fast-check';
import { decodeStatus, encodeStatus } from './status-details.js';
import type { StatusDetails } from './status-details.js';
import { msOf, timestampOf } from './time.js';

describe('google.rpc.Status details', () => {
  it('arrive as they were sent, whatever parts they have', () => {
    const details: fc.Arbitrary<StatusDetails> = fc.record({
      code: fc.integer({ min: 0, max: 16 }),
      message: fc.string(),
      reason: fc.string(),
      domain: fc.string(),
      metadata: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string()).map((entries) => ({ ...entries })),
      violations: fc.array(fc.record({ field: fc.string(), description: fc.string() }, { noNullPrototype: true }), { maxLength: 5 }),
      retryAfterMs: fc.option(fc.integer({ min: 0, max: 1e12 })),
    }, { noNullPrototype: true });
    fc.assert(fc.property(details, (sent) => expect(decodeStatus(encodeStatus(sent))).toEqual(sent)), { numRuns: 200 });
  });

  it('are refused when the bytes are no Status', () => {
    expect(() => decodeStatus(Uint8Array.of(0xff, 0xff, 0xff))).toThrow();
  });
});

describe('timestamps', () => {
  it('keep every millisecond, before and after the epoch', () => {
    fc.assert(fc.property(fc.integer({ min: -1e13, max: 1e13 }), (ms) => {
      const timestamp = timestampOf(ms);
      expect(timestamp.nanos).toBeGreaterThanOrEqual(0);
      expect(msOf(timestamp)).toBe(ms);
    }));
  });
});
