import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { DocketError } from '#errors';
import type { TopicPartition } from '#ledger';
import { needsAllTogether, PartitionRunner, type RunSpec } from './partition-runner.js';
import type { ReplayReport } from './replay-report.js';
import type { FromThread, ToThread } from './thread.messages.js';
import type { WhatIfReport } from './what-if-report.js';

export interface RunOptions {
  /** Partitions at once; by default as many as the machine has cores. One: in this thread. */
  readonly threads?: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (records: number) => void;
}

const ENTRY = new URL('./partition.thread.js', import.meta.url);

/** Runs all partitions, largest first if they come so, and resolves with their reports in the same order, or with one for all of them where they cannot be run apart. Rejects with the first failure. */
export async function runPartitions<R extends ReplayReport | WhatIfReport>(spec: RunSpec, partitions: readonly TopicPartition[], options: RunOptions): Promise<R[]> {
  if (needsAllTogether(spec)) return (await runTogether(spec, partitions, options)) as R[];
  const threads = Math.min(options.threads ?? availableParallelism(), partitions.length);
  const run = threads > 1 && existsSync(fileURLToPath(ENTRY)) ? runInThreads : runHere;
  return (await run(spec, partitions, options, threads)) as R[];
}

async function runHere(spec: RunSpec, partitions: readonly TopicPartition[], { signal, onProgress }: RunOptions): Promise<(ReplayReport | WhatIfReport)[]> {
  const runner = await PartitionRunner.open(spec);
  try {
    const reports = [];
    for (const tp of partitions) reports.push(await runner.run(tp, signal, (records) => onProgress?.(records)));
    return reports;
  } finally {
    await runner.close();
  }
}

async function runTogether(spec: RunSpec, partitions: readonly TopicPartition[], { signal, onProgress }: RunOptions): Promise<WhatIfReport[]> {
  const runner = await PartitionRunner.open(spec);
  try {
    return [await runner.runTogether(partitions, signal, (records) => onProgress?.(records))];
  } finally {
    await runner.close();
  }
}

async function runInThreads(spec: RunSpec, partitions: readonly TopicPartition[], { signal, onProgress }: RunOptions, count: number): Promise<(ReplayReport | WhatIfReport)[]> {
  const reports: (ReplayReport | WhatIfReport)[] = [];
  const workers = Array.from({ length: count }, () => new Worker(ENTRY, { workerData: spec }));
  let next = 0;
  const work = (worker: Worker): Promise<void> => new Promise((resolve, reject) => {
    let running = -1;
    const tell = (message: ToThread): void => worker.postMessage(message);
    const giveNext = (): void => {
      if (next === partitions.length) return tell({ kind: 'end' });
      running = next++;
      tell({ kind: 'run', tp: partitions[running]! });
    };
    worker.on('message', (message: FromThread) => {
      switch (message.kind) {
        case 'ready': giveNext(); break;
        case 'progress': onProgress?.(message.records); break;
        case 'done':
          reports[running] = message.report;
          giveNext();
          break;
        case 'failed': reject(new DocketError(message.error.kind, message.error)); break;
        case 'broken': reject(new Error(message.text)); break;
      }
    });
    worker.on('error', reject);
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a thread ended with code ${code}`))));
  });
  const stopped = new Promise<never>((_, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    await Promise.race([Promise.all(workers.map(work)), stopped]);
    return reports;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
