import { readFileSync } from 'node:fs';
import { GUARANTEES } from './guarantees.js';

const ROOT = new URL('../', import.meta.url);
const LINES = 49;

test('every line of the contract is in the list once, in order', () => {
  expect(GUARANTEES.map(({ line }) => line)).toEqual(Array.from({ length: LINES }, (_, n) => n + 1));
});

test('every proof is a test that exists', () => {
  const missing = GUARANTEES.flatMap(({ line, proofs }) => proofs.map((proof) => ({ line, ...proof }))).filter(({ file, title }) => !titlesIn(file).some((one) => one.startsWith(title)));
  expect(missing).toEqual([]);
});

test('a line without a proof says what is not yet proved', () => {
  expect(GUARANTEES.filter(({ proofs, notYet }) => proofs.length === 0 && notYet === undefined).map(({ line }) => line)).toEqual([]);
});

function titlesIn(file: string): string[] {
  const source = readFileSync(new URL(file, ROOT), 'utf8');
  // `test('…`, `test.each(…)('…`, `test.each([` … `])('…`, and the title on a line of its own.
  return [...source.matchAll(/(?:\btest|\]\)|\)|\]\s*)\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*,/g)].map((match) => (match[1] ?? match[2]!).replace(/\\(.)/g, '$1'));
}
