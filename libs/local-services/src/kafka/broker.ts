import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { javaCommand, kafkaClassPath } from './distribution.js';
import { killWithParent } from './kill-with-parent.js';
import { liveBrokers } from './readiness.js';

const HOST = '127.0.0.1';
const POLL_MS = 50;
const STOP_MS = 20_000;
const FORMAT_MS = 280_000;
// C1 only and the serial collector: a broker for one machine starts in half the time and needs little memory.
const JVM = ['-Xms128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Djava.awt.headless=true',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-Dorg.slf4j.simpleLogger.showDateTime=true'];

export interface KafkaBrokerOptions {
  readonly nodeId: number;
  /** Data, configuration and log file of this broker; kept over restarts. */
  readonly folder: string;
  readonly clusterId: string;
  readonly port: number;
  readonly listenerPorts?: Readonly<Record<string, number>>;
  /** The whole server.properties, without log.dirs. */
  readonly properties: Readonly<Record<string, string>>;
  readonly heapMb: number;
}

/** One Apache Kafka node (broker and controller) as a child process. A KafkaCluster makes them. */
export class KafkaBroker {
  readonly nodeId: number;
  readonly port: number;
  readonly address: string;
  readonly logFile: string;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();

  constructor(private readonly options: KafkaBrokerOptions) {
    this.nodeId = options.nodeId;
    this.port = options.port;
    this.address = `${HOST}:${options.port}`;
    this.logFile = join(options.folder, 'broker.log');
  }

  /** host:port of a listener that was asked for by name. */
  listener(name: string): string {
    const port = this.options.listenerPorts?.[name];
    if (port === undefined) throw new RangeError(`broker ${this.nodeId} has no listener ${name}`);
    return `${HOST}:${port}`;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  /** Resolves when the process has ended, for whatever reason; at once if there is none. */
  get exited(): Promise<void> {
    return this.#exited;
  }

  /** Starts the process; formats the folder before the first start. It serves only after `ready`. */
  async start(): Promise<void> {
    if (this.#child !== undefined) return;
    const classPath = await kafkaClassPath();
    const config = await this.#writeConfig();
    if (!existsSync(join(this.#dataFolder, 'meta.properties'))) await this.#format(classPath, config);
    this.#child = await this.#spawn(classPath, 'kafka.Kafka', [config], [`-Xmx${this.options.heapMb}m`]);
    const child = this.#child;
    const watcher = killWithParent(child);
    this.#exited = new Promise((resolve) => child.once('exit', () => {
      watcher.kill('SIGKILL');
      this.#child = undefined;
      resolve();
    }));
  }

  /** Waits until this broker answers a Metadata request that names `brokers` live ones. */
  async ready(brokers: number, timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    let last: unknown;
    while (Date.now() < deadline) {
      if (this.#child === undefined) throw new Error(`Kafka broker ${this.nodeId} ended while starting:\n${await this.logTail()}`);
      const ids = await liveBrokers(HOST, this.port, 2_000).catch((error: unknown) => { last = error; return []; });
      if (ids.length >= brokers) return;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    throw new Error(`Kafka broker ${this.nodeId} was not ready within ${timeoutMs} ms (${String(last)}):\n${await this.logTail()}`);
  }

  /** SIGTERM (Kafka closes its files), then SIGKILL after a while. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  /** SIGKILL: what a crash of the process does. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#exited;
  }

  /** SIGSTOP: connections stay open and nobody answers, as with a suspended machine or a full network. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** The last lines of the broker's own log, for error messages. */
  async logTail(lines = 15): Promise<string> {
    const text = await readFile(this.logFile, 'utf8').catch(() => '(no log)');
    return text.trimEnd().split('\n').slice(-lines).join('\n');
  }

  get #dataFolder(): string {
    return join(this.options.folder, 'data');
  }

  async #writeConfig(): Promise<string> {
    await mkdir(this.options.folder, { recursive: true });
    const file = join(this.options.folder, 'server.properties');
    const lines = Object.entries({ ...this.options.properties, 'log.dirs': this.#dataFolder });
    await writeFile(file, lines.map(([name, value]) => `${name}=${value.replaceAll('\\', '\\\\')}\n`).join(''));
    return file;
  }

  async #format(classPath: string, config: string): Promise<void> {
    const tool = await this.#spawn(classPath, 'kafka.tools.StorageTool', ['format', `--cluster-id=${this.options.clusterId}`, '-c', config, '--ignore-formatted']);
    const timer = setTimeout(() => tool.kill('SIGKILL'), FORMAT_MS);
    const code = await new Promise((resolve) => tool.once('exit', resolve));
    clearTimeout(timer);
    if (code !== 0) throw new Error(`Kafka's storage tool failed (exit code ${String(code)}):\n${await this.logTail()}`);
  }

  async #spawn(classPath: string, main: string, args: string[], jvm: string[] = []): Promise<ChildProcess> {
    const log = await open(this.logFile, 'a');
    try {
      // `detached`: a process group of its own, so that Ctrl-C reaches only us and we stop things in order.
      const child = spawn(javaCommand(), [...JVM, ...jvm, '-cp', classPath, main, ...args], {
        stdio: ['ignore', log.fd, log.fd], detached: true, cwd: this.options.folder,
      });
      await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
      return child;
    } finally {
      await log.close();
    }
  }
}
