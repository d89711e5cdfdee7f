import { ALL_PROJECTIONS, Generations, ownThere, removeOwn, type ReadModels } from '#read-models';
import { CliError } from './cli-error.js';
import { confirm, expectConsent } from './confirm.js';
import type { Context } from './context.js';
import { EXIT } from './exit-codes.js';

/** Somebody reads it in a transaction that has not ended: tried again after so long, and so often. */
const AGAIN_MS = 2_000;
const TRIES = 15;

/** Removes one of people's own projections once that was confirmed, and says what is gone. Resolves to the exit code. */
export async function removeAndSay(context: Context, readModels: ReadModels, name: string, { unfinished = false, yes }: { readonly unfinished?: boolean; readonly yes?: boolean }): Promise<number> {
  if (ALL_PROJECTIONS.some((one) => one.name === name)) throw new CliError(`${name} is one of Docket's own projections, which are not removed; docket projections rebuild ${name} makes it anew`);
  const there = await ownThere(readModels, name);
  if (there === undefined || (unfinished && !there.isBuilding)) {
    const names = [...new Set((await new Generations(readModels).list()).filter(({ own }) => own !== undefined).map(({ projection }) => projection))];
    throw new CliError(`there is ${there === undefined ? `no projection ${JSON.stringify(name)} of your own` : `nothing unfinished of ${name}`}${names.length === 0 ? '' : `; yours are ${names.join(', ')}`}`, { code: 'NOT_FOUND', exitCode: EXIT.error });
  }
  expectConsent(context, yes, 'removing a projection');
  const what = unfinished ? `the tables of ${name} that are not shown` : there.views.length === 0 ? `${name}, of which nothing was ever shown` : `${there.views.join(', ')} with all rows`;
  if (yes !== true) await confirm(context, `remove ${what}`);
  for (let left = TRIES; left > 0; left -= 1) {
    const removed = await removeOwn(readModels, name, { unfinished });
    if (removed !== undefined) {
      if (removed.keptSchema !== undefined) context.note(`the schema ${removed.keptSchema} holds something else, and stays`);
      context.print({ projection: name, views: removed.views, tables: removed.tables, schemaKept: removed.keptSchema !== undefined }, () => `removed: ${what}`);
      return EXIT.ok;
    }
    if (left === TRIES) context.note(`somebody reads ${name} in a transaction that has not ended: it is removed once it has`);
    if (context.terminal.signal.aborted) break;
    await new Promise<void>((resolve) => setTimeout(resolve, AGAIN_MS));
  }
  throw new CliError(`somebody reads ${name} in a transaction that has not ended; nothing was removed, try again later`, { code: 'UNAVAILABLE', exitCode: EXIT.unavailable });
}
