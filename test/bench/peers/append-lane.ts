import type { AppendJob } from '../generator/append.js';
import type { Lane } from './peer.js';
import { WORKLOAD } from './workload.js';

/** Raw appends to a log, to a topic of their own. */
export function appendLane(options: { peer: string; log: AppendJob['log']; serverPids: () => readonly number[] }): Lane {
  return {
    peer: options.peer,
    mode: 'append',
    serverPids: options.serverPids,
    job: (concurrency) => ({
      script: new URL('../generator/append.js', import.meta.url),
      message: {
        log: options.log, topic: 'docket.bench', partitions: WORKLOAD.partitions, recordBytes: WORKLOAD.recordBytes, concurrency,
      } satisfies Omit<AppendJob, 'warmupMs' | 'durationMs'>,
    }),
  };
}
