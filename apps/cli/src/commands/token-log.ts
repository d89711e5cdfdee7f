import { InvalidArgumentError, type Command } from 'commander';
import { DocketError } from '#errors';
import { CliError } from '../cli-error.js';
import { connectionOptions, wholeNumber, type Bind, type Context } from '../context.js';
import { eventLine } from '../event-line.js';
import { EXIT } from '../exit-codes.js';
import type { LogEvent, PartitionEvents } from '../log-events.js';
import { partitionsOf } from './log.js';
import { grantOf, timeOptions } from './query-options.js';

interface TokenLogOptions {
  readonly grant?: string;
  readonly actor?: string;
  readonly event?: string[];
  readonly from?: string;
  readonly to?: string;
  readonly last?: number;
  readonly follow?: boolean;
}

/** Ways of a token to somebody. */
const HANDED = ['TokenServed', 'TokenWrapped', 'TokenUnwrapped', 'TokenRevealed'];

/** `docket token log`. */
export function tokenLogCommand(token: Command, bind: Bind): void {
  const log = timeOptions(token.command('log [connection]').description('show what happened to tokens: who got which of which connection when, and every mint, refusal and revocation; never a token'))
    .option('--grant <grant>', 'only what concerns this grant (id or token): what it was handed, and when it was cut off')
    .option('--actor <subject>', 'only what this credential’s subject did')
    .option('--event <name...>', `only events of these names, as docs/token-broker.md lists them; "handed" for ${HANDED.join(', ')}`, eventName)
    .option('--last <n>', 'only so many of the newest', wholeNumber(1, 100_000))
    .option('--follow', 'go on with new events')
    .addHelpText('after', `
Reads the log itself, as docket log tail does, and shows valid events only, in the order of their times. With --json an object a line: time, event,
where it stands (topic, partition, offset, hash), and the event's own fields. What was served is counted: one event a minute for each token with
each gateway and grant that had it.

Examples:
  docket token log payments --from 24h
  docket token log --grant 0190f3a1c2d37e4f8a5b6c7d8e9f0a1b --event handed
  docket token log --from 2026-11-01 --to 2026-12-01 --json > november.jsonl`);
  bind<TokenLogOptions>(connectionOptions(log), async (context, options, [connectionId]) => {
    const wanted = filterOf(connectionId, options);
    const [{ partitionOf }, { PartitionEvents }, { openLog }] = await Promise.all([import('#ledger'), import('../log-events.js'), import('../open-log.js')]);
    const source = openLog(await context.connection());
    try {
      const all = await partitionsOf(source, 'tokens');
      // A connection's events are all in one partition.
      const partitions = connectionId === undefined ? all : all.filter(({ partition }) => partition === partitionOf(connectionId, all.length));
      await show(context, partitions.map((tp) => new PartitionEvents(source, tp)), options, wanted);
    } catch (error) {
      if (error instanceof DocketError) throw new CliError(error.message, { code: error.kind.toUpperCase(), exitCode: error.kind === 'unavailable' ? EXIT.unavailable : EXIT.error });
      throw error;
    } finally {
      await source.close();
    }
  });
}

async function show(context: Context, readers: readonly PartitionEvents[], { last, follow = false }: TokenLogOptions, wanted: (event: LogEvent) => boolean): Promise<void> {
  const { inTimeOrder } = await import('../log-events.js');
  const { signal, stdout } = context.terminal;
  const print = (event: LogEvent): void => void stdout.write(`${context.json ? JSON.stringify(flat(event)) : eventLine(event)}\n`);
  const newest: LogEvent[] = [];
  for await (const event of inTimeOrder(readers.map((reader) => reader.backlog()))) {
    if (signal.aborted) return;
    if (!wanted(event)) continue;
    if (last === undefined) print(event);
    else if (newest.push(event) > last) newest.shift();
  }
  newest.forEach(print);
  if (!follow) return;
  await Promise.all(readers.map(async (reader) => {
    for await (const event of reader.follow(signal)) if (wanted(event)) print(event);
  }));
}

function filterOf(connectionId: string | undefined, { grant, actor, event, from, to }: TokenLogOptions): (event: LogEvent) => boolean {
  const grantId = grant === undefined ? undefined : grantOf(grant);
  const names = event === undefined ? undefined : new Set(event.flatMap((name) => (name === 'handed' ? HANDED : [name])));
  const [fromMs, toMs] = [from === undefined ? -Infinity : Date.parse(from), to === undefined ? Infinity : Date.parse(to)];
  return ({ at, type, data }) => at.timeMs >= fromMs && at.timeMs < toMs
    && (connectionId === undefined || data['connection_id'] === connectionId)
    && (grantId === undefined || data['grant_id'] === grantId || data['holder'] === grantId)
    && (actor === undefined || data['actor'] === actor)
    && (names === undefined || names.has(nameOf(type)));
}

function eventName(name: string, before: string[] = []): string[] {
  if (/^(?:handed|[A-Z][A-Za-z]{2,40})$/.test(name)) return [...before, name];
  throw new InvalidArgumentError('expected the name of an event such as TokenRevealed, or handed');
}

function nameOf(type: string): string {
  return /([^.]+)\.v\d+$/.exec(type)?.[1] ?? type;
}

function flat({ at: { topic, partition, offset, hash, timeMs }, type, data }: LogEvent): Record<string, unknown> {
  const fields = Object.entries(data).map(([key, value]): [string, unknown] =>
    (key.endsWith('_at_ms') && typeof value === 'number' ? [camel(key.slice(0, -3)), new Date(value).toISOString()] : [camel(key), value]));
  return { time: new Date(timeMs).toISOString(), event: nameOf(type), ...Object.fromEntries(fields), topic, partition, offset, hash };
}

function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
