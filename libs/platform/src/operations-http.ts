import { createServer as createHttp } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { Registry } from 'prom-client';
import { parseAddress } from './address.js';
import type { Address } from './address.js';
import { cannotListen } from './docket-grpc.server.js';
import type { TlsFiles } from './transport-security.js';

export interface OperationsHttpOptions {
  readonly listen: string;
  /** The environment variable that sets it, for error messages. */
  readonly listenName: string;
  readonly tls: TlsFiles | undefined;
  readonly metrics: Registry;
  /** Whether the process takes traffic now. */
  readonly ready: () => boolean;
  /** What does not work beside what the process is for; `/healthz` says it. undefined: nothing. */
  readonly degraded?: (() => string | undefined) | undefined;
}

/** `/metrics` (Prometheus), `/healthz` (the process answers) and `/readyz` (it takes traffic). */
export class OperationsHttp {
  readonly #server: Server;
  readonly #options: OperationsHttpOptions;

  private constructor(options: OperationsHttpOptions) {
    this.#options = options;
    const handler = (request: IncomingMessage, response: ServerResponse): void => void this.#handle(request, response);
    this.#server = options.tls === undefined ? createHttp(handler) : createHttps({ ...options.tls }, handler);
    this.#server.headersTimeout = 5_000;
    this.#server.requestTimeout = 10_000;
  }

  /** Listens; rejects with a DocketError that names the setting to change. */
  static async start(options: OperationsHttpOptions): Promise<OperationsHttp> {
    const http = new OperationsHttp(options);
    const { host, port } = parseAddress(options.listen)!;
    await new Promise<void>((resolve, reject) => {
      http.#server.once('error', (error) => reject(cannotListen(options.listenName, options.listen, error)));
      http.#server.listen(port, host, resolve);
    });
    return http;
  }

  get address(): Address {
    const { host } = parseAddress(this.#options.listen)!;
    return { host, port: (this.#server.address() as { port: number }).port };
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'only GET\n');
    if (path === '/healthz') {
      const degraded = this.#options.degraded?.();
      return answer(response, 200, degraded === undefined ? 'ok\n' : `ok, but ${degraded}\n`);
    }
    if (path === '/readyz') return this.#options.ready() ? answer(response, 200, 'ready\n') : answer(response, 503, 'not ready\n');
    if (path !== '/metrics') return answer(response, 404, 'not found; try /metrics, /healthz or /readyz\n');
    try {
      answer(response, 200, await this.#options.metrics.metrics(), this.#options.metrics.contentType);
    } catch {
      answer(response, 500, 'metrics could not be collected\n');
    }
  }
}

function answer(response: ServerResponse, status: number, body: string, contentType = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
