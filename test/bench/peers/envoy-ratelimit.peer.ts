import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RateLimitTarget } from '../generator/dialects.js';
import { accepts, freePort, ServerProcess } from './child.js';
import { loadLane } from './load-lane.js';
import { PeerMissing, type Kept, type Lane, type Peer } from './peer.js';
import { sumOfCounters } from './redis.js';
import { WORKLOAD } from './workload.js';

const VERSION = 'v1.4.1-0.20260122083618-3fb702589d36';
const DOMAIN = 'bench';
const KEY = 'grant';

const run = promisify(execFile);

/** Built once, by Go from its module proxy, into the user's cache folder. */
async function rateLimitBinary(): Promise<string> {
  const folder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'docket', `envoy-ratelimit-${VERSION}`);
  const binary = join(folder, 'service_cmd');
  if (existsSync(binary)) return binary;
  await mkdir(folder, { recursive: true });
  try {
    await run('go', ['install', `github.com/envoyproxy/ratelimit/src/service_cmd@${VERSION}`], { env: { ...process.env, GOBIN: folder, GOFLAGS: '-mod=mod' }, timeout: 600_000 });
  } catch (error) {
    throw new PeerMissing(`Envoy ratelimit could not be built with Go: ${(error as Error).message.trim().split('\n').at(-1)}`);
  }
  return binary;
}

async function redisBinary(): Promise<string> {
  for (const command of ['redis-server', 'valkey-server']) {
    if (await run(command, ['--version']).then(() => true, () => false)) return command;
  }
  throw new PeerMissing('neither redis-server nor valkey-server is on the PATH');
}

/** A limit for each grant, as far away as in Docket's policy. */
const CONFIG = `domain: ${DOMAIN}
descriptors:
  - key: ${KEY}
    rate_limit:
      unit: day
      requests_per_unit: 1000000000
`;

/** Envoy's rate limit service with one Redis, both with their defaults: exact counters in memory, and nothing kept of a call. */
export class EnvoyRateLimitPeer implements Peer {
  readonly name = 'Envoy ratelimit (Redis)';
  private redis: ServerProcess | undefined;
  private server: ServerProcess | undefined;
  private folder = '';
  private redisPort = 0;
  private grpcPort = 0;

  async start(): Promise<readonly Lane[]> {
    const [redisCommand, binary] = [await redisBinary(), await rateLimitBinary()];
    this.folder = await mkdtemp(join(tmpdir(), 'docket-bench-envoy-'));
    const configs = join(this.folder, 'runtime', 'ratelimit', 'config');
    await mkdir(configs, { recursive: true });
    await writeFile(join(configs, 'bench.yaml'), CONFIG);
    this.redisPort = await freePort();
    this.grpcPort = await freePort();
    const [httpPort, debugPort] = [await freePort(), await freePort()];
    const redis = ServerProcess.start(this.name, redisCommand, ['--port', String(this.redisPort), '--bind', '127.0.0.1', '--dir', this.folder]);
    this.redis = redis;
    await redis.ready(() => accepts(this.redisPort), 20_000);
    const server = ServerProcess.start(this.name, binary, [], {
      GRPC_HOST: '127.0.0.1', GRPC_PORT: String(this.grpcPort), HOST: '127.0.0.1', PORT: String(httpPort), DEBUG_HOST: '127.0.0.1', DEBUG_PORT: String(debugPort),
      RUNTIME_ROOT: join(this.folder, 'runtime'), RUNTIME_SUBDIRECTORY: 'ratelimit', RUNTIME_WATCH_ROOT: 'false', USE_STATSD: 'false', LOG_LEVEL: 'error',
      BACKEND_TYPE: 'redis', REDIS_SOCKET_TYPE: 'tcp', REDIS_URL: `127.0.0.1:${this.redisPort}`,
    });
    this.server = server;
    await server.ready(() => accepts(this.grpcPort), 20_000);
    const target: RateLimitTarget = { kind: 'ratelimit', domain: DOMAIN, key: KEY, entries: Array.from({ length: WORKLOAD.grants }, (_, index) => `grant-${index}`) };
    return [loadLane({ peer: this.name, mode: 'unary', port: this.grpcPort, target, serverPids: () => [server.pid, redis.pid] })];
  }

  async count(): Promise<Kept> {
    return { decisions: await sumOfCounters(this.redisPort), findings: [] };
  }

  async kill(): Promise<void> {
    await Promise.all([this.server?.kill(), this.redis?.kill()]);
  }

  async restart(): Promise<void> {
    this.redis?.restart();
    await this.redis?.ready(() => accepts(this.redisPort), 20_000);
    this.server?.restart();
    await this.server?.ready(() => accepts(this.grpcPort), 20_000);
  }

  async stop(): Promise<void> {
    await this.server?.stop();
    await this.redis?.stop();
    if (this.folder) await rm(this.folder, { recursive: true, force: true });
  }
}
