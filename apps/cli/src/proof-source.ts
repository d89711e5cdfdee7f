import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ComparedLog, archiveAsLog, holdsArchive, openArchive, withArchive, type Archive } from '#archive';
import { DocketError } from '#errors';
import { lossText, type EventLog, type ResumeState, type TopicPartition } from '#ledger';
import { TrustedKeys, parseHeadKeys } from '#proof';
import type { LiveLog, SourceSpec } from '#replay';
import { CliError } from './cli-error.js';
import type { Connection } from './connection.js';
import { connectionOptions, type Context } from './context.js';
import { EXIT } from './exit-codes.js';
import { partitionsOfLog, type LoggedPartition } from './log-partitions.js';
import { openLiveLog, openLog } from './open-log.js';
import { liveOf } from './replay-source.js';

export interface ProofSourceOptions {
  readonly fromArchive?: string[];
  readonly archiveOnly?: boolean;
  readonly file?: string[];
  readonly key?: string[];
}

export interface ProofPartition extends TopicPartition {
  /** Where the records begin, if not at the beginning of the log. */
  readonly start?: ResumeState;
  readonly firstOffset: number;
  readonly endOffset: number;
  /** The registry says that there is one, and the log has none. */
  readonly isGone?: boolean;
}

type Reader = Pick<EventLog, 'read' | 'endOffset'>;

export interface ProofSource<L extends Reader = Reader> {
  readonly log: L;
  readonly partitions: readonly ProofPartition[];
  /** The same, for a replay. */
  readonly spec: SourceSpec;
}

/** The options of commands that read the log as it was written. */
export function proofOptions(command: Command): Command {
  return connectionOptions(command)
    .option('--from-archive <folder...>', 'archives in place of the log’s beginning; the live log after them, if there is one')
    .option('--archive-only', 'nothing but those archives')
    .option('--file <file...>', 'log files instead of a running Docket’s log')
    .option('--key <key...>', 'public keys that signed heads are trusted by: PEM files, or a key in base64 (default: head-keys.pem in the data folder)');
}

/** Opens the log, has the work done, closes it; every failure becomes one clear line. Archives must be whole, and of this log. */
export function withProofSource<T>(context: Context, options: ProofSourceOptions, work: (source: ProofSource) => Promise<T>): Promise<T> {
  return withOpened(async (keep) => {
    const { connection, files, folders, spec } = await wanted(context, options);
    const archive = files === undefined && folders === undefined ? undefined : await openArchive(files ?? folders!);
    if (archive !== undefined && spec.live === undefined) return work({ log: archiveAsLog(keep(archive)), partitions: partitionsIn(archive), spec: spec.spec });
    const log = keep(archive === undefined ? openLog(connection) : withArchive(openLiveLog(connection), archive));
    return work({ log, partitions: partitionsThere(await partitionsOfLog(log)), spec: spec.spec });
  });
}

/** The same for who looks for what is wrong with them: what is not whole is read as it is, and what both hold is compared. */
export function withComparedSource<T>(context: Context, options: ProofSourceOptions, work: (source: ProofSource<ComparedLog>) => Promise<T>): Promise<T> {
  return withOpened(async (keep) => {
    const { connection, files, folders, spec } = await wanted(context, options);
    const { archiveDir } = connection;
    const open = async (): Promise<Archive | undefined> => {
      if (files !== undefined || folders !== undefined) return openArchive(files ?? folders!, { isTolerant: true });
      // A folder for archives may still be empty; one that is not there is a slip.
      return archiveDir === undefined || (existsSync(archiveDir) && !holdsArchive(archiveDir)) ? undefined : openArchive(archiveDir);
    };
    const log = keep(new ComparedLog(spec.live === undefined ? undefined : openLiveLog(connection), open));
    const archive = await log.archive();
    return work({ log, partitions: spec.live === undefined ? partitionsIn(archive!) : partitionsThere(await partitionsOfLog(log)), spec: spec.spec });
  });
}

type Keep = <T extends { close(): Promise<void> }>(one: T) => T;

