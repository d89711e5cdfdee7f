import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorMessage, isObject, type JsonObject, LEGACY_VERSIONS, META, metaOf, type Message, MODERN_VERSIONS, negotiatedVersion, parseJson, readMessage, resultMessage, RPC, writeJson } from '#mcp';
import { Account } from './account.js';
import { DEMO_TOOLS } from './tools.js';

export const MCP_PATH = '/mcp';
/** What it was asked (GET), as the fake partner has it. */
const REQUESTS_PATH = '/_fake/requests';
const BODY_BYTES_MAX = 1024 * 1024;
const SESSIONS_MAX = 1_000;
const REQUESTS_MAX = 10_000;
const SERVER_INFO: JsonObject = { name: 'docket-demo', title: 'Demonstration partner', version: '1' };
const INSTRUCTIONS = 'Orders need a quote. Nothing here is real.';

export interface DemoServerOptions {
  /**
   * Whether the partner takes the token that came in `access-token`. Every call is checked, as a server does that passes it on.
   * Rejects when the partner cannot be asked.
   */
  accepts(token: string): Promise<boolean>;
  /** 0 takes a free one. Always on 127.0.0.1. */
  readonly port?: number;
}

/** One request as the server saw it. Never a token: only whether it was right. */
export interface DemoRequest {
  readonly era: 'modern' | 'legacy';
  readonly method: string;
  /** Of tools/call. */
  readonly tool: string;
  readonly credential: 'right' | 'wrong' | 'missing';
  readonly status: number;
}

/**
 * Stands in for a partner's MCP server: streamable HTTP of both eras, JSON answers, tools that are not real. Like the partner's own, it does
 * nothing without the partner's token in the header `access-token` (HTTP 401). It is bound to this machine and guards nothing of worth.
 */
export class DemoServer {
  readonly #accepts: DemoServerOptions['accepts'];
  readonly #server: Server;
  readonly #account = new Account();
  readonly #sessions = new Set<string>();
  #requests: DemoRequest[] = [];

  private constructor({ accepts }: DemoServerOptions) {
    this.#accepts = accepts;
    this.#server = createServer((request, response) => void this.#answer(request, response).catch(() => response.destroy()));
  }

  static async start(options: DemoServerOptions): Promise<DemoServer> {
    const demo = new DemoServer(options);
    await new Promise<void>((resolve, reject) => demo.#server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve));
    return demo;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${MCP_PATH}`;
  }

  /** The newest of them. */
  get requests(): readonly DemoRequest[] {
    return this.#requests;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    const path = (request.url ?? '').split('?', 1)[0];
    const body = await bodyOf(request);
    if (path === REQUESTS_PATH && request.method === 'GET') return json(response, 200, this.#requests as unknown as JsonObject);
    if (path !== MCP_PATH) return void response.writeHead(404).end();
    const sessionId = header(request, 'mcp-session-id');
    if (request.method === 'DELETE' && this.#sessions.delete(sessionId)) return void response.writeHead(204).end();
    if (request.method !== 'POST') return void response.writeHead(405, { allow: 'POST, DELETE' }).end();
    if (body === undefined) return void response.writeHead(413).end();
    let message: Message;
    try {
      message = readMessage(parseJson(body));
    } catch {
      return json(response, 400, errorMessage(null, { code: RPC.parseError, message: 'expected one JSON-RPC message' }));
    }
    await this.#message(message, request, response, sessionId);
  }

  async #message(message: Message, request: IncomingMessage, response: ServerResponse, sessionId: string): Promise<void> {
    if (message.kind !== 'request') return void response.writeHead(202).end();
    const { id, method, params } = message;
    const version = metaOf(params)[META.protocolVersion];
    const era = version === undefined ? 'legacy' : 'modern';
    const tool = method === 'tools/call' ? String(params['name']).slice(0, 128) : '';
    const token = header(request, 'access-token');
    const credential = token === '' ? 'missing' : (await this.#accepts(token)) ? 'right' : 'wrong';
    const refuse = (status: number, code: number, why: string, data?: JsonObject): void => {
      this.#log({ era, method, tool, credential, status });
      json(response, status, errorMessage(id, { code, message: why, ...(data && { data }) }));
    };
    if (credential !== 'right') return refuse(401, RPC.invalidRequest, 'the access token is missing or has expired');
    if (era === 'modern' && !(MODERN_VERSIONS as readonly unknown[]).includes(version)) {
      return refuse(400, RPC.unsupportedProtocolVersion, 'unsupported protocol version', { supported: [...MODERN_VERSIONS, ...LEGACY_VERSIONS], requested: String(version) });
    }
    if (era === 'legacy' && method !== 'initialize' && !this.#sessions.has(sessionId)) return refuse(sessionId === '' ? 400 : 404, RPC.invalidRequest, 'there is no such session');
    const result = this.#result(era, method, params, response);
    if (result === undefined) return refuse(era === 'modern' ? 404 : 200, RPC.methodNotFound, 'there is no such method');
    if (result === 'unknown tool') return refuse(200, RPC.invalidParams, 'Unknown tool');
    this.#log({ era, method, tool, credential, status: 200 });
    json(response, 200, resultMessage(id, era === 'modern' ? { resultType: 'complete', ...result, _meta: { [META.serverInfo]: SERVER_INFO } } : result));
  }

  #result(era: 'modern' | 'legacy', method: string, params: JsonObject, response: ServerResponse): JsonObject | 'unknown tool' | undefined {
    const cached = era === 'modern' ? { ttlMs: 300_000, cacheScope: 'public' } : {};
    if (method === 'tools/list') return { tools: [...DEMO_TOOLS], ...cached };
    if (method === 'tools/call') return this.#account.call(String(params['name']), isObject(params['arguments']) ? params['arguments'] : {}) ?? 'unknown tool';
    if (era === 'modern') return method === 'server/discover' ? { supportedVersions: [...MODERN_VERSIONS, ...LEGACY_VERSIONS], capabilities: { tools: {} }, instructions: INSTRUCTIONS, ...cached } : undefined;
    if (method === 'ping') return {};
    if (method !== 'initialize') return undefined;
    if (this.#sessions.size >= SESSIONS_MAX) this.#sessions.delete(this.#sessions.values().next().value!);
    const sessionId = randomUUID();
    this.#sessions.add(sessionId);
    response.setHeader('mcp-session-id', sessionId);
    return { protocolVersion: negotiatedVersion(String(params['protocolVersion'])), capabilities: { tools: {} }, serverInfo: SERVER_INFO, instructions: INSTRUCTIONS };
  }

  #log(entry: DemoRequest): void {
    // The oldest go: a demonstration may run for days.
    if (this.#requests.length >= REQUESTS_MAX) this.#requests = this.#requests.slice(REQUESTS_MAX / 2);
    this.#requests.push(entry);
  }
}

function json(response: ServerResponse, status: number, value: JsonObject): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(writeJson(value));
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
