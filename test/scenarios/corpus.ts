import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Scenario, readCases } from '#scenarios';

const FOLDER = import.meta.dirname;
const SENTENCES = 'sentences.yaml';

/** The files of cases in this folder. */
export const CORPUS_FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml') && name !== SENTENCES).sort();

const known = new Map<string, readonly Scenario[]>();

/** A file's cases; throws with every problem and its line. */
export function corpusCases(file: string): readonly Scenario[] {
  const cases = known.get(file) ?? readCorpusFile(file);
  known.set(file, cases);
  return cases;
}

function readCorpusFile(file: string): readonly Scenario[] {
  const read = readCases(readFileSync(join(FOLDER, file), 'utf8'));
  if (!read.ok) throw new Error(read.problems.map(({ line, message }) => `${file}:${line}: ${message}`).join('\n'));
  return read.cases;
}
