import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { archiveAsLog, openArchive, withArchive, type Archive } from '#archive';
import { DocketError } from '#errors';
import type { EventLog, ResumeState, TopicPartition } from '#ledger';
import { TrustedKeys, parseHeadKeys } from '#proof';
import { registryCreated } from '#read-models';
import type { SourceSpec } from '#replay';
import { CliError } from './cli-error.js';
import { connectionOptions, type Context } from './context.js';
import { EXIT } from './exit-codes.js';
import { openLog } from './open-log.js';
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
}

export interface ProofSource {
  readonly log: Pick<EventLog, 'read' | 'endOffset'>;
  readonly partitions: readonly ProofPartition[];
  /** The same, for a replay. */
  readonly spec: SourceSpec;
}

const TOPICS = ['docket.registry', 'docket.decisions', 'docket.tokens'] as const;
const REGISTRY_WAIT_MS = 5_000;

/** The options of commands that read the log as it was written. */
export function proofOptions(command: Command): Command {
  return connectionOptions(command)
    .option('--from-archive <folder...>', 'archives in place of the log’s beginning; the live log after them, if there is one')
    .option('--archive-only', 'nothing but those archives')
    .option('--file <file...>', 'log files instead of a running Docket’s log')
    .option('--key <key...>', 'public keys that signed heads are trusted by: PEM files, or a key in base64 (default: head-keys.pem in the data folder)');
}

/** Opens the log, has the work done, closes it; every failure becomes one clear line. */
export async function withProofSource<T>(context: Context, options: ProofSourceOptions, work: (source: ProofSource) => Promise<T>): Promise<T> {
  const opened: { close(): Promise<void> }[] = [];
  try {
    return await work(await open(context, options, opened));
  } catch (error) {
    if (!(error instanceof DocketError)) throw error;
    if (error.reason === 'OFFSET_OUT_OF_RANGE') throw new CliError(`${error.message}; what is before it was deleted: name the archives that hold it with --from-archive`, { code: 'DATA_LOSS', exitCode: EXIT.error });
    if (error.kind === 'invalid_argument') throw new CliError(error.message);
    throw new CliError(error.message, { code: error.kind.toUpperCase(), exitCode: error.kind === 'unavailable' ? EXIT.unavailable : EXIT.error });
  } finally {
    for (const one of opened) await one.close();
  }
}

async function open(context: Context, { fromArchive, archiveOnly = false, file }: ProofSourceOptions, opened: { close(): Promise<void> }[]): Promise<ProofSource> {
  const paths = (names: readonly string[]): string[] => names.map((name) => resolve(context.terminal.cwd, name));
  if (file !== undefined && fromArchive !== undefined) throw new CliError('--file and --from-archive exclude each other: give one of them');
  const connection = await context.connection();
  const keep = <T extends { close(): Promise<void> }>(one: T): T => {
    opened.push(one);
    return one;
  };
  if (file !== undefined) {
    const archive = keep(await openArchive(paths(file)));
    return { log: archiveAsLog(archive), partitions: partitionsIn(archive), spec: { kind: 'files', files: paths(file) } };
  }
  const live = liveOf(connection);
  if (fromArchive === undefined) {
    if (archiveOnly) throw new CliError('--archive-only: name the archives with --from-archive');
    const log = keep(openLog(connection));
    return { log, partitions: await partitionsOf(log), spec: { kind: 'live', live: live! } };
  }
  const archive = await openArchive(paths(fromArchive));
  if (archiveOnly || live === undefined) return { log: archiveAsLog(keep(archive)), partitions: partitionsIn(archive), spec: { kind: 'archive', folders: paths(fromArchive) } };
  const { openLiveLog } = await import('./open-log.js');
  const log = keep(withArchive(openLiveLog(connection), archive));
  return { log, partitions: await partitionsOf(log), spec: { kind: 'archive', folders: paths(fromArchive), live } };
}

function partitionsIn(archive: Archive): ProofPartition[] {
  return archive.ranges().map(({ topic, partition, firstOffset, endOffset, start }) => {
    if (firstOffset === 0) return { topic, partition, firstOffset, endOffset };
    if (start === undefined) throw new CliError(`${topic}/${partition} begins at offset ${firstOffset} in these files, and they do not say where a reader stands there: give the files from its beginning on`);
    return { topic, partition, firstOffset, endOffset, start };
  });
}

/** How many there are was fixed by the registry's first event; a log without a token broker has none of its topic. */
async function partitionsOf(log: EventLog): Promise<ProofPartition[]> {
  const created = await registryCreated(log, AbortSignal.timeout(REGISTRY_WAIT_MS));
  if (created === undefined) throw new CliError('this log has no registry yet: start Docket on it first', { exitCode: EXIT.error, code: 'NOT_FOUND' });
  const counts = [1, created.decisions_partitions, created.tokens_partitions];
  const found: ProofPartition[] = [];
  for (const [index, topic] of TOPICS.entries()) {
    for (let partition = 0; partition < counts[index]!; partition += 1) {
      const endOffset = await log.endOffset({ topic, partition }).catch((error: unknown) => {
        if (error instanceof DocketError && error.reason === 'UNKNOWN_PARTITION' && topic === 'docket.tokens') return undefined;
        throw error;
      });
      if (endOffset === undefined) break;
      found.push({ topic, partition, firstOffset: 0, endOffset });
    }
  }
  return found;
}

export interface KeysGiven {
  readonly keys: TrustedKeys;
  /** Where they are from, for people; undefined: nobody has brought any. */
  readonly from: string | undefined;
}

/** The keys that were named, or those that a Docket on this machine has written down. */
export async function trustedKeys(context: Context, { key }: ProofSourceOptions): Promise<KeysGiven> {
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
