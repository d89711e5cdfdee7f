import { isObject, type JsonObject, type Message, metaOf, negotiatedVersion, notificationMessage, isRequestId, RPC, writeJson } from '#mcp';
import type { Exchange, RpcAnswer } from '../ports.js';
import { sendEmpty, sendError, sendJson } from './answer.js';
import { type Arrival, answered, type EdgeContext, legacyMessage } from './edge-context.js';
import { isLogLevel, LOG_LEVELS } from './era.js';
import { EventSink } from './event-sink.js';
import { accepts, single } from './http-rules.js';
import { untilAborted } from './listen.js';
import { passingOn } from './passing-on.js';
import { Reply } from './reply.js';
import type { Session } from './session.js';
import { readEventId, type SessionStream } from './session-stream.js';
import { progressTokenOf, traceOf } from './traces.js';

type Request = Extract<Message, { readonly kind: 'request' }>;

/** The client's own affair: nobody is told. */
const OF_THE_EDGE = new Set(['notifications/initialized', 'notifications/progress']);
/** Methods that only modern clients have. */
const MODERN_ONLY = new Set(['server/discover', 'subscriptions/listen']);

/** Serves one message of a client with a session, or the `initialize` that begins one. */
export async function serveLegacy(context: EdgeContext, arrival: Arrival, message: Message): Promise<void> {
  const { request, response } = arrival;
  if (message.kind === 'request' && message.method === 'initialize') return initialize(context, arrival, message);
  const session = sessionOf(context, arrival, message.kind === 'request' ? message.id : null);
  if (session === undefined) return;
  if (message.kind === 'response') {
    session.answered(message.id, message.answer);
    return sendEmpty(response, 202);
  }
  if (message.kind === 'notification') {
    if (message.method === 'notifications/cancelled') {
      if (isRequestId(message.params['requestId'])) session.cancel(message.params['requestId']);
    } else if (!OF_THE_EDGE.has(message.method)) context.handler.notification(message, exchangeOf(session, request, metaOf(message.params), session.ended, () => undefined));
    return sendEmpty(response, 202);
  }
  return serveRequest(context, arrival, session, message);
}

async function initialize(context: EdgeContext, { request, response, caller }: Arrival, { id, params }: Request): Promise<void> {
  const { protocolVersion, capabilities = {}, clientInfo } = params;
  const invalid = typeof protocolVersion !== 'string' ? 'protocolVersion, a text' : !isObject(capabilities) ? 'capabilities, an object' : clientInfo !== undefined && !isObject(clientInfo) ? 'clientInfo, an object' : undefined;
  if (invalid !== undefined) return sendJson(response, 200, legacyMessage(id, { error: { code: RPC.invalidParams, message: `expected params.${invalid}` } }));
  const session = context.sessions.open({ caller, version: negotiatedVersion(protocolVersion as string), clientCapabilities: capabilities as JsonObject, ...(clientInfo !== undefined && { clientInfo: clientInfo as JsonObject }) });
  if (session === undefined) return sendError(response, 429, RPC.busy, 'this grant, or the gateway, has as many sessions as it may have', { 'retry-after': '5' }, id);
  const answer = await answered(context, 'initialize', async () => {
    const described = await context.handler.describe(exchangeOf(session, request, metaOf(params), session.ended, () => undefined));
    const { serverInfo, instructions } = described;
    return { result: { protocolVersion: session.facts.version, capabilities: described.capabilities, serverInfo, ...(instructions !== undefined && { instructions }) } };
  });
  if ('error' in answer || response.destroyed) context.sessions.end(session, 'it never began');
  sendJson(response, 200, legacyMessage(id, answer), 'error' in answer ? {} : { 'mcp-session-id': session.facts.id });
}

async function serveRequest(context: EdgeContext, { request, response, caller }: Arrival, session: Session, message: Request): Promise<void> {
  const { id, method, params } = message;
  const signal = session.begin(id);
  if (signal === undefined) return sendError(response, 400, RPC.invalidRequest, 'a request with this id is under way', {}, id);
  const meta = metaOf(params);
  // That the client is gone does not cancel (C8): it may come back for the answer.
  const reply = new Reply({ response, outlet: context.outlet, owner: caller.grantId, requestId: id, headers: {}, openStream: () => session.openStream(), gone: () => undefined });
  const isPassedOn = passingOn('legacy', progressTokenOf(meta), () => session.logLevel);
  const exchange: Exchange = {
    ...exchangeOf(session, request, meta, signal, (name, values) => {
      if (isPassedOn(name, values)) reply.send(notificationMessage(name, values));
    }),
    ...(session.canAnswerAny() && { ask: (name: string, values: JsonObject, until?: AbortSignal) => session.ask(reply, name, values, until === undefined ? signal : AbortSignal.any([signal, until])) }),
  };
  const cancelled = Promise.withResolvers<RpcAnswer>();
  const cancel = (): void => cancelled.resolve({ error: { code: session.ended.aborted ? RPC.sessionEnded : RPC.cancelled, message: session.ended.aborted ? 'the session has ended' : 'cancelled' } });
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const answer = await Promise.race([cancelled.promise, answered(context, method, () => respond(context, session, message, exchange))]);
    reply.answer(legacyMessage(id, answer));
  } finally {
    signal.removeEventListener('abort', cancel);
    session.finish(id);
  }
}

