import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const eslint = new ESLint({ cwd: root });

const fixture = (name: string) => readFileSync(join(here, 'fixtures', 'pure', name), 'utf8');
const reportedLines = async (text: string, filePath: string) => {
  const [result] = await eslint.lintText(text, { filePath: join(root, filePath) });
  const rules = /no-restricted|no-require-imports/;
  return [...new Set(result?.messages.filter((message) => message.fatal || rules.test(message.ruleId ?? '')).map((message) => message.line))];
};

describe('the lint of the pure libs', () => {
  const impure = fixture('impure.ts');
  const impureLines = impure.split('\n').flatMap((line, index) => (line.endsWith('// impure') ? [index + 1] : []));

  it.each(['policy', 'decision', 'registry', 'access-token', 'scenarios', 'tools'])('reports every impure line of a file in libs/%s, and no other', async (lib) => {
    expect(impureLines.length).toBeGreaterThan(25);
    expect(await reportedLines(impure, `libs/${lib}/src/fixture.ts`)).toEqual(impureLines);
  });

  it('accepts a pure file', async () => {
    expect(await reportedLines(fixture('pure.ts'), 'libs/decision/src/fixture.ts')).toEqual([]);
  });

  it('leaves the specs of a pure lib and the other libs alone', async () => {
    const clock = 'export const now = Date.now();\n';
    expect(await reportedLines(clock, 'libs/decision/src/fixture.spec.ts')).toEqual([]);
    expect(await reportedLines(clock, 'libs/ledger/src/fixture.ts')).toEqual([]);
  });

  it('cannot be silenced by a comment', async () => {
    const silenced = '// eslint-disable-next-line no-restricted-syntax\nexport const now = Date.now();\n';
    expect(await reportedLines(silenced, 'libs/decision/src/fixture.ts')).toEqual([2]);
  });
});
