import { grantOf, receipt, time } from './query-options.js';

const PLACE = { topic: 'docket.decisions', partition: 3, offset: '1207' };

it('takes a receipt in every form that the command prints one', () => {
  const hash = Buffer.alloc(32, 7);
  for (const text of ['docket.decisions/3/1207', 'docket.decisions/3@1207', 'docket.decisions/3 offset 1207', JSON.stringify(PLACE)]) expect(receipt(text)).toEqual(PLACE);
  expect(receipt(`docket.decisions/3 offset 1207 sha256 ${hash.toString('hex')}`)).toEqual({ ...PLACE, hash: hash.toString('base64') });
  expect(receipt(JSON.stringify({ ...PLACE, hash: hash.toString('base64') }))).toEqual({ ...PLACE, hash: hash.toString('base64') });
  for (const text of ['', '3/1207', 'docket.decisions/3', '{"topic":1}', '[]', 'null', '{"topic":"t","offset":"-1"}', '{"topic":"t","hash":"?"}']) expect(() => receipt(text)).toThrow(/expected a receipt such as/);
});

it('takes times in UTC and ages', () => {
  expect(time('2026-01-31')).toBe('2026-01-31T00:00:00.000Z');
  expect(time('2026-01-31T08:00')).toBe('2026-01-31T08:00:00.000Z');
  expect(time('2026-01-31T08:00:00.5+02:00')).toBe('2026-01-31T06:00:00.500Z');
  const before = Date.now();
  expect(Date.parse(time('24h'))).toBeGreaterThanOrEqual(before - 86_400_000);
  for (const text of ['', 'yesterday', '2026', '2026-13-01', '0h', '12']) expect(() => time(text)).toThrow(/expected a (?:time|number)/);
});

it('takes a grant by its id or token, and repeats neither when it is wrong', () => {
  const id = 'ab'.repeat(16);
  expect([grantOf(undefined), grantOf(id), grantOf(`dg_${id}_${'C'.repeat(43)}`)]).toEqual(['', id, id]);
  expect(() => grantOf(`dg_${id}_short`)).toThrow(/^--grant: expected a grant token \(dg_…\) or a grant id of 32 hex characters$/);
});
