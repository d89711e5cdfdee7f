import fc from 'fast-check';
import { ARGUMENT_LIMITS, canonicalJson, parseExactJson } from '#policy';

const canonical = (text: string): string => canonicalJson(parseExactJson(text, ARGUMENT_LIMITS));

/** Any JSON value without lone surrogates, whose numbers are integers so that their spelling is ours to vary. */
const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null), fc.boolean(), fc.integer(), fc.string({ unit: 'grapheme' }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 6 }), tie('value'), { maxKeys: 20 }),
  ),
})).value;

/** The same value, written another way: keys in another order, white space, escapes, other spellings of numbers. */
function respell(json: unknown, pick: () => number): string {
  const space = ['', ' ', '\n\t'][pick() % 3] as string;
  if (typeof json === 'number') {
    const digits = String(json);
    return [digits, `${digits}.0`, json === 0 ? '-0e7' : `${digits}0e-1`, `${digits}E0`, `${digits}.00e+00`][pick() % 5] as string;
  }
  if (typeof json === 'string') return pick() % 2 === 0 ? JSON.stringify(json) : `"${[...json].map(escaped).join('')}"`;
  if (Array.isArray(json)) return `[${space}${json.map((item) => respell(item, pick)).join(`${space},`)}]${space}`;
  if (typeof json !== 'object' || json === null) return String(json);
  const members = Object.entries(json).map(([key, member]) => ({ order: pick(), text: `${respell(key, pick)}${space}:${respell(member, pick)}` }));
  return `{${members.sort((a, b) => a.order - b.order).map(({ text }) => text).join(`,${space}`)}${space}}`;
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`).join('');
}

test('does not depend on the order of keys, white space, escapes or the spelling of numbers', () => {
  fc.assert(
    fc.property(value, fc.infiniteStream(fc.nat()), (json, picks) => {
      const pick = (): number => picks.next().value as number;
      expect(canonical(respell(json, pick))).toBe(canonical(JSON.stringify(json)));
    }),
    { numRuns: 300 },
  );
});

test('is valid JSON of the same value, and canonical itself', () => {
  fc.assert(
    fc.property(value, (json) => {
      const text = canonical(JSON.stringify(json));
      expect(JSON.parse(text)).toEqual(json);
      expect(canonical(text)).toBe(text);
    }),
    { numRuns: 300 },
  );
});

test('sorts keys by UTF-16 code units, few or many', () => {
  expect(canonical('{"\\ufb33":1,"\\ud83d\\ude00":2,"\\u20ac":3,"a":4,"1":5,"10":6,"":7}')).toBe('{"":7,"1":5,"10":6,"a":4,"€":3,"😀":2,"\ufb33":1}');
  const keys = Array.from({ length: 100 }, (_, i) => `k${(i * 37) % 100}`);
  const text = `{${keys.map((key) => `"${key}":0`).join(',')}}`;
  expect(canonical(text)).toBe(`{${[...keys].sort().map((key) => `"${key}":0`).join(',')}}`);
});

test('writes texts as RFC 8785 does', () => {
  expect(canonical('"\\u0000\\b\\t\\n\\f\\r\\u001f\\u007f\\"\\\\\\/é€😀"')).toBe('"\\u0000\\b\\t\\n\\f\\r\\u001f\u007f\\"\\\\/é€😀"');
  const long = 'x'.repeat(100);
  expect(canonical(`"${long}\\n"`)).toBe(`"${long}\\n"`);
});
