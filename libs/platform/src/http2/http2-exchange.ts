import type { Metadata } from '@grpc/grpc-js';
import type { CallStatus, Exchange, ExchangeListener } from '../fast-grpc/exchange.js';
import { PREFIX_BYTES } from '../fast-grpc/grpc-wire.js';
import type { Http2Budget } from './http2.budget.js';
import type { Outbox } from './outbox.js';

/** Request bytes that a stream's client may send ahead of what is read. */
export const STREAM_WINDOW_BYTES = 256 * 1_024;
/** Request bytes of one connection that may wait for the rest of their message, or of their request. */
const HELD_BYTES_MAX = 64 * 1_024 * 1_024;

/** What a stream needs of its connection. */
export interface StreamOwner {
  readonly peer: string;
  /** Request bytes of all streams that nobody has taken yet: of this connection, and of all. */
  heldBytes: number;
  readonly budget: Http2Budget;
  ended(exchange: Http2Exchange): void;
}

/** One stream of a connection. The connection calls what begins with `on`; the call uses the rest. */
export class Http2Exchange implements Exchange {
  readonly id: number;
  readonly #connection: StreamOwner;
  readonly #outbox: Outbox;
  #listener: ExchangeListener | undefined;
  /** What may be sent, and what the client may send. */
  #sendWindow: number;
  #receiveWindow = STREAM_WINDOW_BYTES;
  #hasHeaders = false;
  #isRequestEnded = false;
  #isClosed = false;
  /** Framed messages that the windows have no room for yet; `#sent` bytes of the first have left. */
  readonly #queue: Buffer[] = [];
  #sent = 0;
  #isBehind = false;
  #ending: CallStatus | undefined;
  /** Bytes of the request that nobody has taken yet. */
  heldBytes = 0;

  constructor(connection: StreamOwner, outbox: Outbox, id: number, sendWindow: number) {
    this.#connection = connection;
    this.#outbox = outbox;
    this.id = id;
    this.#sendWindow = sendWindow;
  }

  listen(listener: ExchangeListener): void {
    this.#listener = listener;
  }

  peer(): string {
    return this.#connection.peer;
  }

  sendHeaders(metadata: Metadata | undefined): void {
    if (this.#hasHeaders || this.#isClosed) return;
    this.#hasHeaders = true;
    this.#outbox.headers(this.id, metadata);
  }

  send(message: Uint8Array): boolean {
    if (this.#isClosed) return true;
    if (!this.#hasHeaders) this.sendHeaders(undefined);
    const length = PREFIX_BYTES + message.length;
    if (this.#queue.length === 0 && length <= this.#sendWindow && this.#outbox.message(this.id, message)) {
      this.#sendWindow -= length;
    } else {
      this.#queue.push(framed(message));
      this.#drain();
    }
    this.#isBehind = this.#queue.length > 0 || this.#outbox.isBehind;
    return !this.#isBehind;
  }

  finish(status: CallStatus): void {
    if (this.#isClosed) return;
    if (this.#queue.length > 0) {
      this.#ending = status;
      return;
    }
    this.#outbox.status(this.id, status, this.#hasHeaders);
    if (!this.#isRequestEnded) this.#outbox.reset(this.id);
    this.#close();
  }

  hold(bytes: number): void {
    if (this.#isClosed) return;
    this.#count(bytes);
    const { heldBytes, budget } = this.#connection;
    if (heldBytes > HELD_BYTES_MAX || budget.heldBytes > budget.heldBytesMax) this.#listener?.overloaded();
  }

  wantMore(heldBytes: number): void {
    if (this.#isClosed) return;
    this.#count(heldBytes - this.heldBytes);
    const grant = STREAM_WINDOW_BYTES - this.#receiveWindow;
    if (this.#isRequestEnded || grant < STREAM_WINDOW_BYTES / 2) return;
    this.#receiveWindow += grant;
    this.#outbox.windowUpdate(this.id, grant);
  }

  /** False: the client sent more than it was allowed to. */
  onData(bytes: Buffer, frameBytes: number, isLast: boolean): boolean {
    if (this.#isRequestEnded) return false;
    this.#receiveWindow -= frameBytes;
    if (this.#receiveWindow < 0) return false;
    this.#isRequestEnded = isLast;
    this.#count(bytes.length);
    this.#listener?.data(bytes, isLast);
    this.hold(0);
    return true;
  }

  get isRequestEnded(): boolean {
    return this.#isRequestEnded;
  }

  /** False: the window is larger than there can be. */
  onWindow(change: number, windowBytesMax: number): boolean {
    this.#sendWindow += change;
    if (this.#sendWindow > windowBytesMax) return false;
    this.onRoom();
    return true;
  }

  /** The stream, the connection or the socket has room again. */
  onRoom(): void {
    if (this.#queue.length > 0) this.#drain();
    if (this.#queue.length > 0) return;
    if (this.#ending !== undefined) return this.finish(this.#ending);
    if (!this.#isBehind || this.#outbox.isBehind) return;
    this.#isBehind = false;
    this.#listener?.writable();
  }

  onGone(): void {
    if (this.#isClosed) return;
    this.#close();
    this.#listener?.gone();
  }

  #drain(): void {
    while (this.#queue.length > 0) {
      const first = this.#queue[0]!;
      const written = this.#outbox.part(this.id, first, this.#sent, this.#sendWindow);
      if (written === 0) return;
      this.#sendWindow -= written;
      this.#sent += written;
      if (this.#sent < first.length) continue;
      this.#queue.shift();
      this.#sent = 0;
    }
  }

  #close(): void {
    this.#isClosed = true;
    this.#queue.length = 0;
    this.#count(-this.heldBytes);
    this.#connection.ended(this);
  }

  #count(bytes: number): void {
    this.heldBytes += bytes;
    this.#connection.heldBytes += bytes;
    this.#connection.budget.heldBytes += bytes;
  }
}

function framed(message: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  bytes[0] = 0;
  bytes.writeUInt32BE(message.length, 1);
  bytes.set(message, PREFIX_BYTES);
  return bytes;
}
