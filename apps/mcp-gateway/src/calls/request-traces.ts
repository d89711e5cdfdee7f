import { NO_TRACE, readTraceparent, Tracing, type OpenSpan, type TraceContext } from '#platform';
import type { Exchange, RpcAnswer } from '../ports.js';
import type { CallFacts } from './tool-calls.js';

/** Methods under their own names; a client may send whatever it likes as one. */
const METHOD = /^(?:tools|prompts|resources|completion|tasks)\/[a-z/]{1,32}$/;
/** As much as the specification has everybody carry, of the characters that a header may have. */
const TRACESTATE = /^[\x20-\x7e]{1,512}$/;
/** Credentials of ours, in case a client puts one where it does not belong. */
const OURS = /\bd[gk]_[A-Za-z0-9]/;

/** One request of an agent as part of a trace. */
export interface TracedRequest {
  /** Of this request, for whatever it leads to. */
  readonly span: OpenSpan;
  /** The same exchange; what goes to the decider and upstream names the span. */
  readonly exchange: Exchange;
}

/** Begins the span of a request: in the agent's trace, or else in a new one. Where nothing is traced the agent's trace goes on as it came. */
export function openRequest(tracing: Tracing, method: string, given: Exchange): TracedRequest {
  const from = contextOf(given);
  const name = METHOD.test(method) ? method : 'other';
  const span = tracing.open(name, 'server', from, {
    'mcp.method.name': name, 'mcp.protocol.version': given.protocolVersion, 'docket.server': given.caller.serverId, 'docket.grant': given.caller.grantId,
  });
  return { span, exchange: span.context === from ? given : withTrace(given, span.context) };
}

/** Ends it: what it came to, never arguments or results. A tool is named once its call is in the log, under that name. */
export function endRequest(span: OpenSpan, answer: RpcAnswer, done: CallFacts | undefined): void {
  const failed = done?.verdict === 'UNDECIDED' ? 'UNDECIDED' : done?.outcome === 'UNKNOWN' || done?.outcome === 'NOT_SENT' ? done.outcome : undefined;
  span.end({
    ...('error' in answer && { 'rpc.jsonrpc.error_code': answer.error.code }),
    ...(done !== undefined && { 'docket.verdict': done.verdict, ...(done.outcome !== undefined && { 'docket.outcome': done.outcome }), ...(done.callId !== undefined && { 'docket.call_id': done.callId, 'gen_ai.tool.name': done.name }) }),
  }, failed);
}

/** What an agent's tracing says, where it is well-formed. Baggage is for the upstream alone: nobody here needs what an agent writes there. */
export function contextOf({ traceparent = '', tracestate = '' }: Pick<Exchange, 'traceparent' | 'tracestate'>): TraceContext {
  if (readTraceparent(traceparent) === undefined) return NO_TRACE;
  return { ...NO_TRACE, traceparent, tracestate: TRACESTATE.test(tracestate) && !OURS.test(tracestate) ? tracestate : '' };
}

/** In place of what was there: a tracestate belongs to its traceparent. */
export function withTrace<T extends Pick<Exchange, 'traceparent' | 'tracestate'>>(given: T, { traceparent, tracestate }: TraceContext): T {
  const { tracestate: _other, ...rest } = given;
  return { ...rest, traceparent, ...(tracestate !== '' && { tracestate }) } as T;
}
