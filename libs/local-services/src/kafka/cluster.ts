import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { freePorts } from '../free-ports.js';
import { KafkaBroker } from './broker.js';
import { KAFKA_BROKER_SETTINGS, replicationSettings } from './settings.js';

const HOST = '127.0.0.1';
/** For hangs: a busy machine needs minutes for three brokers. */
const READY_MS = 280_000;

export interface KafkaClusterOptions {
  /** Everything of the cluster is in here; starting again with the same folder continues with its data. */
  readonly folder: string;
  /** By default as many as the folder was made for, one in a new folder. */
  readonly brokers?: 1 | 3 | undefined;
  readonly heapMb?: number;
  /** Broker settings that differ from KAFKA_BROKER_SETTINGS. */
  readonly settings?: Readonly<Record<string, string>>;
  /** More listeners, by name, with their security protocol; their ports are new at every start. */
  readonly listeners?: Readonly<Record<string, 'SASL_PLAINTEXT' | 'SASL_SSL' | 'SSL'>>;
  readonly readyTimeoutMs?: number;
}

/** What must be the same at the next start. Ports are kept too if they are still free: a client's settings go on working. */
interface Identity {
  readonly clusterId: string;
  readonly nodes: readonly { readonly broker: number; readonly controller: number }[];
}

/** An Apache Kafka cluster of one or three nodes as child processes of this one; KRaft, no Docker, on 127.0.0.1. */
export class KafkaCluster {
  private constructor(readonly nodes: readonly KafkaBroker[], private readonly readyTimeoutMs: number) {}

  /** Starts all brokers and waits until every one of them sees all the others. Stops them again if that fails. */
  static async start(options: KafkaClusterOptions): Promise<KafkaCluster> {
    const identity = await loadIdentity(options.folder, options.brokers);
    const count = identity.nodes.length;
    const extra = await extraListeners(options.listeners ?? {}, count);
    const nodes = identity.nodes.map((ports, index) => new KafkaBroker({
      nodeId: index + 1,
      folder: join(options.folder, `broker-${index + 1}`),
      clusterId: identity.clusterId,
      port: ports.broker,
      heapMb: options.heapMb ?? 512,
      properties: { ...KAFKA_BROKER_SETTINGS, ...replicationSettings(count), ...nodeProperties(identity, index, extra[index]!), ...options.settings },
      listenerPorts: Object.fromEntries(extra[index]!.map(({ name, port }) => [name, port])),
    }));
    const cluster = new KafkaCluster(nodes, options.readyTimeoutMs ?? READY_MS);
    try {
      await cluster.restart();
    } catch (error) {
      await Promise.all(nodes.map((node) => node.kill()));
      throw error;
    }
    return cluster;
  }

  /** host:port of every broker, as in KAFKA_BROKERS. */
  get addresses(): string[] {
    return this.nodes.map((node) => node.address);
  }

  /** The node with this Kafka node id (1, 2, 3). */
  node(nodeId: number): KafkaBroker {
    const node = this.nodes[nodeId - 1];
    if (node === undefined) throw new RangeError(`no broker ${nodeId}: expected 1 to ${this.nodes.length}`);
    return node;
  }

  /** Starts whatever is not running, on the same ports and data, and waits until all brokers serve. */
  async restart(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.start()));
    await Promise.all(this.nodes.map((node) => node.ready(this.nodes.length, this.readyTimeoutMs)));
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  async kill(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
  }
}

interface Listener {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
}

async function extraListeners(listeners: Readonly<Record<string, string>>, brokers: number): Promise<Listener[][]> {
  return Promise.all(Array.from({ length: brokers }, async () => {
    const ports = await freePorts(Object.keys(listeners).length);
    return Object.entries(listeners).map(([name, protocol], i) => ({ name, protocol, port: ports[i]! }));
  }));
}

function nodeProperties(identity: Identity, index: number, extra: readonly Listener[]): Record<string, string> {
  const ports = identity.nodes[index]!;
  const plain = `PLAINTEXT://${HOST}:${ports.broker}`;
  const others = extra.map(({ name, port }) => `,${name}://${HOST}:${port}`).join('');
  return {
    'process.roles': 'broker,controller',
    'node.id': String(index + 1),
    'controller.quorum.voters': identity.nodes.map((node, i) => `${i + 1}@${HOST}:${node.controller}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listeners': `${plain},CONTROLLER://${HOST}:${ports.controller}${others}`,
    'advertised.listeners': `${plain}${others}`,
    'listener.security.protocol.map': `PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT${extra.map(({ name, protocol }) => `,${name}:${protocol}`).join('')}`,
  };
}

async function loadIdentity(folder: string, wanted: number | undefined): Promise<Identity> {
  const file = join(folder, 'cluster.json');
  await mkdir(folder, { recursive: true });
  const text = await readFile(file, 'utf8').catch(() => undefined);
  const stored = text === undefined ? undefined : (JSON.parse(text) as Identity);
  const count = wanted ?? stored?.nodes.length ?? 1;
  if (stored !== undefined && stored.nodes.length !== count) {
    throw new Error(`${folder} holds a Kafka cluster made for ${stored.nodes.length} broker(s), which cannot run with ${count}: use that number or another folder`);
  }
  const reusable = stored !== undefined && (await Promise.all(stored.nodes.flatMap((n) => [n.broker, n.controller]).map(isFree))).every(Boolean);
  if (reusable) return stored;
  const ports = await freePorts(2 * count);
  const identity: Identity = {
    clusterId: stored?.clusterId ?? randomBytes(16).toString('base64url'),
    nodes: Array.from({ length: count }, (_, i) => ({ broker: ports[2 * i]!, controller: ports[2 * i + 1]! })),
  };
  await writeFile(file, `${JSON.stringify(identity, null, 2)}\n`);
  return identity;
}

function listenOn(port: number): Promise<{ port: number; close: () => Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, HOST, () => {
      const address = server.address() as { port: number };
      resolve({ port: address.port, close: () => new Promise((done) => server.close(() => done())) });
    });
  });
}

async function isFree(port: number): Promise<boolean> {
  const server = await listenOn(port).catch(() => undefined);
  await server?.close();
  return server !== undefined;
}
