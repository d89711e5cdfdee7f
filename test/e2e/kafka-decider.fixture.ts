import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { credentials, status } from '@grpc/grpc-js';
import type { Metadata, ServiceError } from '@grpc/grpc-js';
import { bearer, decisionClient, decodeStatus, registryClient, STATUS_DETAILS_KEY } from '#contracts';
import type { decision, registry } from '#contracts';
import { freePorts, killWithParent } from '#local-services';

const DIST = join(import.meta.dirname, '../../dist');
const POLL_MS = 20;
/** A wait that is in vain ends before its test does, and says what the decider was at. */
const SERVING_MS_MAX = 240_000;
const LOG_SHOWN = 4_000;

export interface DeciderSettings {
  /** Keyring, credentials and log files; deciders of one installation share it. */
  readonly folder: string;
  readonly node: string;
  readonly brokers: readonly string[];
  readonly databaseUrl: string;
  /** Of another build; by default this one's. */
  readonly dist?: string;
}

/** How a call ended: with a verdict, or with an error and what it promises. */
export type Ending =
  | { readonly kind: 'answer'; readonly answer: decision.DecideResponse__Output }
  | { readonly kind: 'error'; readonly code: number; readonly reason: string; readonly outcome: string };

type Done<T> = (error: ServiceError | null, value?: T) => void;

/** The decider of dist, a process of its own on a real Kafka, with real clients of it. */
export class KafkaDecider {
  readonly #client: decision.DecisionServiceClient;
  #ended = false;
  readonly #exited: Promise<unknown>;

  private constructor(
    private readonly settings: DeciderSettings, private readonly child: ChildProcess, private readonly grpc: string, private readonly http: string,
  ) {
    const watcher = killWithParent(child);
    this.#client = decisionClient(grpc, credentials.createInsecure(), { 'grpc.initial_reconnect_backoff_ms': 50, 'grpc.max_reconnect_backoff_ms': 200 });
    this.#exited = once(child, 'exit').then(() => {
      this.#ended = true;
      watcher.kill('SIGKILL');
    });
  }

  /** Resolves when it takes traffic. */
  static async start(settings: DeciderSettings): Promise<KafkaDecider> {
    const { folder, node, brokers, databaseUrl, dist = DIST } = settings;
    const main = join(dist, 'apps/decider/src/main.js');
    if (!existsSync(main)) throw new Error(`${main} is missing: run npm run build, or the tests by npm test`);
    const [grpc, http] = (await freePorts(2)).map((port) => `127.0.0.1:${port}`);
    await mkdir(folder, { recursive: true });
    const log = await open(logFile(settings), 'a');
    const child = spawn(process.execPath, [main], {
      stdio: ['ignore', log.fd, log.fd],
      env: {
        PATH: process.env['PATH'], LOG: 'kafka', KAFKA_BROKERS: brokers.join(','), KAFKA_ALLOW_SINGLE_REPLICA: 'true', DATABASE_URL: databaseUrl,
        DATA_DIR: folder, KEYRING_CREATE: 'true', NODE_NAME: node, GRPC_LISTEN: grpc, HTTP_LISTEN: http, LOG_DECISIONS: 'false',
      },
    });
    await log.close();
    const decider = new KafkaDecider(settings, child, grpc!, http!);
    await decider.isServing(true);
    return decider;
  }

  /** Waits until it says that it can decide, or that it cannot. */
  async isServing(expected: boolean): Promise<void> {
    const wanted = expected ? 200 : 503;
    const untilMs = performance.now() + SERVING_MS_MAX;
    while (await fetch(`http://${this.http}/readyz`, { headers: { connection: 'close' } }).then(({ status }) => status, () => 0) !== wanted) {
      if (this.#ended) throw new Error(`the decider ended:\n${await readFile(logFile(this.settings), 'utf8')}`);
      if (performance.now() > untilMs) throw new Error(`the decider ${expected ? 'does not serve' : 'still serves'} after ${SERVING_MS_MAX / 1_000} s; do the brokers at ${this.settings.brokers.join(', ')} answer? Its log ends:\n${(await readFile(logFile(this.settings), 'utf8')).slice(-LOG_SHOWN)}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  decide(request: decision.DecideRequest, deadlineMs: number): Promise<Ending> {
    return new Promise((resolve) => {
      this.#client.Decide(request, this.#credential('gateway'), { deadline: Date.now() + deadlineMs }, (error, answer) => {
        resolve(error === null ? { kind: 'answer', answer: answer! } : endingOf(error));
      });
    });
  }

  /** A server, a policy and a grant under it; resolves to the grant's id. */
  async grant(policyId: string, policy: object): Promise<string> {
    const client = registryClient(this.grpc, credentials.createInsecure());
    const call = <T>(method: (metadata: Metadata, done: Done<T>) => void): Promise<T> => new Promise((resolve, reject) => {
      const attempt = (): void => method(this.#credential('admin'), (error, value) => {
        if (error === null) resolve(value!);
        else if (error.code === status.UNAVAILABLE || error.code === status.DEADLINE_EXCEEDED) setTimeout(attempt, POLL_MS);
        else reject(error);
      });
      attempt();
    });
    try {
      await call((metadata, done: Done<unknown>) => client.RegisterServer({ serverId: 'payments' }, metadata, done));
      await call((metadata, done: Done<unknown>) => client.PublishPolicy({ policyId, document: Buffer.from(JSON.stringify(policy)) }, metadata, done));
      const issued = await call((metadata, done: Done<registry.IssueGrantResponse__Output>) => client.IssueGrant({ serverId: 'payments', policyId }, metadata, done));
      return issued.grant!.grantId;
    } finally {
      client.close();
    }
  }

  /** SIGTERM; resolves to the exit code. */
  async stop(): Promise<number | null> {
    this.#client.close();
    if (!this.#ended) this.child.kill('SIGTERM');
    await this.#exited;
    return this.child.exitCode;
  }

  /** What a crash does. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#exited;
  }

  get address(): string {
    return this.grpc;
  }

  credential(role: 'gateway' | 'admin'): string {
    const file = JSON.parse(readFileSync(join(this.settings.folder, 'credentials.json'), 'utf8')) as { credentials: Record<string, string> };
    return file.credentials[role]!;
  }

  #credential(role: 'gateway' | 'admin'): Metadata {
    return bearer(this.credential(role));
  }
}

function logFile({ folder, node }: DeciderSettings): string {
  return join(folder, `${node}.log`);
}

function endingOf(error: ServiceError): Ending {
  const bytes = error.metadata?.get(STATUS_DETAILS_KEY)[0];
  const details = bytes === undefined ? undefined : decodeStatus(bytes as Buffer);
  return { kind: 'error', code: error.code, reason: details?.reason ?? error.details, outcome: details?.metadata['outcome'] ?? 'unknown' };
}
