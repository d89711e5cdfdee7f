import { withArchiveIn } from '#archive';
import { BulkReads, KafkaEventLog, PostgresEventLog, type EventLog } from '#ledger';
import { CliError } from './cli-error.js';
import type { Connection } from './connection.js';

/** Two topics at once. */
const BULK_CONNECTIONS = 2;

/** The event log that the running Docket writes, opened for reading; archives are read in place of its beginning. `isBulk`: for who reads much of it. */
export function openLog(connection: Connection, isBulk = false): EventLog {
  const opened = openLiveLog(connection);
  const live = isBulk && connection.kafkaBrokers === undefined ? new BulkReads(opened, { connectionString: connection.database!, connectionsMax: BULK_CONNECTIONS }) : opened;
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
