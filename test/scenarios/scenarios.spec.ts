import { CoreDriver, failureText, runCase } from '#scenarios';
import { CORPUS_FILES, corpusCases } from './corpus.js';

// What a case may say: docs/policy-tests.md.
describe.each(CORPUS_FILES)('%s', (file) => {
  test.each(corpusCases(file).map((scenario) => [scenario.name, scenario] as const))('%s', (_, scenario) => {
    const { failure } = runCase(scenario, new CoreDriver());
    expect(failure && failureText(failure)).toBeUndefined();
  });
});

test('every case has a name of its own and says what it proves', () => {
  const all = CORPUS_FILES.flatMap((file) => corpusCases(file));
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  expect(all.filter(({ proves }) => proves.length === 0).map(({ name }) => name)).toEqual([]);
});
