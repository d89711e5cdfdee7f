import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from '../measure/statistics.js';
import { accepts, freePort, isReady, nodeArguments, ServerProcess } from '../peers/child.js';
import { callers, type Called, type McpAt } from './callers.js';

const CLIENTS: readonly number[] = [1, 8, 32];
const ROUNDS = 3;
const WARMUP_MS = 1_000;
const DURATION_MS = 4_000;
const START_MS = 120_000;

export interface McpRow {
  readonly clients: number;
  readonly callsPerSecond: number;
  readonly directP50Ms: number;
  readonly directP99Ms: number;
  readonly addedP50Ms: number;
  readonly addedP99Ms: number;
  readonly failed: number;
}

/**
 * `npm run bench -- --mcp`: the same calls of the same clients, straight to the MCP project's server-everything and through the gateway
 * before it, in turns; every call decided and logged durably. Prints a table, and how often the gateway opened a session meanwhile.
 */
export async function benchMcp(say: (line: string) => void): Promise<{ readonly rows: readonly McpRow[]; readonly initialisations: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'docket-bench-'));
  const [upstreamPort, grpcPort, httpPort, mcpPort] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const direct: McpAt = { url: `http://127.0.0.1:${upstreamPort}/mcp` };
  const serversFile = join(folder, 'servers.json');
  await writeFile(serversFile, JSON.stringify({ servers: { everything: { url: direct.url } } }));
  const entry = createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/dist/index.js');
  const upstream = ServerProcess.start('server-everything', process.execPath, [entry, 'streamableHttp'], { PORT: String(upstreamPort) });
  const docket = ServerProcess.start('Docket', process.execPath, [...nodeArguments('standalone'), fileURLToPath(new URL('../../../apps/standalone/src/main.js', import.meta.url))], {
    DATA_DIR: folder, GRPC_LISTEN: `127.0.0.1:${grpcPort}`, HTTP_LISTEN: `127.0.0.1:${httpPort}`, TOKEN_BROKER_LISTEN: '127.0.0.1:0', MCP_LISTEN: `127.0.0.1:${mcpPort}`, CONSOLE_LISTEN: '127.0.0.1:0', MCP_SERVERS_FILE: serversFile, LOG_LEVEL: 'warn', DATABASE_URL: '',
  });
  try {
    await upstream.ready(() => accepts(upstreamPort), START_MS);
    // The last thing of a start is that it writes down what there is to try.
    const written = async (): Promise<{ everything?: { grantToken: string } }> => JSON.parse(await readFile(join(folder, 'credentials.json'), 'utf8').catch(() => '{}')) as { everything?: { grantToken: string } };
    await docket.ready(async () => await isReady(httpPort) && (await written()).everything !== undefined, START_MS);
    const { everything } = await written() as { everything: { grantToken: string } };
    const gateway: McpAt = { url: `http://127.0.0.1:${mcpPort}/mcp/everything`, authorization: `Bearer ${everything.grantToken}` };
    say('warming both up');
    for (const at of [direct, gateway]) await callers(at, 16, { warmupMs: 0, durationMs: 2 * DURATION_MS });
    const before = await initialisations(httpPort);
    const runs = CLIENTS.map((clients) => ({ clients, direct: [] as Called[], gateway: [] as Called[] }));
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const run of runs) {
        for (const way of round % 2 === 0 ? ['direct', 'gateway'] as const : ['gateway', 'direct'] as const) {
          run[way].push(await callers(way === 'direct' ? direct : gateway, run.clients, { warmupMs: WARMUP_MS, durationMs: DURATION_MS }));
        }
        say(`round ${round + 1}  ${String(run.clients).padStart(3)} clients`);
      }
    }
    const rows = runs.map(rowOf);
    const opened = await initialisations(httpPort) - before;
    say(`\n${tableOf(rows)}\n\nSessions that the gateway opened with the server meanwhile: ${opened}\n`);
    return { rows, initialisations: opened };
  } finally {
    await docket.stop();
    await upstream.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Sessions that the gateway has opened with upstreams so far. */
async function initialisations(httpPort: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text();
  return [...text.matchAll(/^docket_mcp_upstream_initialisations_total\{[^}]*\} (\d+)/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}

function rowOf({ clients, direct, gateway }: { readonly clients: number; readonly direct: readonly Called[]; readonly gateway: readonly Called[] }): McpRow {
  const at = (rounds: readonly Called[], share: number): number => median(rounds.map(({ latenciesMs }) => latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(latenciesMs.length * share))] ?? NaN));
  return {
    clients, callsPerSecond: median(gateway.map(({ latenciesMs }) => latenciesMs.length / (DURATION_MS / 1_000))), directP50Ms: at(direct, 0.5), directP99Ms: at(direct, 0.99),
    addedP50Ms: at(gateway, 0.5) - at(direct, 0.5), addedP99Ms: at(gateway, 0.99) - at(direct, 0.99), failed: [...direct, ...gateway].reduce((sum, { failed }) => sum + failed, 0),
  };
}

function tableOf(rows: readonly McpRow[]): string {
  const ms = (value: number): string => `${value.toFixed(2)} ms`;
  return [
    '| clients | calls/s through it | direct p50 | direct p99 | added p50 | added p99 | failed |', '|---|---|---|---|---|---|---|',
    ...rows.map((row) => `| ${row.clients} | ${Math.round(row.callsPerSecond)} | ${ms(row.directP50Ms)} | ${ms(row.directP99Ms)} | ${ms(row.addedP50Ms)} | ${ms(row.addedP99Ms)} | ${row.failed} |`),
  ].join('\n');
}
