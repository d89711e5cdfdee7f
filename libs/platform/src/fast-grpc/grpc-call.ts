import { Metadata, status } from '@grpc/grpc-js';
import { DocketError } from '#errors';
import { toGrpcError } from '../grpc-error.js';
import { malformedRequest } from '../malformed-request.js';
import { tooLarge } from '../too-large-message.js';
import type { CallStatus, Exchange, ExchangeListener, RequestHead } from './exchange.js';
import { ACCEPT_ENCODING, PREFIX_BYTES, timeoutMs } from './grpc-wire.js';
import { isPacking, unpack } from './unpack.js';
import { MessageReader, MessageTooLarge } from './message-reader.js';
import type { RawMessage } from './message-reader.js';
import type { Method } from './methods.js';
import { StreamCall, statusOfError, UnaryCall } from './server-calls.js';

const OK: CallStatus = { code: status.OK, details: 'OK' };
/** setTimeout's greatest delay; a later deadline is none. */
const TIMER_MS_MAX = 0x7fffffff;

export interface CallLimits {
  /** Of one message, either way. */
  readonly messageBytesMax: number;
}

/** One gRPC call between its exchange and its handler: messages, deadline, cancellation, status. */
export class GrpcCall implements ExchangeListener {
  readonly metadata: Metadata;
  /** Milliseconds since the epoch; Infinity without a deadline. */
  readonly deadlineMs: number;
  readonly path: string;
  readonly host: string;
  readonly #exchange: Exchange;
  readonly #method: Method;
  readonly #limits: CallLimits;
  readonly #encoding: string;
  readonly #timer: NodeJS.Timeout | undefined;
  #reader: MessageReader | undefined;
  #handled: UnaryCall | StreamCall | undefined;
  #stream: StreamCall | undefined;
  /** Of a unary call: its message as it came, until the request ends; unpacked or parsed it may be far larger. */
  #message: RawMessage | undefined;
  #onWritable: (() => void) | undefined;
  #wantsMessage: boolean;
  #isInflating = false;
  #isRequestEnded = false;
  #isOver = false;

