import type { Command } from 'commander';
import type { EventLog } from '#ledger';
import type { Generation, ReadModels, VerifiedPartition } from '#read-models';
import type { RegistryCreated } from '#registry';
import { CliError } from '../cli-error.js';
import { connectionOptions, wholeNumber, type Bind, type Context } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { isUnavailable, isUndefinedTable, projectionError } from '../projection-error.js';
import { table } from '../terminal.js';
import { time, timeOptions } from './query-options.js';

const REGISTRY_WAIT_MS = 5_000;
/** A registry that has records is read, however busy the machine is. */
const REGISTRY_READ_MS = 120_000;
const TIME_LIMIT_SECONDS = 5;

interface RunOptions { from?: string; to?: string; asOf?: string; follow?: boolean; rebuild?: boolean; timeLimit: number }

interface Projected {
  readonly readModels: ReadModels;
  readonly log: EventLog;
  readonly created: RegistryCreated;
}

export function projectionCommands(program: Command, bind: Bind): void {
  const projections = program.command('projections').description('the tables that are made from the log: docket.decisions and others');
  bind(connectionOptions(projections.command('list').description('the views there are, and the tables behind them')), (context) => opened(context, async ({ readModels }) => {
    const { Generations } = await import('#read-models');
    const found = await new Generations(readModels).list();
    if (context.json) for (const one of found) context.print({ projection: one.projection, version: one.version, state: one.state, view: viewOf(one), table: one.table, topic: one.topic, ...(one.own && { file: one.own.file, range: one.own.range }) }, () => '');
    else context.print(null, () => table(['VIEW', 'VERSION', 'STATE', 'TABLE', 'FROM'], found.map((one) => [viewOf(one), String(one.version), one.state, one.table, `${one.topic}${one.own?.range ?? ''}`])));
  }));
  bind(connectionOptions(projections.command('status').description('how far behind the log each is, in records and seconds, and why one has stopped')), (context) => opened(context, async (projected) => {
    const found = await statusOf(projected);
    const rows = found.map(({ generation, records, end, lost, lagMs }) => {
      const lagRecords = end - records + lost;
      return { projection: generation.projection, version: generation.version, range: generation.own?.range ?? '', state: generation.stopped === undefined ? generation.state : 'stopped', records, lagRecords, lagSeconds: lagMs / 1000, lostRecords: lost, stopped: generation.stopped ?? null };
    });
    if (context.json) for (const row of rows) context.print(row, () => '');
    else context.print(null, () => table(['PROJECTION', 'STATE', 'RECORDS', 'BEHIND', 'SECONDS', 'STOPPED AT'], rows.map((row) => [
      `${row.projection} v${row.version}${row.range}`, row.state, String(row.records), String(row.lagRecords), row.lagSeconds.toFixed(0),
      [row.stopped === null ? '' : `partition ${row.stopped.partition}, offset ${row.stopped.offset}: ${row.stopped.reason}`, row.lostRecords === 0 ? '' : lostText(row.lostRecords)].filter((text) => text !== '').join('; ')])));
    return rows.some(({ stopped, lostRecords }) => stopped !== null || lostRecords > 0) ? EXIT.error : EXIT.ok;
  }));
  runCommand(projections, bind);
  const rebuild = projections.command('rebuild').description('fills a new table beside the live one and shows it once it is complete').argument('<projection>', 'its name, as in `list`').addHelpText('after', `
The running projector does the work; this command asks for it and watches. The view keeps showing the old table until
the new one has caught up. Ended early (Ctrl-C), it goes on without being watched.

Example:
  docket projections rebuild decisions

One of your own is rebuilt by this command itself, from the file that it was last run from.`);
  bind(connectionOptions(rebuild), (context, _options, [name]) => opened(context, async (projected) => {
    const { Generations } = await import('#read-models');
    const own = (await new Generations(projected.readModels).list()).find(({ projection, own: one }) => projection === name && one !== undefined)?.own;
    if (own !== undefined) {
      const { runOwn } = await import('../own-projection.js');
      return runOwn(context, { ...projected, partitions: partitionsOf(projected.created), file: own.file, range: own, rangeText: own.range, timeLimitMs: TIME_LIMIT_SECONDS * 1000, fresh: true, follow: false });
    }
    const { rebuildAndWatch } = await import('../rebuild.js');
    return rebuildAndWatch(context, name!, projected.readModels, () => statusOf(projected));
  }));
  removeCommand(projections, bind);
  bind(connectionOptions(projections.command('verify').description('folds the log anew, from its first record, and compares every row of limit_windows')), (context) => opened(context, (projected) => verify(context, projected)));
}

