import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { KafkaCluster } from '#local-services';
import { freeAddresses } from './addresses.js';
import { Database } from './database.js';
import { exportLog } from './export-log.js';
import { KafkaProxy } from './network/kafka-proxy.js';
import { NodeProcess } from './node-process.js';
import { credentialIn } from './site.js';
import type { Site } from './site.js';

export const PARTITIONS = 8;
const NAMES = ['a', 'b', 'c'];
const FAULT_SETTINGS = {
  // A leader that was moved comes back while a fault is looked at, not five minutes later.
  'leader.imbalance.check.interval.seconds': '10',
};

export interface Decider {
  readonly process: NodeProcess;
  readonly grpc: string;
  /** One in front of each broker, for this decider alone. */
  readonly network: readonly KafkaProxy[];
}

/** Three brokers, three deciders, a projector and PostgreSQL, each a process of its own, with a network between them that can be broken. */
export class Installation implements Site {
  private constructor(private readonly nodes: string, readonly kafka: KafkaCluster, readonly database: Database, readonly deciders: readonly Decider[], readonly projector: NodeProcess) {}

  /** Resolves when everything takes traffic. `dist`: where the compiled apps are. */
  static async start(folder: string, say: (line: string) => void, dist: string): Promise<Installation> {
    const nodes = join(folder, 'nodes');
    mkdirSync(nodes, { recursive: true });
    const [database, kafka] = await Promise.all([
      Database.start(join(folder, 'postgres')),
      KafkaCluster.start({ folder: join(folder, 'kafka'), brokers: 3, heapMb: 320, settings: FAULT_SETTINGS, readyTimeoutMs: 300_000 }),
    ]);
    say('three brokers and PostgreSQL are up');
    const addresses = await freeAddresses(2 * NAMES.length + 1);
    const deciders = await Promise.all(NAMES.map(async (name, i) => {
      const network = await networkTo(kafka);
      const grpc = addresses[2 * i]!;
      const environment = {
        LOG: 'kafka', KAFKA_BROKERS: network.map(({ address }) => address).join(','), DATABASE_URL: database.url, DATA_DIR: nodes, KEYRING_CREATE: 'true', NODE_NAME: name,
        GRPC_LISTEN: grpc, LOG_DECISIONS: 'false', DECISIONS_PARTITIONS: String(PARTITIONS), HEADS_EVERY_MS: '5000',
      };
      return { grpc, network, process: new NodeProcess({ name, app: 'decider', dist, folder: nodes, http: addresses[2 * i + 1]!, environment }) };
    }));
    const projector = new NodeProcess({
      name: 'projector', app: 'projector', dist, folder: nodes, http: addresses.at(-1)!,
      environment: { LOG: 'kafka', KAFKA_BROKERS: kafka.addresses.join(','), DATABASE_URL: database.url, NODE_NAME: 'projector' },
    });
    const installation = new Installation(nodes, kafka, database, deciders, projector);
    try {
      await Promise.all(deciders.map(({ process }) => process.start()));
      await Promise.all(deciders.map(({ process }) => process.ready()));
      say('three deciders are up');
      await projector.start();
      await projector.ready();
      return installation;
    } catch (error) {
      await installation.stop();
      throw error;
    }
  }

  get databaseUrl(): string {
    return this.database.url;
  }

  credential(role: 'gateway' | 'admin'): string {
    return credentialIn(this.nodes, role);
  }

  exportLog(evidence: string): Promise<void> {
    return exportLog(this.kafka.addresses, evidence);
  }

  async stop(): Promise<void> {
    await Promise.all([this.projector, ...this.deciders.map(({ process: decider }) => decider)].map((each) => each.kill()));
    for (const node of this.kafka.nodes) node.resume();
    await this.kafka.kill();
    await Promise.all(this.deciders.flatMap(({ network }) => network).map((proxy) => proxy.close()));
    await this.database.stop();
  }
}

async function networkTo(kafka: KafkaCluster): Promise<KafkaProxy[]> {
  const network = await Promise.all(kafka.nodes.map(({ port }) => KafkaProxy.start(port)));
  const reach = new Map(kafka.nodes.map(({ port }, i) => [port, network[i]!.port]));
  for (const proxy of network) proxy.reach = reach;
  return network;
}
