import { Metadata } from '@grpc/grpc-js';

/** W3C Trace Context, version 00 and what later versions keep of it: version, trace id, parent id, flags. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;
/** The specification has everybody carry as much of these; what is longer is not taken. */
const TRACESTATE_LENGTH_MAX = 512;
const BAGGAGE_LENGTH_MAX = 8192;

/** Where a call comes from, as its caller's tracing says; each '' if nothing was said or it is malformed. */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate: string;
  /** Handed on as it came; Docket records nothing of it. */
  readonly baggage: string;
}

export const NO_TRACE: TraceContext = { traceparent: '', tracestate: '', baggage: '' };

/** The ids of a traceparent; undefined if it is none. */
export function readTraceparent(text: string): { readonly traceId: string; readonly spanId: string; readonly flags: number } | undefined {
  const found = TRACEPARENT.exec(text);
  return found === null ? undefined : { traceId: found[1]!, spanId: found[2]!, flags: Number.parseInt(found[3]!, 16) };
}

/** The traceparent of a request's metadata, or ''. */
export function traceparentOf(metadata: Metadata): string {
  const [text] = metadata.get('traceparent');
  return typeof text === 'string' && TRACEPARENT.test(text) ? text : '';
}

/** What a request's metadata says. Without a traceparent the rest means nothing. */
export function traceContextOf(metadata: Metadata): TraceContext {
  const traceparent = traceparentOf(metadata);
  return { traceparent, tracestate: traceparent === '' ? '' : joined(metadata, 'tracestate', TRACESTATE_LENGTH_MAX), baggage: joined(metadata, 'baggage', BAGGAGE_LENGTH_MAX) };
}

/** Several headers of one name are one list. */
function joined(metadata: Metadata, name: string, lengthMax: number): string {
  const text = metadata.get(name).filter((value) => typeof value === 'string').join(',');
  return text.length > lengthMax ? '' : text;
}

/** Puts a context into the metadata of a call that goes out, in place of what was there. */
export function putTraceContext(metadata: Metadata, { traceparent, tracestate, baggage }: TraceContext): void {
  if (traceparent !== '') metadata.set('traceparent', traceparent);
  if (tracestate !== '') metadata.set('tracestate', tracestate);
  if (baggage !== '') metadata.set('baggage', baggage);
}
