import { isObject, type JsonObject, type Message, META, MODERN_VERSIONS, notificationMessage, RPC } from '#mcp';
import { ClientGone, type Exchange, type RpcAnswer } from '../ports.js';
import { sendEmpty } from './answer.js';
import { type Arrival, answered, type EdgeContext, modernMessage } from './edge-context.js';
import { paramHeadersOf } from './http-rules.js';
import { serveListen } from './listen.js';
import { passingOn } from './passing-on.js';
import { Reply } from './reply.js';
import { progressTokenOf, traceOf } from './traces.js';

/** Methods that only clients with sessions have. */
const OF_SESSIONS = new Set(['initialize', 'ping', 'logging/setLevel', 'resources/subscribe', 'resources/unsubscribe']);

const UNKNOWN: RpcAnswer = { error: { code: RPC.methodNotFound, message: 'Method not found' } };

/** Serves one message of the modern era: for itself, with nothing remembered of others (E1). */
export async function serveModern(context: EdgeContext, arrival: Arrival, message: Exclude<Message, { readonly kind: 'response' }>, version: string, meta: JsonObject): Promise<void> {
  const { response } = arrival;
  const end = new AbortController();
  if (message.kind === 'notification') {
    // A notification that would cancel has nothing to point at: closing the stream does that.
    if (message.method !== 'notifications/cancelled') context.handler.notification(message, exchangeOf(arrival, version, meta, end.signal, () => undefined));
    return sendEmpty(response, 202);
  }
  if (message.method === 'subscriptions/listen') {
    // Counted as a stream; it does not hold a request's place.
    void serveListen(context, arrival, message, exchangeOf(arrival, version, meta, end.signal, () => undefined), end);
    return;
  }
  const giveUp = (): void => end.abort(new Error('the gateway stops'));
  context.giveUp.addEventListener('abort', giveUp, { once: true });
  // The client has closed the stream: that cancels (C8).
  const reply = new Reply({ response, outlet: context.outlet, owner: arrival.caller.grantId, requestId: message.id, headers: {}, gone: () => end.abort(new ClientGone('the client has closed the stream')) });
  const isPassedOn = passingOn('modern', progressTokenOf(meta), () => levelOf(meta));
  const exchange = exchangeOf(arrival, version, meta, end.signal, (method, params) => {
    if (isPassedOn(method, params)) reply.send(notificationMessage(method, params));
  });
  try {
    const answer = OF_SESSIONS.has(message.method) ? UNKNOWN
      : await answered(context, message.method, () => (message.method === 'server/discover' ? discover(context, exchange) : context.handler.request(message, exchange)));
    const sent = modernMessage(message.id, answer);
    reply.answer(sent.message, sent.status);
  } finally {
    context.giveUp.removeEventListener('abort', giveUp);
  }
}

function exchangeOf({ request, caller }: Arrival, protocolVersion: string, meta: JsonObject, signal: AbortSignal, notify: Exchange['notify']): Exchange {
  const clientInfo = meta[META.clientInfo];
  const capabilities = meta[META.clientCapabilities];
  const progressToken = progressTokenOf(meta);
  const logLevel = levelOf(meta);
  const paramHeaders = paramHeadersOf(request);
  return {
    caller, era: 'modern', protocolVersion, clientCapabilities: isObject(capabilities) ? capabilities : {}, signal, notify, ...traceOf(request, meta),
    ...(isObject(clientInfo) && { clientInfo }), ...(progressToken !== undefined && { progressToken }), ...(logLevel !== undefined && { logLevel }), ...(paramHeaders !== undefined && { paramHeaders }),
  };
}

function levelOf(meta: JsonObject): string | undefined {
  const level = meta[META.logLevel];
  return typeof level === 'string' ? level : undefined;
}

async function discover({ handler }: EdgeContext, exchange: Exchange): Promise<RpcAnswer> {
  const { capabilities, serverInfo, instructions, ttlMs } = await handler.describe(exchange);
  return {
    result: {
      resultType: 'complete', supportedVersions: [...MODERN_VERSIONS], capabilities, ...(instructions !== undefined && { instructions }),
      // What is shown depends on the grant.
      ttlMs: Math.max(0, Math.round(ttlMs)), cacheScope: 'private', _meta: { [META.serverInfo]: serverInfo },
    },
  };
}
