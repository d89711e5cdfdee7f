import type { Random } from './random.js';

const INTERESTING_BYTES = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d, 0x2c, 0x3a, 0xc0, 0xed, 0xf4];

/** One to a few changes of the kinds that break parsers: flips, cuts, repeats, insertions, swaps. */
export function mutateBytes(random: Random, bytes: Uint8Array): Buffer {
  let result: Buffer = Buffer.from(bytes);
  for (let changes = 1 + random.below(4); changes > 0; changes--) result = mutateOnce(random, result);
  return result;
}

function mutateOnce(random: Random, bytes: Buffer): Buffer {
  const at = random.below(bytes.length + 1);
  const length = Math.min(bytes.length - at, 1 + random.below(16));
  switch (random.below(8)) {
    case 0: return bytes.subarray(0, at);
    case 1: return bytes.subarray(at);
    case 2: return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 3: return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    case 4: return Buffer.concat([bytes.subarray(0, at), random.bytes(1 + random.below(8)), bytes.subarray(at)]);
    case 5: return Buffer.concat([bytes.subarray(0, at), Buffer.from([random.pick(INTERESTING_BYTES)]), bytes.subarray(at)]);
    default: {
      const copy = Buffer.from(bytes);
      if (at < copy.length) copy[at] = random.chance(0.5) ? (copy[at] as number) ^ (1 << random.below(8)) : random.pick(INTERESTING_BYTES);
      return copy;
    }
  }
}

const TOKENS = [
  '{', '}', '[', ']', ',', ':', '"', '\\', '\\u0000', '\\ud800', '\\u', 'null', 'true', '-', '-0', '1e400', '1e-400', '1e999999999',
  '0.1', '9007199254740993', '00', '.5', '+1', 'NaN', '"__proto__":{}', '"constructor":1', '\u0000', '\ud800', '\u{1F600}', '\ufeff', '//', '/*', "'",
  '"version":"1"', '"default":"allow"', '"*":{}', '"max":-1', '"max":1e30', '"window":{"seconds":0}', ' '.repeat(50), '[['.repeat(40),
];

/** Text with pieces put in, taken out, repeated and swapped. */
export function mutateText(random: Random, text: string): string {
  let result = text;
  for (let changes = 1 + random.below(3); changes > 0; changes--) {
    const at = random.below(result.length + 1);
    const length = 1 + random.below(12);
    switch (random.below(5)) {
      case 0: result = result.slice(0, at) + random.pick(TOKENS) + result.slice(at); break;
      case 1: result = result.slice(0, at) + random.pick(TOKENS) + result.slice(at + length); break;
      case 2: result = result.slice(0, at) + result.slice(at + length); break;
      case 3: result = result.slice(0, at + length) + result.slice(at); break;
      default: result = result.slice(0, at);
    }
  }
  return result;
}

const STRINGS = [
  '', ' ', '*', 'a', 'refresh_access_token', '__proto__', 'constructor', 'toString', 'x-note', 'a'.repeat(300), '\u0000', '\u{1F600}', 'ü/~1', '(default deny)',
  'grant', 'session', 'agent', 'minute', 'month', 'deny', 'allow', 'require_approval', '10/minute', '0/second', '99999999999999999999/day', '1', '2',
];
const NUMBERS = [0, -0, 1, -1, 0.5, 1e15, 1e16, 2 ** 53, 1e300, 2_678_400, 2_678_401];

/** Any JSON value; depth and width are small, so that thousands fit into a second. */
export function anyJson(random: Random, depth = 4): unknown {
  const kind = random.below(depth > 0 ? 8 : 5);
  if (kind === 0) return null;
  if (kind === 1) return random.chance(0.5);
  if (kind === 2) return random.pick(NUMBERS);
  if (kind < 5) return random.pick(STRINGS);
  if (kind === 5) return Array.from({ length: random.below(4) }, () => anyJson(random, depth - 1));
  return Object.fromEntries(Array.from({ length: random.below(5) }, () => [random.pick(STRINGS), anyJson(random, depth - 1)]));
}

/** The same tree with one place changed: a value replaced, a member added, removed, renamed or moved. */
export function mutateJson(random: Random, value: unknown): unknown {
  if (random.chance(0.15)) return anyJson(random, 3);
  if (Array.isArray(value)) {
    const copy: unknown[] = [...value];
    const at = random.below(copy.length + 1);
    if (random.chance(0.3)) copy.splice(at, random.below(2), anyJson(random, 2));
    else if (copy.length > 0 && random.chance(0.3)) copy.push(copy[random.below(copy.length)]);
    else if (at < copy.length) copy[at] = mutateJson(random, copy[at]);
    return copy;
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    if (entries.length === 0 || random.chance(0.2)) return Object.fromEntries([...entries, [random.pick(STRINGS), anyJson(random, 2)]]);
    const at = random.below(entries.length);
    const [key, member] = entries[at] as [string, unknown];
    if (random.chance(0.12)) entries.splice(at, 1);
    else if (random.chance(0.12)) entries[at] = [random.pick(STRINGS), member];
    else entries[at] = [key, mutateJson(random, member)];
    return Object.fromEntries(entries);
  }
  if (typeof value === 'number') return random.pick([value + 1, -value, value / 2, value * 1e6, String(value), random.pick(NUMBERS)]);
  if (typeof value === 'string') return random.chance(0.5) ? random.pick(STRINGS) : `${value}${random.pick(STRINGS)}`;
  return anyJson(random, 1);
}
