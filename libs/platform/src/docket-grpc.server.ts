import { promisify } from 'node:util';
import { Server as GrpcServer, setLogger, status } from '@grpc/grpc-js';
import type { Metadata, ServerDuplexStream, ServerUnaryCall, ServerWritableStream, sendUnaryData } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import type { PackageDefinition } from '@grpc/proto-loader';
import { ServerGrpc } from '@nestjs/microservices';
import { HealthImplementation, protoPath as healthProto } from 'grpc-health-check';
import type { ServingStatus } from 'grpc-health-check';
import { isObservable, lastValueFrom } from 'rxjs';
import { packageDefinition, reflectedDefinition } from '#contracts';
import { DocketError } from '#errors';
import { formatAddress, parseAddress } from './address.js';
import type { Address } from './address.js';
import { asDocketError, toGrpcError } from './grpc-error.js';
import type { GrpcError } from './grpc-error.js';
import { FastGrpcServer } from './fast-grpc/fast-grpc.server.js';
import type { Logger } from './logger.js';
import { malformedRequest, markMalformedRequests, MALFORMED_REQUEST } from './malformed-request.js';
import type { NodeTls } from './node-tls/node-tls.js';
import { trailersOf } from './owner-trailers.js';
import { refuseTooLargeMessages } from './too-large-message.js';
import { grpcServerCredentials } from './transport-security.js';
import { putTraceContext, traceContextOf } from './tracing/trace-context.js';
import type { OpenSpan, SpanFacts, Tracing } from './tracing/tracing.js';
import type { TlsFiles } from './transport-security.js';

export interface DocketGrpcOptions {
  /** `host:port`; port 0 takes a free one. */
  readonly listen: string;
  /** The environment variable that sets it, for error messages. */
  readonly listenName: string;
  /** Without it the server speaks plaintext. */
  readonly tls: TlsFiles | undefined;
  /** How nodes show that they are nodes; for the `fast` transport only. */
  readonly nodes?: NodeTls | undefined;
  /** Proto packages whose services the app's controllers implement. */
  readonly packages: readonly string[];
  /** Full names of those services, each with its own health. */
  readonly services: readonly string[];
  /** Asked before anything of a call's message is read: how it is refused, if it is. `allowedMs`: until its deadline, or Infinity. For the `fast` transport only. */
  readonly gate?: (path: string, metadata: Metadata, allowedMs: number) => GrpcError | undefined;
  readonly logger: Logger;
  /** `fast`, the default, is Docket's own; `standard` is grpc-js, to compare with. Callers notice no difference. */
  readonly transport?: GrpcTransport;
  /** Unary calls are spans of it; undefined: nothing is traced. */
  readonly tracing?: Tracing | undefined;
  /** What a span says of an answer, beside how the call ended. */
  readonly answerFacts?: (answer: object) => SpanFacts | undefined;
}

export const GRPC_TRANSPORTS = ['fast', 'standard'] as const;
export type GrpcTransport = (typeof GRPC_TRANSPORTS)[number];

/** Arguments may be 1 MiB. Larger messages still arrive, up to here, so that they get a clear INVALID_ARGUMENT. */
const MESSAGE_BYTES_MAX = 8 * 1024 * 1024;
/** After the last answer has been handed over, how long its bytes may take to leave before connections are cut. */
const FLUSH_MS = 500;

/** What is the server's failure, and not the caller's, as OpenTelemetry's conventions for gRPC have it. */
const SERVER_FAILURES: ReadonlySet<number> = new Set([status.UNKNOWN, status.DEADLINE_EXCEEDED, status.UNIMPLEMENTED, status.INTERNAL, status.UNAVAILABLE, status.DATA_LOSS]);

const HEALTH_SERVICE = 'grpc.health.v1.Health';

/** Made once in a process: it takes a while. */
let reflected: PackageDefinition | undefined;

type Handler = (...args: unknown[]) => Promise<unknown>;

/**
 * Nest's gRPC transport with what it lacks: it listens only when every handler is in place, says on which port, answers
 * malformed messages with INVALID_ARGUMENT, drains before it closes, and calls unary handlers without an observable and
 * a copy of the call object per request.
 */
export class DocketGrpcServer extends ServerGrpc {
  readonly #options: DocketGrpcOptions;
  readonly #health: HealthImplementation;
  readonly #draining = new AbortController();
  readonly #statuses: Map<string, ServingStatus>;
  #inFlight = 0;
  #whenIdle: (() => void) | undefined;
  #address: Address | undefined;

  constructor(options: DocketGrpcOptions) {
    super({ package: [...options.packages], packageDefinition: markMalformedRequests(packageDefinition), url: options.listen });
    this.#options = options;
    // grpc-js prints to standard error, whole lines of its own; what matters comes back as an error anyway.
    const note = (...parts: unknown[]): void => options.logger.debug({ grpc: parts.map(String).join(' ') }, 'grpc-js');
    setLogger({ error: note, info: note, debug: note });
    this.#statuses = new Map(['', ...options.services].map((name) => [name, 'NOT_SERVING']));
    this.#health = new HealthImplementation(Object.fromEntries(this.#statuses));
  }

