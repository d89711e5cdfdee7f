const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** By 12 bits: two digits, the first one in the low byte. By character code: 6 bits. */
const PAIRS = new Uint16Array(4096);
const VALUES = new Uint8Array(256);
for (let i = 0; i < 4096; i++) PAIRS[i] = DIGITS.charCodeAt(i >> 6) | (DIGITS.charCodeAt(i & 63) << 8);
for (let i = 0; i < 64; i++) VALUES[DIGITS.charCodeAt(i)] = i;

/** Base64 without padding (RFC 4648), for megabytes of snapshot: nothing pure and built in is fast enough. */
export function toBase64(bytes: Uint8Array): string {
  const whole = Math.floor(bytes.length / 3);
  const pairs = new Uint16Array(whole * 2 + 2);
  let at = 0;
  let to = 0;
  for (let i = 0; i < whole; i++, at += 3) {
    const bits = ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
    pairs[to++] = PAIRS[bits >> 12] as number;
    pairs[to++] = PAIRS[bits & 4095] as number;
  }
  const left = bytes.length - at;
  if (left > 0) {
    const bits = ((bytes[at] as number) << 16) | ((bytes[at + 1] ?? 0) << 8);
    pairs[to++] = PAIRS[bits >> 12] as number;
    pairs[to] = PAIRS[bits & 4095] as number;
  }
  const length = whole * 4 + (left === 0 ? 0 : left + 1);
  return new TextDecoder('latin1').decode(new Uint8Array(pairs.buffer, 0, length));
}

/** Of what `toBase64` made; anything else gives some bytes or other. */
export function fromBase64(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let to = 0;
  for (let at = 0; at < text.length; at += 4) {
    const bits = (value(text, at) << 18) | (value(text, at + 1) << 12) | (value(text, at + 2) << 6) | value(text, at + 3);
    bytes[to++] = bits >> 16;
    bytes[to++] = bits >> 8;
    bytes[to++] = bits;
  }
  return bytes;
}

function value(text: string, at: number): number {
  // Beyond the end: NaN, whose element is undefined.
  return VALUES[text.charCodeAt(at)] ?? 0;
}
