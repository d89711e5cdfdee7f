import { credentials } from '@grpc/grpc-js';
import { connect, newCallId } from '#client';
import { bearer, decisionClient } from '#contracts';
import { WORKLOAD } from '../peers/workload.js';

/** A process of callers, as a gateway is: each asks for a decision, waits for it, and asks for the next. */
export interface CallersJob {
  readonly way: 'libs/client' | 'grpc-js unary';
  readonly address: string;
  readonly token: string;
  readonly grants: readonly string[];
  readonly callers: number;
  readonly warmupMs: number;
  readonly durationMs: number;
}

export interface CallersResult {
  readonly decisions: number;
  readonly elapsedMs: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of this process, user and system. */
  readonly cpuMicroseconds: number;
}

/** Resolves to the verdict; both ways make a call id of their own for each call. */
type Decide = (grant: string) => Promise<string>;

const DEADLINE_MS = 10_000;

function wayIn({ way, address, token }: CallersJob): { readonly decide: Decide; readonly close: () => Promise<void> } {
  if (way === 'libs/client') {
    const docket = connect({ addresses: [address], credential: token, deadlineMs: DEADLINE_MS });
    return { decide: async (grant) => (await docket.decide({ grant, tool: WORKLOAD.tool, arguments: WORKLOAD.argumentsJson })).verdict, close: () => docket.close() };
  }
  const client = decisionClient(address, credentials.createInsecure());
  const metadata = bearer(token);
  return {
    decide: (grant) => new Promise((resolve, reject) => {
      const request = { callId: newCallId(), grant, tool: WORKLOAD.tool, arguments: Buffer.from(WORKLOAD.argumentsJson) };
      client.Decide(request, metadata, { deadline: Date.now() + DEADLINE_MS }, (error, answer) => (error ? reject(error) : resolve(answer!.verdict)));
    }),
    close: async () => client.close(),
  };
}

async function run(job: CallersJob): Promise<CallersResult> {
  const { decide, close } = wayIn(job);
  const latencies: number[] = [];
  let [isMeasuring, isOver, failed, next] = [false, false, 0, 0];
  const callers = Array.from({ length: job.callers }, async () => {
    while (!isOver) {
      const startedMs = performance.now();
      const verdict = await decide(job.grants[next++ % job.grants.length]!).catch((error: Error) => error.message);
      if (!isMeasuring || isOver) continue;
      if (verdict === 'ALLOW') latencies.push(performance.now() - startedMs);
      else failed += 1;
    }
  });
  const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  await after(job.warmupMs);
  const startedMs = performance.now();
  const before = process.cpuUsage();
  isMeasuring = true;
  await after(job.durationMs);
  isOver = true;
  const elapsedMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(before);
  await Promise.all(callers);
  await close();
  latencies.sort((a, b) => a - b);
  const quantile = (share: number): number => latencies[Math.floor(share * (latencies.length - 1))] ?? 0;
  return { decisions: latencies.length, elapsedMs, failed, p50Ms: quantile(0.5), p99Ms: quantile(0.99), cpuMicroseconds: user + system };
}

process.on('message', (job: CallersJob) => {
  run(job).then((result) => process.send!(result, () => process.exit(0)), (error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
