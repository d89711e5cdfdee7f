import { ARGUMENT_LIMITS, canonicalJson, ExactJsonError, parseExactJson, type ExactJson } from '#policy';
import { fuzz } from './harness.js';
import { anyJson, mutateBytes, mutateText } from './mutate.js';
import type { Random } from './random.js';

function parse(input: Uint8Array | string): ExactJson | ExactJsonError {
  try {
    return parseExactJson(input, ARGUMENT_LIMITS);
  } catch (error) {
    if (error instanceof ExactJsonError) return error;
    throw new Error(`threw something else than ExactJsonError: ${String(error)}`, { cause: error });
  }
}

function parsesInJavaScript(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Never more lenient than JSON.parse, and whatever is accepted has one canonical form that stands for itself. */
function check(input: Uint8Array | string): void {
  const text = typeof input === 'string' ? input : Buffer.from(input).toString('utf8');
  const parsed = parse(input);
  if (parsed instanceof ExactJsonError) {
    if (parsed.message.length > 600) throw new Error('a long message');
    return;
  }
  if (!parsesInJavaScript(text)) throw new Error(`accepted what is no JSON: ${JSON.stringify(text.slice(0, 200))}`);
  const canonical = canonicalJson(parsed);
  const again = parse(canonical);
  if (again instanceof ExactJsonError) throw new Error(`the canonical form is refused: ${again.message}`);
  if (canonicalJson(again) !== canonical) throw new Error('the canonical form has another canonical form');
}

const VALID: readonly string[] = [
  '{"amount":12.50,"currency":"usd","items":[{"price":1},{"price":2e3}],"note":"caf\\u00e9"}',
  '{"a":{"b":{"c":[1,2,[3,[4]]]}},"n":-0.000,"big":9007199254740993,"esc":"\\"\\\\\\/\\b\\f\\n\\r\\t"}',
  '{"account":"acct_1","scope":"charges:read","ok":true,"nothing":null}',
];

function input(random: Random): Uint8Array | string {
  switch (random.below(6)) {
    case 0: return random.bytes(random.below(40));
    case 1: return mutateBytes(random, Buffer.from(random.pick(VALID)));
    case 2: return JSON.stringify(anyJson(random, 5));
    case 3: return mutateText(random, JSON.stringify(anyJson(random, 4)));
    case 4: return Buffer.from(`${'[{"a":'.repeat(random.below(60))}1${'}]'.repeat(random.below(60))}`);
    default: return mutateText(random, random.pick(VALID));
  }
}

describe('arguments under fuzzing', () => {
  it('are parsed exactly or refused with a reason, never anything else', () => {
    expect(fuzz('arguments', 40_000, (random) => check(input(random)))).toBeGreaterThan(0);
  });

  it('refuses a repeated key wherever it stands', () => {
    fuzz('duplicate-keys', 3_000, (random) => {
      const depth = random.below(20);
      const key = JSON.stringify(random.pick(['a', '__proto__', 'ü', '\u{1F600}', 'a b']));
      // The second spelling is the same key, escaped.
      const escaped = random.chance(0.5) ? key : key.replace(/^"(.)/u, (_, first: string) => `"${[...first].flatMap((c) => [...c.split('')]).map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}`);
      const parsed = parse(`${'{"x":['.repeat(depth)}{${key}:1,"other":2,${escaped}:3}${']}'.repeat(depth)}`);
      if (!(parsed instanceof ExactJsonError) || parsed.reason !== 'duplicate_key') throw new Error('a repeated key was accepted');
    });
  });

  it('refuses depth and size beyond the limits without running out of stack', () => {
    for (const [text, reason] of [
      ['['.repeat(500_000), 'too_deep'], [`${'{"a":'.repeat(65)}1${'}'.repeat(65)}`, 'too_deep'], [`"${'a'.repeat(2 ** 20)}"`, 'too_large'],
      [Buffer.from([0x22, 0xff, 0x22]), 'not_utf8'], ['1e1001', 'number_out_of_range'], ['"\\ud800"', 'lone_surrogate'],
    ] as const) {
      expect(parse(text)).toMatchObject({ reason });
    }
    expect(parse(`${'{"a":'.repeat(64)}1${'}'.repeat(64)}`)).toBeInstanceOf(Map);
  });
});
