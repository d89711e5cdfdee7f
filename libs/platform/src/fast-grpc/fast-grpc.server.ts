import { createSecureServer, createServer, constants } from 'node:http2';
import type { Http2SecureServer, Http2Server, IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { TlsFiles } from '../transport-security.js';
import { GrpcCall } from './grpc-call.js';
import { isGrpc } from './grpc-wire.js';
import { methodsOf, unimplementedStatus } from './methods.js';
import type { Method } from './methods.js';
import { headOf, NodeExchange } from './node-exchange.js';

export interface FastGrpcOptions {
  /** Of one message, either way. */
  readonly messageBytesMax: number;
  readonly tls: TlsFiles | undefined;
}

const HEADER_LIST_BYTES_MAX = 16 * 1024;
const STREAMS_MAX = 1_000;

/** A gRPC server without what Docket does not use of grpc-js: interceptors, channelz, name resolution. */
export class FastGrpcServer {
  readonly #options: FastGrpcOptions;
  readonly #methods = new Map<string, Method>();
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #server: Http2Server | Http2SecureServer;

  constructor(options: FastGrpcOptions) {
    this.#options = options;
    const settings = { maxConcurrentStreams: STREAMS_MAX, maxHeaderListSize: HEADER_LIST_BYTES_MAX };
    const limits = { settings, maxSendHeaderBlockLength: 64 * 1024 };
    this.#server = options.tls === undefined ? createServer(limits) : createSecureServer({ ...limits, ...options.tls });
    this.#server.setTimeout(0);
    this.#server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('close', () => this.#sessions.delete(session));
      session.on('error', () => undefined);
    });
    this.#server.on('secureConnection', (socket: NodeJS.EventEmitter) => socket.on('error', () => undefined));
    this.#server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => this.#serve(stream, headers));
  }

  addService(service: ServiceDefinition, implementation: UntypedServiceImplementation): void {
    for (const method of methodsOf(service, implementation)) this.#methods.set(method.path, method);
  }

  /** Resolves to the port. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  /** Takes no more calls; `done` when those in flight have ended and their connections are closed. */
  tryShutdown(done: () => void): void {
    let open = 1 + this.#sessions.size;
    const closed = (): void => {
      open -= 1;
      if (open === 0) done();
    };
    this.#server.close(closed);
    for (const session of this.#sessions) session.close(closed);
  }

  /** Cuts everything. */
  forceShutdown(): void {
    this.#server.close();
    for (const session of this.#sessions) (session.destroy as unknown as (code: number) => void).call(session, constants.NGHTTP2_CANCEL);
    this.#sessions.clear();
  }

  #serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    if (headers[':method'] !== 'POST') return refuseHttp(stream, 405);
    if (!isGrpc(headers['content-type'] ?? '')) return refuseHttp(stream, 415);
    const head = headOf(headers);
    const exchange = new NodeExchange(stream);
    const method = this.#methods.get(head.path);
    if (method !== undefined) return exchange.listen(new GrpcCall(exchange, head, method, this.#options));
    stream.on('error', () => undefined);
    exchange.finish(unimplementedStatus(head.path));
  }
}

function refuseHttp(stream: ServerHttp2Stream, httpStatus: number): void {
  stream.on('error', () => undefined);
  stream.respond({ ':status': httpStatus }, { endStream: true });
  stream.resume();
}