  constructor(exchange: Exchange, head: RequestHead, method: Method, limits: CallLimits) {
    this.#exchange = exchange;
    this.#method = method;
    this.#limits = limits;
    this.#encoding = head.encoding;
    this.#wantsMessage = !method.requestStream;
    this.metadata = head.metadata;
    this.path = head.path;
    this.host = head.authority;
    const allowedMs = head.timeout === '' ? Infinity : timeoutMs(head.timeout);
    this.deadlineMs = allowedMs === undefined ? 0 : Date.now() + allowedMs;
    if (allowedMs === undefined) this.#refuse(badTimeout());
    else if (allowedMs <= TIMER_MS_MAX) this.#timer = setTimeout(() => this.#expire(), allowedMs);
    if (method.requestStream && !this.#isOver) this.#begin(undefined);
  }

  peer(): string {
    return this.#exchange.peer();
  }

  data(bytes: Buffer, isLast: boolean): void {
    if (this.#isOver) return;
    // The whole of a unary request in one frame: as it nearly always is.
    if (isLast && this.#reader === undefined && !this.#method.requestStream && isOneMessage(bytes)) return this.#beginWith(bytes.subarray(PREFIX_BYTES));
    this.#isRequestEnded = isLast;
    this.#reader ??= new MessageReader(this.#limits.messageBytesMax);
    this.#reader.push(bytes);
    this.#pump();
  }

  writable(): void {
    const done = this.#onWritable;
    this.#onWritable = undefined;
    done?.();
  }

  overloaded(): void {
    if (!this.#isOver) this.#refuse(new DocketError('resource_exhausted', { reason: 'CONNECTION_OVERLOADED', message: 'the unfinished messages of this connection are too large together; send fewer at a time' }));
  }

  gone(): void {
    if (this.#isOver) return;
    this.#over();
    this.#cancel();
  }

  /** The handler of a stream takes another message. */
  readNext(): void {
    this.#wantsMessage = true;
    this.#pump();
  }

  sendMetadata(metadata: Metadata): void {
    if (!this.#isOver) this.#exchange.sendHeaders(metadata);
  }

  sendMessage(message: object, done: () => void): void {
    if (this.#isOver) return done();
    const bytes = this.#serialized(message);
    if (bytes === undefined || this.#exchange.send(bytes)) return done();
    this.#onWritable = done;
  }

  finish(ending: CallStatus): void {
    if (this.#isOver) return;
    this.#over();
    this.#exchange.finish(ending);
    // A client that still sends is not listened to.
    const stream = this.#stream;
    if (stream !== undefined) process.nextTick(() => stream.destroy());
  }

  readonly #answer = (error: unknown, value?: object | null, trailer?: unknown): void => {
    if (this.#isOver) return;
    if (error) return this.finish(statusOfError(error, trailer));
    const bytes = this.#serialized(value ?? {});
    if (bytes === undefined) return;
    this.#exchange.send(bytes);
    this.finish(trailer instanceof Metadata ? { ...OK, metadata: trailer } : OK);
  };

  #beginWith(bytes: Buffer): void {
    const request = this.#parsed(bytes);
    if (request !== undefined) this.#begin(request);
  }

  /** Calls the handler. Not before the whole request is there, unless it is a stream. */
  #begin(request: object | undefined): void {
    const { requestStream, responseStream } = this.#method;
    if (requestStream || responseStream) this.#handled = this.#stream = new StreamCall(this, request);
    else this.#handled = new UnaryCall(this, request!);
    try {
      this.#method.handle(this.#handled, this.#answer);
    } catch {
      this.finish({ code: status.UNKNOWN, details: 'Unknown error' });
    }
  }

  /** Hands on whole messages, as many as are wanted, in their order. */
  #pump(): void {
    while (this.#wantsMessage && !this.#isInflating && !this.#isOver) {
      let found;
      try {
        found = this.#reader?.next();
      } catch (error) {
        return this.#refuse(error instanceof MessageTooLarge ? tooLarge(this.#limits.messageBytesMax) : malformedRequest());
      }
      if (found === undefined) return this.#isRequestEnded ? this.#ended() : this.#exchange.wantMore((this.#reader?.heldBytes ?? 0) + (this.#message?.bytes.length ?? 0));
      if (!this.#method.requestStream) this.#keep(found);
      else if (found.isCompressed) this.#inflate(found.bytes);
      else this.#deliver(found.bytes);
    }
  }

  #deliver(bytes: Buffer): void {
    if (!this.#method.requestStream) return this.#beginWith(bytes);
    const message = this.#parsed(bytes);
    if (message !== undefined) this.#wantsMessage = this.#stream!.push(message) && !this.#stream!.isFull;
  }

  #keep(message: RawMessage): void {
    if (this.#message === undefined) this.#message = message;
    else this.finish({ code: status.UNIMPLEMENTED, details: `Received a second request message for the method ${this.path}` });
  }

  /** Undefined: it is no message of the type, and the call has ended. */
  #parsed(bytes: Buffer): object | undefined {
    try {
      return this.#method.deserialize(bytes);
    } catch {
      this.#refuse(malformedRequest());
      return undefined;
    }
  }

  #ended(): void {
    if (this.#reader?.isEmpty === false) return this.#refuse(malformedRequest());
    this.#wantsMessage = false;
    if (this.#method.requestStream) return void this.#stream!.push(null);
    const message = this.#message;
    this.#message = undefined;
    if (message?.isCompressed === true) this.#inflate(message.bytes);
    else if (message !== undefined) this.#beginWith(message.bytes);
    else this.finish({ code: status.UNIMPLEMENTED, details: `Received no request message for the method ${this.path}` });
  }

  #inflate(bytes: Buffer): void {
    if (this.#encoding === '') return this.#refuse(malformedRequest());
    if (!isPacking(this.#encoding)) return this.#refuseEncoding();
    this.#isInflating = true;
    unpack({ packing: this.#encoding, bytes, bytesMax: this.#limits.messageBytesMax, isWanted: () => !this.#isOver }, (error, plain) => {
      this.#isInflating = false;
      if (error === null) this.#exchange.hold(plain.length);
      if (this.#isOver) return;
      if (error === null) this.#deliver(plain);
      else this.#refuse((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(this.#limits.messageBytesMax) : malformedRequest());
      this.#pump();
    });
  }

  #refuseEncoding(): void {
    const metadata = new Metadata();
    metadata.set('grpc-accept-encoding', ACCEPT_ENCODING);
    this.finish({ code: status.UNIMPLEMENTED, details: `messages are taken in these encodings: ${ACCEPT_ENCODING}`, metadata });
    this.#cancel();
  }

  #refuse(error: DocketError): void {
    this.finish(toGrpcError(error));
    this.#cancel();
  }

  #expire(): void {
    this.finish({ code: status.DEADLINE_EXCEEDED, details: 'Deadline exceeded' });
    this.#cancel();
  }

  /** Undefined: it could not be, and the call has ended. */
  #serialized(message: object): Uint8Array | undefined {
    try {
      const bytes = this.#method.serialize(message);
      if (bytes.length <= this.#limits.messageBytesMax) return bytes;
      this.finish({ code: status.RESOURCE_EXHAUSTED, details: `Sent message larger than max (${bytes.length} vs. ${this.#limits.messageBytesMax})` });
    } catch {
      this.finish({ code: status.INTERNAL, details: 'Error serializing response' });
    }
    return undefined;
  }

  /** Tells the handler that nobody waits for it any more; later, so that it does not run in the middle of a frame. */
  #cancel(): void {
    const call = this.#handled;
    if (call === undefined) return;
    call.cancelled = true;
    process.nextTick(() => {
      call.emit('cancelled', 'cancelled');
      call.destroy();
    });
  }

  #over(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#reader = undefined;
    this.#message = undefined;
    this.writable();
  }
}

function isOneMessage(bytes: Buffer): boolean {
  return bytes.length >= PREFIX_BYTES && bytes[0] === 0 && bytes.readUInt32BE(1) === bytes.length - PREFIX_BYTES;
}

function badTimeout(): DocketError {
  return new DocketError('invalid_argument', { reason: 'TIMEOUT_MALFORMED', message: 'grpc-timeout is no timeout: expected up to 8 digits and one of H, M, S, m, u, n' });
}
