import fc from 'fast-check';
import { compilePolicy, entryFor, isHidden, parsePolicy } from '#policy';
import { compareGlobs, compileGlob, matchesGlob } from './glob.js';

/** The textbook definition, exponential but obvious. */
function matches(pattern: string, name: string): boolean {
  if (pattern === '') return name === '';
  if (pattern[0] !== '*') return name !== '' && pattern[0] === name[0] && matches(pattern.slice(1), name.slice(1));
  return matches(pattern.slice(1), name) || (name !== '' && matches(pattern, name.slice(1)));
}

test('a glob matches what its definition says', () => {
  const pattern = fc.array(fc.constantFrom('*', 'a', 'b'), { maxLength: 7 }).map((parts) => parts.join(''));
  const name = fc.array(fc.constantFrom('a', 'b'), { maxLength: 9 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(pattern.filter((one) => one.includes('*')), name, (one, tool) => {
      expect(matchesGlob(compileGlob(one), tool)).toBe(matches(one, tool));
    }),
    { numRuns: 3_000 },
  );
});

test('a hostile glob costs no more than a look at the name', () => {
  const glob = compileGlob(`${'a*'.repeat(120)}b`);
  const name = `${'a'.repeat(255)}c`;
  // Backtracking would not end before the age of the universe.
  for (let i = 0; i < 1_000; i++) expect(matchesGlob(glob, name)).toBe(false);
});

test('globs are tried by literal characters, then by code point, whatever order they are written in', () => {
  const globs = ['*', 'a*', '*a', 'ab*', 'a**', '*\u{1F600}', '*\uFF21', 'abc*d'];
  const sorted = [...globs].sort(compareGlobs);
  expect(sorted).toEqual(['abc*d', 'ab*', '*a', '*\uFF21', '*\u{1F600}', 'a*', 'a**', '*']);
  fc.assert(fc.property(fc.shuffledSubarray(globs, { minLength: globs.length }), (shuffled) => { expect(shuffled.sort(compareGlobs)).toEqual(sorted); }));
});

test('pointers address the normalised document, with the names escaped', () => {
  const parsed = parsePolicy(JSON.stringify({
    version: '1', default: 'allow', hide: ['h'], all_tools: { limits: [{ counter: 'all', window: 'day', max: 9 }] },
    tools: { 'a/~': { action: 'deny', limits: [{ counter: 'c', window: 'week', max: 1 }], rate_limit: '5/second' } },
  }));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const policy = compilePolicy(parsed.policy);
  const entry = entryFor(policy, 'a/~');
  expect(entry?.denyIf.map(({ pointer }) => pointer)).toEqual(['/tools/a~1~0/deny_if/0']);
  expect(entry?.limits.map(({ pointer }) => pointer)).toEqual(['/tools/a~1~0/limits/0', '/tools/a~1~0/limits/1', '/all_tools/limits/0']);
  expect(entryFor(policy, 'b')?.limits.map(({ pointer }) => pointer)).toEqual(['/all_tools/limits/0']);
  expect([isHidden(policy, 'h'), isHidden(policy, 'a/~')]).toEqual([true, false]);
});
