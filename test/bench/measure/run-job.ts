import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Lane, LoadResult, Progress } from '../peers/peer.js';
import { treeCpuSeconds } from './process-tree.js';

export interface Measurement extends LoadResult {
  readonly serverCpuSeconds: number;
}

/** One lane, once, with its load made in a process of its own. */
export function runJob(lane: Lane, concurrency: number, times: { warmupMs: number; durationMs: number }): Promise<Measurement> {
  const { script, message } = lane.job(concurrency);
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(script), { execArgv: ['--enable-source-maps'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    let cpuAtStart = 0;
    let serverCpuSeconds = 0;
    let result: LoadResult | undefined;
    child.on('message', (progress: Progress) => {
      if (progress.kind === 'measuring') cpuAtStart = treeCpuSeconds(lane.serverPids());
      else if (progress.kind === 'measured') serverCpuSeconds = treeCpuSeconds(lane.serverPids()) - cpuAtStart;
      else result = progress.result;
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (result) resolve({ ...result, serverCpuSeconds });
      else reject(new Error(`the load generator for ${lane.peer} ended with code ${code} and no result`));
    });
    child.send({ ...(message as object), warmupMs: times.warmupMs, durationMs: times.durationMs });
  });
}
