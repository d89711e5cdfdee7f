import { lookup } from 'node:dns/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import type { Metadata, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { DocketError } from '#errors';
import { toGrpcError } from '../grpc-error.js';
import { Http2Budget } from '../http2/http2.budget.js';
import { Http2Connection } from '../http2/http2.connection.js';
import type { Http2Exchange } from '../http2/http2-exchange.js';
import type { HttpRequestHead } from '../http2/request-head.js';
import { NODE_DNS_NAME } from '../node-tls/certificate.js';
import { notANode, type NodeTls } from '../node-tls/node-tls.js';
import { HOPS_KEY } from '../peers.js';
import type { TlsFiles } from '../transport-security.js';
import type { CallStatus } from './exchange.js';
import { GrpcCall } from './grpc-call.js';
import { isGrpc, timeoutMs } from './grpc-wire.js';
import { methodsOf, unimplementedStatus } from './methods.js';
import type { Method } from './methods.js';

export interface FastGrpcOptions {
  /** Of one message, either way. */
  readonly messageBytesMax: number;
  /** Without it the server speaks plaintext. */
  readonly tls: TlsFiles | undefined;
  /** How nodes show that they are nodes. With it, calls that were handed on are taken from nodes only; who shows no certificate is served as before. */
  readonly nodes?: NodeTls | undefined;
  /** Asked when a call's headers are there, before anything of its message is read: how it is refused, if it is. `allowedMs`: until its deadline; Infinity without one. */
  readonly gate?: ((path: string, metadata: Metadata, allowedMs: number) => CallStatus | undefined) | undefined;
  /** Told of errors that are no client's fault; the connection that met one is closed. */
  readonly onBug: (error: unknown) => void;
}

const HANDSHAKE_MS = 10_000;
/** Of all clients together; a connection that nothing happens on takes some 100 KiB. */
const CONNECTIONS_MAX = 4_096;
const CALLS_MAX = 32_768;
const HELD_BYTES_MAX = 256 * 1_024 * 1_024;
/** The first byte of a TLS connection; HTTP/2 in clear begins with a P. */
const TLS_HANDSHAKE = 0x16;
/** An address of a name that this machine does not have, such as ::1 where there is no IPv6. */
const NO_SUCH_ADDRESS = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);

/** A gRPC server without what Docket does not use of grpc-js, on an HTTP/2 of its own: a fifth of the CPU for a unary call. */
export class FastGrpcServer {
  readonly #options: FastGrpcOptions;
  readonly #methods = new Map<string, Method>();
  readonly #connections = new Set<Http2Connection>();
  readonly #budget = new Http2Budget(CALLS_MAX, HELD_BYTES_MAX);
  readonly #listeners: NetServer[] = [];
  /** Connections that have not said anything yet, where some speak TLS and some do not. */
  readonly #undecided = new Set<Socket>();
  #isLeaving = false;
  #onceEmpty: (() => void) | undefined;

  constructor(options: FastGrpcOptions) {
    this.#options = options;
  }

  addService(service: ServiceDefinition, implementation: UntypedServiceImplementation): void {
    for (const method of methodsOf(service, implementation)) this.#methods.set(method.path, method);
  }

