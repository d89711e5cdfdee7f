import { withTracing } from './traced-log.js';
import { NO_TRACE, type TraceContext } from './trace-context.js';
import type { SpanFacts, Tracing } from './tracing.js';

interface Seen { readonly name: string; readonly parent: string; readonly facts: SpanFacts; readonly failure: string | undefined }

/** Keeps the spans that it is asked for. */
function recorder(): { readonly tracing: Tracing; readonly seen: Seen[] } {
  const seen: Seen[] = [];
  const open = (name: string, _role: string, parent: TraceContext, facts: SpanFacts) => ({ context: NO_TRACE, end: (more: SpanFacts = {}, failure?: string) => void seen.push({ name, parent: parent.traceparent, facts: { ...facts, ...more }, failure }) });
  return { tracing: { open } as unknown as Tracing, seen };
}

const traceparent = (n: number, flags = '01'): string => `00-${n.toString(16).padStart(32, 'a')}-${n.toString(16).padStart(16, 'b')}-${flags}`;
const record = (trace: string, extra = ''): { key: null; value: Buffer } => ({ key: null, value: Buffer.from(`{"data":{"agent":${JSON.stringify(extra)},"trace":"${trace}"}}`) });

async function append(batches: readonly { topic: string; partition: number; records: readonly { key: null; value: Buffer }[] }[], outcomes: readonly object[]): Promise<Seen[]> {
  const { tracing, seen } = recorder();
  const sent: unknown[] = [];
  const appender = { append: async (batch: unknown, _timeoutMs: number) => { sent.push(batch); return outcomes as never[]; }, reset: () => undefined, close: async () => undefined };
  const log = { prepare: async () => undefined, laneOf: () => 'lane', openAppender: () => appender, read: async () => [], endOffset: async () => 7, close: async () => undefined };
  const traced = withTracing(log, tracing, 'kafka', () => 1_000);
  expect(await traced.openAppender().append(batches as never, 5)).toBe(outcomes);
  // The very same batch: nothing of what is logged is touched.
  expect(sent).toEqual([batches]);
  expect(sent[0]).toBe(batches);
  expect([traced.laneOf(), await traced.endOffset()]).toEqual(['lane', 7]);
  return seen;
}

it('says of each traced call where it was logged and what went with it; of others nothing', async () => {
  const seen = await append([
    { topic: 't', partition: 3, records: [record(traceparent(1)), record(''), record(traceparent(2, '00')), record(traceparent(3, '03'))] },
    { topic: 't', partition: 4, records: [record(traceparent(4))] },
  ], [{ kind: 'acknowledged', baseOffset: 40 }, { kind: 'unknown' }]);
  expect(seen.map(({ name, parent, facts, failure }) => [name, parent, facts['messaging.destination.partition.id'], facts['docket.offset'], facts['messaging.batch.message_count'], facts['docket.append.records'], failure])).toEqual([
    ['send t', traceparent(1), '3', 40, 4, 5, undefined],
    ['send t', traceparent(3, '03'), '3', 43, 4, 5, undefined],
    ['send t', traceparent(4), '4', undefined, 1, 5, 'APPEND_UNKNOWN'],
  ]);
});

it('is not led by what callers write into their own texts', async () => {
  expect(await append([{ topic: 't', partition: 0, records: [record('', `"trace":"${traceparent(9)}"`), record(traceparent(5), `"trace":"${traceparent(9)}"`)] }], [{ kind: 'acknowledged', baseOffset: 0 }]))
    .toMatchObject([{ parent: traceparent(5) }]);
});

it('makes a bounded number of spans of one request', async () => {
  const records = Array.from({ length: 500 }, (_, n) => record(traceparent(n + 1)));
  expect(await append([{ topic: 't', partition: 0, records }], [{ kind: 'acknowledged', baseOffset: 0 }])).toHaveLength(128);
});
