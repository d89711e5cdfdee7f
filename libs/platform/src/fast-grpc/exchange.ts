import type { Metadata } from '@grpc/grpc-js';

/** How a call ends. */
export interface CallStatus {
  readonly code: number;
  readonly details: string;
  readonly metadata?: Metadata | null;
}

/** A request's headers, as far as a call needs them. */
export interface RequestHead {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly authority: string;
  /** Of `grpc-timeout`; empty without one. */
  readonly timeout: string;
  /** Of `grpc-encoding`; empty for `identity`. */
  readonly encoding: string;
  /** All headers that are the application's. */
  readonly metadata: Metadata;
}

/** One request and its response on an HTTP/2 connection: what a gRPC call needs of it, and no more. */
export interface Exchange {
  /** The client's address and port. */
  peer(): string;
  sendHeaders(metadata: Metadata | undefined): void;
  /** Sends one message, uncompressed. False: the client is behind; `writable` of the listener says when to go on. */
  send(message: Uint8Array): boolean;
  /** Ends the response. Without headers before it, these are the only ones. */
  finish(status: CallStatus): void;
  /** These bytes wait as well, beside those that came: what a message has become by unpacking it. The listener may hear `overloaded`. */
  hold(bytes: number): void;
  /** More bytes of the request are wanted; `heldBytes` of those that came wait for them. Unless asked, only a window's worth comes. */
  wantMore(heldBytes: number): void;
}

/** What an exchange tells its call. */
export interface ExchangeListener {
  /** Bytes of the request; `isLast` with the end of it, which may come without bytes. */
  data(bytes: Buffer, isLast: boolean): void;
  writable(): void;
  /** The connection holds more unfinished requests than it may: this call is to end. */
  overloaded(): void;
  /** The client reset the stream, or the connection is gone: nothing can be sent any more. */
  gone(): void;
}
