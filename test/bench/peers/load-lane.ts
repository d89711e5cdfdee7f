import type { Target } from '../generator/dialects.js';
import type { Job } from '../generator/job.js';
import type { Lane } from './peer.js';

const CONNECTIONS_MAX = 4;

export interface LoadLaneOptions {
  readonly peer: string;
  readonly mode: string;
  readonly port: number;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly target: Target;
  readonly serverPids: () => readonly number[];
}

/** A lane that our own gRPC load generator drives. */
export function loadLane(options: LoadLaneOptions): Lane {
  const perMessage = 'callsPerMessage' in options.target ? Math.max(1, options.target.callsPerMessage) : 1;
  return {
    peer: options.peer,
    mode: options.mode,
    serverPids: options.serverPids,
    job: (concurrency) => ({
      script: new URL('../generator/load.js', import.meta.url),
      message: {
        host: '127.0.0.1', port: options.port, metadata: options.metadata ?? {}, target: options.target, concurrency,
        connections: Math.min(CONNECTIONS_MAX, Math.max(1, Math.round(concurrency / perMessage))),
      } satisfies Omit<Job, 'warmupMs' | 'durationMs'>,
    }),
  };
}
