import { readFileSync } from 'node:fs';
import { GUARANTEES } from './guarantees.js';

const ROOT = new URL('../', import.meta.url);
const LINES = 49;

test('every line of the token broker\'s contract is in the list once, in order', () => {
  expect(GUARANTEES.map(({ line }) => line)).toEqual(Array.from({ length: LINES }, (_, n) => n + 1));
});

test('no line is without a proof', () => {
  expect(GUARANTEES.filter(({ proofs }) => proofs.length < 1).map(({ line }) => line)).toEqual([]);
});

test('every proof is a test that exists, and is named once', () => {
  const all = GUARANTEES.flatMap(({ line, proofs }) => proofs.map((proof) => ({ line, ...proof })));
  const found = all.map((proof) => ({ ...proof, matching: new Set(titlesIn(proof.file).filter((one) => one.startsWith(proof.title))).size }));
  expect(found.filter(({ matching }) => matching !== 1)).toEqual([]);
  expect(new Set(all.map((proof) => JSON.stringify(proof))).size).toBe(all.length);
});

function titlesIn(file: string): string[] {
  const source = readFileSync(new URL(file, ROOT), 'utf8');
  // `test('…`, `it('…`, `test.each(…)('…`, `test.each([` … `])('…`, and the title on a line of its own.
  return [...source.matchAll(/(?:\b(?:test|it)|\]\)|\)|\]\s*)\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*,/g)].map((match) => (match[1] ?? match[2]!).replace(/\\(.)/g, '$1'));
}
