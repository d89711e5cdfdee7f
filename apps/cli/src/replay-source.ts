import { resolve } from 'node:path';
import type { Command } from 'commander';
import { DocketError } from '#errors';
import type { TopicPartition } from '#ledger';
import type { KeysSpec, LiveLog, OpenedSource, RegistryFacts, SourceSpec, TimeRange } from '#replay';
import { CliError } from './cli-error.js';
import type { Connection } from './connection.js';
import { connectionOptions, wholeNumber, type Context } from './context.js';
import { EXIT } from './exit-codes.js';
import { grantOf, timeOptions } from './commands/query-options.js';

export interface SourceOptions {
  readonly from?: string;
  readonly to?: string;
  readonly fromArchive?: string[];
  readonly archiveOnly?: boolean;
  readonly file?: string[];
  /** Only what is of these (ids or tokens). */
  readonly grant?: string[];
}

export interface RunOptions extends SourceOptions {
  readonly partition?: number;
  readonly threads?: number;
  readonly keys: boolean;
}

/** The options of every command that reads the log from its beginning. */
export function sourceOptions(command: Command): Command {
  return timeOptions(connectionOptions(command))
    .option('--from-archive <folder...>', 'archives in place of the log’s beginning; the live log after them')
    .option('--archive-only', 'nothing but those archives')
    .option('--file <file...>', 'log files instead of a running Docket’s log; the registry’s among them');
}

export function runOptions(command: Command): Command {
  return sourceOptions(command)
    .option('--partition <n>', 'only this partition', wholeNumber(0, 100_000))
    .option('--threads <n>', 'partitions at once (default: the number of cores)', wholeNumber(1, 64))
    .option('--no-keys', 'open no argument values: verdicts that rest on them are not derived');
}

/** A log that was opened, and what its registry says. */
export interface ReplayWork {
  readonly spec: SourceSpec;
  readonly source: OpenedSource;
  readonly facts: RegistryFacts;
  /** The decisions' partitions, the largest first. */
  readonly partitions: readonly TopicPartition[];
  /** Records in them, as far as that can be told. */
  readonly records: number | undefined;
  readonly keys: KeysSpec | undefined;
  readonly range: TimeRange;
}

/** Opens what the options name, has the work done and closes it; every failure becomes one clear line. */
export async function withSource(context: Context, options: SourceOptions & { readonly partition?: number; readonly keys?: boolean }, work: (opened: ReplayWork) => Promise<number | void>): Promise<number | void> {
  const { openSource } = await import('#replay');
  const connection = await context.connection();
  const { signal } = context.terminal;
  let source: OpenedSource | undefined;
  try {
    const range = rangeOf(options);
    const spec = specOf(context, options, connection);
    source = await openSource(spec);
    const facts = await factsOf(source, connection, signal, (options.grant ?? []).map(grantOf));
    const { partitions, records } = await partitionsOf(source, facts, options.partition, options.keys !== undefined);
    return await work({ spec, source, facts, partitions, records, range, keys: options.keys === false ? undefined : keysOf(connection) });
  } catch (error) {
    throw asCliError(error, signal);
  } finally {
    await source?.close();
  }
}

function rangeOf({ from, to }: SourceOptions): TimeRange {
  const range = { fromMs: from === undefined ? 0 : Date.parse(from), toMs: to === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(to) };
  if (range.fromMs >= range.toMs) throw new CliError(`--from ${from} is not before --to ${to}`);
  return range;
}

function specOf({ terminal }: Context, { fromArchive, archiveOnly = false, file }: SourceOptions, connection: Connection): SourceSpec {
  const absolute = (paths: readonly string[]): string[] => paths.map((path) => resolve(terminal.cwd, path));
  if (file !== undefined && fromArchive !== undefined) throw new CliError('--file and --from-archive exclude each other: give one of them');
  if (file !== undefined) return { kind: 'files', files: absolute(file) };
  if (fromArchive === undefined) {
    if (archiveOnly) throw new CliError('--archive-only: name the archives with --from-archive');
    const live = liveOf(connection);
    if (live === undefined) throw new CliError('the credentials file names no database: set DATABASE_URL, or KAFKA_BROKERS for a log on Kafka; or give --from-archive or --file');
    return { kind: 'live', live };
  }
  const live = archiveOnly ? undefined : liveOf(connection);
  return { kind: 'archive', folders: absolute(fromArchive), ...(live && { live }) };
}

