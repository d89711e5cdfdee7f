import { existsSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { liveTestsIn } from './live-tests.fixture.js';
import { MCP_GUARANTEES, NOT_OFFERED } from './mcp-guarantees.js';

const ROOT = new URL('../', import.meta.url);

test('no row is listed twice, or both shown and not offered', () => {
  const ids = [...MCP_GUARANTEES.map(({ id }) => id), ...Object.keys(NOT_OFFERED)];
  expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  expect(ids.filter((id) => !/^[EHRTCIKSA]\d{1,2}$/.test(id))).toEqual([]);
});

test('every row of the contract is there', () => {
  const rows = Object.entries({ E: 7, H: 12, R: 7, T: 10, C: 10, I: 8, K: 9, S: 7, A: 11 }).flatMap(([letter, count]) => Array.from({ length: count }, (_, n) => `${letter}${n + 1}`));
  const listed = [...MCP_GUARANTEES.map(({ id }) => id), ...Object.keys(NOT_OFFERED)];
  // Without tasks, one line says so of all their rows.
  expect(rows.filter((id) => !listed.includes(id) && !(id.startsWith('K') && 'K1' in NOT_OFFERED))).toEqual([]);
});

test('every proof is one test that exists, runs, and expects something', () => {
  const all = MCP_GUARANTEES.flatMap(({ id, proofs }) => proofs.map((proof) => ({ id, ...proof })));
  const tests = new Map([...new Set(all.map(({ file }) => file))].map((file) => [file, existsSync(new URL(file, ROOT)) ? liveTestsIn(sourceOf(file)) : []]));
  const found = all.map((proof) => ({ ...proof, matching: tests.get(proof.file)!.filter(({ title }) => title.startsWith(proof.title)).map(({ title, expects }) => (expects ? title : `${title}, which expects nothing`)) }));
  expect(found.filter(({ matching }) => matching.length !== 1 || matching[0]!.endsWith('which expects nothing'))).toEqual([]);
});

function sourceOf(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(new URL(file, ROOT), 'utf8'), ts.ScriptTarget.Latest, true);
}
