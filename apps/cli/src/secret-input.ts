import type { ReadStream } from 'node:tty';
import { CliError } from './cli-error.js';
import { readInput } from './input-file.js';
import type { Terminal } from './terminal.js';

const CHARS_MAX = 16_384;
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

/**
 * A secret from a file, from the standard input, or typed at a prompt without echo. Never from an argument: those are in the
 * shell's history and in every list of processes.
 * @param file `-` for the standard input; undefined: asked for where there is a person, else the standard input
 */
export async function readSecret(file: string | undefined, what: string, terminal: Terminal): Promise<string> {
  const typed = file === undefined && (terminal.stdin as Partial<ReadStream>).isTTY === true;
  const text = typed ? await prompt(`${what}: `, terminal) : (await readInput(file ?? '-', terminal)).toString();
  // Editors and echo end a file with a line break; no secret does.
  const secret = text.replace(/\r?\n$/, '');
  if (secret === '') throw new CliError(`expected ${what}: found nothing`);
  if (secret.length > CHARS_MAX) throw new CliError(`expected ${what} of at most ${CHARS_MAX} characters`);
  return secret;
}

function prompt(text: string, { stdin, stderr, signal }: Terminal): Promise<string> {
  const tty = stdin as ReadStream;
  stderr.write(text);
  tty.setRawMode(true);
  return new Promise<string>((resolve, reject) => {
    let typed = '';
    const end = (settle: () => void): void => {
      tty.setRawMode(false);
      tty.off('data', take);
      tty.pause();
      signal.removeEventListener('abort', stop);
      stderr.write('\n');
      settle();
    };
    const stop = (): void => end(() => reject(new CliError('stopped before anything was entered')));
    const take = (chunk: Buffer | string): void => {
      for (const char of String(chunk)) {
        if (char === CTRL_C) return stop();
        if (char === '\r' || char === '\n' || char === CTRL_D) return end(() => resolve(typed));
        typed = char === '\u007f' || char === '\b' ? [...typed].slice(0, -1).join('') : typed + char;
      }
    };
    tty.on('data', take);
    signal.addEventListener('abort', stop);
    tty.resume();
  });
}