export function liveOf({ database, kafkaBrokers, archiveDir }: Connection): LiveLog | undefined {
  const archived = archiveDir === undefined ? {} : { archiveDir };
  if (kafkaBrokers !== undefined) return { brokers: kafkaBrokers, ...archived };
  return database === undefined ? undefined : { database, ...archived };
}

/** Both must be there: the database with the grants' keys, and the keys that wrap them. */
export function keysOf({ database, keyEncryptionKeys }: Connection): KeysSpec | undefined {
  return database === undefined || keyEncryptionKeys === undefined ? undefined : { database, ...keyEncryptionKeys };
}

/** Where nothing was found of a grant, and the registry does not know it either, that is no answer but a slip. `found`: of which there was something. */
export function refuseUnknownGrants({ unknownGrants }: RegistryFacts, found: (grant: string) => boolean): void {
  const slips = unknownGrants.filter((grant) => !found(grant));
  if (slips.length > 0) throw new CliError(`nothing was found of ${slips.join(', ')}, and this log's registry knows no such grant`, { code: 'NOT_FOUND', exitCode: EXIT.error });
}

/** Files without the registry's need a live log beside them. */
async function factsOf(source: OpenedSource, connection: Connection, signal: AbortSignal, grants: readonly string[]): Promise<RegistryFacts> {
  const { REGISTRY, openSource, readRegistry } = await import('#replay');
  if (source.partitions === undefined || source.partitions.some(({ topic }) => topic === REGISTRY.topic)) return readRegistry(source.log, signal, grants);
  const live = liveOf(connection);
  if (live === undefined) throw new CliError(`none of these files is of ${REGISTRY.topic}, which holds the policies: give it as well`);
  const registry = await openSource({ kind: 'live', live });
  try {
    return await readRegistry(registry.log, signal, grants);
  } finally {
    await registry.close();
  }
}

async function partitionsOf({ log, partitions }: OpenedSource, facts: RegistryFacts, only: number | undefined, isNeeded: boolean): Promise<Pick<ReplayWork, 'partitions' | 'records'>> {
  const { DECISIONS_TOPIC } = await import('#replay');
  const all = (partitions ?? Array.from({ length: facts.partitions }, (_, partition) => ({ topic: DECISIONS_TOPIC, partition }))).filter(({ topic }) => topic === DECISIONS_TOPIC);
  const wanted = only === undefined ? all : all.filter(({ partition }) => partition === only);
  if (wanted.length === 0 && isNeeded) throw new CliError(only === undefined ? `there is nothing of ${DECISIONS_TOPIC} to read` : `--partition ${only}: there are ${all.length === 0 ? 'none' : `only ${all.map(({ partition }) => partition).join(', ')}`}`);
  const counted = await Promise.all(wanted.map(async ({ topic, partition }) => ({ tp: { topic, partition }, count: await log.count({ topic, partition }) })));
  const records = counted.reduce<number | undefined>((sum, { count }) => (sum === undefined || count === undefined ? undefined : sum + count), 0);
  return { partitions: counted.sort((a, b) => (b.count ?? 0) - (a.count ?? 0)).map(({ tp }) => tp), records };
}

const FILE_REASONS = new Set(['LOG_FILE_UNREADABLE', 'ARCHIVE_UNREADABLE', 'LOG_BEGINS_LATER']);

/** `signal` aborted: whatever failed then is that. */
export function asCliError(error: unknown, signal: AbortSignal): unknown {
  if (error instanceof CliError) return error;
  if (signal.aborted) return new CliError('stopped before the end; nothing was written', { code: 'ABORTED', exitCode: EXIT.error });
  if (error instanceof DocketError) {
    if (FILE_REASONS.has(error.reason)) return new CliError(error.message);
    return new CliError(error.message, { code: error.kind.toUpperCase(), exitCode: error.kind === 'unavailable' ? EXIT.unavailable : EXIT.error });
  }
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && /^(?:ECONN\w+|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|08...|57P..)$/.test(code)) return new CliError(`the database cannot be reached (${code})`, { code: 'UNAVAILABLE', exitCode: EXIT.unavailable });
  return error;
}