  /** Where it listens; throws before `listen`. */
  get address(): Address {
    if (this.#address === undefined) throw new Error('the gRPC server does not listen yet');
    return this.#address;
  }

  /** What clients have on the way at this server; undefined with the `standard` transport, which does not count it. */
  get load(): { readonly calls: number; readonly heldBytes: number } | undefined {
    const server = this.grpcClient as GrpcServer | FastGrpcServer | null;
    return server instanceof FastGrpcServer ? server.load : undefined;
  }

  /** Aborted when the server begins to drain: long streams then end by themselves. */
  get draining(): AbortSignal {
    return this.#draining.signal;
  }

  /** Health of the services by their full names: those not named do not serve. The server as a whole serves if all of them do. */
  setServing(serving: ReadonlySet<string>): void {
    const statusOf = (isServing: boolean): ServingStatus => (isServing ? 'SERVING' : 'NOT_SERVING');
    for (const name of this.#options.services) this.#setStatus(name, statusOf(serving.has(name)));
    this.#setStatus('', statusOf(this.#options.services.every((name) => serving.has(name))));
  }

  /** Who watches is told of changes, not of each time that it is looked. */
  #setStatus(name: string, status: ServingStatus): void {
    if (this.#statuses.get(name) === status) return;
    this.#statuses.set(name, status);
    this.#health.setStatus(name, status);
  }

  override async listen(callback: (error?: unknown, ...info: unknown[]) => void): Promise<void> {
    try {
      const server = this.#createServer();
      this.grpcClient = server;
      await this.bindEvents();
      // Of a server, both use `addService` only.
      this.#health.addToServer(server as GrpcServer);
      new ReflectionService((reflected ??= reflectedDefinition([healthProto])), { services: [...this.#options.services, HEALTH_SERVICE] }).addToServer(server as GrpcServer);
      this.#address = await this.#bind(server);
      callback(undefined, this.#address);
    } catch (error) {
      callback(error);
    }
  }

  /**
   * Refuses new calls, lets those in flight finish, ends long streams, closes. After `timeoutMs` what is left is cut.
   * Resolves to whether all calls finished.
   */
  async drain(timeoutMs: number): Promise<boolean> {
    const server = this.grpcClient as GrpcServer | FastGrpcServer | null;
    if (server === null || this.#address === undefined) return true;
    const closed = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    this.#draining.abort();
    const idle = new Promise<true>((resolve) => {
      if (this.#inFlight === 0) resolve(true);
      else this.#whenIdle = () => resolve(true);
    });
    const finished = await withTimeout(idle, timeoutMs, false as const);
    // Health watchers never end by themselves; everybody else has got the answer, which only has to leave the socket.
    if (finished) await withTimeout(closed, FLUSH_MS, undefined);
    server.forceShutdown();
    this.grpcClient = null;
    return finished;
  }

  override async close(): Promise<void> {
    await this.drain(0);
  }

  override createUnaryServiceMethod(handler: Handler) {
    return (call: ServerUnaryCall<object, object>, answered: sendUnaryData<object>): void => {
      if (call.request === MALFORMED_REQUEST) return answered(malformed());
      const { tracing } = this.#options;
      const span = tracing && this.#open(tracing, call);
      const callback = span === undefined ? answered : this.#ending(span, answered);
      this.#inFlight += 1;
      const run = (): Promise<unknown> => handler(call.request, call.metadata, call);
      (span === undefined ? run() : tracing!.within(span, run)).then(
        (result) => {
          if (!isObservable(result)) return callback(null, result as object, trailersOf(call));
          return lastValueFrom(result).then((value) => callback(null, value as object, trailersOf(call)), (error: unknown) => callback(this.#grpcError(error, call)));
        },
        (error: unknown) => callback(this.#grpcError(error, call)),
      ).catch((err: unknown) => {
        // The answer could not be handed over; nobody is left to tell.
        this.#options.logger.error({ err }, 'an answer was lost');
      }).finally(() => this.#ended());
    };
  }

  /** The call as a span. What handlers hand on, log and pass to other nodes is the metadata, which names that span from here on. */
  #open(tracing: Tracing, call: ServerUnaryCall<object, object>): OpenSpan {
    const [service = '', method = ''] = call.getPath().slice(1).split('/');
    const span = tracing.open(`${service}/${method}`, 'server', traceContextOf(call.metadata), { 'rpc.system': 'grpc', 'rpc.service': service, 'rpc.method': method });
    putTraceContext(call.metadata, span.context);
    return span;
  }

  #ending(span: OpenSpan, answered: sendUnaryData<object>): sendUnaryData<object> {
    return (error, value, trailer) => {
      const { code = status.UNKNOWN } = (error ?? { code: status.OK }) as { readonly code?: number };
      span.end({ 'rpc.grpc.status_code': code, ...(value && this.#options.answerFacts?.(value)) }, SERVER_FAILURES.has(code) ? status[code] : undefined);
      answered(error, value, trailer);
    };
  }

  /** A method that answers with a stream returns an async iterable; it is read as fast as the client takes it. */
  override createStreamServiceMethod(handler: Handler) {
    return async (call: ServerWritableStream<object, object>): Promise<void> => {
      if (call.request === MALFORMED_REQUEST) return void call.emit('error', malformed());
      this.#inFlight += 1;
      try {
        const answer = await handler(call.request, call.metadata, call);
        // An interceptor of Nest's wraps the iterable once more.
        const result = isObservable(answer) ? await lastValueFrom(answer) : answer;
        for await (const message of result as AsyncIterable<object>) {
          if (call.cancelled) return;
          if (!call.write(message)) await writable(call);
          if (call.cancelled) return;
        }
        call.end();
      } catch (error) {
        if (!call.cancelled) call.emit('error', this.#grpcError(error));
      } finally {
        this.#ended();
      }
    };
  }

  /**
   * A method with streams both ways gets the call itself; its promise ends with the stream, which it has ended then.
   * It may reject instead of ending it, but not after destroying it (as leaving a plain `for await` does).
   */
  override createStreamCallMethod(handler: Handler) {
    return async (stream: object): Promise<void> => {
      const call = stream as ServerDuplexStream<object, object>;
      this.#inFlight += 1;
      try {
        const result = await handler(call);
        if (isObservable(result)) await lastValueFrom(result);
      } catch (error) {
        if (!call.cancelled) call.emit('error', this.#grpcError(error));
      } finally {
        this.#ended();
      }
    };
  }

  #ended(): void {
    this.#inFlight -= 1;
    if (this.#inFlight === 0) this.#whenIdle?.();
  }

  /** The filter has translated already, unless something failed outside of it. */
  #grpcError(error: unknown, call?: object): GrpcError {
    const made = isGrpcError(error) ? error : toGrpcError(asDocketError(error, this.#options.logger));
    const trailers = call && trailersOf(call);
    if (trailers === undefined) return made;
    // Other calls may have the same.
    const metadata = made.metadata.clone();
    metadata.merge(trailers);
    return { ...made, metadata };
  }

  #createServer(): GrpcServer | FastGrpcServer {
    const { tls, nodes, gate, logger, transport } = this.#options;
    if (transport !== 'standard') {
      return new FastGrpcServer({ messageBytesMax: MESSAGE_BYTES_MAX, tls, nodes, gate, onBug: (err) => logger.error({ err }, 'an error in the gRPC transport') });
    }
    return new GrpcServer({
      'grpc.max_receive_message_length': MESSAGE_BYTES_MAX,
      'grpc.max_send_message_length': MESSAGE_BYTES_MAX,
      interceptors: [refuseTooLargeMessages(MESSAGE_BYTES_MAX)],
    });
  }

  async #bind(server: GrpcServer | FastGrpcServer): Promise<Address> {
    const { listen, listenName, tls } = this.#options;
    const { host, port } = parseAddress(listen)!;
    try {
      if (server instanceof FastGrpcServer) return { host, port: await server.listen(host, port) };
      return { host, port: await promisify(server.bindAsync.bind(server))(listen, grpcServerCredentials(tls)) };
    } catch (error) {
      throw cannotListen(listenName, listen, error as Error);
    }
  }
}

/** The error of a listener that cannot listen. */
export function cannotListen(name: string, address: string, cause: Error): DocketError {
  const taken = /EADDRINUSE/.test(cause.message) || (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
  const parsed = parseAddress(address);
  const shown = parsed === undefined ? address : formatAddress(parsed);
  return new DocketError('failed_precondition', {
    reason: taken ? 'ADDRESS_IN_USE' : 'CANNOT_LISTEN',
    message: taken
      ? `${shown} is already in use; set ${name} to another address`
      : `cannot listen on ${shown} (${name}): ${cause.message}`,
    cause,
  });
}

function malformed(): GrpcError {
  return toGrpcError(malformedRequest());
}

function isGrpcError(error: unknown): error is GrpcError {
  return typeof error === 'object' && error !== null && !(error instanceof Error) && 'code' in error && 'metadata' in error;
}

/** Resolves when a stream takes messages again, or never will. */
export function writable(call: ServerWritableStream<object, object> | ServerDuplexStream<object, object>): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of ['drain', 'cancelled', 'close']) call.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'cancelled', 'close']) call.on(event, done);
  });
}

async function withTimeout<T, F>(promise: Promise<T>, timeoutMs: number, fallback: F): Promise<T | F> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<F>((resolve) => {
    timer = setTimeout(() => resolve(fallback), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
