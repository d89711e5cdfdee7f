import { EventEmitter } from 'node:events';
import { Duplex } from 'node:stream';
import type { DuplexOptions } from 'node:stream';
import { Metadata, status } from '@grpc/grpc-js';
import type { CallStatus } from './exchange.js';
import type { GrpcCall } from './grpc-call.js';

/** The status of what a handler failed with: its own, if it has one, as grpc-js reads it. */
export function statusOfError(error: unknown, trailer?: unknown): CallStatus {
  // Made for many calls, it stays the same object, so that its headers are written once.
  if (trailer === undefined && isSharedStatus(error)) return error;
  const { code, details, message, metadata } = (error ?? {}) as { code?: unknown; details?: unknown; message?: unknown; metadata?: unknown };
  const trailers = trailer instanceof Metadata ? trailer : metadata instanceof Metadata ? metadata : null;
  const fallback = typeof message === 'string' ? message : 'Unknown Error';
  if (!Number.isInteger(code)) return { code: status.UNKNOWN, details: fallback, metadata: trailers };
  return { code: code as number, details: typeof details === 'string' ? details : fallback, metadata: trailers };
}

function isSharedStatus(error: unknown): error is CallStatus {
  if (typeof error !== 'object' || error === null || error instanceof Error || !Object.isFrozen(error)) return false;
  const { code, details, metadata } = error as Partial<CallStatus>;
  return Number.isInteger(code) && typeof details === 'string' && metadata instanceof Metadata;
}

/** A unary call as its handler sees it: grpc-js' ServerUnaryCall. */
export class UnaryCall extends EventEmitter {
  readonly #call: GrpcCall;
  readonly metadata: Metadata;
  readonly request: object;
  cancelled = false;

  constructor(call: GrpcCall, request: object) {
    super();
    this.#call = call;
    this.metadata = call.metadata;
    this.request = request;
  }

  getDeadline(): number {
    return this.#call.deadlineMs;
  }

  getPath(): string {
    return this.#call.path;
  }

  getPeer(): string {
    return this.#call.peer();
  }

  getHost(): string {
    return this.#call.host;
  }

  sendMetadata(metadata: Metadata): void {
    this.#call.sendMetadata(metadata);
  }

  destroy(): this {
    return this;
  }
}

/** Answers that may wait for a client to read them before nothing more is read of it; a handler may not look after that. */
const ANSWERS_WAITING_MAX = 64;

/** A call with a stream in either direction, or in both, as its handler sees it: grpc-js' server streams. */
export class StreamCall extends Duplex {
  readonly #call: GrpcCall;
  readonly metadata: Metadata;
  readonly request: object | undefined;
  cancelled = false;
  #pending: CallStatus = { code: status.OK, details: 'OK' };
  #trailers: Metadata | undefined;
  #isReadLater = false;

  /** With a `request` there is nothing to read. */
  constructor(call: GrpcCall, request: object | undefined) {
    // One message read ahead: more of them, parsed, could be far larger than what the connection counts.
    super({ objectMode: true, readable: request === undefined, readableHighWaterMark: 1 } as DuplexOptions);
    this.#call = call;
    this.metadata = call.metadata;
    this.request = request;
    this.on('error', (error) => {
      this.#pending = statusOfError(error);
      this.end();
    });
  }

  getDeadline(): number {
    return this.#call.deadlineMs;
  }

  getPath(): string {
    return this.#call.path;
  }

  getPeer(): string {
    return this.#call.peer();
  }

  getHost(): string {
    return this.#call.host;
  }

  sendMetadata(metadata: Metadata): void {
    this.#call.sendMetadata(metadata);
  }

  /** The client is to read answers before it may ask more. */
  get isFull(): boolean {
    return this.writableLength > ANSWERS_WAITING_MAX;
  }

  override _read(): void {
    this.#isReadLater = this.isFull;
    if (!this.#isReadLater) this.#call.readNext();
  }

  override _write(message: object, _encoding: string, done: () => void): void {
    this.#call.sendMessage(message, () => {
      done();
      if (this.#isReadLater) this._read();
    });
  }

  override _final(done: () => void): void {
    done();
    this.#call.finish({ ...this.#pending, metadata: this.#pending.metadata ?? this.#trailers ?? null });
  }

  override end(metadata?: unknown): this {
    if (metadata instanceof Metadata) this.#trailers = metadata;
    return super.end();
  }
}
