import { createServer as createHttp, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { Socket } from 'node:net';
import { DocketError } from '#errors';
import { isModernVersion, MessageError, readMessage, RPC } from '#mcp';
import { type Address, type Logger, parseAddress, Secret, type TlsFiles } from '#platform';
import type { Caller, McpHandler } from '../ports.js';
import { sendEmpty, sendError, sendJson } from './answer.js';
import { BodyError, readJsonBody } from './body.js';
import { Budget } from './budget.js';
import type { Arrival, EdgeContext } from './edge-context.js';
import { classify } from './era.js';
import { accepts, bearerOf, isHostAllowed, isJson, isOriginAllowed, mediaType, single } from './http-rules.js';
import { endSession, serveLegacy, serveSessionStream } from './legacy-requests.js';
import { EDGE_LIMITS, type EdgeLimits } from './limits.js';
import { serveModern } from './modern-requests.js';
import { challengeHeader, METADATA_PATH, protectedResource } from './protected-resource.js';
import { Pulse } from './pulse.js';
import { Sessions } from './sessions.js';

export interface McpEdgeOptions {
  /** `host:port`; port 0 takes a free one. */
  readonly listen: string;
  /** The environment variable that sets it, for error messages. */
  readonly listenName: string;
  readonly tls: TlsFiles | undefined;
  /** As clients reach it; undefined: as each request says. */
  readonly publicUrl: string | undefined;
  readonly allowedOrigins: readonly string[];
  readonly handler: McpHandler;
  readonly logger: Logger;
  /** Clients with sessions; without them only requests for themselves are served (H2). */
  readonly servesLegacy?: boolean;
  readonly limits?: Partial<EdgeLimits>;
}

/** What the edge holds now. */
export interface EdgeFigures {
  readonly connections: number;
  readonly requests: number;
  readonly streams: number;
  readonly sessions: number;
  readonly bufferedBytes: number;
}

const ENDPOINT = /^\/mcp\/([A-Za-z0-9][A-Za-z0-9._-]{0,127})$/;
const CORS_HEADERS = 'authorization, content-type, accept, last-event-id, mcp-protocol-version, mcp-session-id, mcp-method, mcp-name, traceparent, tracestate, baggage';

/** The gateway's HTTP side: who may come in, of which era a message is, sessions and streams, and bounds on all of it. */
export class McpEdge {
  readonly #o: McpEdgeOptions;
  readonly #limits: EdgeLimits;
  readonly #server: Server;
  readonly #context: EdgeContext;
  readonly #pulse: Pulse;
  readonly #requests: Budget;
  readonly #stopping = new AbortController();
  readonly #giveUp = new AbortController();
  readonly #watched = new Set<string>();
  #connections = 0;
  #idle: (() => void) | undefined;
  #stopped: Promise<boolean> | undefined;

  private constructor(options: McpEdgeOptions) {
    this.#o = options;
    this.#limits = { ...EDGE_LIMITS, ...options.limits };
    const limits = this.#limits;
    this.#pulse = new Pulse(limits.keepAliveMs);
    const outlet = { limits, buffered: new Budget(limits.bufferedBytesMax, limits.bufferedBytesPerGrantMax), pulse: this.#pulse };
    this.#requests = new Budget(limits.requestsMax, limits.requestsPerGrantMax);
    this.#context = {
      handler: options.handler, outlet, sessions: new Sessions(outlet, () => performance.now()), streams: new Budget(limits.streamsMax, limits.streamsPerGrantMax), logger: options.logger,
      stopping: this.#stopping.signal, giveUp: this.#giveUp.signal,
    };
    const settings = { maxHeaderSize: limits.headersBytesMax, headersTimeout: limits.headersTimeoutMs, requestTimeout: limits.bodyTimeoutMs, connectionsCheckingInterval: Math.min(5_000, limits.headersTimeoutMs), keepAlive: true, keepAliveInitialDelay: 30_000, noDelay: true };
    const handle = (request: IncomingMessage, response: ServerResponse): void => void this.#handle(request, response);
    this.#server = options.tls === undefined ? createHttp(settings, handle) : createHttps({ ...settings, ...options.tls }, handle);
    // Those beyond are told so; the many beyond that are closed at once.
    this.#server.maxConnections = limits.connectionsMax + Math.ceil(limits.connectionsMax / 8);
    this.#server.on('connection', (socket: Socket) => {
      this.#connections += 1;
      socket.once('close', () => { this.#connections -= 1; });
    });
    this.#server.keepAliveTimeout = 65_000;
  }

  /** Listens; rejects with a DocketError that names the setting to change. */
  static async start(options: McpEdgeOptions): Promise<McpEdge> {
    const edge = new McpEdge(options);
    const { host, port } = parseAddress(options.listen)!;
    await new Promise<void>((resolve, reject) => {
      edge.#server.once('error', (cause) => reject(new DocketError('failed_precondition', { reason: 'CANNOT_LISTEN', message: `${options.listenName}=${options.listen}: ${(cause as NodeJS.ErrnoException).code ?? cause.message}`, cause })));
      edge.#server.listen(port, host, resolve);
    });
    return edge;
  }

  get address(): Address {
    return { host: parseAddress(this.#o.listen)!.host, port: (this.#server.address() as { port: number }).port };
  }

  get figures(): EdgeFigures {
    const { streams, sessions, outlet } = this.#context;
    return { connections: this.#connections, requests: this.#requests.used, streams: streams.used, sessions: sessions.size, bufferedBytes: outlet.buffered.used };
  }

  /** Takes nothing new, ends streams, waits for what is under way for so long, then gives it up. Resolves to whether all of it ended. */
  stop(drainMs: number): Promise<boolean> {
    return (this.#stopped ??= this.#drain(drainMs));
  }

  async #drain(drainMs: number): Promise<boolean> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#stopping.abort();
    this.#context.sessions.release();
    this.#server.closeIdleConnections();
    if (this.#requests.used > 0) {
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([new Promise<void>((resolve) => { this.#idle = resolve; }), new Promise((resolve) => { timer = setTimeout(resolve, drainMs); })]);
      clearTimeout(timer);
    }
    const isFinished = this.#requests.used === 0;
    this.#giveUp.abort(new Error('the gateway stops'));
    this.#context.sessions.close('the gateway stops');
    // What was just answered may leave before the connections are cut.
    await new Promise((resolve) => setImmediate(resolve));
    this.#pulse.stop();
    this.#server.closeIdleConnections();
    const cut = setTimeout(() => this.#server.closeAllConnections(), 500);
    await closed;
    clearTimeout(cut);
    return isFinished;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    try {
      await this.#route(request, response);
    } catch (err) {
      this.#o.logger.error({ err }, 'an HTTP request could not be served');
      sendError(response, 500, RPC.internalError, 'the gateway failed to handle this request');
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '', query] = (request.url ?? '').split('?', 2);
    const doors = { listen: this.#o.listen, publicUrl: this.#o.publicUrl, allowedOrigins: this.#o.allowedOrigins };
    const origin = single(request, 'origin');
    if (!isHostAllowed(request.headers.host, doors)) return sendError(response, 403, RPC.notAdmitted, 'the header Host names another machine');
    if (!isOriginAllowed(origin, doors)) return sendError(response, 403, RPC.notAdmitted, 'web pages of this origin may not call (MCP_ALLOWED_ORIGINS)');
    if (origin !== undefined) {
      response.setHeader('access-control-allow-origin', origin);
      response.setHeader('access-control-expose-headers', 'mcp-session-id, www-authenticate, retry-after');
      response.setHeader('vary', 'Origin');
    }
    const metadataOf = path === METADATA_PATH ? '' : path.startsWith(`${METADATA_PATH}/`) ? path.slice(METADATA_PATH.length) : undefined;
    if (metadataOf !== undefined && (metadataOf === '' || ENDPOINT.test(metadataOf))) return this.#metadata(request, response, metadataOf);
    const serverId = ENDPOINT.exec(path)?.[1];
    if (serverId === undefined) return sendError(response, 404, RPC.invalidRequest, 'expected /mcp/<server id>');
    if (request.method === 'OPTIONS') return sendEmpty(response, 204, { 'access-control-allow-methods': 'POST, GET, DELETE', 'access-control-allow-headers': CORS_HEADERS, 'access-control-max-age': '600' });
    // Whatever is in a query ends up in logs on the way: a token least of all may be there (A2).
    if (query !== undefined) return sendError(response, 400, RPC.invalidRequest, 'expected no query: a grant token belongs in the header Authorization: Bearer …');
    if (this.#stopping.signal.aborted) return sendError(response, 503, RPC.busy, 'the gateway stops', { 'retry-after': '1', connection: 'close' });
    if (this.#connections > this.#limits.connectionsMax) return sendError(response, 503, RPC.busy, 'the gateway has as many connections as it may have', { 'retry-after': '5', connection: 'close' });
    const isPost = request.method === 'POST';
    if (!isPost && !this.#hasSessions(request)) return sendError(response, 405, RPC.invalidRequest, 'expected POST', { allow: 'POST' });
    const caller = await this.#admit(request, response, path, serverId);
    if (caller === undefined) return;
    const arrival = { request, response, caller };
    if (request.method === 'GET') return serveSessionStream(this.#context, arrival);
    if (request.method === 'DELETE') return endSession(this.#context, arrival);
    return this.#post(arrival);
  }

  /** Whether GET and DELETE mean anything: with a session's id, where there are sessions (H2). */
  #hasSessions(request: IncomingMessage): boolean {
    if (this.#o.servesLegacy === false || (request.method !== 'GET' && request.method !== 'DELETE')) return false;
    const version = single(request, 'mcp-protocol-version');
    return single(request, 'mcp-session-id') !== undefined && !(version !== undefined && isModernVersion(version.trim()));
  }

  #metadata(request: IncomingMessage, response: ServerResponse, path: string): void {
    if (request.method !== 'GET' && request.method !== 'HEAD') return sendError(response, 405, RPC.invalidRequest, 'expected GET', { allow: 'GET' });
    sendJson(response, 200, protectedResource(this.#baseUrl(request), path));
  }

  /** As this client reaches the gateway: `resource` must be what it has used (A1). */
  #baseUrl(request: IncomingMessage): string {
    const host = request.headers.host ?? '';
    return this.#o.publicUrl ?? `${this.#o.tls === undefined ? 'http' : 'https'}://${/^[A-Za-z0-9.:[\]_-]{1,255}$/.test(host) ? host : 'localhost'}`;
  }

  async #admit(request: IncomingMessage, response: ServerResponse, path: string, serverId: string): Promise<Caller | undefined> {
    const refuse = (error?: 'invalid_token', description?: string): undefined => {
      const header = challengeHeader(this.#baseUrl(request), path, { ...(error !== undefined && { error }), ...(description !== undefined && { description }) });
      sendError(response, 401, RPC.notAdmitted, description ?? 'expected a grant token in the header Authorization: Bearer dg_…', { 'www-authenticate': header });
    };
    const token = bearerOf(request);
    if (token === undefined) return request.headers.authorization === undefined ? refuse() : refuse('invalid_token', 'expected Authorization: Bearer and a grant token');
    const admission = await this.#o.handler.admit(new Secret(token), serverId);
    if (admission.admitted) return admission.caller;
    if (admission.because === 'unauthenticated') return refuse('invalid_token', 'the grant token is not valid: unknown, expired or revoked');
    if (admission.because === 'wrong_server') sendError(response, 403, RPC.notAdmitted, 'this grant is for another server');
    else sendError(response, 503, RPC.busy, 'it cannot be found out now whether this grant is valid', { 'retry-after': '1' });
    return undefined;
  }

  async #post(arrival: Arrival): Promise<void> {
    const { request, response, caller } = arrival;
    if (!isJson(request.headers['content-type'])) return sendError(response, 415, RPC.invalidRequest, 'expected the header Content-Type: application/json, in UTF-8');
    if (!['', 'identity'].includes(mediaType(request.headers['content-encoding']))) return sendError(response, 415, RPC.invalidRequest, 'expected a body without Content-Encoding');
    if (!accepts(request, 'application/json', 'text/event-stream')) return sendError(response, 406, RPC.invalidRequest, 'expected the header Accept: application/json, text/event-stream');
    if (!this.#requests.take(caller.grantId)) return sendError(response, 429, RPC.busy, 'too many requests are under way: of this grant, or in all', { 'retry-after': '1' });
    try {
      await this.#serve(arrival);
    } catch (error) {
      if (error instanceof BodyError) sendError(response, error.status, error.code, error.message);
      else if (error instanceof MessageError) sendError(response, 400, error.code, error.message, {}, error.id);
      else throw error;
    } finally {
      this.#requests.give(caller.grantId);
      if (this.#requests.used === 0) this.#idle?.();
    }
  }

  async #serve(arrival: Arrival): Promise<void> {
    const { request, response, caller } = arrival;
    const message = readMessage(await readJsonBody(request, this.#limits.bodyBytesMax, this.#context.outlet.buffered, caller.grantId));
    const classified = classify(message, { version: single(request, 'mcp-protocol-version'), method: single(request, 'mcp-method'), name: single(request, 'mcp-name') }, this.#o.servesLegacy !== false);
    if (classified.era === 'none') return sendJson(response, 400, { jsonrpc: '2.0', id: message.kind === 'request' ? message.id : null, error: { ...classified.error } });
    if (classified.era === 'modern' && message.kind !== 'response') return serveModern(this.#context, arrival, message, classified.version, classified.meta);
    if (message.kind === 'request' && message.method === 'initialize') this.#watch(caller);
    return serveLegacy(this.#context, arrival, message);
  }

  /** Ends a grant's sessions with the grant. */
  #watch(caller: Caller): void {
    if (this.#watched.has(caller.grantId)) return;
    this.#watched.add(caller.grantId);
    this.#o.handler.revoked(caller).addEventListener('abort', () => {
      this.#watched.delete(caller.grantId);
      this.#context.sessions.endOf(caller.grantId, 'the grant has ended');
    }, { once: true });
  }
}
