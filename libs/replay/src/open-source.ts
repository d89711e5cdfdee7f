import { stat } from 'node:fs/promises';
import { archiveAsLog, openArchive, withArchive, withArchiveIn } from '#archive';
import { DocketError } from '#errors';
import { GrantKeys, KafkaEventLog, PostgresEventLog, openKeys, openPool, type EventLog, type KeysConfig, type TopicPartition } from '#ledger';
import { NO_VALUE_KEYS, StoredValueKeys, type ValueKeys } from './grant-values.js';
import { LogFiles } from './log-files.js';
import { logAsReplayLog, type ReplayLog } from './replay-log.js';

/** Where the live log is. Plain data, so that threads can be told. */
export interface LiveLog {
  readonly database?: string;
  readonly brokers?: readonly string[];
  /** Archives that stand in place of its beginning; the folder may still be empty. */
  readonly archiveDir?: string;
}

/** What is replayed: the live log, archives in place of its beginning, archives alone, or log files. */
export type SourceSpec =
  | { readonly kind: 'live'; readonly live: LiveLog }
  | { readonly kind: 'archive'; readonly folders: readonly string[]; readonly live?: LiveLog }
  | { readonly kind: 'files'; readonly files: readonly string[] };

export interface OpenedSource {
  readonly log: ReplayLog;
  /** What there is; undefined where the registry says it. */
  readonly partitions: readonly TopicPartition[] | undefined;
  close(): Promise<void>;
}

/** Opens the log for reading. Rejects with DocketError (`#archive`, `#ledger`) where it cannot be. */
export async function openSource(spec: SourceSpec): Promise<OpenedSource> {
  if (spec.kind === 'files') {
    const log = await LogFiles.open(spec.files);
    return { log, partitions: log.partitions(), close: async () => undefined };
  }
  if (spec.kind === 'live') {
    const live = openLive(spec.live);
    return { log: logAsReplayLog(live), partitions: undefined, close: () => live.close() };
  }
  for (const folder of spec.folders) await expectFolder(folder);
  const archive = await openArchive(spec.folders);
  if (spec.live === undefined) return { log: logAsReplayLog(archiveAsLog(archive)), partitions: archive.ranges(), close: () => archive.close() };
  const log = withArchive(openWithoutArchive(spec.live), archive);
  return { log: logAsReplayLog(log), partitions: undefined, close: () => log.close() };
}

function openLive(live: LiveLog): EventLog {
  const log = openWithoutArchive(live);
  return live.archiveDir === undefined ? log : withArchiveIn(log, live.archiveDir);
}

function openWithoutArchive({ database, brokers }: LiveLog): EventLog {
  // A reader creates no topic, so what it would be created with does not matter.
  if (brokers !== undefined) return new KafkaEventLog({ brokers, clientId: 'docket-replay', replicationFactor: 1, minInsyncReplicas: 1, allowSingleReplica: true });
  return new PostgresEventLog({ connectionString: database!, readConnectionsMax: 4, pollMs: 200 });
}

async function expectFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() !== true) throw new DocketError('failed_precondition', { reason: 'ARCHIVE_UNREADABLE', message: `${folder} is no folder with an archive` });
}

/** Where the grants' keys are, and the keys that wrap them. Plain data, with secrets in it: it goes to threads of this process, and nowhere else. */
export interface KeysSpec extends Omit<KeysConfig, 'kek' | 'create'> {
  readonly database: string;
  readonly kek?: string;
}

export interface OpenedKeys {
  readonly keys: ValueKeys;
  close(): Promise<void>;
}

/** undefined: there are none here. A grant's key is read when its first value is needed. */
export async function openValueKeys(spec: KeysSpec | undefined): Promise<OpenedKeys> {
  if (spec === undefined) return { keys: NO_VALUE_KEYS, close: async () => undefined };
  const { database, kek, ...config } = spec;
  const pool = openPool({ connectionString: database });
  try {
    const keyring = await openKeys({ pool, config: { ...config, create: false, ...(kek !== undefined && { kek: { reveal: () => kek } }) } });
    return { keys: new StoredValueKeys(new GrantKeys({ pool, keyring })), close: () => pool.end() };
  } catch (error) {
    await pool.end();
    throw error;
  }
}