const viewOf = ({ projection, own }: Generation): string => (own === undefined ? `docket.${projection}` : Object.keys(own.tables).map((name) => `${own.schema}.${name}`).join(', '));
const partitionsOf = (created: RegistryCreated): Record<string, number> => ({ 'docket.registry': 1, 'docket.decisions': created.decisions_partitions });

function runCommand(projections: Command, bind: Bind): void {
  const run = timeOptions(projections.command('run').description('makes tables of your own from the log, by a TypeScript file (docs/projections.md)').argument('<file>', 'exports defineProjection({ … }) by default'))
    .option('--as-of <time>', 'as things stood then: events up to and with that time', time)
    .option('--follow', 'go on at the end of the log, until Ctrl-C')
    .option('--rebuild', 'build anew beside the tables that are shown')
    .option('--time-limit <seconds>', 'for a handler with one event', wholeNumber(1, 3_600), TIME_LIMIT_SECONDS)
    .addHelpText('after', `
The rows are in the schema projection_<name>, a view for each table. Run again it goes on where it was; a changed file,
version or part of the log is built beside what is shown, and then shown instead.

Example:
  docket projections run ./examples/projections/denials-by-rule.ts
  docket projections run ./mine.ts --as-of 2026-01-31T08:00:00Z`);
  bind<RunOptions>(connectionOptions(run), (context, options, [file]) => {
    const { from, to, asOf, follow = false, rebuild: fresh = false } = options;
    if (asOf !== undefined && (from !== undefined || to !== undefined || follow)) throw new CliError('--as-of goes without --from, --to and --follow');
    if (to !== undefined && follow) throw new CliError('--to goes without --follow');
    const toMs = asOf !== undefined ? Date.parse(asOf) + 1 : to === undefined ? null : Date.parse(to);
    const range = { fromMs: from === undefined ? null : Date.parse(from), toMs };
    if (range.fromMs !== null && toMs !== null && range.fromMs >= toMs) throw new CliError('--from is not before --to');
    const rangeText = asOf !== undefined ? ` as of ${asOf}` : `${from === undefined ? '' : ` from ${from}`}${to === undefined ? '' : ` to ${to}`}`;
    return opened(context, async (projected) => {
      const { runOwn } = await import('../own-projection.js');
      return runOwn(context, { ...projected, partitions: partitionsOf(projected.created), file: file!, range, rangeText, timeLimitMs: options.timeLimit * 1000, fresh, follow });
    }, true);
  });
}

function removeCommand(projections: Command, bind: Bind): void {
  const remove = projections.command('remove').description('removes one of your own: its views, its tables and where it stood').argument('<projection>', 'its name, as in `status`')
    .option('--unfinished', 'only a run that has not come to its end; what is shown stays')
    .option('--yes', 'do not ask for confirmation; needed where there is no terminal to ask at')
    .addHelpText('after', `
The log and the file stay as they are: run again, it makes its rows anew.

Example:
  docket projections remove denials_by_rule --yes`);
  bind<{ unfinished?: boolean; yes?: boolean }>(connectionOptions(remove), async (context, options, [name = '']) => {
    const { removeAndSay } = await import('../remove-projection.js');
    return opened(context, async ({ readModels }) => removeAndSay(context, readModels, name, options));
  });
}

async function statusOf({ readModels, log, created }: Projected) {
  const { projectionStatus } = await import('#read-models');
  return projectionStatus(readModels, log, partitionsOf(created));
}

