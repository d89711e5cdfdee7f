import { createRequire } from 'node:module';
import fc from 'fast-check';
import { murmur2, partitionOf } from './partition-of.js';

const kafkajs = createRequire(import.meta.url)('kafkajs/src/producer/partitioners/default/murmur2.js') as (key: Buffer) => number;

describe('the partition of a key', () => {
  it.each([['21', -973932308], ['foobar', -790332482], ['a-little-bit-long-string', -985981536], ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971]])(
    'hashes %s as Apache Kafka’s own test does', (key, expected) => {
      expect(murmur2(Buffer.from(key))).toBe(expected);
    });

  it('agrees with kafkajs for any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      expect(murmur2(bytes)).toBe(kafkajs(Buffer.from(bytes)));
    }), { numRuns: 2_000 });
  });

  it('is always one of the partitions', () => {
    fc.assert(fc.property(fc.string(), fc.integer({ min: 1, max: 64 }), (key, partitions) => {
      const partition = partitionOf(key, partitions);
      expect(Number.isInteger(partition) && partition >= 0 && partition < partitions).toBe(true);
    }));
  });
});
