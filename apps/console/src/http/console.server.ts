import { createServer as createHttp } from 'node:http';
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { Server } from '@nestjs/microservices';
import { DocketError } from '#errors';
import { parseAddress } from '#platform';
import type { Address, TlsFiles } from '#platform';
import type { Pages } from './pages.js';

const HEADER_BYTES_MAX = 16 * 1024;
const HEADERS_MS = 5_000;
const REQUEST_MS = 15_000;
const CONNECTIONS_MAX = 500;

export interface ConsoleServerOptions {
  readonly listen: string;
  /** The environment variable that sets it, for error messages. */
  readonly listenName: string;
  readonly tls: TlsFiles | undefined;
  readonly pages: Pick<Pages, 'answer'>;
}

/** Nest's side of the console: a transport whose messages are requests for pages. */
export class ConsoleServer extends Server {
  readonly #o: ConsoleServerOptions;
  readonly #server: HttpServer;
  #underWay = 0;
  #idle: (() => void) | undefined;
  #isStopping = false;

  constructor(options: ConsoleServerOptions) {
    super();
    this.#o = options;
    const handler = (request: IncomingMessage, response: ServerResponse): void => void this.#handle(request, response);
    const bounds = { maxHeaderSize: HEADER_BYTES_MAX };
    this.#server = options.tls === undefined ? createHttp(bounds, handler) : createHttps({ ...options.tls, ...bounds }, handler);
    this.#server.headersTimeout = HEADERS_MS;
    this.#server.requestTimeout = REQUEST_MS;
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  /** Where it listens; only once it does. */
  get address(): Address {
    return { host: parseAddress(this.#o.listen)!.host, port: (this.#server.address() as { port: number }).port };
  }

  override listen(callback: (error?: unknown, ...info: unknown[]) => void): void {
    const { host, port } = parseAddress(this.#o.listen)!;
    this.#server.once('error', (cause: NodeJS.ErrnoException) => callback(new DocketError('failed_precondition', {
      reason: 'CANNOT_LISTEN', message: `cannot listen on ${this.#o.listen} (${cause.code ?? cause.message}); set ${this.#o.listenName} to another address`, cause,
    })));
    this.#server.listen(port, host, () => callback(undefined, this.address));
  }

  /** Takes nothing new and lets requests end; after `timeoutMs` what is left is cut. Resolves to whether all of them ended. */
  async drain(timeoutMs: number): Promise<boolean> {
    if (!this.#server.listening) return true;
    this.#isStopping = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    if (this.#underWay > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.#idle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const isClean = this.#underWay === 0;
    this.#server.closeAllConnections();
    await closed;
    return isClean;
  }

  override async close(): Promise<void> {
    await this.drain(0);
  }

  override on(): never {
    throw new Error('the console’s transport has no events');
  }

  override unwrap<T>(): T {
    return this.#server as T;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#underWay += 1;
    // A browser that goes away in the middle is no news.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    try {
      const { status, headers, body } = await this.#o.pages.answer(request);
      response.writeHead(status, { ...headers, ...((this.#isStopping || !request.complete) && { connection: 'close' }) });
      await new Promise<void>((resolve) => {
        response.once('close', resolve);
        response.end(request.method === 'HEAD' ? undefined : body);
      });
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#idle?.();
    }
  }
}
