import fc from 'fast-check';
import { RecentBytes } from './recent-bytes.js';

test('what was added lately is there byte for byte, what is not kept any more is not, and never is anything else', () => {
  fc.assert(fc.property(fc.array(fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: 65_536 }) }, { weight: 1, arbitrary: fc.integer({ min: 65_537, max: 70_000 }) }), { minLength: 1, maxLength: 400, size: 'max' }), (lengths) => {
    const bytes = new RecentBytes();
    const added = lengths.map((length, offset) => Buffer.alloc(length, offset % 251));
    for (const [offset, value] of added.entries()) {
      bytes.add(offset, value);
      if (value.length <= 65_536) expect(Buffer.compare(bytes.at(offset)!, value)).toBe(0);
    }
    let total = 0;
    for (const [offset, value] of [...added.entries()].reverse()) {
      const found = bytes.at(offset);
      if (found !== undefined) expect(Buffer.compare(found, value)).toBe(0);
      else if (value.length <= 65_536) expect(total).toBeGreaterThan(4 * 1024 * 1024);
      total += value.length;
    }
    expect(bytes.at(added.length)).toBeUndefined();
  }), { numRuns: 20 });
});

test('of very many small ones the newest are there', () => {
  const bytes = new RecentBytes();
  for (let offset = 0; offset < 50_000; offset += 1) bytes.add(offset, Buffer.from(`value ${offset}`));
  expect(Buffer.from(bytes.at(49_999)!).toString()).toBe('value 49999');
  expect(Buffer.from(bytes.at(40_000)!).toString()).toBe('value 40000');
  expect(bytes.at(20_000)).toBeUndefined();
});
