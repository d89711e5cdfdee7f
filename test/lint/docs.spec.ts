import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { status } from '@grpc/grpc-js';
import { ERROR_STATUS } from '#platform';
import { docket } from '../../apps/cli/src/cli.fixture.js';
import { EXIT } from '../../apps/cli/src/exit-codes.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const DOCUMENTS = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'];
const readme = read('README.md');

/** Rows of the table under this header, cells without their marks. */
function table(header: string): string[][] {
  const lines = readme.slice(readme.indexOf(`| ${header} |`)).split('\n');
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines.slice(2, end).map((line) => line.slice(2, -2).split(' | ').map((cell) => cell.trim().replaceAll('`', '')));
}

describe.each(DOCUMENTS)('%s', (name) => {
  const text = read(name);

  it('names only files that exist', () => {
    const linked = [...text.matchAll(/\]\(([^)#]+)\)/g)].map(([, path]) => path!).filter((path) => !/^https?:/.test(path));
    const quoted = [...text.matchAll(/`([\w./-]+)`/g)].map(([, path]) => path!).filter((path) => /^(?:apps|libs|test|scripts|\.ci)(?:\/|$)/.test(path));
    expect(linked.length).toBeGreaterThan(0);
    expect([...linked, ...quoted].filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('names only npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...text.matchAll(/npm (?:run ([\w-]+)|(start|test))/g)].map(([, script, short]) => script ?? short!);
    expect(named.filter((script) => scripts[script] === undefined)).toEqual([]);
  });
});

describe('the README', () => {
  it('lists every part of the docket command, and no other', async () => {
    const partsOf = async (words: string[]): Promise<string[]> => {
      const { stdout } = await docket([...words, '--help'], { cwd: root });
      const listed = /\nCommands:\n([\s\S]*?)(?:\n\n|\n$|$)/.exec(stdout)?.[1];
      if (listed === undefined) return [words.join(' ')];
      const names = [...listed.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, part]) => part!).filter((part) => part !== 'help');
      return (await Promise.all(names.map((part) => partsOf([...words, part])))).flat();
    };
    const real = await partsOf([]);
    const listed = [...readme.matchAll(/`docket ([a-z][a-z -]*)`/g)].map(([, words]) => words!);
    expect(real.length).toBeGreaterThan(15);
    expect([...new Set(listed)].sort()).toEqual(real.sort());
  });

  it('has the exit codes of the command', () => {
    expect(table('exit code | means').map(([code]) => Number(code))).toEqual(Object.values(EXIT));
  });

  it('has the table of error kinds that the service uses', () => {
    expect(table('kind | gRPC status | repeat with the same id?'))
      .toEqual(Object.entries(ERROR_STATUS).map(([kind, { code, repeatSameId }]) => [kind, status[code], repeatSameId]));
  });

  it('has every variable of every app’s schema with its default, and no other', () => {
    const apps = readdirSync(join(root, 'apps')).filter((app) => existsSync(join(root, 'apps', app, 'src', 'config.ts')));
    const real = apps.flatMap((app) => {
      const own = /z\.object\(\{\n([\s\S]*?)\n\}\)/.exec(read(`apps/${app}/src/config.ts`))?.[1] ?? '';
      const shared = Object.entries(SHARED_SETTINGS).filter(([name]) => own.includes(`...${name},`));
      const schema = [own, ...shared.map(([name, file]) => new RegExp(`const ${name} = \\{\\n([\\s\\S]*?)\\n\\} as const`).exec(read(`libs/platform/src/${file}`))![1])].join('\n');
      return [...schema.matchAll(/^ {2}([A-Z][A-Z0-9_]*): (.*?),?$/gm)].map(([, variable, setting]) => `${app} ${variable} ${defaultIn(setting!)}`);
    });
    const documented = table('variable | app | default | means').flatMap(([variable, names, fallback]) => names!.split(', ').map((app) => `${app} ${variable} ${fallback}`));
    expect(real.length).toBeGreaterThan(15);
    expect(documented.sort()).toEqual(real.sort());
  });
});

/** Parts of schemas that several apps have, by the file that holds them. */
const SHARED_SETTINGS: Readonly<Record<string, string>> = { keySettings: 'key-settings.ts', logSettings: 'log-settings.ts', topicSettings: 'log-settings.ts', nodesSettings: 'node-tls/node-files.ts', tracingSettings: 'tracing/tracing-settings.ts' };

/** What the schema's source says, as the table writes it. */
function defaultIn(setting: string): string {
  const literal = /\.(?:default|address|path|flag|wholeNumber)\('?([^',)]*)'?/.exec(setting)?.[1];
  if (literal !== undefined) return literal === 'hostname(' ? 'host name' : literal.replaceAll('_', '');
  return setting.includes('logLevel') ? 'info' : /optional/.test(setting) ? '–' : 'required';
}
