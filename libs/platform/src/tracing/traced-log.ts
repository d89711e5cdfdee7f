import { NO_TRACE } from './trace-context.js';
import type { SpanFacts, Tracing } from './tracing.js';

/** The ledger's event log port, as far as it matters here. */
interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly { readonly value: Uint8Array }[];
}
type Outcome = { readonly kind: 'acknowledged'; readonly baseOffset: number } | { readonly kind: 'unknown' };
interface Appender<B, O> {
  append(batch: readonly B[], timeoutMs: number): Promise<O[]>;
  warm?(tp: never): void;
  reset(): void;
  close(): Promise<void>;
}
interface Log<B, O> {
  prepare(topics: never): Promise<void>;
  laneOf(tp: never): string;
  openAppender(): Appender<B, O>;
  read(tp: never, fromOffset: number, options?: never): Promise<unknown>;
  endOffset(tp: never): Promise<number>;
  close(): Promise<void>;
}

/** How an event of a call names the trace it belongs to, in the bytes that are logged. Whatever callers name themselves stands there with its quotes escaped. */
const TRACE_FIELD = Buffer.from('"trace":"00-');
const TRACEPARENT_LENGTH = 55;
/** Of one request: a group commit may hold thousands of calls. */
const SPANS_MAX = 128;

/**
 * The same log, which also makes a span of every append that a traced call is part of: a child of that call's span, as long as the request
 * took, saying where in the log it stands and how many went with it. The records are not changed.
 * @param wallMs ms since the epoch
 */
export function withTracing<B extends Batch, O extends Outcome, L extends Log<B, O>>(log: L, tracing: Tracing, system: string, wallMs: () => number): L {
  const openAppender = (): Appender<B, O> => {
    const appender = log.openAppender();
    return {
      reset: () => appender.reset(),
      close: () => appender.close(),
      warm: (tp: never) => appender.warm?.(tp),
      append: async (batch, timeoutMs) => {
        const startedMs = wallMs();
        const outcomes = await appender.append(batch, timeoutMs);
        note(tracing, batch, outcomes, startedMs, system);
        return outcomes;
      },
    };
  };
  return {
    prepare: (topics: never) => log.prepare(topics), laneOf: (tp: never) => log.laneOf(tp), openAppender,
    read: (tp: never, fromOffset: number, options?: never) => log.read(tp, fromOffset, options), endOffset: (tp: never) => log.endOffset(tp), close: () => log.close(),
  } as unknown as L;
}

function note(tracing: Tracing, batch: readonly Batch[], outcomes: readonly Outcome[], startedMs: number, system: string): void {
  let left = SPANS_MAX;
  const requestRecords = batch.reduce((sum, { records }) => sum + records.length, 0);
  for (const [index, { topic, partition, records }] of batch.entries()) {
    const outcome = outcomes[index];
    for (const [at, { value }] of records.entries()) {
      const traceparent = traceparentIn(value);
      if (traceparent === undefined) continue;
      if ((left -= 1) < 0) return;
      const facts: SpanFacts = {
        'messaging.system': system, 'messaging.operation.type': 'send', 'messaging.destination.name': topic, 'messaging.destination.partition.id': String(partition),
        'messaging.batch.message_count': records.length, 'messaging.message.body.size': value.length, 'docket.append.records': requestRecords, 'docket.append.partitions': batch.length,
      };
      const span = tracing.open(`send ${topic}`, 'producer', { ...NO_TRACE, traceparent }, facts, startedMs);
      if (outcome?.kind === 'acknowledged') span.end({ 'docket.offset': outcome.baseOffset + at });
      else span.end(undefined, 'APPEND_UNKNOWN');
    }
  }
}

/** Of calls whose trace is recorded; undefined for all others. */
function traceparentIn(value: Uint8Array): string | undefined {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const at = bytes.indexOf(TRACE_FIELD);
  if (at < 0) return undefined;
  const start = at + TRACE_FIELD.length - '00-'.length;
  const text = bytes.toString('latin1', start, start + TRACEPARENT_LENGTH);
  return /-[0-9a-f][13579bdf]$/.test(text) ? text : undefined;
}
