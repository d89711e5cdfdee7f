import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CoreDriver, failureText, readCases, runCase } from '#scenarios';

const guide = readFileSync(join(import.meta.dirname, '../../docs/policy-tests.md'), 'utf8');
const examples = [...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text!);

test('the examples of the guide to testing policies pass', () => {
  expect(examples.length).toBeGreaterThanOrEqual(2);
  for (const text of examples) {
    const read = readCases(text);
    if (!read.ok) throw new Error(JSON.stringify(read.problems));
    for (const scenario of read.cases) {
      const { failure } = runCase(scenario, new CoreDriver());
      expect(failure && failureText(failure)).toBeUndefined();
    }
  }
});

test('its failure is what is printed', () => {
  const read = readCases(examples[0]!.replace('times: 10', 'times: 11'));
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const { failure } = runCase(read.cases[0]!, new CoreDriver());
  const printed = /```text\n.*\n([\s\S]*?)```/.exec(guide)?.[1]?.replace(/^ {4}/gm, '').trimEnd();
  expect(failure && failureText(failure)).toBe(printed);
});

test('it explains every key that a case, a step and an expectation may have', async () => {
  const source = readFileSync(join(import.meta.dirname, '../../libs/scenarios/src/case.ts'), 'utf8');
  const keys = [...source.matchAll(/^ {2}([a-z_]+): /gm)].map(([, key]) => key!);
  expect(keys.length).toBeGreaterThan(40);
  const corpusOnly = ['proves', 'core_only'];
  expect([...new Set(keys)].filter((key) => !corpusOnly.includes(key) && !guide.includes(`\`${key}`) && !guide.includes(`${key}:`))).toEqual([]);
});
