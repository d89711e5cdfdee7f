import { createInterface } from 'node:readline/promises';
import type { Readable } from 'node:stream';
import { CliError } from './cli-error.js';
import type { Context } from './context.js';

/** A script has said what it wants by its command; a person is asked once more. `question` ends without a question mark. */
export async function confirm({ terminal: { stdin, stderr, signal } }: Context, question: string): Promise<void> {
  if ((stdin as Readable & { isTTY?: boolean }).isTTY !== true) return;
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    const answer = await lines.question(`${question}? [y/N] `, { signal });
    if (!/^y(es)?$/i.test(answer.trim())) throw new CliError('nothing was changed');
  } finally {
    lines.close();
  }
}
