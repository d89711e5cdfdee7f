import { Option, type Command } from 'commander';
import { resolve } from 'node:path';
import type { Compression } from '#archive';
import { DocketError } from '#errors';
import { CliError } from '../cli-error.js';
import { expectConsent } from '../confirm.js';
import { connectionOptions, type Bind, type Context } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { time } from './query-options.js';

export interface ArchiveOptions {
  readonly before?: string;
  readonly out?: string;
  readonly continue?: string;
  readonly topic?: string[];
  readonly compress: Compression;
  readonly delete?: boolean;
  readonly fromArchive?: string;
  readonly recentToo?: boolean;
  readonly check?: string;
  readonly key?: string[];
  readonly yes?: boolean;
}

/** `docket log archive`. */
export function archiveCommand(log: Command, bind: Bind): void {
  const archive = connectionOptions(log.command('archive'))
    .description('write the beginning of the log into signed files, which are read in its place; delete what is archived')
    .option('--before <time>', 'archive what happened before: 2026-01-31, 2026-01-31T08:00:00Z, or an age: 90m, 24h, 7d', time)
    .option('--out <folder>', 'a folder for it, which does not exist yet')
    .option('--continue <folder>', 'the archive that this one goes on from')
    .option('--topic <topic...>', 'only these topics (default: all of the log)')
    .addOption(new Option('--compress <how>', 'compress the files').choices(['none', 'gzip', 'zstd']).default('none'))
    .option('--delete', 'then delete from the log what is in the archive, or in that of --from-archive')
    .option('--from-archive <folder>', 'with --delete: an archive that was written earlier, or a folder of archives')
    .option('--recent-too', 'with --delete: also the last 15 minutes, while no decider runs')
    .option('--check <folder>', 'only read an archive, or a folder of archives, to the end, and say whether it is whole')
    .option('--key <key...>', 'with --check: public keys, one of which must have signed it: PEM files, or a key in base64 (default: head-keys.pem in the data folder)')
    .option('--yes', 'do not ask for confirmation before deleting; needed where there is no terminal to ask at')
    .addHelpText('after', `
Files end with a valid event, the next archive begins there; nothing in the log changes without --delete. What is deleted is read back
from the files first. Archives in the folder "archive" beside credentials.json are found by npm start and by this command.

Examples:
  docket log archive --before 2026-10-01 --out .docket/archive/2026-q3
  docket log archive --before 30d --out .docket/archive/2026-q4 --continue .docket/archive/2026-q3 --compress zstd
  docket log archive --delete --from-archive .docket/archive
  docket log archive --check .docket/archive
  docket log archive --check /mnt/copy/2026-q3 --key head-keys.pem`);
  bind<ArchiveOptions>(archive, async (context, options) => {
    try {
      return await run(context, options);
    } catch (error) {
      if (context.terminal.signal.aborted) throw new CliError(options.delete === true ? 'stopped; --delete with --from-archive goes on, if the archive is there' : 'stopped; nothing of the archive is left', { code: 'CANCELLED', exitCode: EXIT.error });
      if (error instanceof DocketError) throw new CliError(error.message, { code: error.kind.toUpperCase(), exitCode: error.kind === 'unavailable' ? EXIT.unavailable : EXIT.error });
      throw error;
    }
  });
}

async function run(context: Context, options: ArchiveOptions): Promise<number> {
  const { check, before, out, fromArchive } = options;
  const at = (folder: string): string => resolve(context.terminal.cwd, folder);
  if (options.delete === true) expectConsent(context, options.yes, 'deleting archived records');
  const { checkArchive, deleteArchived, writeArchiveOf } = await import('../archive-work.js');
  if (check !== undefined) return checkArchive(context, at(check), options);
  if (options.delete === true && fromArchive !== undefined) {
    if (before !== undefined || out !== undefined) throw new CliError('--from-archive names an archive that is there: give it, or --before and --out');
    return deleteArchived(context, at(fromArchive), options);
  }
  if (fromArchive !== undefined) throw new CliError('--from-archive belongs to --delete; an archive that goes on from another one takes --continue');
  if (before === undefined || out === undefined) throw new CliError('give --before <time> and --out <folder>; or --check <folder>; or --delete with --from-archive <folder>');
  await writeArchiveOf(context, { ...options, before, out: at(out), ...(options.continue !== undefined && { continue: at(options.continue) }) });
  return options.delete === true ? deleteArchived(context, at(out), options) : EXIT.ok;
}
