import { docket } from '../../apps/cli/src/cli.fixture.js';

/** A command as a document shows it. */
export interface Shown {
  /** File and line. */
  readonly at: string;
  readonly text: string;
  /** In a block, to be typed as it is; otherwise a mention, which may leave out arguments. */
  readonly isWhole: boolean;
}

interface Help {
  readonly parts: ReadonlySet<string>;
  /** Options with what they take: nothing, one value, or several. */
  readonly options: ReadonlyMap<string, { readonly takes: 'none' | 'one' | 'many'; readonly choices: readonly string[] }>;
  readonly argumentsMin: number;
  readonly argumentsMax: number;
}

/** What hashes and signatures begin with, such as `docket signed head v1`, is no command. */
const LABEL = /^[a-z -]+ v\d+$/;
const NOT_SHELL = new Set(['sql', 'json', 'yaml', 'text', 'ts', 'js', 'proto']);
const helps = new Map<string, Promise<Help>>();

/** Every `docket …` in a document: in its blocks, and in its text. */
export function commandsIn(file: string, markdown: string): Shown[] {
  const shown: Shown[] = [];
  let block: string | undefined;
  markdown.replaceAll(/[ \t]*\\\n\s*/g, ' ').split('\n').forEach((line, index) => {
    const at = `${file}:${index + 1}`;
    const fence = /^\s*```(\w*)/.exec(line);
    if (fence !== null) block = block === undefined ? fence[1]! : undefined;
    else if (block !== undefined || line.startsWith('    ')) {
      const [, text] = (block === undefined || !NOT_SHELL.has(block) ? /^\s*(?:\$ )?(?:npx )?docket (\S.*)$/.exec(line) : null) ?? [];
      if (text !== undefined) shown.push({ at, text, isWhole: true });
    } else {
      for (const [, text] of line.matchAll(/`(?:npx )?docket ([^`]+)`/g)) shown.push({ at, text: text!, isWhole: false });
    }
  });
  return shown.filter(({ text }) => !LABEL.test(text));
}

/** What is wrong with a command, or undefined. */
export async function problemOf({ at, text, isWhole }: Shown): Promise<string | undefined> {
  const wrong = (what: string): string => `${at}: docket ${text}: ${what}`;
  // `docket log …` and `docket <command> --help` mention what stands before.
  const words = wordsOf(text).filter((word) => word !== '…' && word !== '<command>');
  const path: string[] = [];
  let help = await helpOf(path);
  while (help.parts.has(words[0] ?? '')) {
    path.push(words.shift()!);
    help = await helpOf(path);
  }
  if (help.parts.size > 0 && words[0] !== undefined && !words[0].startsWith('-')) return wrong(`there is no part ${words[0]}`);
  let given = 0;
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const [, name, value] = /^(--?[a-zA-Z][\w-]*)(?:=(.*))?$/.exec(word) ?? [];
    if (name === undefined) {
      given += 1;
      continue;
    }
    const option = help.options.get(name);
    if (option === undefined) return wrong(`there is no option ${name}`);
    if (option.takes === 'none') continue;
    const values = value === undefined ? [] : [value];
    while (words[0] !== undefined && !words[0].startsWith('--') && (values.length === 0 || option.takes === 'many')) values.push(words.shift()!);
    if (isWhole && values.length === 0) return wrong(`${name} needs a value`);
    const unknown = values.find((one) => option.choices.length > 0 && !/[<…A-Z]$|^</.test(one) && !option.choices.includes(one));
    if (unknown !== undefined) return wrong(`${name} takes ${option.choices.join(', ')}`);
  }
  if (given > help.argumentsMax) return wrong(`it takes at most ${help.argumentsMax} arguments`);
  if (isWhole && given < help.argumentsMin) return wrong(`it needs ${help.argumentsMin} arguments`);
  if (isWhole && help.parts.size > 0) return wrong('it has parts: name one');
  return undefined;
}

/** Words as a shell makes them, up to a comment, a pipe, a redirection or another command. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const [word] of text.matchAll(/(?:'[^']*'|"(?:[^"\\]|\\.)*"|<[a-z][\w .-]*>|[^\s'"])+/g)) {
    if (/^(?:#|\||&&|;|>|2>|<(?![a-z][\w .-]*>))/.test(word)) break;
    words.push(word.replaceAll(/'([^']*)'|"((?:[^"\\]|\\.)*)"/g, (_all, single?: string, double?: string) => single ?? double ?? ''));
  }
  return words;
}

function helpOf(path: readonly string[]): Promise<Help> {
  const key = path.join(' ');
  const known = helps.get(key) ?? readHelp(path);
  helps.set(key, known);
  return known;
}

async function readHelp(path: readonly string[]): Promise<Help> {
  const { stdout } = await docket([...path, '--help'], { cwd: import.meta.dirname });
  const section = (title: string): string => new RegExp(`\\n${title}:\\n([\\s\\S]*?)(?:\\n\\n|\\n$|$)`).exec(stdout)?.[1] ?? '';
  const options = new Map<string, { takes: 'none' | 'one' | 'many'; choices: string[] }>();
  for (const entry of section('Options').split(/\n(?= {2}-)/)) {
    const [, names = '', value = ''] = /^ {2}((?:-\w, )?--?[\w-]+)( [<[][^>\]]*[>\]])?/.exec(entry) ?? [];
    const choices = [...(/\(choices: ([^)]*?)(?:, default: "\w+")?\)/.exec(entry.replaceAll(/\s+/g, ' '))?.[1] ?? '').matchAll(/"([^"]*)"/g)].map(([, one]) => one!);
    for (const name of names.split(', ').filter(Boolean)) options.set(name, { takes: value === '' ? 'none' : value.includes('...') ? 'many' : 'one', choices });
  }
  const usage = (/^Usage: (.*)$/m.exec(stdout)?.[1] ?? '').replace(/^docket\b[^<[]*/, '').replace('[options]', '').replace('[command]', '');
  const required = [...usage.matchAll(/<[^>]+>/g)].length;
  const optional = [...usage.matchAll(/\[[^\]]+\]/g)].length;
  return {
    parts: new Set([...section('Commands').matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, part]) => part!)), options,
    argumentsMin: required, argumentsMax: usage.includes('...') ? Number.POSITIVE_INFINITY : required + optional,
  };
}
