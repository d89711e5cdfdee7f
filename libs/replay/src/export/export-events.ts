import { decisionMachine, type CallDecided, type DecisionEvent, type DecisionSettings } from '#decision';
import { lossText, type LogRecord, type TopicPartition } from '#ledger';
import { registryMachine, type RegistryEvent } from '#registry';
import type { ValueKeys } from '../grant-values.js';
import { JudgedRecords } from '../judged-records.js';
import { KeyOnItsWay, RecordedArguments, ValuesGone, type ValuesGap } from '../recorded-arguments.js';
import { REGISTRY } from '../registry-facts.js';
import type { TimeRange } from '../replay-partition.js';
import type { ReplayLog } from '../replay-log.js';
import { exportEvent, type ExportedEvent, type Fields } from './exported-event.js';

export interface ExportJob {
  readonly log: ReplayLog;
  readonly partitions: readonly TopicPartition[];
  readonly settings: DecisionSettings;
  readonly range: TimeRange;
  /** Only events of these grants. */
  readonly grants?: readonly string[];
  /** Opens argument values; sealed otherwise. */
  readonly reveal?: ValueKeys;
  readonly signal: AbortSignal;
  readonly onProgress?: (records: number) => void;
  /** The chain of a partition broke, or records are missing: events behind that are not among those exported. */
  readonly onFault?: (fault: TopicPartition & { readonly offset: number; readonly what: string }) => void;
}

/** What became of the values, as the API says it. `ALTERED`: they are not those that were sealed for the call. */
const SHOWN: Readonly<Record<ValuesGap, string>> = { erased: 'ERASED', missing: 'NOT_SHOWN', no_keys: 'NOT_SHOWN', altered: 'ALTERED' };
const BATCH = 500;

/**
 * The valid events of all partitions in the order of their times, in batches; what is void is passed over, as by every reader.
 * Holds one chunk of each partition. Goes on with the other partitions where one is broken (`onFault`). Rejects with DocketError data_loss where a valid event cannot be read.
 */
export async function* exportEvents(job: ExportJob): AsyncGenerator<readonly ExportedEvent[]> {
  const heads = await Promise.all(job.partitions.map(async (tp) => {
    const source = new PartitionExport(job, tp);
    return { source, events: await source.next(), at: 0 };
  }));
  let batch: ExportedEvent[] = [];
  for (;;) {
    let first: (typeof heads)[number] | undefined;
    for (const head of heads) {
      if (head.events !== undefined && (first === undefined || head.events[head.at]!.at.timeMs < first.events![first.at]!.at.timeMs)) first = head;
    }
    if (first === undefined) break;
    batch.push(first.events![first.at]!);
    first.at += 1;
    if (first.at === first.events!.length) {
      first.events = await first.source.next();
      first.at = 0;
    }
    if (batch.length < BATCH) continue;
    job.signal.throwIfAborted();
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

class PartitionExport {
  readonly #job: ExportJob;
  readonly #tp: TopicPartition;
  readonly #judged: JudgedRecords<DecisionEvent | RegistryEvent>;
  readonly #grants: ReadonlySet<string> | undefined;
  readonly #arguments: RecordedArguments | undefined;
  readonly #chunks: AsyncIterator<readonly LogRecord[]>;
  #isEnded = false;
  #isTold = false;

  constructor(job: ExportJob, tp: TopicPartition) {
    this.#job = job;
    this.#tp = tp;
    this.#judged = new JudgedRecords<DecisionEvent | RegistryEvent>(tp, tp.topic === REGISTRY.topic ? registryMachine() : decisionMachine(job.settings, () => undefined));
    this.#grants = job.grants === undefined ? undefined : new Set(job.grants);
    this.#arguments = job.reveal === undefined ? undefined : new RecordedArguments(job.reveal);
    this.#chunks = job.log.records(tp, job.signal)[Symbol.asyncIterator]();
  }

  /** The next events that are wanted, at least one; undefined at the end. */
  async next(): Promise<readonly ExportedEvent[] | undefined> {
    const { range, onProgress } = this.#job;
    while (!this.#isEnded) {
      const chunk = await this.#next();
      if (chunk.done === true) break;
      const events: ExportedEvent[] = [];
      for (const record of chunk.value) {
        const found = this.#judged.next(record);
        if (found.kind !== 'event' || found.at.timeMs < range.fromMs) continue;
        if (found.at.timeMs >= range.toMs) {
          this.#isEnded = true;
          await this.#chunks.return?.();
          break;
        }
        const event = this.#judged.eventOf(found);
        if (!this.#isWanted(event)) continue;
        const exported = exportEvent(event, found.at);
        events.push(this.#arguments === undefined || event.type !== 'CallDecided' ? exported : await withValues(exported, event, this.#arguments));
      }
      onProgress?.(chunk.value.length);
      if (events.length > 0) return events;
    }
    this.#isEnded = true;
    const { chainBreak } = this.#judged;
    if (chainBreak !== undefined && !this.#isTold) this.#tell(chainBreak.offset, `the chain is broken there: ${chainBreak.reason}`);
    return undefined;
  }

  /** Records that are missing are the end of what can be exported of this partition. */
  async #next(): Promise<IteratorResult<readonly LogRecord[]>> {
    try {
      return await this.#chunks.next();
    } catch (error) {
      const loss = lossText(error);
      if (loss === undefined || this.#job.onFault === undefined) throw error;
      this.#tell(loss.offset, loss.what);
      return { done: true, value: undefined };
    }
  }

  #tell(offset: number, what: string): void {
    this.#isTold = true;
    this.#job.onFault?.({ ...this.#tp, offset, what });
  }

  #isWanted(event: DecisionEvent | RegistryEvent): boolean {
    return this.#grants === undefined || ('grant_id' in event && this.#grants.has(event.grant_id));
  }
}

async function withValues(exported: ExportedEvent, event: CallDecided, opened: RecordedArguments): Promise<ExportedEvent> {
  for (;;) {
    try {
      const argumentsText = opened.of(event).text();
      return { ...exported, fields: { ...exported.fields, argumentsShown: 'SHOWN' } satisfies Fields, argumentsText };
    } catch (error) {
      if (error instanceof KeyOnItsWay) await error.key;
      else if (error instanceof ValuesGone) return { ...exported, fields: { ...exported.fields, argumentsShown: SHOWN[error.why] } };
      else throw error;
    }
  }
}
