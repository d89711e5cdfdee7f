import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { credentials, makeGenericClientConstructor, Metadata, Server, ServerCredentials } from '@grpc/grpc-js';
import type { ChannelCredentials, Client, ClientDuplexStream, ClientReadableStream, ClientUnaryCall, ClientWritableStream, requestCallback, ServiceError, ServerDuplexStream, ServerReadableStream, ServerUnaryCall, ServerWritableStream, sendUnaryData } from '@grpc/grpc-js';
import { FastGrpcServer } from './fast-grpc/fast-grpc.server.js';
import type { GrpcTransport } from './docket-grpc.server.js';
import type { TlsFiles } from './transport-security.js';

const FIXTURES = join(import.meta.dirname, 'fixtures');
export const TLS: TlsFiles = { cert: readFileSync(join(FIXTURES, 'tls.cert.pem')), key: readFileSync(join(FIXTURES, 'tls.key.pem')) };

export const MESSAGE_BYTES_MAX = 8 * 1024 * 1024;

const raw = (bytes: Buffer): Buffer => bytes;
const codecs = { requestSerialize: raw, requestDeserialize: raw, responseSerialize: raw, responseDeserialize: raw };

/** One method of each kind; messages are bytes. */
export const KINDS = {
  Unary: { path: '/spec.Kinds/Unary', requestStream: false, responseStream: false, ...codecs },
  Down: { path: '/spec.Kinds/Down', requestStream: false, responseStream: true, ...codecs },
  Up: { path: '/spec.Kinds/Up', requestStream: true, responseStream: false, ...codecs },
  Both: { path: '/spec.Kinds/Both', requestStream: true, responseStream: true, ...codecs },
  Nowhere: { path: '/spec.Kinds/Nowhere', requestStream: false, responseStream: false, ...codecs },
} as const;

export interface KindsHandlers {
  Unary(call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void;
  Down(call: ServerWritableStream<Buffer, Buffer>): void;
  Up(call: ServerReadableStream<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void;
  Both(call: ServerDuplexStream<Buffer, Buffer>): void;
}

type Options = { readonly deadline?: number };

export interface KindsClient extends Client {
  Unary(message: Buffer, metadata: Metadata, options: Options, done: requestCallback<Buffer>): ClientUnaryCall;
  Nowhere(message: Buffer, metadata: Metadata, options: Options, done: requestCallback<Buffer>): ClientUnaryCall;
  Down(message: Buffer, metadata?: Metadata, options?: Options): ClientReadableStream<Buffer>;
  Up(done: requestCallback<Buffer>): ClientWritableStream<Buffer>;
  Both(metadata?: Metadata, options?: Options): ClientDuplexStream<Buffer, Buffer>;
}

export interface KindsServer {
  readonly port: number;
  readonly bugs: readonly unknown[];
  tryShutdown(done: () => void): void;
  forceShutdown(): void;
}

/** The service on a free port, by either transport. */
export async function startKinds(transport: GrpcTransport, handlers: Partial<KindsHandlers>, tls?: TlsFiles): Promise<KindsServer> {
  const bugs: unknown[] = [];
  if (transport === 'fast') {
    const server = new FastGrpcServer({ messageBytesMax: MESSAGE_BYTES_MAX, tls, onBug: (error) => void bugs.push(error) });
    server.addService(KINDS, handlers as never);
    const port = await server.listen('127.0.0.1', 0);
    return { port, bugs, tryShutdown: (done) => server.tryShutdown(done), forceShutdown: () => server.forceShutdown() };
  }
  const server = new Server({ 'grpc.max_receive_message_length': MESSAGE_BYTES_MAX, 'grpc.max_send_message_length': MESSAGE_BYTES_MAX });
  server.addService(KINDS, handlers as never);
  const secured = tls === undefined ? ServerCredentials.createInsecure() : ServerCredentials.createSsl(null, [{ cert_chain: tls.cert, private_key: tls.key }]);
  const port = await new Promise<number>((resolve, reject) => server.bindAsync('127.0.0.1:0', secured, (error, bound) => (error === null ? resolve(bound) : reject(error))));
  return { port, bugs, tryShutdown: (done) => server.tryShutdown(() => done()), forceShutdown: () => server.forceShutdown() };
}

export function kindsClient(port: number, options: object = {}, channel: ChannelCredentials = credentials.createInsecure()): KindsClient {
  const Client = makeGenericClientConstructor(KINDS, 'Kinds');
  return new Client(`127.0.0.1:${port}`, channel, {
    'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1, 'grpc.use_local_subchannel_pool': 1, ...options,
  }) as unknown as KindsClient;
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

export const NONE = new Metadata();
export const text = (value: string): Buffer => Buffer.from(value);
export const echo: KindsHandlers['Unary'] = (call, answer) => answer(null, call.request);

/** A server and a client of it for each test of a suite; nothing may have gone wrong unseen after each. */
export function useKinds(transport: GrpcTransport) {
  const accidents: unknown[] = [];
  const note = (error: unknown): void => void accidents.push(error);
  let server: KindsServer | undefined;
  let client: KindsClient | undefined;
  beforeAll(() => void process.on('unhandledRejection', note).on('uncaughtExceptionMonitor', note));
  afterAll(() => void process.off('unhandledRejection', note).off('uncaughtExceptionMonitor', note));
  afterEach(() => {
    client?.close();
    server?.forceShutdown();
    expect(server?.bugs).toEqual([]);
    expect(accidents).toEqual([]);
  });
  return {
    get server(): KindsServer { return server!; },
    get client(): KindsClient { return client!; },
    serve: async (handlers: Partial<KindsHandlers>, options: object = {}, tls?: TlsFiles): Promise<void> => {
      server = await startKinds(transport, handlers, tls);
      client = kindsClient(server.port, options, tls === undefined ? credentials.createInsecure() : credentials.createSsl(tls.cert));
    },
    unary: (message: Buffer, metadata = NONE, deadlineMs?: number): Promise<Buffer> => new Promise((resolve, reject) => {
      client!.Unary(message, metadata, deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs }, (error, answer) => (error ? reject(error) : resolve(answer!)));
    }),
    failure: (call: Promise<unknown>): Promise<ServiceError> => call.then(() => { throw new Error('it did not fail'); }, (error: ServiceError) => error),
  };
}
