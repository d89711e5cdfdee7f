import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { CORPUS_FILES, corpusCases } from './corpus.js';

const sentence = z.strictObject({
  id: z.string().regex(/^(policy|design)\.\d+[a-z0-9.-]*$/),
  says: z.string().min(5),
  proved_in: z.strictObject({ file: z.string().min(5), title: z.string().min(10) }).optional(),
  later: z.string().min(10).optional(),
});

export type Sentence = z.infer<typeof sentence>;

/** A case, and the file that it stands in. */
export interface Proof {
  readonly name: string;
  readonly file: string;
  readonly proves: readonly string[];
}

/** The contract, sentence by sentence. */
export function readSentences(): readonly Sentence[] {
  return z.array(sentence).parse(parse(readFileSync(join(import.meta.dirname, 'sentences.yaml'), 'utf8')));
}

/** Every case of the corpus. */
export function readProofs(): readonly Proof[] {
  return CORPUS_FILES.flatMap((file) => corpusCases(file).map(({ name, proves }) => ({ name, file, proves })));
}

/** What is wrong between the list of sentences and the cases. `holds` says whether a file of the project holds a text. */
export function coverageProblems(sentences: readonly Sentence[], proofs: readonly Proof[], holds: (file: string, text: string) => boolean): string[] {
  const problems: string[] = [];
  const ids = new Set<string>();
  const proved = new Set(proofs.flatMap(({ proves }) => proves));
  for (const { id, proved_in, later } of sentences) {
    if (ids.has(id)) problems.push(`${id}: a second sentence of this id`);
    ids.add(id);
    const isProved = proved.has(id) || proved_in !== undefined;
    if (!isProved && later === undefined) problems.push(`${id}: no case proves it`);
    if (isProved && later !== undefined) problems.push(`${id}: is proved, so not later any more`);
    if (proved_in !== undefined && !holds(proved_in.file, proved_in.title)) problems.push(`${id}: ${proved_in.file} has no test "${proved_in.title}"`);
  }
  for (const { name, file, proves } of proofs) {
    for (const id of proves) if (!ids.has(id)) problems.push(`${file}: "${name}" proves ${id}, which is no sentence`);
  }
  return problems;
}

/** COVERAGE.md. */
export function coverageText(sentences: readonly Sentence[], proofs: readonly Proof[]): string {
  const lines = sentences.flatMap((one) => [`- **${one.id}** ${one.says}`, ...proofLines(one, proofs)]);
  const later = sentences.filter((one) => one.later !== undefined).length;
  return [
    '# What proves each sentence of the contract', '',
    'Generated from [sentences.yaml](sentences.yaml) and the cases: `UPDATE_COVERAGE=1 npm test -- test/scenarios`.', '',
    `${sentences.length} sentences, ${later} of them for later; ${proofs.length} cases.`, '', ...lines, '',
  ].join('\n');
}

function proofLines({ id, proved_in, later }: Sentence, proofs: readonly Proof[]): string[] {
  return [
    ...(later === undefined ? [] : [`  - later: ${later}`]),
    ...(proved_in === undefined ? [] : [`  - [${proved_in.file}](../../${proved_in.file}): ${proved_in.title}`]),
    ...proofs.filter(({ proves }) => proves.includes(id)).map(({ name, file }) => `  - [${file.replace('.yaml', '')}](${file}): ${name}`),
  ];
}
