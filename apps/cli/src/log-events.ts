import { Judge, type EventLog, type LogRecord, type Position, type ResumeState, type TopicPartition } from '#ledger';

/** A valid event as it stands in the log. */
export interface LogEvent {
  readonly at: Position;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** The CloudEvent, byte for byte. */
  readonly value: Uint8Array;
}

const READ_BYTES = 1024 * 1024;

/** Reads one partition in order and hands out what counts: the same judge as every other reader (design: void records count nowhere). */
export class PartitionEvents {
  readonly #log: EventLog;
  readonly #tp: TopicPartition;
  readonly #judge: Judge;

  constructor(log: EventLog, tp: TopicPartition, from?: ResumeState) {
    this.#log = log;
    this.#tp = tp;
    this.#judge = new Judge(tp.topic, tp.partition, from);
  }

  /** The events up to what is now the end of the log. */
  async *backlog(): AsyncGenerator<LogEvent> {
    const end = await this.#log.endOffset(this.#tp);
    while (this.#judge.resume.offset < end) {
      const records = await this.#log.read(this.#tp, this.#judge.resume.offset, { maxBytes: READ_BYTES });
      yield* this.#judged(records);
    }
  }

  /** Events as they come, until `signal` aborts. */
  async *follow(signal: AbortSignal): AsyncGenerator<LogEvent> {
    while (!signal.aborted) {
      yield* this.#judged(await this.#log.read(this.#tp, this.#judge.resume.offset, { maxBytes: READ_BYTES, maxWaitMs: 500, signal }));
    }
  }

  *#judged(records: readonly LogRecord[]): Generator<LogEvent> {
    for (const record of records) {
      const judged = this.#judge.judge(record);
      if (judged.kind !== 'event') continue;
      yield { at: judged.at, type: judged.encoded.type, data: judged.encoded.data as Record<string, unknown>, value: record.value };
    }
  }
}

/** One sequence ordered by event time: within each source it is ordered already. Holds one event of each. */
export async function* inTimeOrder(sources: readonly AsyncGenerator<LogEvent>[]): AsyncGenerator<LogEvent> {
  const heads = await Promise.all(sources.map(async (source) => ({ source, next: await source.next() })));
  for (;;) {
    let first: (typeof heads)[number] | undefined;
    for (const head of heads) {
      if (!head.next.done && (first === undefined || first.next.done || head.next.value.at.timeMs < first.next.value.at.timeMs)) first = head;
    }
    if (first === undefined || first.next.done) return;
    yield first.next.value;
    first.next = await first.source.next();
  }
}
