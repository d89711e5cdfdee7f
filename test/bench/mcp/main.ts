import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect, type DocketClient } from '#client';
import { median } from '../measure/statistics.js';
import { accepts, freePort, isReady, nodeArguments, ServerProcess } from '../peers/child.js';
import { type Called, callers, decisions, type McpAt } from './callers.js';

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
  /** The decision alone, asked for by as many clients: policy, seal and durable record. */
  readonly decisionP50Ms: number;
  readonly decisionP99Ms: number;
  /** One append to the log while the gateway was called, on average. */
  readonly appendMs: number;
  readonly failed: number;
}

/**
 * `npm run bench -- --mcp`: the same calls of the same clients, straight to the MCP project's server-everything and through the gateway
 * before it, in turns; every call decided and logged durably. Beside it the decision alone, by the same number of callers. Prints a table, and
 * how often the gateway opened a session meanwhile.
 */
export async function benchMcp(say: (line: string) => void): Promise<{ readonly rows: readonly McpRow[]; readonly initialisations: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'docket-bench-'));
  const [upstreamPort, grpcPort, httpPort, mcpPort] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const direct: McpAt = { url: `http://127.0.0.1:${upstreamPort}/mcp` };
  const serversFile = join(folder, 'servers.json');
  await writeFile(serversFile, JSON.stringify({ servers: { everything: { url: direct.url } } }));
  const entry = createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/dist/index.js');
  let client: DocketClient | undefined;
  const upstream = ServerProcess.start('server-everything', process.execPath, [entry, 'streamableHttp'], { PORT: String(upstreamPort) });
  const docket = ServerProcess.start('Docket', process.execPath, [...nodeArguments('standalone'), fileURLToPath(new URL('../../../apps/standalone/src/main.js', import.meta.url))], {
    DATA_DIR: folder, GRPC_LISTEN: `127.0.0.1:${grpcPort}`, HTTP_LISTEN: `127.0.0.1:${httpPort}`, TOKEN_BROKER_LISTEN: '127.0.0.1:0', MCP_LISTEN: `127.0.0.1:${mcpPort}`, CONSOLE_LISTEN: '127.0.0.1:0', MCP_SERVERS_FILE: serversFile, LOG_LEVEL: 'warn', DATABASE_URL: '',
  });
  try {
    await upstream.ready(() => accepts(upstreamPort), START_MS);
    // The last thing of a start is that it writes down what there is to try.
    const written = async (): Promise<Partial<Written>> => JSON.parse(await readFile(join(folder, 'credentials.json'), 'utf8').catch(() => '{}')) as Partial<Written>;
    await docket.ready(async () => await isReady(httpPort) && (await written()).everything !== undefined, START_MS);
    const { everything, credentials } = await written() as Written;
    client = connect({ addresses: [`127.0.0.1:${grpcPort}`], credential: credentials.gateway, deadlineMs: 30_000 });
    const decide = client;
    const gateway: McpAt = { url: `http://127.0.0.1:${mcpPort}/mcp/everything`, authorization: `Bearer ${everything.grantToken}` };
    say('warming both up');
    for (const at of [direct, gateway]) await callers(at, 16, { warmupMs: 0, durationMs: 2 * DURATION_MS });
    await decisions(decide, everything.grantToken, 16, { warmupMs: 0, durationMs: DURATION_MS });
    const times = { warmupMs: WARMUP_MS, durationMs: DURATION_MS };
    const before = await sumOf(httpPort, INITIALISATIONS);
    const runs: readonly Run[] = CLIENTS.map((clients) => ({ clients, direct: [], gateway: [], decision: [], appends: { count: 0, ms: 0 } }));
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const run of runs) {
        for (const way of round % 2 === 0 ? WAYS : WAYS.toReversed()) {
          if (way === 'decision') run.decision.push(await decisions(decide, everything.grantToken, run.clients, times));
          else if (way === 'direct') run.direct.push(await callers(direct, run.clients, times));
          else {
            const [count, seconds] = [await sumOf(httpPort, APPENDS), await sumOf(httpPort, APPEND_SECONDS)];
            run.gateway.push(await callers(gateway, run.clients, times));
            run.appends.count += await sumOf(httpPort, APPENDS) - count;
            run.appends.ms += (await sumOf(httpPort, APPEND_SECONDS) - seconds) * 1_000;
          }
        }
        say(`round ${round + 1}  ${String(run.clients).padStart(3)} clients`);
      }
    }
    const rows = runs.map(rowOf);
    const opened = await sumOf(httpPort, INITIALISATIONS) - before;
    say(`\n${tableOf(rows)}\n\nSessions that the gateway opened with the server meanwhile: ${opened}\n`);
    return { rows, initialisations: opened };
  } finally {
    await client?.close();
    await docket.stop();
    await upstream.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const WAYS = ['direct', 'gateway', 'decision'] as const;
/** Sessions that the gateway has opened with upstreams. */
const INITIALISATIONS = 'docket_mcp_upstream_initialisations_total';
const APPENDS = 'docket_append_seconds_count';
const APPEND_SECONDS = 'docket_append_seconds_sum';

interface Written {
  readonly everything: { readonly grantToken: string };
  readonly credentials: { readonly gateway: string };
}

interface Run {
  readonly clients: number;
  readonly direct: Called[];
  readonly gateway: Called[];
  readonly decision: Called[];
  readonly appends: { count: number; ms: number };
}

/** Of a metric, all labels together. */
async function sumOf(httpPort: number, metric: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text();
  return text.split('\n').filter((line) => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `)).reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

function rowOf({ clients, direct, gateway, decision, appends }: Run): McpRow {
  const at = (rounds: readonly Called[], share: number): number => median(rounds.map(({ latenciesMs }) => latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(latenciesMs.length * share))] ?? NaN));
  return {
    clients, callsPerSecond: median(gateway.map(({ latenciesMs }) => latenciesMs.length / (DURATION_MS / 1_000))), directP50Ms: at(direct, 0.5), directP99Ms: at(direct, 0.99),
    addedP50Ms: at(gateway, 0.5) - at(direct, 0.5), addedP99Ms: at(gateway, 0.99) - at(direct, 0.99),
    decisionP50Ms: at(decision, 0.5), decisionP99Ms: at(decision, 0.99), appendMs: appends.ms / Math.max(1, appends.count), failed: [...direct, ...gateway, ...decision].reduce((sum, { failed }) => sum + failed, 0),
  };
}

function tableOf(rows: readonly McpRow[]): string {
  const ms = (value: number): string => `${value.toFixed(2)} ms`;
  return [
    '| clients | calls/s through it | direct p50 | direct p99 | added p50 | added p99 | decision alone p50 | p99 | one append | failed |', '|---|---|---|---|---|---|---|---|---|---|',
    ...rows.map((row) => `| ${row.clients} | ${Math.round(row.callsPerSecond)} | ${ms(row.directP50Ms)} | ${ms(row.directP99Ms)} | ${ms(row.addedP50Ms)} | ${ms(row.addedP99Ms)} | ${ms(row.decisionP50Ms)} | ${ms(row.decisionP99Ms)} | ${ms(row.appendMs)} | ${row.failed} |`),
  ].join('\n');
}
