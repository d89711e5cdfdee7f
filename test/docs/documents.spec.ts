import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { commandsIn, problemOf, type Shown } from './command-line.js';

const root = join(import.meta.dirname, '..', '..');
const DOCUMENTS = globSync(['*.md', 'docs/**/*.md', 'apps/*/README.md', 'libs/*/README.md', 'examples/**/*.md'], { cwd: root }).sort();
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Fenced blocks and inline code do not link. */
const linksIn = (text: string): string[] => [...text.replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, '').matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, path]) => path!).filter((path) => !/^[a-z]+:/.test(path));

it('there are documents', () => {
  expect(DOCUMENTS).toEqual(expect.arrayContaining(['README.md', 'docs/analysts.md', 'docs/policy.md']) as string[]);
});

describe.each(DOCUMENTS)('%s', (name) => {
  it('shows only commands that exist, with options and values that they take', async () => {
    const problems = await Promise.all(commandsIn(name, read(name)).map(problemOf));
    expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  });

  it('links only to what is there', () => {
    expect(linksIn(read(name)).filter((path) => !existsSync(join(root, dirname(name), path)))).toEqual([]);
  });
});

describe('a wrong command is noticed', () => {
  const whole = (text: string): Shown => ({ at: 'x.md:1', text, isWhole: true });
  it.each([
    ['tail', 'there is no part tail'], ['log tial', 'there is no part tial'], ['log tail --verdicts DENY', 'there is no option --verdicts'], ['log tail --verdict MAYBE_not', '--verdict takes ALLOW, DENY, RATE_LIMITED, APPROVAL_REQUIRED'],
    ['log tail --tool', '--tool needs a value'], ['grant show', 'it needs 1 arguments'], ['grant show a b', 'it takes at most 1 arguments'], ['query decisions --verdict DENY maybe', '--verdict takes ALLOW, DENY, RATE_LIMITED, APPROVAL_REQUIRED'], ['log', 'it has parts: name one'],
  ])('docket %s', async (text, problem) => {
    expect(await problemOf(whole(text))).toBe(`x.md:1: docket ${text}: ${problem}`);
  });

  it('and a right one is not', async () => {
    for (const text of ['log tail --verdict DENY | jq .data.tool', `decide --tool 'a b' --args '{"amount": 20}' --explain    # why`, 'grant show <id>', 'query usage --by tool verdict --per day > usage.txt']) expect(await problemOf(whole(text))).toBeUndefined();
    expect(commandsIn('x.md', 'See `docket log tail`.\n\n    docket policy lint \\\n      a.json\n\n```sql\ndocket no\n```\n')).toEqual([{ at: 'x.md:1', text: 'log tail', isWhole: false }, { at: 'x.md:3', text: 'policy lint a.json', isWhole: true }]);
    expect(commandsIn('x.md', '    docket signed head v1\n    topic docket.decisions\n')).toEqual([]);
  });
});
