import { inspect } from 'node:util';
import fc from 'fast-check';
import { Secret } from '#platform';
import { scrub } from './scrub.js';

test('no spelling of a secret passes', () => {
  const value = 'p&ss w<rd"é';
  const bytes = Buffer.from(value);
  for (const spelling of [
    value, encodeURIComponent(value), JSON.stringify(value), bytes.toString('base64'), bytes.toString('base64url'), bytes.toString('hex'), 'p&amp;ss w&lt;rd&quot;é',
  ]) {
    expect(scrub(`before ${spelling} after`, [new Secret(value)])).toMatch(/^before "?\*\*\*"? after$/);
  }
});

test('a text is at most 256 characters on one line, and a secret on the cut does not survive in part', () => {
  fc.assert(fc.property(fc.integer({ min: 200, max: 300 }), fc.stringMatching(/^[a-z]{12}$/), (at, value) => {
    const clean = scrub(`${' .'.repeat(at / 2)}${value} and more\nlines `.repeat(3), [new Secret(value)]);
    expect(clean.length).toBeLessThanOrEqual(256);
    expect(clean).not.toContain(value.slice(0, 8));
    expect(clean).not.toMatch(/[\r\n]/);
  }));
});

test('what looks like a key or a token is masked, whoever it belongs to; words stay', () => {
  expect(scrub('bad token eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl1 for sk_live_51HxQ2eKZ9aB4', [])).toBe('bad token *** for ***');
  expect(scrub('{"message":"merchant is not enabled for orders"}', [])).toBe('{"message":"merchant is not enabled for orders"}');
});

test('a text of any kind and the largest size comes out small', () => {
  for (const text of ['a', 'a ', '1', '.-', '\n', '"'].map((part) => part.repeat(65_536 / part.length))) {
    expect(scrub(text, [new Secret('a1'.repeat(500))]).length).toBeLessThanOrEqual(256);
  }
});

test('a secret prints as stars in whatever shape it is logged', () => {
  const secret = new Secret('canary');
  const shapes = [String(secret), JSON.stringify({ secret, list: [secret] }), inspect(secret), inspect({ deep: { secret } }), `${secret}`, inspect(new Error(`with ${secret}`, { cause: secret }))];
  for (const shape of shapes) expect(shape).not.toContain('canary');
});
