import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { DerivedGrantKey, HmacSha256 } from './seal.js';

const secret = Buffer.alloc(32, 7);
const key = new DerivedGrantKey('0123456789abcdef', secret);
const utf8 = (text: string): Uint8Array => Buffer.from(text);

test('opens what it sealed, with the same aad and only with it', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 3000 }), fc.string(), fc.string(), (plaintext, aad, other) => {
    const sealed = key.seal(plaintext, aad);
    expect(Buffer.compare(key.open(sealed, aad), plaintext)).toBe(0);
    if (other !== aad) expect(() => key.open(sealed, other)).toThrow(/does not open/);
  }));
});

test('opens nothing in which a single bit was changed', () => {
  const bytes = Buffer.from(key.seal(utf8('{"amount":"12.50"}'), 'call'), 'base64');
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    expect(() => key.open(changed.toString('base64'), 'call')).toThrow(expect.objectContaining({ kind: 'data_loss', reason: 'SEAL_BROKEN' }));
  }
});

test('opens nothing that was cut, lengthened, or written differently', () => {
  const sealed = key.seal(utf8('x'.repeat(30)), 'call');
  for (let length = 0; length < sealed.length; length += 1) expect(() => key.open(sealed.slice(0, length), 'call')).toThrow(/does not open/);
  for (const other of [`${sealed}A`, `${sealed} `, ` ${sealed}`, sealed.replace(/=*$/, (pad) => (pad ? '' : '=')), `${sealed}${sealed}`]) {
    expect(() => key.open(other, 'call')).toThrow(/does not open/);
  }
  const tagless = Buffer.from(sealed, 'base64').subarray(0, -12).toString('base64');
  expect(() => key.open(tagless, 'call')).toThrow(/does not open/);
});

test('opens nothing that another grant sealed, not even one with the same secret', () => {
  const sealed = key.seal(utf8('v'), 'call');
  for (const other of [new DerivedGrantKey('0123456789abcdef', randomBytes(32)), new DerivedGrantKey('another', secret)]) {
    expect(() => other.open(sealed, 'call')).toThrow(/does not open/);
  }
});

test('never uses a nonce twice, so equal values look different', () => {
  const seen = new Set(Array.from({ length: 5000 }, () => key.seal(utf8('same'), 'call').slice(0, 16)));
  expect(seen.size).toBe(5000);
});

test('makes the same HMAC for the same data, a different one under each grant, and not with the sealing key', () => {
  expect(key.hmac('data')).toMatch(/^[0-9a-f]{64}$/);
  expect(key.hmac('data')).toBe(new DerivedGrantKey('0123456789abcdef', secret).hmac(utf8('data')));
  expect(key.hmac('data')).not.toBe(key.hmac('Data'));
  expect(key.hmac('data')).not.toBe(new DerivedGrantKey('another', secret).hmac('data'));
  expect(key.hmac('data')).not.toBe(createHmac('sha256', secret).update('data').digest('hex'));
});

test('does nothing any more once it is erased, and counts what it sealed before', () => {
  let seals = 0;
  const erased = new DerivedGrantKey('gone', secret, { take: () => { seals += 1; }, isWorn: false });
  const sealed = erased.seal(utf8('v'), 'call');
  erased.markErased();
  for (const use of [() => erased.seal(utf8('v'), 'call'), () => erased.open(sealed, 'call'), () => erased.hmac('v')]) {
    expect(use).toThrow(expect.objectContaining({ kind: 'failed_precondition', reason: 'GRANT_KEY_ERASED' }));
  }
  expect(seals).toBe(1);
});

test('says nothing about the value or the key when it fails', () => {
  const sealed = key.seal(utf8('s3cret-value'), 'call');
  try {
    key.open(sealed, 'other');
    throw new Error('opened');
  } catch (error) {
    expect(JSON.stringify([(error as Error).message, (error as Error).cause])).not.toMatch(/s3cret|BwcHB/);
  }
});

test('the HMAC is what everybody else calls HMAC-SHA-256, for messages of any length', () => {
  for (const length of [0, 1, 31, 63, 64, 65, 8_127, 8_128, 8_129, 100_000]) {
    const data = randomBytes(length);
    expect(new HmacSha256(secret).hex(data)).toBe(createHmac('sha256', secret).update(data).digest('hex'));
  }
  const long = randomBytes(64);
  expect(new HmacSha256(long).hex(secret)).toBe(createHmac('sha256', long).update(secret).digest('hex'));
});