async function withOpened<T>(work: (keep: Keep) => Promise<T>): Promise<T> {
  const opened: { close(): Promise<void> }[] = [];
  try {
    return await work((one) => {
      opened.push(one);
      return one;
    });
  } catch (error) {
    if (!(error instanceof DocketError)) throw error;
    if (error.kind === 'invalid_argument') throw new CliError(error.message);
    const loss = lossText(error);
    const place = /^[^\s:]+(?=: offset )/.exec(error.message)?.[0];
    const message = loss === undefined || place === undefined ? error.message : `${place} at offset ${loss.offset}: ${loss.what}`;
    throw new CliError(message, { code: error.kind.toUpperCase(), exitCode: error.kind === 'unavailable' ? EXIT.unavailable : EXIT.error });
  } finally {
    for (const one of opened) await one.close();
  }
}

interface Wanted {
  readonly connection: Connection;
  readonly files: string[] | undefined;
  readonly folders: string[] | undefined;
  readonly spec: { readonly spec: SourceSpec; readonly live: LiveLog | undefined };
}

async function wanted(context: Context, { fromArchive, archiveOnly = false, file }: ProofSourceOptions): Promise<Wanted> {
  const paths = (names: readonly string[] | undefined): string[] | undefined => names?.map((name) => resolve(context.terminal.cwd, name));
  if (file !== undefined && fromArchive !== undefined) throw new CliError('--file and --from-archive exclude each other: give one of them');
  if (fromArchive === undefined && archiveOnly) throw new CliError('--archive-only: name the archives with --from-archive');
  const connection = await context.connection();
  const [files, folders] = [paths(file), paths(fromArchive)];
  if (files !== undefined) return { connection, files, folders, spec: { spec: { kind: 'files', files }, live: undefined } };
  const live = archiveOnly ? undefined : liveOf(connection);
  if (folders !== undefined) return { connection, files, folders, spec: { spec: { kind: 'archive', folders, ...(live && { live }) }, live } };
  if (live === undefined) throw new CliError('the credentials file names no database: set DATABASE_URL, or KAFKA_BROKERS for a log on Kafka; or give --from-archive or --file');
  return { connection, files, folders, spec: { spec: { kind: 'live', live }, live } };
}

function partitionsIn(archive: Archive): ProofPartition[] {
  return archive.ranges().map(({ topic, partition, firstOffset, endOffset, start }) => {
    if (firstOffset === 0) return { topic, partition, firstOffset, endOffset };
    if (start === undefined) throw new CliError(`${topic}/${partition} begins at offset ${firstOffset} in these files, and they do not say where a reader stands there: give the files from its beginning on`);
    return { topic, partition, firstOffset, endOffset, start };
  });
}

function partitionsThere(all: readonly LoggedPartition[]): ProofPartition[] {
  return all.map(({ topic, partition, endOffset }) => ({ topic, partition, firstOffset: 0, endOffset: endOffset ?? 0, ...(endOffset === undefined && { isGone: true }) }));
}

export interface KeysGiven {
  readonly keys: TrustedKeys;
  /** Where they are from, for people; undefined: nobody has brought any. */
  readonly from: string | undefined;
}

/** The keys that were named, or those that a Docket on this machine has written down. */
export async function trustedKeys(context: Context, { key }: Pick<ProofSourceOptions, 'key'>): Promise<KeysGiven> {
  const read = (name: string): Buffer[] => {
    const file = resolve(context.terminal.cwd, name);
    return existsSync(file) ? parseHeadKeys(readFileSync(file, 'utf8'), name) : parseHeadKeys(name, `--key ${name.length > 60 ? `${name.slice(0, 57)}…` : name}: there is no such file, and it`);
  };
  try {
    if (key !== undefined) return { keys: new TrustedKeys(key.flatMap(read)), from: '--key' };
    const { headKeysFile } = await context.connection();
    return existsSync(headKeysFile) ? { keys: new TrustedKeys(read(headKeysFile)), from: headKeysFile } : { keys: new TrustedKeys(undefined), from: undefined };
  } catch (error) {
    throw error instanceof DocketError ? new CliError(error.message) : error;
  }
}

/** What is to be said where nobody has brought a key. */
export const NO_KEY = 'no public key was given: signatures are only checked against the keys that the signed heads name themselves, so a log that somebody wrote anew and signed with a key of his own would pass; give --key';
