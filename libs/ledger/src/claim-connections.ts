import type { AppendOutcome, EventLog, LogAppender, NewRecord, TopicPartition } from './event-log.js';
import { appendSafely } from './group-commit.js';
import type { Runtime } from './resume-state.js';

/**
 * The connections that claims travel on: never the one that events use, whose requests may be stuck. A few of them, so
 * that one partition that hangs does not keep the others from being claimed.
 */
export class ClaimConnections {
  readonly #log: EventLog;
  readonly #max: number;
  readonly #runtime: Pick<Runtime, 'after'>;
  readonly #all: LogAppender[] = [];
  readonly #free: LogAppender[] = [];
  readonly #waiting: ((appender: LogAppender) => void)[] = [];
  #closed = false;
  readonly #closing = new AbortController();

  constructor(log: EventLog, max: number, runtime: Pick<Runtime, 'after'>) {
    this.#log = log;
    this.#max = max;
    this.#runtime = runtime;
  }

  /** Connects to where claims of this partition would go: those of all that a node is handed at once come at once. */
  warm(tp: TopicPartition): void {
    while (!this.#closed && this.#all.length < this.#max) this.#free.push(this.#open());
    for (const appender of this.#closed ? [] : this.#free) appender.warm?.(tp);
  }

  /** Appends one claim, alone. */
  async append(tp: TopicPartition, record: NewRecord, timeoutMs: number): Promise<AppendOutcome> {
    const appender = await this.#acquire();
    if (this.#closed) return { kind: 'unknown', error: new Error('the ledger is closed; nothing was sent') };
    const [outcome] = await appendSafely(appender, [{ ...tp, records: [record] }], timeoutMs, this.#runtime, this.#closing.signal);
    if (outcome!.kind === 'unknown') appender.reset();
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(appender);
    else next(appender);
    return outcome!;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const proceed of this.#waiting.splice(0)) proceed(this.#all[0]!);
    await Promise.all(this.#all.map((appender) => appender.close()));
    this.#closing.abort();
  }

  async #acquire(): Promise<LogAppender> {
    const free = this.#free.pop() ?? (this.#closed ? this.#all[0] : undefined);
    if (free !== undefined) return free;
    if (this.#all.length < this.#max) return this.#open();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #open(): LogAppender {
    const opened = this.#log.openAppender();
    this.#all.push(opened);
    return opened;
  }
}
