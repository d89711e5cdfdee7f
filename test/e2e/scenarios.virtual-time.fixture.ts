import { systemRuntime } from '#ledger';
import type { AppendOutcome, EventLog, LogAppender, LogRecord, PartitionAppend, ReadOptions, Runtime, TopicPartition, TopicSettings } from '#ledger';

/** A clock that stands still until it is moved; wall and monotonic clock go together. Timers are real. */
export class VirtualTime {
  readonly #startMs: number;
  #nowMs: number;

  constructor(startMs: number) {
    this.#startMs = startMs;
    this.#nowMs = startMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** A clock that ran backwards would stop the partitions, as it should. */
  moveTo(atMs: number): void {
    if (atMs < this.#nowMs) throw new Error(`it is ${new Date(this.#nowMs).toISOString()}, the clock cannot go back to ${new Date(atMs).toISOString()}`);
    this.#nowMs = atMs;
  }

  runtime(): Runtime {
    const { after, randomHex } = systemRuntime();
    return { after, randomHex, wallMs: () => this.#nowMs, monotonicMs: () => this.#nowMs - this.#startMs };
  }
}

/** A log whose own clock is the virtual one: event time is checked against it at every claim (design.md 2.5). */
export class VirtualTimeLog implements EventLog {
  constructor(private readonly log: EventLog, private readonly time: VirtualTime) {}

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
        const outcomes = await appender.append(batch, timeoutMs);
        return outcomes.map((outcome) => (outcome.kind === 'acknowledged' ? { ...outcome, logTimeMs: this.time.nowMs } : outcome));
      },
      reset: () => appender.reset(),
      close: () => appender.close(),
    };
  }

  read(tp: TopicPartition, fromOffset: number, options?: ReadOptions): Promise<LogRecord[]> {
    return this.log.read(tp, fromOffset, options);
  }

  endOffset(tp: TopicPartition): Promise<number> {
    return this.log.endOffset(tp);
  }

  close(): Promise<void> {
    return this.log.close();
  }
}
