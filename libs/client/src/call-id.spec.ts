import { newCallId, readCallId } from './call-id.js';

it('makes UUIDs of version 7 that hold their time, each another', () => {
  const ids = Array.from({ length: 5_000 }, () => newCallId(0x19a1b2c3d4e5));
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) {
    expect(id).toMatch(/^19a1b2c3-d4e5-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(readCallId(id)).toBe(id);
  }
});

it.each(['', 'x', '19a1b2c3-d4e5-4000-8000-000000000000', '19a1b2c3-d4e5-7000-c000-000000000000', '19a1b2c3d4e570008000000000000000'])('takes %j for none', (text) => {
  expect(readCallId(text)).toBeUndefined();
});

it('takes upper case for the same id', () => {
  expect(readCallId('19A1B2C3-D4E5-7000-8000-00000000000F')).toBe('19a1b2c3-d4e5-7000-8000-00000000000f');
});
