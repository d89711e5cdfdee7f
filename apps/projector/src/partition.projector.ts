import type { DecisionEvent } from '#decision';
import { DocketError } from '#errors';
import type { EventLog } from '#ledger';
import type { Logger } from '#platform';
import type { ProjectedEvent, Projection, ReadModels } from '#read-models';
import { decisionEvents } from './decision-events.js';

const BATCH_RECORDS = 500;
const LONG_POLL_MS = 500;
const RETRY_MS = 1_000;
/** After a batch that was not full, more is let come together: a transaction for a handful of rows costs as much as one for hundreds. */
const GATHER_MS = 250;

export interface PartitionProjectorOptions {
  readonly log: EventLog;
  readonly readModels: ReadModels;
  readonly projection: Projection<DecisionEvent>;
  readonly partition: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Carries one partition into rows, a batch per transaction, until `signal` aborts. */
export class PartitionProjector {
  /** Offset up to which rows are committed. */
  position = 0;
  /** Event time of the last committed event, ms since the epoch; 0 before the first. */
  eventTimeMs = 0;

  constructor(private readonly options: PartitionProjectorOptions) {}

  /** Errors that may pass are tried again from the last committed checkpoint; rejects with data_loss. */
  async run(): Promise<void> {
    const { signal, logger, partition } = this.options;
    while (!signal.aborted) {
      try {
        await this.follow();
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof DocketError && error.kind === 'data_loss') throw error;
        logger.warn({ err: error, partition }, 'the projection will try again');
        await pause(RETRY_MS, signal);
      }
    }
  }

  private async follow(): Promise<void> {
    const { log, readModels, projection, partition, signal } = this.options;
    const { topic } = projection;
    let from = await readModels.checkpoint(projection.name, topic, partition);
    const fold = decisionEvents(topic, partition, from);
    this.position = from.offset;
    this.eventTimeMs = from.timeMs;
    while (!signal.aborted) {
      const records = await log.read({ topic, partition }, from.offset, { maxRecords: BATCH_RECORDS, maxWaitMs: LONG_POLL_MS, signal });
      if (records.length === 0) continue;
      const events: ProjectedEvent<DecisionEvent>[] = [];
      for (const record of records) {
        const applied = fold.apply(record);
        if (applied.kind === 'event') events.push(applied);
      }
      const to = fold.resume;
      if (!(await readModels.apply(projection, partition, from, to, events))) return;
      from = to;
      this.position = to.offset;
      this.eventTimeMs = to.timeMs;
      if (records.length < BATCH_RECORDS) await pause(GATHER_MS, signal);
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
