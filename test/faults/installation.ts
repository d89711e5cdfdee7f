import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EmbeddedPostgres, KafkaCluster, killWithParent } from '#local-services';
import { freeAddresses } from './addresses.js';
import { KafkaProxy } from './network/kafka-proxy.js';
import { TcpProxy } from './network/tcp-proxy.js';
import { NodeProcess } from './node-process.js';

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
export class Installation {
  #database: EmbeddedPostgres | undefined;
  #databaseWatcher: ChildProcess | undefined;

  private constructor(readonly folder: string, readonly kafka: KafkaCluster, readonly databaseProxy: TcpProxy, readonly deciders: readonly Decider[], readonly projector: NodeProcess, readonly databaseUrl: string) {}

  /** Resolves when everything takes traffic. `dist`: where the compiled apps are, another build than this one's to try a changed service. */
  static async start(folder: string, say: (line: string) => void, dist = fileURLToPath(new URL('../..', import.meta.url))): Promise<Installation> {
    const nodes = join(folder, 'nodes');
    mkdirSync(nodes, { recursive: true });
    const [database, kafka] = await Promise.all([
      EmbeddedPostgres.start({ folder: join(folder, 'postgres'), syncNewFiles: false, onLost: () => undefined }),
      KafkaCluster.start({ folder: join(folder, 'kafka'), brokers: 3, heapMb: 320, settings: FAULT_SETTINGS, readyTimeoutMs: 300_000 }),
    ]);
    say('three brokers and PostgreSQL are up');
    const databaseProxy = await TcpProxy.start(database.port);
    const databaseUrl = withPort(database.connectionString, databaseProxy.port);
    const addresses = await freeAddresses(2 * NAMES.length + 1);
    const deciders = await Promise.all(NAMES.map(async (name, i) => {
      const network = await networkTo(kafka);
      const grpc = addresses[2 * i]!;
      const environment = {
        LOG: 'kafka', KAFKA_BROKERS: network.map(({ address }) => address).join(','), DATABASE_URL: databaseUrl, DATA_DIR: nodes, KEYRING_CREATE: 'true', NODE_NAME: name,
        GRPC_LISTEN: grpc, LOG_DECISIONS: 'false', DECISIONS_PARTITIONS: String(PARTITIONS), HEADS_EVERY_MS: '5000',
      };
      return { grpc, network, process: new NodeProcess({ name, entry: join(dist, 'apps/decider/src/main.js'), folder: nodes, http: addresses[2 * i + 1]!, environment }) };
    }));
    const projector = new NodeProcess({
      name: 'projector', entry: join(dist, 'apps/projector/src/main.js'), folder: nodes, http: addresses.at(-1)!,
      environment: { LOG: 'kafka', KAFKA_BROKERS: kafka.addresses.join(','), DATABASE_URL: databaseUrl, NODE_NAME: 'projector' },
    });
    const installation = new Installation(folder, kafka, databaseProxy, deciders, projector, databaseUrl);
    installation.#guard(database);
    await Promise.all(deciders.map(({ process }) => process.start()));
    await Promise.all(deciders.map(({ process }) => process.ready()));
    say('three deciders are up');
    await projector.start();
    await projector.ready();
    return installation;
  }

  /** The first credentials, as the decider wrote them. */
  credential(role: 'gateway' | 'admin'): string {
    const { credentials } = JSON.parse(readFileSync(join(this.folder, 'nodes', 'credentials.json'), 'utf8')) as { credentials: Record<string, string> };
    return credentials[role]!;
  }

  /** What a crash of the database server does: its connections end, and it is gone until `startDatabase`. */
  async killDatabase(): Promise<void> {
    this.databaseProxy.cut();
    const pid = this.#database?.pid;
    this.#database = undefined;
    this.#databaseWatcher?.kill('SIGKILL');
    if (pid === undefined) return;
    process.kill(pid, 'SIGKILL');
    while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async startDatabase(): Promise<void> {
    if (this.#database === undefined) this.#guard(await EmbeddedPostgres.start({ folder: join(this.folder, 'postgres'), syncNewFiles: false, onLost: () => undefined }));
    this.databaseProxy.target = this.#database!.port;
    this.databaseProxy.mend();
  }

  async stop(): Promise<void> {
    for (const { process: decider } of this.deciders) decider.thaw();
    await Promise.all([this.projector, ...this.deciders.map(({ process: decider }) => decider)].map((each) => each.kill()));
    for (const node of this.kafka.nodes) node.resume();
    await this.kafka.kill();
    await Promise.all([this.databaseProxy, ...this.deciders.flatMap(({ network }) => network)].map((proxy) => proxy.close()));
    await this.#database?.stop();
    this.#databaseWatcher?.kill('SIGKILL');
  }

  /** The server dies with this process, also if that is killed. */
  #guard(database: EmbeddedPostgres): void {
    this.#database = database;
    this.#databaseWatcher = killWithParent({ pid: database.pid } as ChildProcess);
  }
}

async function networkTo(kafka: KafkaCluster): Promise<KafkaProxy[]> {
  const network = await Promise.all(kafka.nodes.map(({ port }) => KafkaProxy.start(port)));
  const reach = new Map(kafka.nodes.map(({ port }, i) => [port, network[i]!.port]));
  for (const proxy of network) proxy.reach = reach;
  return network;
}

function withPort(url: string, port: number): string {
  const changed = new URL(url);
  changed.port = String(port);
  return changed.href;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
