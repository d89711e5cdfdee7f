import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { credentials, status } from '@grpc/grpc-js';
import type { Metadata, ServiceError } from '@grpc/grpc-js';
import { bearer, connectionClient, tokenClient } from '#contracts';
import type { token } from '#contracts';
import { killWithParent } from '#local-services';

const MAIN = join(import.meta.dirname, '../../dist/apps/token-broker/src/main.js');
const POLL_MS = 20;

export interface TokenNodeSettings {
  /** Keyring, credentials and log files; nodes of one installation share it. */
  readonly folder: string;
  readonly node: string;
  readonly brokers: readonly string[];
  readonly databaseUrl: string;
}

type Done<T> = (error: ServiceError | null, value?: T) => void;
type Call<T> = (metadata: Metadata, options: { readonly deadline: number }, done: Done<T>) => unknown;

/** A token broker of dist, a process of its own on a real Kafka, with real clients of it. */
export class TokenBrokerNode {
  readonly #tokens: ReturnType<typeof tokenClient>;
  readonly #connections: ReturnType<typeof connectionClient>;
  /** What its watch has told last of each connection. */
  readonly heard = new Map<string, token.WatchTokensResponse__Output>();
  #watch: ReturnType<ReturnType<typeof tokenClient>['WatchTokens']> | undefined;
  #ended = false;
  readonly #exited: Promise<unknown>;

  private constructor(private readonly settings: TokenNodeSettings, private readonly child: ChildProcess, readonly address: string, private readonly http: string) {
    const watcher = killWithParent(child);
    const options = { 'grpc.initial_reconnect_backoff_ms': 50, 'grpc.max_reconnect_backoff_ms': 200 };
    this.#tokens = tokenClient(address, credentials.createInsecure(), options);
    this.#connections = connectionClient(address, credentials.createInsecure(), options);
    this.#exited = once(child, 'exit').then(() => {
      this.#ended = true;
      watcher.kill('SIGKILL');
    });
  }

  get name(): string {
    return this.settings.node;
  }

  /** Resolves when it takes traffic. */
  static async start(settings: TokenNodeSettings): Promise<TokenBrokerNode> {
    if (!existsSync(MAIN)) throw new Error('dist is missing: run npm run build, or the tests by npm test');
    const [address, http] = await freeAddresses(2);
    const log = await open(logFile(settings), 'a');
    const child = spawn(process.execPath, [MAIN], {
      stdio: ['ignore', log.fd, log.fd],
      env: {
        PATH: process.env['PATH'], LOG: 'kafka', KAFKA_BROKERS: settings.brokers.join(','), KAFKA_ALLOW_SINGLE_REPLICA: 'true', DATABASE_URL: settings.databaseUrl,
        DATA_DIR: settings.folder, NODE_NAME: settings.node, TOKEN_BROKER_LISTEN: address, TOKEN_BROKER_HTTP_LISTEN: http, TOKEN_ISSUERS_ON_LOOPBACK: 'true',
      },
    });
    await log.close();
    const node = new TokenBrokerNode(settings, child, address!, http!);
    while (await fetch(`http://${http}/readyz`, { headers: { connection: 'close' } }).then(({ status: code }) => code, () => 0) !== 200) {
      if (node.#ended) throw new Error(`the token broker ended:\n${await node.log()}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return node;
  }

  get(connectionId: string, request: token.GetTokenRequest = {}, deadlineMs = 20_000): Promise<token.GetTokenResponse__Output> {
    return this.#ask('gateway', (metadata, options, done) => this.#tokens.GetToken({ connectionId, ...request }, metadata, options, done), deadlineMs);
  }

  /** Asks again while nobody can answer, or not within the node's patience, as a gateway would. */
  async getInTheEnd(connectionId: string, deadlineMs = 2_000): Promise<token.GetTokenResponse__Output> {
    for (;;) {
      try {
        return await this.get(connectionId, {}, deadlineMs);
      } catch (error) {
        const { code } = error as ServiceError;
        if (code !== status.UNAVAILABLE && code !== status.DEADLINE_EXCEEDED) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  /** The address of the node that mints for a connection, as this one knows it. */
  async ownerOf(connectionId: string): Promise<string> {
    const answer = await this.#ask('admin', (metadata, options, done: Done<token.GetConnectionResponse__Output>) => this.#connections.Get({ connectionId }, metadata, options, done));
    return answer.connection!.ownerAddress;
  }

  revoke(request: token.RevokeTokenRequest): Promise<token.RevokeTokenResponse__Output> {
    return this.#ask('admin', (metadata, options, done) => this.#tokens.RevokeToken(request, metadata, options, done));
  }

  register(connectionId: string, settings: token.ConnectionSettings, secret: string): Promise<unknown> {
    return this.#ask('admin', (metadata, options, done: Done<unknown>) => this.#connections.Register({ connectionId, settings, secret }, metadata, options, done));
  }

  rotate(connectionId: string, secret: string): Promise<unknown> {
    return this.#ask('admin', (metadata, options, done: Done<unknown>) => this.#connections.RotateSecret({ connectionId, secret }, metadata, options, done));
  }

  /** Keeps what `WatchTokens` says in `heard`. */
  watch(): void {
    this.#watch = this.#tokens.WatchTokens({}, this.#credential('gateway'));
    this.#watch.on('data', (message: token.WatchTokensResponse__Output) => {
      if (message.connectionId !== '') this.heard.set(message.connectionId, message);
    });
    this.#watch.on('error', () => {});
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.child.kill(name);
  }

  /** What a crash does. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#exited;
  }

  /** SIGTERM; resolves to the exit code. */
  async stop(): Promise<number | null> {
    this.#watch?.cancel();
    this.#tokens.close();
    this.#connections.close();
    if (!this.#ended) this.child.kill('SIGTERM');
    await this.#exited;
    return this.child.exitCode;
  }

  async log(): Promise<string> {
    return readFile(logFile(this.settings), 'utf8');
  }

  #ask<T>(role: 'gateway' | 'admin', call: Call<T>, deadlineMs = 20_000): Promise<T> {
    return new Promise((resolve, reject) => {
      call(this.#credential(role), { deadline: Date.now() + deadlineMs }, (error, value) => (error === null ? resolve(value!) : reject(error)));
    });
  }

  #credential(role: 'gateway' | 'admin'): Metadata {
    const file = JSON.parse(readFileSync(join(this.settings.folder, 'credentials.json'), 'utf8')) as { credentials: Record<string, string> };
    return bearer(file.credentials[role]!);
  }
}

function logFile({ folder, node }: TokenNodeSettings): string {
  return join(folder, `${node}.log`);
}

/** All are held open until the last is known, so that they differ. */
async function freeAddresses(count: number): Promise<string[]> {
  const servers = await Promise.all(Array.from({ length: count }, async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server;
  }));
  return Promise.all(servers.map(async (server) => {
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    return `127.0.0.1:${port}`;
  }));
}
