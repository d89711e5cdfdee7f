import { randomBytes } from 'node:crypto';
import { KafkaEventLog, PostgresEventLog, type EventLog, type LogAppender, type PartitionAppend } from '#ledger';
import type { LoadResult, Progress } from './job.js';
import { Meter } from './meter.js';

export interface AppendJob {
  readonly log:
    | { readonly kind: 'postgres'; readonly connectionString: string }
    | { readonly kind: 'kafka'; readonly brokers: readonly string[] };
  readonly topic: string;
  readonly partitions: number;
  /** As large as the event of one decision. */
  readonly recordBytes: number;
  /** Records that wait for their acknowledgement at any time. */
  readonly concurrency: number;
  readonly warmupMs: number;
  readonly durationMs: number;
}

const APPEND_TIMEOUT_MS = 30_000;

/**
 * What the log alone can do, driven as the ledger drives it: one request in flight per lane, holding all that came
 * together meanwhile. So this is the ceiling of the decisions at the same concurrency, with nothing decided.
 */
async function append(job: AppendJob, report: (progress: Progress) => void): Promise<LoadResult> {
  const log = open(job.log);
  await log.prepare([{ topic: job.topic, partitions: job.partitions }]);
  const appender = log.openAppender();
  const meter = new Meter();
  let stopping = false;
  const records = Array.from({ length: 256 }, () => ({ key: Buffer.from(randomBytes(16).toString('hex')), value: Buffer.from(randomBytes(Math.ceil(job.recordBytes / 2)).toString('hex')) }));
  const pump = async (): Promise<void> => {
    let next = 0;
    while (!stopping) {
      const startedMs = performance.now();
      const batch = new Map<number, PartitionAppend & { records: { key: Buffer; value: Buffer }[] }>();
      for (let i = 0; i < job.concurrency; i++, next++) {
        const partition = next % job.partitions;
        const entry = batch.get(partition) ?? { topic: job.topic, partition, records: [] };
        entry.records.push(records[next % records.length] as (typeof records)[number]);
        batch.set(partition, entry);
      }
      meter.send(job.concurrency);
      await appendOnce(appender, [...batch.values()], meter, startedMs);
    }
  };
  const running = pump();
  await wait(job.warmupMs);
  meter.begin();
  report({ kind: 'measuring' });
  await wait(job.durationMs);
  meter.end();
  report({ kind: 'measured' });
  stopping = true;
  await running;
  await appender.close();
  await log.close();
  return meter.result();
}

async function appendOnce(appender: LogAppender, batch: readonly PartitionAppend[], meter: Meter, startedMs: number): Promise<void> {
  const outcomes = await appender.append(batch, APPEND_TIMEOUT_MS);
  const latencyMs = performance.now() - startedMs;
  outcomes.forEach((outcome, index) => {
    const count = batch[index]?.records.length ?? 0;
    if (outcome.kind === 'unknown') return meter.error(outcome.error.message, count);
    for (let i = 0; i < count; i++) meter.answer('allow', latencyMs);
  });
}

function open(log: AppendJob['log']): EventLog {
  return log.kind === 'postgres'
    ? new PostgresEventLog({ connectionString: log.connectionString })
    : new KafkaEventLog({ brokers: log.brokers, clientId: 'docket-bench', replicationFactor: 1, minInsyncReplicas: 1, allowSingleReplica: true });
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

process.once('message', (job: AppendJob) => {
  append(job, (progress) => process.send?.(progress)).then(
    (result) => process.send?.({ kind: 'done', result } satisfies Progress, () => process.exit(0)),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