async function respond(context: EdgeContext, session: Session, message: Request, exchange: Exchange): Promise<RpcAnswer> {
  if (message.method === 'ping') return { result: {} };
  if (MODERN_ONLY.has(message.method)) return { error: { code: RPC.methodNotFound, message: 'Method not found' } };
  if (message.method !== 'logging/setLevel') return context.handler.request(message, exchange);
  const { level } = message.params;
  if (!isLogLevel(level)) return { error: { code: RPC.invalidParams, message: `expected params.level to be one of ${LOG_LEVELS.join(', ')}` } };
  session.logLevel = level;
  return { result: {} };
}

/** GET: the session's own stream, or one of its streams from an event on (S4). */
export function serveSessionStream(context: EdgeContext, arrival: Arrival): void {
  const { request, response, caller } = arrival;
  if (!accepts(request, 'text/event-stream')) return sendError(response, 406, RPC.invalidRequest, 'expected the header Accept: text/event-stream');
  const session = sessionOf(context, arrival, null);
  if (session === undefined) return;
  const lastEventId = single(request, 'last-event-id');
  const place = lastEventId === undefined ? undefined : readEventId(lastEventId);
  const stream: SessionStream | undefined = lastEventId === undefined ? session.standalone : place === undefined ? undefined : session.stream(place.streamId);
  if (stream === undefined) return sendError(response, 400, RPC.invalidRequest, 'Last-Event-ID names no event of this session that is still kept');
  if (!context.streams.take(caller.grantId)) return sendError(response, 429, RPC.busy, 'this grant, or the gateway, has as many streams open as it may have', { 'retry-after': '5', connection: 'close' });
  const sink = new EventSink(response, context.outlet, caller.grantId, {}, () => {
    context.streams.give(caller.grantId);
    session.lastUsedMs = performance.now();
  });
  stream.attach(sink, { isPrimed: session.isPrimed, ...(place !== undefined && { after: place.seq }) });
  if (context.stopping.aborted) stream.release();
  else if (stream === session.standalone) void hear(context, session, request);
}

const ALL_LISTS = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true };

/** Tells a session what changes, from its first GET on until it ends. */
async function hear(context: EdgeContext, session: Session, request: Arrival['request']): Promise<void> {
  if (session.isListening) return;
  session.isListening = true;
  try {
    const exchange = exchangeOf(session, request, {}, session.ended, () => undefined);
    for await (const { method, params } of untilAborted(context.handler.listen(ALL_LISTS, exchange), session.ended)) session.standalone.send(writeJson(notificationMessage(method, params)));
  } catch (err) {
    context.logger.error({ err }, 'a session is no longer told what changes');
  } finally {
    session.isListening = false;
  }
}

/** DELETE: the client is done with its session. */
export function endSession(context: EdgeContext, arrival: Arrival): void {
  const session = sessionOf(context, arrival, null);
  if (session === undefined) return;
  context.sessions.end(session, 'ended by the client');
  sendEmpty(arrival.response, 204);
}

/** The caller's session that the request names; answers it itself if there is none (S3). */
function sessionOf({ sessions }: EdgeContext, { request, response, caller }: Arrival, id: string | number | null): Session | undefined {
  const sessionId = single(request, 'mcp-session-id');
  if (sessionId === undefined) {
    sendError(response, 400, RPC.invalidRequest, 'expected the header Mcp-Session-Id, as initialize was answered with', {}, id);
    return undefined;
  }
  const session = sessions.find(caller, sessionId);
  if (session === undefined) sendError(response, 404, RPC.sessionEnded, 'there is no such session (any more): begin a new one with initialize', {}, id);
  return session;
}

function exchangeOf(session: Session, request: Arrival['request'], meta: JsonObject, signal: AbortSignal, notify: Exchange['notify']): Exchange {
  const { caller, version, clientCapabilities, clientInfo, id } = session.facts;
  const progressToken = progressTokenOf(meta);
  return {
    caller, era: 'legacy', protocolVersion: version, clientCapabilities, sessionId: id, logLevel: session.logLevel, signal, notify, ...traceOf(request, meta),
    ...(clientInfo !== undefined && { clientInfo }), ...(progressToken !== undefined && { progressToken }),
  };
}
