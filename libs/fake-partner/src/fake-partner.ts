import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mintBody, sendError, sendFault } from './mint-answer.js';
import { DEFAULT_KNOBS, turned, type Knobs } from './knobs.js';
import { RequestLog, type LoggedRequest } from './request-log.js';
import { CANARY, Tokens } from './tokens.js';

export const MINT_PATH = '/partners/api/v2/refresh-token';
export const ORDERS_PATH = '/partners/api/v2/orders';
/** Turns knobs (POST), shows the request log (GET): for demonstrations and for tests in other processes. */
const KNOBS_PATH = '/_fake/knobs';
const REQUESTS_PATH = '/_fake/requests';
const REVOKE_PATH = '/_fake/revoke';

const BODY_BYTES_MAX = 64 * 1024;

export interface FakePartnerOptions {
  readonly knobs?: Partial<Knobs>;
  /** 0 takes a free one. Always on 127.0.0.1. */
  readonly port?: number;
  readonly apiKey?: string;
  readonly apiSecret?: string;
  /** Wall clock, ms since the epoch: of tokens' lives and of `Date`. */
  readonly now?: () => number;
}

/**
 * Stands in for a partner API that mints short-lived tokens from a long-lived secret. It guards nothing that is worth
 * anything: its secrets are made up and it listens on this machine only.
 */
export class FakePartner {
  readonly apiKey: string;
  apiSecret: string;
  readonly requests = new RequestLog();
  knobs: Knobs;
  readonly #tokens = new Tokens();
  readonly #now: () => number;
  readonly #server: Server;
  #gate: Promise<void> | undefined;

  private constructor({ knobs = {}, apiKey, apiSecret, now = Date.now }: FakePartnerOptions) {
    this.knobs = turned(DEFAULT_KNOBS, knobs);
    this.apiKey = apiKey ?? `key-${randomBytes(8).toString('hex')}`;
    this.apiSecret = apiSecret ?? `${CANARY}secret-${randomBytes(16).toString('hex')}`;
    this.#now = now;
    this.#server = createServer((request, response) => void this.#answer(request, response).catch(() => response.destroy()));
  }

  static async start(options: FakePartnerOptions = {}): Promise<FakePartner> {
    const fake = new FakePartner(options);
    await new Promise<void>((resolve, reject) => fake.#server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve));
    return fake;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  turn(knobs: Partial<Knobs>): void {
    this.knobs = turned(this.knobs, knobs);
  }

  revokeAll(): void {
    this.#tokens.revokeAll();
  }

  /** Mints that come from now on wait, however long, until the returned function is called. */
  holdMints(): () => void {
    let release = (): void => {};
    this.#gate = new Promise((resolve) => {
      release = () => {
        this.#gate = undefined;
        resolve();
      };
    });
    return () => release();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A caller that goes away is the caller's business.
    response.on('error', () => {});
    const body = await bodyOf(request);
    const path = (request.url ?? '').split('?', 1)[0]!;
    response.sendDate = false;
    if (this.knobs.dateSkewMs !== null) response.setHeader('date', new Date(this.#now() + this.knobs.dateSkewMs).toUTCString());
    if (body === undefined) return void response.writeHead(413).end();
    if (request.method === 'POST' && path === MINT_PATH) return this.#mint(request, response, body);
    if (path === ORDERS_PATH || path.startsWith(`${ORDERS_PATH}/`)) return this.#call(request, response, path);
    if (path.startsWith('/_fake/')) return this.#control(request, response, path, body);
    this.#log({ kind: 'other', request, path, credential: 'missing', generation: null, status: 404 });
    response.writeHead(404).end();
  }

  async #mint(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
    const path = MINT_PATH;
    const sent = header(request, 'api-secret');
    const isRight = sent === this.apiSecret && keyIn(body) === this.apiKey;
    const credential = isRight ? 'right' : sent === '' ? 'missing' : 'wrong';
    // Logged when it comes: a mint that is never answered is a mint.
    const logged = this.#log({ kind: 'mint', request, path, credential, generation: null, status: 0 });
    await this.#gate;
    if (this.knobs.mintLatencyMs > 0) await new Promise((resolve) => setTimeout(resolve, this.knobs.mintLatencyMs).unref());
    if (this.knobs.mintFault !== 'none') {
      logged.status = sendFault(response, this.knobs, sent);
      return;
    }
    if (!isRight) {
      logged.status = sendError(response, 401, this.knobs, sent);
      return;
    }
    const nowMs = this.#now();
    const token = this.#tokens.issue(this.knobs, nowMs);
    logged.generation = token.generation;
    logged.status = 200;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(mintBody(this.knobs, token, nowMs)));
  }

  #call(request: IncomingMessage, response: ServerResponse, path: string): void {
    const value = header(request, 'access-token');
    const token = this.#tokens.find(value, this.#now());
    const credential = token ? 'right' : value === '' ? 'missing' : 'wrong';
    const isAccepted = token !== undefined && !this.knobs.rejectAllCalls;
    this.#log({ kind: 'call', request, path, credential, generation: token?.generation ?? null, status: isAccepted ? 200 : 401 });
    if (isAccepted) return void response.writeHead(200, { 'content-type': 'application/json' }).end('{"data": []}');
    if (this.knobs.wwwAuthenticate) response.setHeader('www-authenticate', 'Bearer error="invalid_token"');
    sendError(response, 401, this.knobs, value);
  }

  #control(request: IncomingMessage, response: ServerResponse, path: string, body: string): void {
    const json = (value: unknown): void => void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (request.method === 'GET' && path === REQUESTS_PATH) return json(this.requests.entries);
    if (request.method === 'GET' && path === KNOBS_PATH) return json(this.knobs);
    if (request.method === 'POST' && path === REVOKE_PATH) {
      this.revokeAll();
      return json({});
    }
    if (request.method === 'POST' && path === KNOBS_PATH) {
      try {
        this.knobs = turned(this.knobs, JSON.parse(body));
        return json(this.knobs);
      } catch (error) {
        return void response.writeHead(400, { 'content-type': 'text/plain' }).end(`not knobs: ${error instanceof Error ? error.message : ''}\n`);
      }
    }
    response.writeHead(404).end();
  }

  #log({ request, ...entry }: Pick<LoggedRequest, 'kind' | 'path' | 'credential' | 'generation' | 'status'> & { request: IncomingMessage }): { -readonly [K in keyof LoggedRequest]: LoggedRequest[K] } {
    const logged = {
      at: this.#now(), method: request.method ?? '', ...entry,
      carriedToken: entry.kind === 'mint' && (header(request, 'access-token') !== '' || header(request, 'authorization') !== ''),
    };
    this.requests.add(logged);
    return logged;
  }
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
}

function keyIn(body: string): unknown {
  try {
    return (JSON.parse(body) as { apiKey?: unknown } | null)?.apiKey;
  } catch {
    return undefined;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}
