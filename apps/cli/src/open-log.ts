import { withArchiveIn } from '#archive';
import { KafkaEventLog, PostgresEventLog, type EventLog } from '#ledger';
import { CliError } from './cli-error.js';
import type { Connection } from './connection.js';

/** The event log that the running Docket writes, opened for reading; archives are read in place of its beginning. */
export function openLog(connection: Connection): EventLog {
  const live = openLiveLog(connection);
  const folder = connection.archiveDir;
  return folder === undefined ? live : withArchiveIn(live, folder);
}

/** The same without archives. */
export function openLiveLog(connection: Connection): EventLog {
  const brokers = connection.kafkaBrokers;
  if (brokers !== undefined) {
    // A reader creates no topic, so what it would be created with does not matter.
    return new KafkaEventLog({ brokers, clientId: 'docket-cli', replicationFactor: 1, minInsyncReplicas: 1, allowSingleReplica: true });
  }
  const connectionString = connection.database;
  if (connectionString === undefined) throw new CliError('the credentials file names no database: set DATABASE_URL, or KAFKA_BROKERS for a log on Kafka');
  return new PostgresEventLog({ connectionString, readConnectionsMax: 4, pollMs: 200 });
}
