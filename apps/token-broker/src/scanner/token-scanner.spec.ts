import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { Secret } from '#platform';
import { LiveTokens } from './live-tokens.js';
import { spellingsOf } from '#upstream';
import { TokenScanner } from './token-scanner.js';

let nowMs: number;
let live: LiveTokens;
let scanner: TokenScanner;
const print = async (tenant: string, text: Secret): Promise<string> => createHmac('sha256', tenant).update(text.reveal()).digest('hex');
const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.canary.c2ln+bmF0/dXJl==';

beforeEach(() => {
  nowMs = 0;
  live = new LiveTokens({ monotonicMs: () => nowMs });
  scanner = new TokenScanner({ live, fingerprint: print });
});

test('a token in memory is masked in every spelling, wherever it stands, and nothing else is', async () => {
  live.hold(new Secret(TOKEN), 60_000);
  for (const spelling of spellingsOf(TOKEN)) {
    for (const text of [spelling, `before ${spelling} after`, `{"error":"bad token ${spelling}","list":["${spelling}"]}`, `${spelling}${spelling}`]) {
      const { texts: [clean], masked } = await scanner.mask('default', [text]);
      expect(clean).toBe(text.replaceAll(spelling, '***'));
      expect(masked).toBe(text.split(spelling).length - 1);
    }
  }
  const innocent = 'order 12345678 of customer-42 was placed, eyJhbGciOiJIUzI1NiJ9.other.token is not ours';
  expect(await scanner.mask('default', [innocent])).toEqual({ texts: [innocent], masked: 0 });
});

test.each([
  ['plain', (t: string) => `token ${t} is bad`], ['as a parameter', (t: string) => `https://partner.example.com/cb?access_token=${t}&x=1`], ['in a path', (t: string) => `/tokens/${t}/revoke`],
  ['in a sentence', (t: string) => `The token is ${t}.`], ['URL-encoded', (t: string) => `t=${encodeURIComponent(t)}`], ['in base64', (t: string) => `Basic ${Buffer.from(t).toString('base64')}`],
  ['in hex', (t: string) => Buffer.from(t).toString('hex')], ['in JSON', (t: string) => JSON.stringify({ deep: [{ token: t }] })],
])('a token that never went through this process is masked by its keyed fingerprint, %s', async (_, wrap) => {
  const token = 'tok_5fJ2a-9Qz.canary~81Lm_0x';
  live.hear('default', await print('default', new Secret(token)), 60_000);
  const { texts: [clean], masked } = await scanner.mask('default', [wrap(token)]);
  expect(masked).toBe(1);
  for (const spelling of spellingsOf(token)) expect(clean).not.toContain(spelling);
  expect((await scanner.mask('other', [wrap(token)])).masked).toBe(0);
});

test('a token is looked for until a minute after its end', async () => {
  live.hold(new Secret(TOKEN), 60_000);
  live.hear('default', await print('default', new Secret('f'.repeat(40))), 60_000);
  nowMs = 119_999;
  expect((await scanner.mask('default', [`${TOKEN} ${'f'.repeat(40)}`])).masked).toBe(2);
  nowMs = 120_000;
  expect((await scanner.mask('default', [`${TOKEN} ${'f'.repeat(40)}`])).masked).toBe(0);
});

test('whatever stands around it, no token in memory passes', async () => {
  const tokens = Array.from({ length: 60 }, (_, n) => `eyJhbGciOiJIUzI1NiJ9.${n.toString(36).padStart(12, 'x')}.sig`);
  for (const token of tokens) live.hold(new Secret(token), 60_000);
  await fc.assert(fc.asyncProperty(fc.array(fc.oneof(fc.string(), fc.constantFrom(...tokens)), { maxLength: 8 }), async (parts) => {
    const { texts } = await scanner.mask('default', [parts.join('')]);
    for (const token of tokens) expect(texts[0]).not.toContain(token);
  }), { numRuns: 60 });
});

test('what is kept is bounded: the oldest go, the newest are found', async () => {
  live = new LiveTokens({ monotonicMs: () => nowMs, valuesMax: 100, fingerprintsMax: 100 });
  scanner = new TokenScanner({ live, fingerprint: print });
  for (let n = 0; n < 1_000; n += 1) {
    live.hold(new Secret(`token-number-${n}-of-many`), 60_000);
    live.hear('default', n.toString(16).padStart(64, '0'), 60_000);
  }
  expect(live.size.values).toBeLessThanOrEqual(100);
  expect(live.size.fingerprints).toBeLessThanOrEqual(100);
  expect((await scanner.mask('default', ['token-number-999-of-many'])).masked).toBe(1);
});

test('texts that are too large are refused as a whole, not looked at in part', async () => {
  live.hear('default', 'f'.repeat(64), 60_000);
  await expect(scanner.mask('default', ['x'.repeat(4 * 1024 * 1024 + 1)])).rejects.toMatchObject({ kind: 'invalid_argument', reason: 'TEXTS_TOO_LARGE' });
  await expect(scanner.mask('default', [Array.from({ length: 60_000 }, (_, n) => `word-${n.toString().padStart(12, '0')}`).join(' ')])).rejects.toMatchObject({ kind: 'resource_exhausted' });
});
