import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import type { CerbosTarget } from '../generator/dialects.js';
import { accepts, freePort, ServerProcess } from './child.js';
import { loadLane } from './load-lane.js';
import { PeerMissing, type Kept, type Lane, type Peer } from './peer.js';
import type { SharedKafka } from './shared-kafka.js';
import { WORKLOAD } from './workload.js';

const VERSION = '0.55.0';
/** Most resources that Cerbos takes in one request by default. */
const RESOURCES_MAX = 50;

/** Kafka asynchronously, its default, and with every record acknowledged before the answer. */
export type Auditing = 'off' | 'local' | 'Kafka' | 'Kafka, produceSync';

/** Fetches the binary once, through npm, into the user's cache folder. */
async function cerbosBinary(): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new PeerMissing(`no Cerbos binary for ${process.platform} ${process.arch}`);
  const folder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'docket', `cerbos-${VERSION}`);
  const binary = join(folder, 'node_modules', '@cerbos', 'cerbos-linux-x64', 'cerbos-linux-x64');
  if (existsSync(binary)) return binary;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"private":true}');
  try {
    await promisify(execFile)('npm', ['install', '--no-save', '--no-audit', '--no-fund', `@cerbos/cerbos-linux-x64@${VERSION}`], { cwd: folder });
  } catch (error) {
    throw new PeerMissing(`Cerbos could not be installed from npm: ${(error as Error).message.split('\n')[0]}`);
  }
  return binary;
}

/** The same decision without the counter, which Cerbos does not have: deny by default, one action allowed. */
const POLICY = `apiVersion: api.cerbos.dev/v1
resourcePolicy:
  version: default
  resource: tool
  rules:
    - actions: ["${WORKLOAD.tool}"]
      effect: EFFECT_ALLOW
      roles: ["agent"]
`;

function configuration(folder: string, grpcPort: number, httpPort: number, auditing: Auditing, kafka: { brokers: readonly string[]; topic: string }): string {
  const backend = auditing === 'local' ? `  backend: local\n  local:\n    storagePath: ${folder}/audit\n`
    : `  backend: kafka\n  kafka:\n    brokers: ${JSON.stringify(kafka.brokers)}\n    topic: ${kafka.topic}\n    ack: all\n    produceSync: ${auditing === 'Kafka, produceSync'}\n`;
  const audit = auditing === 'off' ? 'audit:\n  enabled: false\n'
    : `audit:\n  enabled: true\n  accessLogsEnabled: false\n  decisionLogsEnabled: true\n${backend}`;
  return `server:
  httpListenAddr: "127.0.0.1:${httpPort}"
  grpcListenAddr: "127.0.0.1:${grpcPort}"
storage:
  driver: disk
  disk:
    directory: ${folder}/policies
    watchForChanges: false
telemetry:
  disabled: true
${audit}`;
}

export class CerbosPeer implements Peer {
  readonly name: string;
  private server: ServerProcess | undefined;
  private folder = '';
  private grpcPort = 0;
  private topic = '';
  private brokers: readonly string[] = [];

  constructor(private readonly auditing: Auditing, private readonly kafka: SharedKafka) {
    this.name = `Cerbos ${VERSION} (audit ${auditing})`;
  }

  async start(): Promise<readonly Lane[]> {
    const binary = await cerbosBinary();
    this.folder = await mkdtemp(join(tmpdir(), 'docket-bench-cerbos-'));
    await mkdir(join(this.folder, 'policies'));
    await writeFile(join(this.folder, 'policies', 'tool.yaml'), POLICY);
    const kafkaPids = this.toKafka ? await this.prepareTopic() : () => [];
    this.grpcPort = await freePort();
    const grpcPort = this.grpcPort;
    const config = join(this.folder, 'config.yaml');
    await writeFile(config, configuration(this.folder, grpcPort, await freePort(), this.auditing, { brokers: this.brokers, topic: this.topic }));
    const server = ServerProcess.start(this.name, binary, ['server', `--config=${config}`, '--log-level=error']);
    this.server = server;
    await server.ready(() => accepts(grpcPort), 20_000);
    const target: CerbosTarget = {
      kind: 'cerbos', action: WORKLOAD.tool, argumentsJson: WORKLOAD.argumentsJson, callsPerMessage: 1,
      principals: Array.from({ length: WORKLOAD.grants }, (_, index) => `grant-${index}`),
    };
    const serverPids = () => [server.pid, ...kafkaPids()];
    return [
      loadLane({ peer: this.name, mode: 'unary', port: grpcPort, target, serverPids }),
      {
        ...loadLane({ peer: this.name, mode: 'stream', port: grpcPort, target: { ...target, callsPerMessage: RESOURCES_MAX }, serverPids }),
        note: `unary calls with ${RESOURCES_MAX} resources each: Cerbos has no stream`, concurrencyMin: RESOURCES_MAX,
      },
    ];
  }

  /** The audit trail's records, one for each decision; its own local store shows them to nobody who cannot sign in. */
  async count(): Promise<Kept | undefined> {
    return this.toKafka ? { decisions: await this.withAdmin(async (admin) => (await admin.fetchTopicOffsets(this.topic)).reduce((sum, { offset }) => sum + Number(offset), 0)), findings: [] } : undefined;
  }

  async kill(): Promise<void> {
    await this.server?.kill();
  }

  async restart(): Promise<void> {
    this.server?.restart();
    await this.server?.ready(() => accepts(this.grpcPort), 20_000);
  }

  async stop(): Promise<void> {
    await this.server?.stop();
    if (this.brokers.length > 0) await this.kafka.release();
    if (this.folder) await rm(this.folder, { recursive: true, force: true });
  }

  private get toKafka(): boolean {
    return this.auditing.startsWith('Kafka');
  }

  /** Returns the broker's processes: what they do for the audit trail is Cerbos' as well. */
  private async prepareTopic(): Promise<() => readonly number[]> {
    const { brokers, pids } = await this.kafka.acquire();
    this.brokers = brokers;
    this.topic = `cerbos.audit.${this.auditing === 'Kafka' ? 'async' : 'sync'}`;
    await this.withAdmin((admin) => admin.createTopics({ topics: [{ topic: this.topic, numPartitions: WORKLOAD.partitions, replicationFactor: 1 }] }));
    return pids;
  }

  private async withAdmin<Result>(ask: (admin: Admin) => Promise<Result>): Promise<Result> {
    const admin = new Kafka({ clientId: 'docket-bench', brokers: [...this.brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      return await ask(admin);
    } finally {
      await admin.disconnect();
    }
  }
}
