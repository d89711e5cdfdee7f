import { Option, type Command } from 'commander';
import type { EventLog } from '#ledger';
import { DocketError } from '#errors';
import { CliError } from '../cli-error.js';
import { connectionOptions, wholeNumber, type Bind, type Context } from '../context.js';
import { EXIT } from '../exit-codes.js';
import type { LogEvent } from '../log-events.js';
import { eventLine } from '../event-line.js';
import { archiveCommand } from './log-archive.js';
import { exportCommand } from './log-export.js';
import { restoreCommand } from './log-restore.js';
import { replayCommand } from './log-replay.js';
import { proveCommand } from './log-prove.js';
import { verifyCommands } from './log-verify.js';

type Topic = 'decisions' | 'registry' | 'tokens';
interface TailOptions { grant?: string; tool?: string; verdict?: string; topic: Topic; registry?: boolean; fromStart?: boolean; last: number; follow: boolean }

export function logCommands(program: Command, bind: Bind): void {
  const log = program.command('log').description('read the event log itself');
  const tail = log.command('tail').description('show the newest events, then follow the log (argument values are sealed and stay so)')
    .option('--grant <grant>', 'only events of this grant (id or token)')
    .option('--tool <name>', 'only calls of this tool')
    .addOption(new Option('--verdict <verdict>', 'only calls with this verdict').choices(['ALLOW', 'DENY', 'RATE_LIMITED', 'APPROVAL_REQUIRED']))
    .addOption(new Option('--topic <topic>', 'whose events: tokens are the token broker’s (docket token log finds who got which)').choices(['decisions', 'registry', 'tokens']).default('decisions'))
    .option('--registry', 'the same as --topic registry')
    .option('--last <n>', 'begin with so many of the newest', wholeNumber(0, 100_000), 10)
    .option('--from-start', 'begin with the first event')
    .option('--no-follow', 'end at the end of the log')
    .addHelpText('after', `
Only valid events are shown, judged as every reader judges them; with --json each is the CloudEvent as it was written.

Examples:
  docket log tail --verdict RATE_LIMITED
  docket log tail --from-start --no-follow --json | jq .data.tool`);
  bind<TailOptions>(connectionOptions(tail), async (context, options) => {
    const wanted = filterOf(options);
    const { openLog } = await import('../open-log.js');
    const source = openLog(await context.connection());
    try {
      await tailLog(context, source, options, wanted);
    } catch (error) {
      if (error instanceof DocketError) throw new CliError(error.message, { code: error.kind.toUpperCase(), exitCode: error.kind === 'unavailable' ? EXIT.unavailable : EXIT.error });
      throw error;
    } finally {
      await source.close();
    }
  });
  exportCommand(log, bind);
  replayCommand(log, bind);
  verifyCommands(log, bind);
  proveCommand(log, bind);
  archiveCommand(log, bind);
  restoreCommand(log, bind);
}

async function tailLog(context: Context, source: EventLog, options: TailOptions, wanted: (event: LogEvent) => boolean): Promise<void> {
  const { inTimeOrder, PartitionEvents } = await import('../log-events.js');
  const { signal } = context.terminal;
  const print = (event: LogEvent): void => {
    if (wanted(event)) context.terminal.stdout.write(`${context.json ? Buffer.from(event.value).toString('utf8') : eventLine(event)}\n`);
  };
  const readers = (await partitionsOf(source, options.registry ? 'registry' : options.topic)).map((tp) => new PartitionEvents(source, tp));

  const newest: LogEvent[] = [];
  for await (const event of inTimeOrder(readers.map((reader) => reader.backlog()))) {
    if (signal.aborted) return;
    if (options.fromStart) print(event);
    else if (wanted(event) && newest.push(event) > options.last) newest.shift();
  }
  newest.forEach(print);
  if (!options.follow) return;
  await Promise.all(readers.map(async (reader) => {
    for await (const event of reader.follow(signal)) print(event);
  }));
}

const REGISTRY = { topic: 'docket.registry', partition: 0 };

/** How many partitions there are was fixed by the registry's first event. */
export async function partitionsOf(source: EventLog, topic: Topic): Promise<{ topic: string; partition: number }[]> {
  if (topic === 'registry') return [REGISTRY];
  const { PartitionEvents } = await import('../log-events.js');
  for await (const { type, data } of new PartitionEvents(source, REGISTRY).backlog()) {
    if (type !== 'docket.registry.RegistryCreated.v1') continue;
    return Array.from({ length: Number(data[`${topic}_partitions`]) }, (_, partition) => ({ topic: `docket.${topic}`, partition }));
  }
  throw new CliError('this log has no registry yet: start Docket on it first', { exitCode: EXIT.error, code: 'NOT_FOUND' });
}

function filterOf({ grant, tool, verdict }: TailOptions): (event: LogEvent) => boolean {
  const grantId = grant === undefined ? undefined : grantIdOf(grant);
  return ({ data }) => (grantId === undefined || data['grant_id'] === grantId)
    && (tool === undefined || data['tool'] === tool)
    && (verdict === undefined || data['verdict'] === verdict);
}

/** The id of a grant, which its token begins with. What is neither is not repeated: it may be a token with a slip. */
function grantIdOf(text: string): string {
  const id = /^(?:dg_([0-9a-f]{32})_[A-Za-z0-9_-]{43}|([0-9a-f]{32}))$/.exec(text);
  if (id !== null) return (id[1] ?? id[2])!;
  throw new CliError('--grant: expected a grant token (dg_…) or a grant id of 32 hex characters');
}
