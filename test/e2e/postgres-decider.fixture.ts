import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readFileSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { credentials } from '@grpc/grpc-js';
import type { Metadata, ServiceError } from '@grpc/grpc-js';
import { bearer, registryClient } from '#contracts';
import type { registry } from '#contracts';
import { freePorts, killWithParent } from '#local-services';

const MAIN = join(import.meta.dirname, '../../dist/apps/decider/src/main.js');
const POLL_MS = 20;

type Done<T> = (error: ServiceError | null, value?: T) => void;

/** The decider of dist as a process of its own on a PostgreSQL log; killed and started again it has the same addresses. */
export class PostgresDecider {
  #child: ChildProcess | undefined;
  #exited: Promise<unknown> = Promise.resolve();

  private constructor(private readonly folder: string, private readonly databaseUrl: string, readonly grpc: string, private readonly http: string) {}

  static async start(folder: string, databaseUrl: string): Promise<PostgresDecider> {
    if (!existsSync(MAIN)) throw new Error('dist is missing: run npm run build, or the tests by npm test');
    const [grpc, http] = (await freePorts(2)).map((port) => `127.0.0.1:${port}`) as [string, string];
    const decider = new PostgresDecider(folder, databaseUrl, grpc, http);
    await decider.start();
    return decider;
  }

  /** Resolves when it takes traffic. */
  async start(): Promise<void> {
    const log = openSync(this.#logFile, 'a');
    const child = spawn(process.execPath, [MAIN], {
      stdio: ['ignore', log, log],
      env: {
        PATH: process.env['PATH'], DATABASE_URL: this.databaseUrl, DATA_DIR: this.folder, KEYRING_CREATE: 'true', NODE_NAME: 'a',
        GRPC_LISTEN: this.grpc, HTTP_LISTEN: this.http, LOG_DECISIONS: 'false', DECISIONS_PARTITIONS: '4',
      },
    });
    closeSync(log);
    const watcher = killWithParent(child);
    let ended = false;
    this.#child = child;
    this.#exited = once(child, 'exit').then(() => {
      ended = true;
      watcher.kill('SIGKILL');
    });
    while (await fetch(`http://${this.http}/readyz`, { headers: { connection: 'close' } }).then(({ status }) => status, () => 0) !== 200) {
      if (ended) throw new Error(`the decider ended:\n${readFileSync(this.#logFile, 'utf8')}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** What a crash does. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#exited;
  }

  async stop(): Promise<void> {
    this.#child?.kill('SIGTERM');
    await this.#exited;
  }

  credential(role: 'gateway' | 'admin'): string {
    const file = JSON.parse(readFileSync(join(this.folder, 'credentials.json'), 'utf8')) as { credentials: Record<string, string> };
    return file.credentials[role]!;
  }

  /** A server, a policy and grants under it; resolves to the grants' ids. */
  async grants(count: number, policy: object): Promise<string[]> {
    const client = registryClient(this.grpc, credentials.createInsecure());
    const admin = bearer(this.credential('admin'));
    const call = <T>(method: (metadata: Metadata, done: Done<T>) => void): Promise<T> =>
      new Promise((resolve, reject) => method(admin, (error, value) => (error ? reject(error) : resolve(value!))));
    try {
      await call((metadata, done: Done<unknown>) => client.RegisterServer({ serverId: 'payments' }, metadata, done));
      await call((metadata, done: Done<unknown>) => client.PublishPolicy({ policyId: 'calls', document: Buffer.from(JSON.stringify(policy)) }, metadata, done));
      const issued = Array.from({ length: count }, () => call((metadata, done: Done<registry.IssueGrantResponse__Output>) => client.IssueGrant({ serverId: 'payments', policyId: 'calls' }, metadata, done)));
      return (await Promise.all(issued)).map(({ grant }) => grant!.grantId);
    } finally {
      client.close();
    }
  }

  get #logFile(): string {
    return join(this.folder, 'decider.log');
  }
}
