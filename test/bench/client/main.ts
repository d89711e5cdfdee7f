import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { treeCpuSeconds } from '../measure/process-tree.js';
import { median } from '../measure/statistics.js';
import { freePort, isReady, nodeArguments, ServerProcess } from '../peers/child.js';
import { setUpDocket } from '../peers/docket-setup.js';
import type { CallersJob, CallersResult } from './callers.js';

const WAYS: readonly CallersJob['way'][] = ['libs/client', 'grpc-js unary'];
const CALLERS: readonly number[] = [64, 256];
const ROUNDS = 3;
const WARMUP_MS = 2_000;
const DURATION_MS = 4_000;
const START_MS = 60_000;

export interface ClientRow {
  readonly way: string;
  readonly callers: number;
  readonly callsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** For a call, of the callers' process. */
  readonly clientCpuMicroseconds: number;
  /** For a call, of the server's processes, warm-up included in neither. */
  readonly serverCpuMicroseconds: number;
  readonly failed: number;
}

/** `npm run bench -- --client`: one process of callers through libs/client, and through bare grpc-js, in turns against the same server. Prints a table. */
export async function benchClient(say: (line: string) => void): Promise<ClientRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'docket-bench-'));
  const [grpcPort, httpPort] = [await freePort(), await freePort()];
  const server = ServerProcess.start('Docket', process.execPath, [...nodeArguments('standalone'), fileURLToPath(new URL('../../../apps/standalone/src/main.js', import.meta.url))], {
    DATA_DIR: folder, GRPC_LISTEN: `127.0.0.1:${grpcPort}`, HTTP_LISTEN: `127.0.0.1:${httpPort}`, TOKEN_BROKER_LISTEN: '127.0.0.1:0', MCP_LISTEN: '127.0.0.1:0', CONSOLE_LISTEN: '127.0.0.1:0', LOG_LEVEL: 'warn', DATABASE_URL: '',
  });
  try {
    await server.ready(() => isReady(httpPort), START_MS);
    const { gatewayToken, grants } = await setUpDocket(grpcPort, join(folder, 'credentials.json'));
    const job = (way: CallersJob['way'], callers: number): CallersJob => ({ way, callers, address: `127.0.0.1:${grpcPort}`, token: gatewayToken, grants, warmupMs: WARMUP_MS, durationMs: DURATION_MS });
    const runs = CALLERS.flatMap((callers) => WAYS.map((way) => ({ job: job(way, callers), rounds: [] as Measured[] })));
    say('warming the server up');
    await measure(job('libs/client', 64), server.pid);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const run of round % 2 === 0 ? runs : [...runs].reverse()) {
        const measured = await measure(run.job, server.pid);
        run.rounds.push(measured);
        say(`round ${round + 1}  ${String(run.job.callers).padStart(4)}  ${run.job.way.padEnd(14)} ${Math.round(rate(measured))}/s`);
      }
    }
    const rows = runs.map(({ job: { way, callers }, rounds }) => rowOf(way, callers, rounds));
    say(`\n${tableOf(rows)}\n`);
    return rows;
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

type Measured = CallersResult & { readonly serverCpuSeconds: number; readonly asked: number };

async function measure(job: CallersJob, serverPid: number): Promise<Measured> {
  const child = fork(fileURLToPath(new URL('./callers.js', import.meta.url)), { execArgv: nodeArguments(`callers-${job.way.replace(/\W/g, '-')}`) });
  const before = treeCpuSeconds([serverPid]);
  child.send(job);
  const [result] = await Promise.race([once(child, 'message'), once(child, 'exit').then(([code]) => Promise.reject(new Error(`the callers ended with ${code}`)))]) as [CallersResult];
  const serverCpuSeconds = treeCpuSeconds([serverPid]) - before;
  // The server worked for the warm-up as well, at about the same rate.
  return { ...result, serverCpuSeconds, asked: result.decisions * (1 + job.warmupMs / result.elapsedMs) };
}

function rate({ decisions, elapsedMs }: Measured): number {
  return (decisions / elapsedMs) * 1_000;
}

function rowOf(way: string, callers: number, rounds: readonly Measured[]): ClientRow {
  const of = (read: (round: Measured) => number): number => median(rounds.map(read));
  return {
    way, callers, callsPerSecond: Math.round(of(rate)), p50Ms: of(({ p50Ms }) => p50Ms), p99Ms: of(({ p99Ms }) => p99Ms),
    clientCpuMicroseconds: of(({ cpuMicroseconds, decisions }) => cpuMicroseconds / decisions), serverCpuMicroseconds: of(({ serverCpuSeconds, asked }) => (serverCpuSeconds * 1e6) / asked),
    failed: rounds.reduce((sum, { failed }) => sum + failed, 0),
  };
}

function tableOf(rows: readonly ClientRow[]): string {
  const lines = rows.map(({ way, callers, callsPerSecond, p50Ms, p99Ms, clientCpuMicroseconds, serverCpuMicroseconds, failed }) =>
    `| ${way} | ${callers} | ${callsPerSecond.toLocaleString('en')} | ${p50Ms.toFixed(1)} | ${p99Ms.toFixed(1)} | ${clientCpuMicroseconds.toFixed(0)} | ${serverCpuMicroseconds.toFixed(0)} | ${failed} |`);
  return ['| way in | callers | calls/s | p50 ms | p99 ms | client CPU µs/call | server CPU µs/call | failed |', '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |', ...lines].join('\n');
}
