import fc from 'fast-check';
import { ConnectionError } from './frames.js';
import { HeaderDecoder } from './header-decoder.js';
import { literalFields, rememberedFields } from './header-encoder.js';
import { KIND } from './header-field.js';
import { huffmanText } from './huffman.js';

const fieldsOf = (decoder: HeaderDecoder, hex: string): (readonly [string, string])[] => decoder.decode(Buffer.from(hex, 'hex')).fields.map(({ name, value }) => [name, value] as const);

// RFC 7541, appendix C.
const FIRST = [[':method', 'GET'], [':scheme', 'http'], [':path', '/'], [':authority', 'www.example.com']];

it.each([
  ['plain', ['828684410f7777772e6578616d706c652e636f6d', '828684be58086e6f2d6361636865', '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565']],
  ['Huffman-coded', ['828684418cf1e3c2e5f23a6ba0ab90f4ff', '828684be5886a8eb10649cbf', '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf']],
])('decodes the requests of the standard’s appendix (%s)', (_name, [first, second, third]) => {
  const decoder = new HeaderDecoder(16_384);
  expect(fieldsOf(decoder, first!)).toEqual(FIRST);
  expect(fieldsOf(decoder, second!)).toEqual([...FIRST, ['cache-control', 'no-cache']]);
  expect(fieldsOf(decoder, third!)).toEqual([[':method', 'GET'], [':scheme', 'https'], [':path', '/index.html'], [':authority', 'www.example.com'], ['custom-key', 'custom-value']]);
});

it('decodes what is encoded, whatever the headers', () => {
  const name = fc.stringMatching(/^[a-z0-9-]{1,40}$/);
  const value = fc.stringMatching(/^[\x20-\x7e]{0,300}$/);
  fc.assert(fc.property(fc.dictionary(name, value, { noNullPrototype: true }), fc.boolean(), (headers, isRemembered) => {
    const block = isRemembered ? rememberedFields(headers) : literalFields(headers);
    const { fields } = new HeaderDecoder(1 << 20).decode(block);
    expect(Object.fromEntries(fields.map((field) => [field.name, field.value]))).toEqual(headers);
  }));
});

it('never fails in another way than with a ConnectionError, whatever the bytes', () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (blocks) => {
    const decoder = new HeaderDecoder(16_384);
    try {
      for (const block of blocks) for (const { name, value, kind } of decoder.decode(Buffer.from(block)).fields) expect([typeof name, typeof value, typeof kind]).toEqual(['string', 'string', 'number']);
    } catch (error) {
      expect(error).toBeInstanceOf(ConnectionError);
    }
  }), { numRuns: 2_000 });
});

it('forgets the oldest fields when the table is full', () => {
  const decoder = new HeaderDecoder(1 << 20);
  // 66 bytes each with what a field counts beside its text: 62 fit into 4,096 bytes.
  for (let index = 0; index < 300; index += 1) decoder.decode(rememberedFields({ [`n-${String(index).padStart(8, '0')}`]: 'v'.repeat(24) }));
  const newest = decoder.decode(Buffer.from([0xbe])).fields[0]!;
  expect(newest.name).toBe('n-00000299');
  expect(decoder.decode(Buffer.from([0x80 | (62 + 61)])).fields[0]!.name).toBe('n-00000238');
  expect(() => decoder.decode(Buffer.from([0x80 | (62 + 62)]))).toThrow(/not in the table/);
});

it('cuts a list over the bound, and still follows the table', () => {
  const decoder = new HeaderDecoder(100);
  const { fields, isTooLarge } = decoder.decode(Buffer.concat([literalFields({ a: 'x'.repeat(50) }), literalFields({ b: 'y'.repeat(50) }), rememberedFields({ c: 'z' })]));
  expect([fields.length, isTooLarge]).toEqual([1, true]);
  expect(decoder.decode(Buffer.from([0xbe])).fields[0]).toMatchObject({ name: 'c', value: 'z', kind: KIND.METADATA });
});

it('refuses Huffman codes that end within a code, or hold the end mark', () => {
  expect(() => huffmanText(Buffer.from([0xff, 0xff, 0xff, 0xff]), 0, 4)).toThrow(/end mark/);
  expect(() => huffmanText(Buffer.from([0x00 | 0x18]), 0, 1)).toThrow(/within a code/);
  expect(huffmanText(Buffer.from([0x1f]), 0, 1)).toBe('a');
});