  /** Listens on all addresses of a host. Resolves to the port. */
  async listen(host: string, port: number): Promise<number> {
    const addresses = [...new Set((await lookup(host, { all: true })).map(({ address }) => address))];
    let failure: unknown;
    let bound = port;
    for (const address of addresses) {
      try {
        bound = await this.#listenOn(address, bound);
      } catch (error) {
        if (!NO_SUCH_ADDRESS.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
        failure = error;
      }
    }
    if (this.#listeners.length === 0) throw failure;
    return bound;
  }

  /** Calls in flight, and the request bytes that wait for the rest of their message. */
  get load(): { readonly calls: number; readonly heldBytes: number } {
    return { calls: this.#budget.streams, heldBytes: this.#budget.heldBytes };
  }

  /** Takes no more calls; `done` when those in flight have ended and their connections are closed. */
  tryShutdown(done: () => void): void {
    this.#stopListening();
    this.#onceEmpty = done;
    for (const connection of this.#connections) connection.leave();
    this.#closed();
  }

  /** Cuts everything. */
  forceShutdown(): void {
    this.#stopListening();
    for (const connection of [...this.#connections]) connection.cut();
  }

  async #listenOn(address: string, port: number): Promise<number> {
    const { tls, nodes } = this.#options;
    const secured = tls === undefined && nodes === undefined ? undefined : this.#securedServer();
    const listener = tls !== undefined ? secured! : createServer((socket) => (secured === undefined ? this.#connect(socket) : this.#connectEither(socket, secured)));
    listener.maxConnections = CONNECTIONS_MAX;
    await new Promise<void>((resolve, reject) => listener.once('error', reject).listen(port, address, resolve));
    listener.on('error', this.#options.onBug);
    this.#listeners.push(listener);
    return (listener.address() as AddressInfo).port;
  }

  /** TLS for everybody who asks for it; nodes see their own certificate, and are asked for theirs. */
  #securedServer(): TlsServer {
    const { tls, nodes } = this.#options;
    const server = createTlsServer({
      ...(tls ?? nodes!.material), ALPNProtocols: ['h2'], handshakeTimeout: HANDSHAKE_MS,
      // Whoever has no node certificate is a gateway, and served; what is for nodes is refused call by call.
      ...(nodes && {
        ca: nodes.material.ca, requestCert: true, rejectUnauthorized: false,
        SNICallback: (name: string, done: (error: Error | null, context?: NodeTls['serverContext']) => void) => (name === NODE_DNS_NAME ? done(null, nodes.serverContext) : done(null)),
      }),
    }, (socket) => this.#connect(socket));
    // A handshake that fails is the client's affair.
    server.on('tlsClientError', (_error: Error, socket: TLSSocket) => socket.destroy());
    return server;
  }

  /** Gateways speak in clear here, nodes TLS: the first byte tells. */
  #connectEither(socket: Socket, secured: TlsServer): void {
    const gone = (): void => void socket.destroy();
    const timer = setTimeout(gone, HANDSHAKE_MS);
    const decided = (): void => {
      clearTimeout(timer);
      this.#undecided.delete(socket);
      socket.off('close', decided).off('error', gone).off('end', gone).off('readable', look);
    };
    const look = (): void => {
      const first = socket.read() as Buffer | null;
      if (first === null) return;
      decided();
      socket.unshift(first);
      if (first[0] === TLS_HANDSHAKE) secured.emit('connection', socket);
      else this.#connect(socket);
    };
    this.#undecided.add(socket);
    socket.on('close', decided).on('error', gone).on('end', gone).on('readable', look);
  }

  #stopListening(): void {
    this.#isLeaving = true;
    for (const listener of this.#listeners.splice(0)) listener.close();
    for (const socket of this.#undecided) socket.destroy();
  }

  #connect(socket: Socket): void {
    if (this.#isLeaving || ('alpnProtocol' in socket && socket.alpnProtocol !== 'h2')) return void socket.destroy();
    const { nodes } = this.#options;
    const isHandedOn = nodes === undefined ? undefined : (head: HttpRequestHead): boolean => head.metadata.get(HOPS_KEY).length > 0;
    const connection: Http2Connection = new Http2Connection(socket, {
      request: (exchange, head, isTooLarge) => {
        const why = isHandedOn?.(head) === true ? nodes!.whyStranger(socket) : undefined;
        if (why !== undefined) exchange.finish(toGrpcError(notANode(why)));
        else this.#serve(connection, exchange, head, isTooLarge);
      },
      closed: () => {
        this.#connections.delete(connection);
        this.#closed();
      },
      bug: this.#options.onBug,
    }, this.#budget);
    this.#connections.add(connection);
  }

  #closed(): void {
    if (this.#connections.size > 0) return;
    this.#onceEmpty?.();
    this.#onceEmpty = undefined;
  }

  #serve(connection: Http2Connection, exchange: Http2Exchange, head: HttpRequestHead, isTooLarge: boolean): void {
    if (isTooLarge) return exchange.finish(toGrpcError(tooMuchMetadata()));
    if (head.method !== 'POST') return connection.refuseHttp(exchange, 405);
    if (!isGrpc(head.contentType)) return connection.refuseHttp(exchange, 415);
    const method = this.#methods.get(head.path);
    if (method === undefined) return exchange.finish(unimplementedStatus(head.path));
    const refused = this.#budget.streams > this.#budget.streamsMax ? BUSY : this.#options.gate?.(head.path, head.metadata, head.timeout === '' ? Infinity : timeoutMs(head.timeout) ?? Infinity);
    if (refused !== undefined) return exchange.finish(refused);
    exchange.listen(new GrpcCall(exchange, head, method, this.#options));
  }
}

const BUSY: CallStatus = toGrpcError(new DocketError('resource_exhausted', {
  reason: 'TOO_MANY_CALLS', message: `${CALLS_MAX} calls are open on this node already`, metadata: { outcome: 'not_decided' }, retryAfterMs: 1_000,
}));

function tooMuchMetadata(): DocketError {
  return new DocketError('invalid_argument', { reason: 'METADATA_TOO_LARGE', message: 'the metadata has more than 16 KiB' });
}
