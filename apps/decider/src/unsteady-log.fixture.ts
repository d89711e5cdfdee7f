import { DocketError } from '#errors';
import type { AppendOutcome, EventLog, LogAppender, LogRecord, PartitionAppend, ReadOptions, TopicPartition, TopicSettings } from '#ledger';

/** A log that can be away, as a stopped broker is: appends end unknown without having been written, reads fail. Or slow. */
export class UnsteadyLog implements EventLog {
  isAway = false;
  /** Holds every append back until it resolves. */
  gate: Promise<void> = Promise.resolve();

  constructor(private readonly log: EventLog) {}

  prepare(topics: readonly TopicSettings[]): Promise<void> {
    return this.log.prepare(topics);
  }

  laneOf(tp: TopicPartition): string {
    return this.log.laneOf(tp);
  }

  openAppender(): LogAppender {
    const appender = this.log.openAppender();
    return {
      append: async (batch: readonly PartitionAppend[], timeoutMs: number): Promise<AppendOutcome[]> => {
        await this.gate;
        if (!this.isAway) return appender.append(batch, timeoutMs);
        await new Promise((resolve) => setTimeout(resolve, timeoutMs));
        return batch.map(() => ({ kind: 'unknown', error: new Error('the log is away') }));
      },
      reset: () => appender.reset(),
      close: () => appender.close(),
    };
  }

  async read(tp: TopicPartition, fromOffset: number, options?: ReadOptions): Promise<LogRecord[]> {
    this.#check();
    return await this.log.read(tp, fromOffset, options);
  }

  async endOffset(tp: TopicPartition): Promise<number> {
    this.#check();
    return await this.log.endOffset(tp);
  }

  close(): Promise<void> {
    return this.log.close();
  }

  #check(): void {
    if (this.isAway) throw new DocketError('unavailable', { reason: 'LOG_UNREACHABLE', message: 'the log is away' });
  }
}
