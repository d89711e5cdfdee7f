import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { coverageProblems, coverageText, readProofs, readSentences } from './sentences.js';

const ROOT = join(import.meta.dirname, '..', '..');
const COVERAGE = join(import.meta.dirname, 'COVERAGE.md');
const holds = (file: string, text: string): boolean => existsSync(join(ROOT, file)) && readFileSync(join(ROOT, file), 'utf8').includes(`'${text}'`);

test('every sentence of the contract is proved, and every proof names a sentence', () => {
  expect(coverageProblems(readSentences(), readProofs(), holds)).toEqual([]);
});

test('at least 260 cases prove it', () => {
  expect(readProofs().length).toBeGreaterThanOrEqual(260);
});

test('COVERAGE.md says what proves each sentence now', () => {
  const text = coverageText(readSentences(), readProofs());
  if (process.env['UPDATE_COVERAGE'] === '1') writeFileSync(COVERAGE, text);
  expect(existsSync(COVERAGE) ? readFileSync(COVERAGE, 'utf8') : '').toBe(text);
});

test('what is missing is noticed', () => {
  const sentence = { id: 'policy.1.a', says: 'It is so.' };
  const proof = { name: 'n', file: 'f.yaml', proves: ['policy.1.a'] };
  expect(coverageProblems([sentence], [proof], () => true)).toEqual([]);
  expect(coverageProblems([sentence], [], () => true)).toEqual(['policy.1.a: no case proves it']);
  expect(coverageProblems([sentence, sentence], [proof], () => true)).toEqual(['policy.1.a: a second sentence of this id']);
  expect(coverageProblems([sentence], [proof, { ...proof, proves: ['policy.1.b'] }], () => true)).toEqual(['f.yaml: "n" proves policy.1.b, which is no sentence']);
  expect(coverageProblems([{ ...sentence, later: 'not yet built' }], [proof], () => true)).toEqual(['policy.1.a: is proved, so not later any more']);
  expect(coverageProblems([{ ...sentence, proved_in: { file: 'a.spec.ts', title: 'it is so' } }], [], () => false)).toEqual(['policy.1.a: a.spec.ts has no test "it is so"']);
});
