import { openArchive, restoreArchive } from '#archive';
import { KafkaEventLog, PostgresEventLog, type EventLog } from '#ledger';
import { CliError } from './cli-error.js';
import type { RestoreOptions } from './commands/log-restore.js';
import type { Connection } from './connection.js';
import type { Context } from './context.js';
import { EXIT } from './exit-codes.js';
import { ProgressBar } from './progress-bar.js';
import { trustedKeys } from './proof-source.js';
import { table } from './terminal.js';

/** Writes archives into an empty log, once it is clear that they are whole and who signed them. Resolves with the exit code. */
export async function restoreLog(context: Context, options: RestoreOptions): Promise<number> {
  const { signal } = context.terminal;
  const { keys, from } = await trustedKeys(context, options);
  const archive = await openArchive(options.fromArchive, { trusted: keys.pems });
  const records = archive.ranges().reduce((sum, { firstOffset, endOffset }) => sum + endOffset - firstOffset, 0);
  try {
    const check = new ProgressBar(context, 'check', records);
    await archive.verify({ onProgress: (count) => check.add(count), signal });
    check.end();
    if (from === undefined) context.note('Attention: no public key was given: the archive is checked against the key that it names itself; give --key');
    const log = emptyLog(await context.connection(), options);
    try {
      const bar = new ProgressBar(context, 'restore', records);
      const restored = await restoreArchive({ archive, log, onProgress: (count) => bar.add(count), signal });
      const { seconds } = bar.end();
      const written = restored.reduce((sum, one) => sum + one.written, 0);
      context.print({ folder: options.fromArchive, records, written, partitions: restored, seconds }, () => [
        table(['PARTITION', 'FOUND', 'WRITTEN'], restored.map(({ topic, partition, found, written: now }) => [`${topic}/${partition}`, String(found), String(now)])),
        `${written.toLocaleString('en')} records written, ${records.toLocaleString('en')} are there (${seconds.toFixed(1)} s). Check them: docket log verify`,
      ].join('\n'));
      return EXIT.ok;
    } finally {
      await log.close();
    }
  } finally {
    await archive.close();
  }
}

function emptyLog(connection: Connection, { replicationFactor, minInsyncReplicas }: RestoreOptions): EventLog {
  const brokers = connection.kafkaBrokers;
  if (brokers !== undefined) return new KafkaEventLog({ brokers, clientId: 'docket-cli', replicationFactor, minInsyncReplicas, allowSingleReplica: replicationFactor === 1 });
  const connectionString = connection.database;
  if (connectionString === undefined) throw new CliError('the credentials file names no database: set DATABASE_URL, or KAFKA_BROKERS for a log on Kafka');
  return new PostgresEventLog({ connectionString });
}
