import { createRequire } from 'node:module';
import fc from 'fast-check';
import { crc32c } from './crc32c.js';
import { encodeProduce, type ProduceBody } from './produce-request.js';

const require = createRequire(import.meta.url);
const { requests } = require('kafkajs/src/protocol/requests') as { requests: { Produce: { protocol: (options: { version: number }) => (body: unknown) => { request: unknown } } } };
const createRequest = require('kafkajs/src/protocol/request') as (options: object) => Promise<{ buffer: Buffer }>;

async function byKafkajs(body: ProduceBody, header: { version: number; correlationId: number; clientId: string }, nowMs: number): Promise<Buffer> {
  const topicData = body.topicData.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition, messages }) => ({
      partition, firstSequence: 0,
      messages: messages.map(({ key, value }) => ({ key: key === null ? null : Buffer.from(key), value: Buffer.from(value), timestamp: nowMs })),
    })),
  }));
  const { request } = requests.Produce.protocol({ version: header.version })({ ...body, topicData });
  return (await createRequest({ request, correlationId: header.correlationId, clientId: header.clientId })).buffer;
}

describe('a Produce request', () => {
  const message = fc.record({ key: fc.option(fc.uint8Array({ maxLength: 40 })), value: fc.uint8Array({ maxLength: 300 }) });
  const partition = fc.record({ partition: fc.nat(300), messages: fc.array(message, { minLength: 1, maxLength: 80 }) });
  const body = fc.record({
    acks: fc.constant(-1 as const), timeout: fc.nat(60_000),
    topicData: fc.array(fc.record({ topic: fc.string({ minLength: 1, maxLength: 30, unit: 'binary' }), partitions: fc.array(partition, { minLength: 1, maxLength: 4 }) }), { minLength: 1, maxLength: 3 }),
  });

  test('is byte for byte what kafkajs would send', async () => {
    const header = fc.record({ version: fc.integer({ min: 3, max: 7 }), correlationId: fc.nat(), clientId: fc.string({ maxLength: 20 }) });
    await fc.assert(fc.asyncProperty(body, header, fc.integer({ min: 1, max: 4e12 }), async (given, head, nowMs) => {
      expect(encodeProduce(given, head, nowMs).equals(await byKafkajs(given, head, nowMs))).toBe(true);
    }), { numRuns: 100 });
  });

  test('is so for records of a megabyte and for many records, whose lengths take more bytes', async () => {
    const header = { version: 7, correlationId: 2 ** 31 - 1, clientId: 'docket' };
    const large = { key: null, value: Buffer.alloc(1_048_577, 'x') };
    const many = Array.from({ length: 9_000 }, (_, i) => ({ key: Buffer.from(String(i)), value: Buffer.alloc(i % 200) }));
    const given: ProduceBody = { acks: -1, timeout: 5_000, topicData: [{ topic: 't', partitions: [{ partition: 0, messages: [large] }, { partition: 1, messages: many }] }] };
    expect(encodeProduce(given, header, 1_800_000_000_000).equals(await byKafkajs(given, header, 1_800_000_000_000))).toBe(true);
  });
});

describe('CRC-32C', () => {
  test.each([['', 0x00000000], ['123456789', 0xe3069283], ['a', 0xc1d04330], ['\0'.repeat(32), 0x8a9136aa]])('of %j is as published', (text, expected) => {
    expect(crc32c(Buffer.from(text))).toBe(expected);
  });

  test('of a part is that of the part alone', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), fc.nat(100), (bytes, a, b) => {
      const [start, end] = [Math.min(a, b, bytes.length), Math.min(Math.max(a, b), bytes.length)];
      expect(crc32c(bytes, start, end)).toBe(crc32c(bytes.slice(start, end)));
    }));
  });
});