async function verify(context: Context, { readModels, log, created }: Projected): Promise<number> {
  const { Generations, verifyLimitWindows } = await import('#read-models');
  const live = async (): Promise<Generation | undefined> => (await new Generations(readModels).list()).find(({ projection, state }) => projection === 'limit_windows' && state === 'live');
  let generation = await live();
  if (generation === undefined) throw new CliError('there is no docket.limit_windows', { code: 'NOT_FOUND', exitCode: EXIT.error });
  const settings = { callIdMemoryMs: created.call_id_memory_ms, callIdAheadMs: created.call_id_ahead_ms };
  const { progressBar } = await import('../rebuild.js');
  const draw = progressBar(context);
  const startedMs = performance.now();
  const of = (await readModels.checkpoints(generation.id, created.decisions_partitions)).reduce((sum, { offset }) => sum + offset, 0);
  let done = 0;
  const drawn = (isLast: boolean): void => draw({ name: 'folding', done, of: isLast ? done : of, from: 0, seconds: (performance.now() - startedMs) / 1000 }, isLast);
  const all: VerifiedPartition[] = [];
  const onProgress = (records: number): void => {
    done += records;
    drawn(false);
  };
  for (let partition = 0; partition < created.decisions_partitions;) {
    try {
      all.push(await verifyLimitWindows({ readModels, log, generation, partition, settings, onProgress }));
      partition += 1;
    } catch (error) {
      // A rebuilt table is shown instead, and this one is gone: the new one holds the same windows.
      const now = isUndefinedTable(error) ? await live() : undefined;
      if (now === undefined || now.id === generation.id) throw error;
      generation = now;
      context.note('docket.limit_windows was rebuilt meanwhile: the rest is compared with the new table');
    }
  }
  drawn(true);
  for (const verified of all) {
    context.print({ projection: 'limit_windows', ...verified }, () => [
      `partition ${verified.partition} at offset ${verified.offset}: ${counted(verified.windows, 'window')}, ${verified.differing === 0 ? 'all as the log says' : `${verified.differing} ${verified.differing === 1 ? 'differs' : 'differ'}`}`,
      ...verified.differences.map((one) => `  ${one.counter_id} until ${one.window_end_ms === 0 ? '(sliding)' : new Date(one.window_end_ms).toISOString()}: ${one.in_rows ?? 'no row'}, by the log ${one.in_log ?? 'no such window'}`),
    ].join('\n'));
  }
  return all.every(({ differing }) => differing === 0) ? EXIT.ok : EXIT.error;
}

const lostText = (records: number): string => `the log ends before it: ${counted(records, 'record')} that it has read ${records === 1 ? 'is' : 'are'} not there any more`;
const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** Opens the database and the log that the running Docket uses, and closes them. */
async function opened(context: Context, work: (projected: Projected) => Promise<number | void>, migrate = false): Promise<number | void> {
  const connection = await context.connection();
  if (connection.database === undefined) throw new CliError('the credentials file names no database: set DATABASE_URL');
  const [{ openLog }, { ReadModels, registryCreated }] = await Promise.all([import('../open-log.js'), import('#read-models')]);
  const log = openLog(connection, true);
  let readModels: ReadModels | undefined;
  try {
    readModels = await ReadModels.open(connection.database, { name: 'docket projections', migrate });
    let trouble: unknown;
    const hasRecords = (await log.endOffset({ topic: 'docket.registry', partition: 0 }).catch(() => 0)) > 0;
    const created = await registryCreated(log, AbortSignal.any([context.terminal.signal, AbortSignal.timeout(hasRecords ? REGISTRY_READ_MS : REGISTRY_WAIT_MS)]), (error) => (trouble = error));
    if (created === undefined && isUnavailable(trouble)) throw trouble;
    if (created === undefined) throw new CliError('this log has no registry yet: start Docket on it first', { exitCode: EXIT.error, code: 'NOT_FOUND' });
    return await work({ readModels, log, created });
  } catch (error) {
    throw projectionError(error);
  } finally {
    await readModels?.close();
    await log.close();
  }
}
