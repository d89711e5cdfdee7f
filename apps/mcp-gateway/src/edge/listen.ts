import { encodeEvent, errorMessage, isObject, type Json, type JsonObject, type Message, META, metaOf, notificationMessage, RPC, resultMessage, writeJson } from '#mcp';
import { type Exchange, type ListenFilter, type McpNotification, TASKS_EXTENSION } from '../ports.js';
import { sendError, sendJson } from './answer.js';
import type { Arrival, EdgeContext } from './edge-context.js';
import { EventSink } from './event-sink.js';

const URIS_MAX = 1_000;
const URI_LENGTH_MAX = 2_048;

/** `subscriptions/listen` (S1): what is honoured first, then only what was asked for, each with the subscription's id; an empty result if it ends here. */
export async function serveListen(context: EdgeContext, { response, caller }: Arrival, message: Extract<Message, { readonly kind: 'request' }>, exchange: Exchange, end: AbortController): Promise<void> {
  const { id } = message;
  const wanted = filterOf(message.params['notifications']);
  if (wanted === undefined) return sendJson(response, 200, errorMessage(id, { code: RPC.invalidParams, message: `expected params.notifications: toolsListChanged, promptsListChanged, resourcesListChanged (true or false), resourceSubscriptions (at most ${URIS_MAX} URIs)` }));
  if (isObject(message.params['notifications']) && message.params['notifications']['taskIds'] !== undefined && !takesTasks(exchange)) {
    return sendJson(response, 400, errorMessage(id, { code: RPC.missingClientCapability, message: `Missing required client capability: extensions["${TASKS_EXTENSION}"]`, data: { requiredCapabilities: { extensions: { [TASKS_EXTENSION]: {} } } } }));
  }
  if (!context.streams.take(caller.grantId)) return sendError(response, 429, RPC.busy, 'this grant, or the gateway, has as many streams open as it may have', { 'retry-after': '5', connection: 'close' }, id);
  const revoked = context.handler.revoked(caller);
  const stop = (): void => end.abort(new Error('the stream ends'));
  try {
    const honoured = honouredOf(wanted, (await context.handler.describe(exchange)).capabilities);
    const sink = new EventSink(response, context.outlet, caller.grantId, {}, stop);
    for (const signal of [revoked, context.stopping]) signal.addEventListener('abort', stop, { once: true });
    const send = (method: string, params: JsonObject): void => void sink.write(encodeEvent({ data: writeJson(notificationMessage(method, { ...params, _meta: { ...metaOf(params), [META.subscriptionId]: id } })) }));
    send('notifications/subscriptions/acknowledged', { notifications: honoured as JsonObject });
    if (revoked.aborted || context.stopping.aborted) stop();
    if (Object.keys(honoured).length > 0 && !end.signal.aborted) await passAll(context, honoured, exchange, send);
    sink.write(encodeEvent({ data: writeJson(resultMessage(id, { resultType: 'complete', _meta: { [META.subscriptionId]: id } })) }));
    sink.end();
  } catch (err) {
    context.logger.error({ err }, 'a subscription ended');
    if (response.headersSent) response.destroy();
    else sendJson(response, 200, errorMessage(id, { code: RPC.internalError, message: 'the gateway failed to handle this request' }));
  } finally {
    stop();
    for (const signal of [revoked, context.stopping]) signal.removeEventListener('abort', stop);
    context.streams.give(caller.grantId);
  }
}

/** Tasks are looked at, not listened to: who may, gets no word of them here; who may not is told so (K4). */
function takesTasks({ clientCapabilities: { extensions } }: Exchange): boolean {
  return isObject(extensions) && isObject(extensions[TASKS_EXTENSION]);
}

async function passAll({ handler }: EdgeContext, honoured: ListenFilter, exchange: Exchange, send: (method: string, params: JsonObject) => void): Promise<void> {
  for await (const { method, params } of untilAborted(handler.listen(honoured, exchange), exchange.signal)) if (isWanted({ method, params }, honoured)) send(method, params);
}

/** The items until the signal aborts, whether or not the source hears it. */
export async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  const aborted = Promise.withResolvers<undefined>();
  const abort = (): void => aborted.resolve(undefined);
  signal.addEventListener('abort', abort, { once: true });
  try {
    while (!signal.aborted) {
      const next = await Promise.race([iterator.next(), aborted.promise]);
      if (next === undefined || next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', abort);
    // Not waited for: a source that hangs would hang us.
    void iterator.return?.()?.catch(() => undefined);
  }
}

function isWanted({ method, params }: McpNotification, filter: ListenFilter): boolean {
  switch (method) {
    case 'notifications/tools/list_changed': return filter.toolsListChanged === true;
    case 'notifications/prompts/list_changed': return filter.promptsListChanged === true;
    case 'notifications/resources/list_changed': return filter.resourcesListChanged === true;
    case 'notifications/resources/updated': return typeof params['uri'] === 'string' && filter.resourceSubscriptions?.includes(params['uri']) === true;
    default: return false;
  }
}

function filterOf(value: Json | undefined): ListenFilter | undefined {
  if (!isObject(value)) return undefined;
  const { toolsListChanged = false, promptsListChanged = false, resourcesListChanged = false, resourceSubscriptions = [] } = value;
  if (![toolsListChanged, promptsListChanged, resourcesListChanged].every((flag) => typeof flag === 'boolean')) return undefined;
  if (!Array.isArray(resourceSubscriptions) || resourceSubscriptions.length > URIS_MAX) return undefined;
  if (!resourceSubscriptions.every((uri) => typeof uri === 'string' && uri.length <= URI_LENGTH_MAX)) return undefined;
  return {
    ...(toolsListChanged === true && { toolsListChanged }), ...(promptsListChanged === true && { promptsListChanged }), ...(resourcesListChanged === true && { resourcesListChanged }),
    ...(resourceSubscriptions.length > 0 && { resourceSubscriptions: resourceSubscriptions as string[] }),
  };
}

/** What of it is advertised; the rest nobody would ever send. */
function honouredOf(wanted: ListenFilter, capabilities: JsonObject): ListenFilter {
  const can = (group: string, what: string): boolean => isObject(capabilities[group]) && capabilities[group][what] === true;
  return {
    ...(wanted.toolsListChanged === true && can('tools', 'listChanged') && { toolsListChanged: true }),
    ...(wanted.promptsListChanged === true && can('prompts', 'listChanged') && { promptsListChanged: true }),
    ...(wanted.resourcesListChanged === true && can('resources', 'listChanged') && { resourcesListChanged: true }),
    ...(wanted.resourceSubscriptions !== undefined && can('resources', 'subscribe') && { resourceSubscriptions: wanted.resourceSubscriptions }),
  };
}
