import type { Json, JsonObject } from '#mcp';
import { isObject } from '#mcp';
import { type Exchange, type McpNotification, TASKS_EXTENSION, type UpstreamCall } from '../ports.js';

/** Notifications that belong to the request under way; what else an upstream says goes to those that listen. */
const LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];
/** Keys of `_meta` that are of the transport to us, or ours (C6). */
const OWN_META = /^(?:io\.modelcontextprotocol\/(?:protocolVersion|clientCapabilities|clientInfo|logLevel|subscriptionId)|progressToken|docket\/.*)$/;

/** How a request is handed to an upstream on behalf of this exchange. @param told progress that the client was told last */
export function upstreamCall(exchange: Exchange, told: { value: number }, inputSchema?: JsonObject): UpstreamCall {
  const { signal, clientCapabilities, progressToken, logLevel, traceparent, tracestate, baggage, paramHeaders, ask } = exchange;
  return {
    signal, clientCapabilities: withoutTasks(clientCapabilities), onNotification: (message) => relay(message, exchange, told),
    ...(ask !== undefined && { onRequest: (method, params, until) => ask.call(exchange, method, params, until) }),
    ...(progressToken !== undefined && { progressToken }), ...(logLevel !== undefined && { logLevel }), ...(traceparent !== undefined && { traceparent }),
    ...(tracestate !== undefined && { tracestate }), ...(baggage !== undefined && { baggage }), ...(paramHeaders !== undefined && { paramHeaders }), ...(inputSchema !== undefined && { inputSchema }),
  };
}

/** Tasks of a server's own are not followed: it is not told that the client could (I4). */
function withoutTasks(capabilities: JsonObject): JsonObject {
  const { extensions } = capabilities;
  if (!isObject(extensions) || !Object.hasOwn(extensions, TASKS_EXTENSION)) return capabilities;
  return { ...capabilities, extensions: Object.fromEntries(Object.entries(extensions).filter(([name]) => name !== TASKS_EXTENSION)) as JsonObject };
}

function relay({ method, params }: McpNotification, exchange: Exchange, told: { value: number }): void {
  if (exchange.signal.aborted) return;
  if (method === 'notifications/progress') {
    const { progress } = params;
    // Strictly increasing, under the client's own token (C7).
    if (exchange.progressToken === undefined || typeof progress !== 'number' || !(progress > told.value)) return;
    told.value = progress;
    exchange.notify(method, { ...params, progressToken: exchange.progressToken });
  } else if (method === 'notifications/message') {
    const { logLevel } = exchange;
    if (logLevel === undefined) {
      if (exchange.era === 'legacy') exchange.notify(method, params);
    } else if (LEVELS.indexOf(String(params['level'])) >= LEVELS.indexOf(logLevel)) exchange.notify(method, params);
  }
}

/** `params` as they go upstream: with what the client has said beside the protocol's own, and without what is ours. */
export function paramsUpstream(params: JsonObject, changed: JsonObject): JsonObject {
  // `task` is of a revision that had tasks of another kind, and means nothing here (K8).
  const { _meta, requestState: _state, inputResponses: _responses, task: _task, ...rest } = params;
  const meta = isObject(_meta) ? withoutOwn(_meta) : {};
  return { ...rest, ...changed, ...(Object.keys(meta).length > 0 && { _meta: meta }) };
}

/** `_meta` of a result without keys that only the gateway may use: an upstream cannot speak for it. */
export function resultDown(result: JsonObject): JsonObject {
  const { _meta } = result;
  if (!isObject(_meta) || !Object.keys(_meta).some((key) => key.startsWith('docket/'))) return result;
  return { ...result, _meta: Object.fromEntries(Object.entries(_meta).filter(([key]) => !key.startsWith('docket/'))) };
}

function withoutOwn(meta: JsonObject): Record<string, Json> {
  return Object.fromEntries(Object.entries(meta).filter((entry): entry is [string, Json] => !OWN_META.test(entry[0]) && entry[1] !== undefined));
}
