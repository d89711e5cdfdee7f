import type { Target } from './dialects.js';

/** One measurement, as the orchestrator hands it to a generator process. */
export interface Job {
  readonly host: string;
  readonly port: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly target: Target;
  /** Decisions in flight, over all connections. */
  readonly concurrency: number;
  readonly connections: number;
  readonly warmupMs: number;
  readonly durationMs: number;
}

/** Sent by the process when the window that counts begins and ends, so that the server's CPU is read at those moments. */
export type Progress = { readonly kind: 'measuring' } | { readonly kind: 'measured' } | { readonly kind: 'done'; readonly result: LoadResult };

export interface Latency {
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface LoadResult {
  /** Answered within the window that counts. */
  readonly decisions: number;
  readonly elapsedMs: number;
  readonly latency: Latency;
  /** CPU of the generator process in that window. */
  readonly generatorCpuSeconds: number;
  /** From the first call to the last, warm-up and drain included: what the log has to agree with. */
  readonly sent: number;
  readonly allowed: number;
  readonly otherVerdicts: number;
  readonly errors: Readonly<Record<string, number>>;
}

export function latencyOf(samplesMs: Float64Array): Latency {
  const sorted = samplesMs.sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50Ms: at(0.5), p90Ms: at(0.9), p99Ms: at(0.99), maxMs: sorted[sorted.length - 1] ?? 0 };
}
