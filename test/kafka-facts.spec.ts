import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { KAFKA_FACTS } from './kafka-facts.js';
import { liveTestsIn } from './live-tests.fixture.js';

const ROOT = new URL('../', import.meta.url);

test('every fact about Kafka is shown by tests that exist, run, and expect something', () => {
  const all = KAFKA_FACTS.flatMap(({ proofs }) => proofs);
  const found = all.map(({ file, title }) => {
    const source = ts.createSourceFile(file, readFileSync(new URL(file, ROOT), 'utf8'), ts.ScriptTarget.Latest, true);
    return { file, title, matching: liveTestsIn(source).filter((one) => one.title.startsWith(title)).map(({ expects }) => expects) };
  });
  expect(found.filter(({ matching }) => matching.length !== 1 || matching[0] !== true)).toEqual([]);
  expect(KAFKA_FACTS).toHaveLength(7);
});
