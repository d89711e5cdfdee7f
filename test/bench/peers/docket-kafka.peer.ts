import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KafkaEventLog } from '#ledger';
import { startThrowawayPostgres, type ThrowawayPostgres } from '#local-services';
import { freePort, isReady, nodeArguments, ServerProcess } from './child.js';
import { compare, countDecisions } from './count-decisions.js';
import { docketLanes } from './docket-lanes.js';
import { setUpDocket } from './docket-setup.js';
import type { Answered, Kept, Lane, Peer } from './peer.js';
import type { SharedKafka } from './shared-kafka.js';
import { WORKLOAD } from './workload.js';

/** `apps/decider` on a real Kafka broker, with a PostgreSQL for grant keys and snapshots. */
export class DocketKafkaPeer implements Peer {
  readonly name = 'Docket (Kafka log)';
  private server: ServerProcess | undefined;
  private postgres: ThrowawayPostgres | undefined;
  private brokers: readonly string[] = [];
  private usesKafka = false;
  private folder = '';
  /** Of its metrics, once it is started. */
  httpPort = 0;

  constructor(private readonly kafka: SharedKafka) {}

  async start(): Promise<readonly Lane[]> {
    this.usesKafka = true;
    const { brokers, pids } = await this.kafka.acquire();
    this.brokers = brokers;
    const postgres = await startThrowawayPostgres();
    this.postgres = postgres;
    this.folder = await mkdtemp(join(tmpdir(), 'docket-bench-'));
    const [grpcPort, httpPort] = [await freePort(), await freePort()];
    this.httpPort = httpPort;
    const server = ServerProcess.start(this.name, process.execPath, [...nodeArguments('decider'), fileURLToPath(new URL('../../../apps/decider/src/main.js', import.meta.url))], {
      DATA_DIR: this.folder, KEYRING_CREATE: 'true', GRPC_LISTEN: `127.0.0.1:${grpcPort}`, HTTP_LISTEN: `127.0.0.1:${httpPort}`, LOG_LEVEL: 'warn',
      LOG: 'kafka', KAFKA_BROKERS: brokers.join(','), KAFKA_REPLICATION_FACTOR: '1', KAFKA_MIN_INSYNC_REPLICAS: '1', KAFKA_ALLOW_SINGLE_REPLICA: 'true',
      DATABASE_URL: await postgres.createDatabase(),
    });
    this.server = server;
    await server.ready(() => isReady(httpPort), 180_000);
    const access = await setUpDocket(grpcPort, join(this.folder, 'credentials.json'));
    return docketLanes(this.name, grpcPort, access, () => [server.pid, postgres.server.pid, ...pids()]);
  }

  async count(answered: Answered): Promise<Kept> {
    const log = new KafkaEventLog({ brokers: this.brokers, clientId: 'docket-bench', replicationFactor: 1, minInsyncReplicas: 1, allowSingleReplica: true });
    try {
      return compare(this.name, await countDecisions(log, WORKLOAD.partitions), answered);
    } finally {
      await log.close();
    }
  }

  async kill(): Promise<void> {
    await this.server?.kill();
  }

  async restart(): Promise<void> {
    this.server?.restart();
    await this.server?.ready(() => isReady(this.httpPort), 180_000);
  }

  async stop(): Promise<void> {
    await this.server?.stop();
    await this.postgres?.stop();
    if (this.usesKafka) await this.kafka.release();
    if (this.folder) await rm(this.folder, { recursive: true, force: true });
  }
}
