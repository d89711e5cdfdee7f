import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const eslint = new ESLint({ cwd: root });
const text = readFileSync(join(here, 'fixtures', 'broker', 'clocks.ts'), 'utf8');
const marked = text.split('\n').flatMap((line, index) => (line.endsWith('// own') ? [index + 1] : []));

async function reportedLines(filePath: string, source = text): Promise<number[]> {
  const [result] = await eslint.lintText(source, { filePath: join(root, filePath) });
  return [...new Set(result?.messages.filter(({ ruleId }) => /no-restricted/.test(ruleId ?? '')).map(({ line }) => line))];
}

test('the token broker has no clock, timer, randomness or fetch of its own: every line that takes one is reported, and no other', async () => {
  expect(marked.length).toBeGreaterThan(7);
  expect(await reportedLines('apps/token-broker/src/minting/fixture.ts')).toEqual(marked);
});

test('its composition root and its specs bring them', async () => {
  expect(await reportedLines('apps/token-broker/src/create-app.ts')).toEqual([]);
  expect(await reportedLines('apps/token-broker/src/minting/fixture.spec.ts')).toEqual([]);
});

test('no comment silences it', async () => {
  expect(await reportedLines('apps/token-broker/src/minting/fixture.ts', '// eslint-disable-next-line no-restricted-syntax\nexport const now = Date.now();\n')).toEqual([2]);
});
