import { createInterface } from 'node:readline/promises';
import type { Readable } from 'node:stream';
import { CliError } from './cli-error.js';
import type { Context } from './context.js';

const isAtTerminal = ({ terminal: { stdin } }: Context): boolean => (stdin as Readable & { isTTY?: boolean }).isTTY === true;

/** A script has said what it wants by its command; a person is asked once more. `question` ends without a question mark. */
export async function confirm(context: Context, question: string): Promise<void> {
  if (!isAtTerminal(context)) return;
  const { stdin, stderr, signal } = context.terminal;
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    const answer = await lines.question(`${question}? [y/N] `, { signal });
    if (!/^y(es)?$/i.test(answer.trim())) throw new CliError('nothing was changed');
  } finally {
    lines.close();
  }
}

/**
 * What cannot be undone is asked for by `--yes`, or confirmed at a terminal; with `--json` as well. To be called before
 * anything is done: where nobody can be asked, the command is refused. `what` is such as `erase a grant`.
 */
export function expectConsent(context: Context, yes: boolean | undefined, what: string): void {
  if (yes === true || isAtTerminal(context)) return;
  throw new CliError(`${what} cannot be undone, and there is no terminal to ask at: give --yes; nothing was changed`);
}
