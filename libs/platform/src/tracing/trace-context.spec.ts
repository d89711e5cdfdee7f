import { Metadata } from '@grpc/grpc-js';
import fc from 'fast-check';
import { NO_TRACE, putTraceContext, readTraceparent, traceContextOf, traceparentOf } from './trace-context.js';

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const with_ = (entries: Readonly<Record<string, string>>): Metadata => {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(entries)) metadata.add(name, value);
  return metadata;
};

it('takes what W3C’s specification allows, later versions included', () => {
  expect(readTraceparent(TRACEPARENT)).toEqual({ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', flags: 1 });
  expect(traceparentOf(with_({ traceparent: `cc${TRACEPARENT.slice(2)}` }))).toBe(`cc${TRACEPARENT.slice(2)}`);
});

it.each([
  ['no trace id', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`], ['no parent id', `00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01`], ['version ff', `ff${TRACEPARENT.slice(2)}`],
  ['capitals', TRACEPARENT.toUpperCase()], ['too short', TRACEPARENT.slice(1)], ['something after it', `${TRACEPARENT}-x`], ['nothing', ''],
])('leaves out one with %s, and the state that came with it', (_, traceparent) => {
  expect(readTraceparent(traceparent)).toBeUndefined();
  expect(traceContextOf(with_({ traceparent, tracestate: 'a=1' }))).toEqual(NO_TRACE);
});

it('hands state and baggage on as they came, and leaves out what is longer than anybody must carry', () => {
  const context = traceContextOf(with_({ traceparent: TRACEPARENT, tracestate: 'a=1', baggage: 'b=2' }));
  expect(context).toEqual({ traceparent: TRACEPARENT, tracestate: 'a=1', baggage: 'b=2' });
  const onward = new Metadata();
  putTraceContext(onward, context);
  expect(onward.getMap()).toEqual(context);
  const long = traceContextOf(with_({ traceparent: TRACEPARENT, tracestate: 'a'.repeat(513), baggage: 'b'.repeat(8193) }));
  expect(long).toEqual({ traceparent: TRACEPARENT, tracestate: '', baggage: '' });
  const none = new Metadata();
  putTraceContext(none, NO_TRACE);
  expect(none.getMap()).toEqual({});
});

it('never fails, whatever a caller sends', () => {
  fc.assert(fc.property(fc.string(), (text) => {
    expect(readTraceparent(text) === undefined || /^[0-9a-f-]{55}$/.test(text)).toBe(true);
  }));
});
