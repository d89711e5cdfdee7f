import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Installation } from '../e2e/standalone.fixture.js';
import { lasting, wrongSpans } from './shown-output.js';

const read = (path: string): string => readFileSync(join(import.meta.dirname, '..', '..', path), 'utf8');
const TIMEOUT_MS = 600_000;
const guide = read('docs/token-broker.md');

interface Block {
  readonly commands: readonly string[];
  /** What the document says that they print, one after another; undefined where it says nothing. */
  readonly printed: string | undefined;
}

/** In the order in which an operator may do all of it: the keys are rotated before, so all else is done with rotated keys. */
const blocks: Block[] = ['docs/keys.md', 'docs/token-broker.md', 'docs/oauth.md'].flatMap((path) =>
  [...read(path).matchAll(/```sh\n([\s\S]*?)```\n(?:\n```text\n([\s\S]*?)```\n)?/g)].map(([, commands, printed]) => ({ commands: commands!.trim().split('\n'), printed })));

test('every command of the guides for operators (keys, token broker, OAuth) does what they say, one after another on a new Docket', async () => {
  const docket = new Installation();
  try {
    for (const [file, text] of Object.entries({
      'secret.txt': 'secret-of-the-guide\n', 'new-secret.txt': 'another-secret-of-the-guide\n', 'leaked.txt': 'a-token-that-nobody-has-minted\n',
      'key.pem': generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, 'refresh.json': '{"refresh_token": "of-the-guide", "client_secret": "secret-of-the-guide"}\n',
    })) writeFileSync(join(docket.folder, file), text);
    await docket.startedUp();
    expect(blocks.length).toBeGreaterThan(12);
    const found: string[] = [];
    let formerKey = '';
    for (const { commands, printed } of blocks) {
      let output = '';
      for (const command of commands) {
        expect(command).toMatch(/^docket /);
        const answer = await docket.docket(...command.replace('<former key>', formerKey).split(' ').slice(1));
        expect({ command, exitCode: answer.exitCode, output: answer.exitCode === 0 ? '' : answer.output }).toEqual({ command, exitCode: 0, output: '' });
        // What is said on the way comes before the result; two pipes do not keep that order.
        output += answer.stderr + answer.stdout;
        formerKey = /docket keys forget ([0-9a-f]{16})/.exec(answer.stdout)?.[1] ?? formerKey;
      }
      found.push(printed === undefined ? '' : lasting(output));
      expect({ commands, wrong: wrongSpans(printed ?? '', output) }).toEqual({ commands, wrong: [] });
    }
    expect(found).toEqual(blocks.map(({ printed }) => lasting(printed ?? '')));
  } finally {
    await docket.remove();
  }
}, TIMEOUT_MS);

test('a duration that is no longer true is noticed, one that a slow machine has worn a little is not', () => {
  expect(wrongSpans('expires TIME (in 60 min)\nrefreshed from 55 min on', 'expires TIME (in 15 min)\nrefreshed from 9 min on')).toEqual(['60 min, really 15 min', '55 min, really 9 min']);
  expect(wrongSpans('in 15 min, from 10 min on, 2 s', 'in 14 min, from 9 min on')).toEqual(['2 s, really not said']);
});

test('no event, reason or metric is named that there is not', async () => {
  const events = [...guide.matchAll(/`((?:Connection|Secret|Mint|Token|Grant|Access|Breaker)[A-Z]\w+)`/g)].map(([, name]) => name!);
  const model = read('libs/access-token/src/model.ts');
  expect(events.length).toBeGreaterThan(15);
  expect(events.filter((name) => !model.includes(`type: '${name}'`))).toEqual([]);
  const defined = [...model.matchAll(/readonly type: '(\w+)'/g)].map(([, name]) => name!);
  expect(defined.filter((name) => !events.includes(name))).toEqual([]);
  const sources = ['apps/token-broker/src', 'libs/access-token/src'].flatMap((folder) => readdirSync(join(import.meta.dirname, '..', '..', folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts')).map((path) => read(join(folder, path)))).join('\n');
  for (const [, reason] of guide.matchAll(/`([A-Z]+_[A-Z_]+|[a-z]+_[a-z]+)`(?= with| at once|, with| \(|\)|\n)/g)) {
    if (reason!.startsWith('docket_')) continue;
    expect({ reason, isKnown: sources.includes(reason!) || /invalid_(?:client|grant)|warm_up|token_vault|rejected_generation/.test(reason!) }).toEqual({ reason, isKnown: true });
  }
});
