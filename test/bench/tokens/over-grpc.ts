import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentials as channel, type ServiceError } from '@grpc/grpc-js';
import { bearer, tokenClient } from '#contracts';
import { quantile, type TokenRow } from './row.js';

const STANDALONE = join(import.meta.dirname, '..', '..', '..', 'apps', 'standalone', 'src', 'main.js');
const SECONDS = 5;
const IN_FLIGHT = 64;
const WATCHERS = 200;
const REVOCATIONS = 20;

type Client = ReturnType<typeof tokenClient>;
type Unary = (request: object, metadata: ReturnType<typeof bearer>, done: (error: ServiceError | null, answer?: Record<string, unknown>) => void) => unknown;

interface Told {
  readonly tokens: string;
  readonly partners: Record<string, string>;
  readonly credentials: Record<string, string>;
}

async function running(folder: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [STANDALONE], {
    cwd: folder, stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, GRPC_LISTEN: '127.0.0.1:0', HTTP_LISTEN: '127.0.0.1:0', TOKEN_BROKER_LISTEN: '127.0.0.1:0', MCP_LISTEN: '127.0.0.1:0', CONSOLE_LISTEN: '127.0.0.1:0', DATA_DIR: join(folder, '.docket') },
  });
  let output = '';
  while (!output.includes('Docket is ready')) {
    const [chunk] = await Promise.race([once(child.stdout!, 'data'), once(child, 'exit').then(() => { throw new Error(`Docket did not start:\n${output}`); })]) as [Buffer];
    output += String(chunk);
  }
  return child;
}

function call(client: Client, method: 'getToken' | 'revokeToken', request: object, credential: string): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    (client[method] as unknown as Unary).call(client, request, bearer(credential), (error, answer) => (error ? reject(error) : resolve(answer!)));
  });
}

async function cachedGets(client: Client, credential: string, connectionId: string): Promise<{ readonly rate: number; readonly p50Ms: number; readonly p99Ms: number }> {
  const run = async (ms: number): Promise<number[]> => {
    const took: number[] = [];
    const endMs = performance.now() + ms;
    await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
      while (performance.now() < endMs) {
        const startedMs = performance.now();
        await call(client, 'getToken', { connectionId }, credential);
        took.push(performance.now() - startedMs);
      }
    }));
    return took;
  };
  await run(SECONDS * 400);
  const took = await run(SECONDS * 1_000);
  return { rate: took.length / SECONDS, p50Ms: quantile(took, 0.5), p99Ms: quantile(took, 0.99) };
}

/** How long it takes from the call that revokes until the last of all watchers has been told. */
async function fanOut(client: Client, told: Told, connectionId: string): Promise<number[]> {
  let heard = new Map<number, number>();
  let ended = 0;
  let wake = (): void => {};
  const streams = Array.from({ length: WATCHERS }, (_, n) => {
    const stream = client.watchTokens({ connectionIds: [connectionId] }, bearer(told.credentials['gateway']!));
    stream.on('data', ({ endedGeneration }: { endedGeneration: number }) => {
      if (endedGeneration < ended || ended === 0) return;
      heard.set(n, performance.now());
      if (heard.size === WATCHERS) wake();
    });
    stream.on('error', () => {});
    return stream;
  });
  await Promise.all(streams.map((stream) => once(stream, 'data')));
  const took: number[] = [];
  for (let n = 0; n < REVOCATIONS; n += 1) {
    const { generation } = await call(client, 'getToken', { connectionId }, told.credentials['gateway']!);
    heard = new Map();
    ended = Number(generation);
    const all = new Promise<void>((resolve) => (wake = resolve));
    const startedMs = performance.now();
    await call(client, 'revokeToken', { connectionId }, told.credentials['admin']!);
    await all;
    took.push(...[...heard.values()].map((atMs) => atMs - startedMs));
  }
  for (const stream of streams) stream.cancel();
  return took;
}

/** The real thing: `npm start` on a PostgreSQL of its own, with a stand-in partner. */
export async function overGrpc(): Promise<TokenRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'docket-bench-tokens-'));
  const child = await running(folder);
  const told = JSON.parse(readFileSync(join(folder, '.docket', 'credentials.json'), 'utf8')) as Told;
  const client = tokenClient(told.tokens, channel.createInsecure());
  try {
    const [connectionId, partner] = Object.entries(told.partners)[0]!;
    const mintsBefore = await mintsOf(partner);
    const { rate, p50Ms, p99Ms } = await cachedGets(client, told.credentials['gateway']!, connectionId);
    const mints = await mintsOf(partner) - mintsBefore;
    const took = await fanOut(client, told, connectionId);
    return [
      { what: `cached get over gRPC, ${IN_FLIGHT} in flight, one client process beside it`, figure: `${Math.round(rate).toLocaleString('en-US')}/s, p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms, ${mints} mint${mints === 1 ? '' : 's'}`, beside: '' },
      { what: `a revocation until ${WATCHERS} watchers have it, ${REVOCATIONS} times`, figure: `p50 ${quantile(took, 0.5).toFixed(0)} ms, p99 ${quantile(took, 0.99).toFixed(0)} ms, longest ${quantile(took, 1).toFixed(0)} ms`, beside: 'contract: 1,000 ms' },
    ];
  } finally {
    client.close();
    child.kill('SIGTERM');
    await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
}

async function mintsOf(partner: string): Promise<number> {
  const entries = await (await fetch(`${partner}/_fake/requests`)).json() as { kind: string }[];
  return entries.filter(({ kind }) => kind === 'mint').length;
}
