import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Job, LoadResult, Progress } from '../generator/job.js';
import { nodeArguments } from '../peers/child.js';
import type { EchoServer } from './echo-server.js';

/**
 * `node scripts/run.mjs dist/test/bench/transport/main.js`: what the gRPC layer alone costs. Microseconds of the server's CPU for a
 * call say that even on a busy machine, where calls per second do not. DOCKET_BENCH_PROFILE works as for `npm run bench`.
 */
const SERVERS: readonly EchoServer[] = ['bare grpc-js', 'standard', 'fast'];

interface Round {
  readonly microsecondsACall: number;
  readonly callsASecond: number;
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '3' }, concurrency: { type: 'string', default: '1,16,64,256' },
    servers: { type: 'string', default: SERVERS.join(',') },
  },
});

async function cpuOf(server: ChildProcess): Promise<number> {
  server.send('cpu');
  const [answer] = await once(server, 'message') as [{ cpuMicroseconds: number }];
  return answer.cpuMicroseconds;
}

async function round(server: ChildProcess, port: number, concurrency: number, durationMs: number): Promise<Round> {
  const load = fork(fileURLToPath(new URL('../generator/load.js', import.meta.url)), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const job: Job = {
    host: '127.0.0.1', port, metadata: { authorization: `Bearer dk_${'0'.repeat(32)}_${'x'.repeat(43)}` }, concurrency,
    connections: Math.min(4, concurrency), warmupMs: 500, durationMs,
    target: { kind: 'docket', grants: ['0'.repeat(32)], tool: 'refresh', argumentsJson: JSON.stringify({ account: 'x'.repeat(200) }), callsPerMessage: 0 },
  };
  load.send(job);
  let before = 0;
  let used = 0;
  return new Promise((resolve, reject) => {
    load.once('error', reject);
    // One after another: the server may answer later than the load ends.
    let asked = Promise.resolve();
    load.on('message', (progress: Progress) => {
      asked = asked.then(async () => {
        if (progress.kind === 'measuring') before = await cpuOf(server);
        else if (progress.kind === 'measured') used = await cpuOf(server) - before;
        else resolve(summary(progress.result, used));
      }).catch(reject);
    });
  });
}

function summary(result: LoadResult, cpuMicroseconds: number): Round {
  for (const [error, count] of Object.entries(result.errors)) throw new Error(`${count} × ${error}`);
  return { microsecondsACall: cpuMicroseconds / result.decisions, callsASecond: (result.decisions / result.elapsedMs) * 1_000 };
}

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

const started = [];
for (const kind of values.servers.split(',') as EchoServer[]) {
  const child = fork(fileURLToPath(new URL('./echo-server.js', import.meta.url)), [kind], { execArgv: nodeArguments(kind.replace(' ', '-')) });
  const [{ port }] = await once(child, 'message') as [{ port: number }];
  started.push({ kind, child, port });
  await round(child, port, 64, 3_000);
}
process.stdout.write('| server | in flight | server CPU µs a call | calls/s |\n|---|---:|---:|---:|\n');
for (const concurrency of values.concurrency.split(',').map(Number)) {
  const rounds = new Map<EchoServer, Round[]>(started.map(({ kind }) => [kind, []]));
  for (let turn = 0; turn < Number(values.rounds); turn++) {
    for (const { kind, child, port } of started) rounds.get(kind)!.push(await round(child, port, concurrency, Number(values.seconds) * 1_000));
  }
  for (const [kind, found] of rounds) {
    process.stdout.write(`| ${kind} | ${concurrency} | ${median(found.map((one) => one.microsecondsACall)).toFixed(1)} | ${Math.round(median(found.map((one) => one.callsASecond)))} |\n`);
  }
}
for (const { child } of started) child.disconnect();
