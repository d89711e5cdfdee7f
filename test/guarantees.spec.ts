import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { GUARANTEES } from './guarantees.js';
import { liveTestsIn } from './live-tests.fixture.js';

const ROOT = new URL('../', import.meta.url);
const LINES = 49;
/** Of the 49 lines as the contract has them, white space apart: who changes a line changes what is promised. */
const CONTRACT = '89adf3f778ce5162e72a7506294ebc8ccf0f1022185219bf8c81c118d75f1900';

/** The lines of guarantees.md, by number, each on one line. */
function contractLines(): Map<number, string> {
  const lines = new Map<number, string>();
  let last = 0;
  for (const text of readFileSync(new URL('test/guarantees.md', ROOT), 'utf8').split('\n')) {
    const [, number, rest] = /^(\d+)\. (.*)$/.exec(text) ?? [];
    if (number !== undefined) lines.set(last = Number(number), rest!);
    else if (/^ {3,}\S/.test(text) && last > 0) lines.set(last, `${lines.get(last)} ${text}`);
  }
  return new Map([...lines].map(([line, text]) => [line, text.replace(/\s+/g, ' ').trim()]));
}

test('every line of the token broker\'s contract is in the list once, in order, in the contract\'s own words', () => {
  expect(GUARANTEES.map(({ line }) => line)).toEqual(Array.from({ length: LINES }, (_, n) => n + 1));
  const lines = contractLines();
  expect([...lines.keys()]).toEqual(GUARANTEES.map(({ line }) => line));
  expect(createHash('sha256').update([...lines].map(([line, text]) => `${line}. ${text}`).join('\n')).digest('hex')).toBe(CONTRACT);
});

test('no line is without a proof', () => {
  expect(GUARANTEES.filter(({ proofs }) => proofs.length < 1).map(({ line }) => line)).toEqual([]);
});

test('every proof is one test, named once, that exists, runs, and expects something', () => {
  const all = GUARANTEES.flatMap(({ line, proofs }) => proofs.map((proof) => ({ line, ...proof })));
  const tests = new Map([...new Set(all.map(({ file }) => file))].map((file) => [file, liveTestsIn(sourceOf(file))]));
  const found = all.map((proof) => ({ ...proof, matching: tests.get(proof.file)!.filter(({ title }) => title.startsWith(proof.title)).map(({ title, expects }) => (expects ? title : `${title}, which expects nothing`)) }));
  expect(found.filter(({ matching }) => matching.length !== 1 || matching[0]!.endsWith('which expects nothing'))).toEqual([]);
  // A test may prove two lines, and is named once for each.
  expect(new Set(all.map((proof) => JSON.stringify(proof))).size).toBe(all.length);
});

test.each<[string, string, string[]]>([
  ['plain ones, and those of a table', "test('a', () => { expect(1).toBe(1); }); it('b', async () => { await expect(x).resolves.toBe(1); }); test.each([1])('c %s', () => expect(2).toBe(2)); test.each`x`('d', () => expect(1).toBe(1));", ['a', 'b', 'c %s', 'd']],
  ['those in a describe, with its path', "describe('x', () => { describe.each([1])('y', () => { test('a', () => expect(1).toBe(1)); }); });", ['x › y › a']],
  ['those that need Kafka', "describeWithKafka('x', {}, () => { test('a', () => expect(1).toBe(1)); });", ['x › a']],
  ['none that is skipped, to be done, or expected to fail', "test.skip('a', () => expect(1).toBe(1)); xtest('b', () => expect(1).toBe(1)); test.todo('c'); test.failing('d', () => expect(1).toBe(1)); it.skip.each([1])('e', () => expect(1).toBe(1));", []],
  ['none of a describe that is skipped', "describe.skip('x', () => { test('a', () => expect(1).toBe(1)); }); xdescribe('y', () => { test('b', () => expect(1).toBe(1)); });", []],
  ['none that is only written of', "// test('a', () => expect(1).toBe(1));\nconst text = \"test('b', () => {})\"; log(\"test('c'\");", []],
  ['what expects something by a function of the same file', "function passes(): void { expect(1).toBe(1); }\nconst checks = () => passes();\ntest('a', () => checks()); test('b', () => { run(); });", ['a', 'b, which expects nothing']],
])('the check finds %s', (_, source, expected) => {
  const found = liveTestsIn(ts.createSourceFile('x.spec.ts', source, ts.ScriptTarget.Latest, true));
  expect(found.map(({ title, path, expects }) => [...path, expects ? title : `${title}, which expects nothing`].join(' › '))).toEqual(expected);
});

function sourceOf(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(new URL(file, ROOT), 'utf8'), ts.ScriptTarget.Latest, true);
}
