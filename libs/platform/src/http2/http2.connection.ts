import type { Socket } from 'node:net';
import type { Metadata } from '@grpc/grpc-js';
import type { CallStatus } from '../fast-grpc/exchange.js';
import { PREFIX_BYTES } from '../fast-grpc/grpc-wire.js';
import { RequestMetadata } from '../fast-grpc/request-metadata.js';
import { FrameReader } from './frame-reader.js';
import { FrameWriter } from './frame-writer.js';
import { ConnectionError, ERROR, FLAG, FRAME, FRAME_BYTES_DEFAULT, SETTING, unpadded, WINDOW_BYTES_DEFAULT, WINDOW_BYTES_MAX } from './frames.js';
import { HeaderDecoder } from './header-decoder.js';
import { Http2Exchange, STREAM_WINDOW_BYTES } from './http2-exchange.js';
import { PeerSettings } from './peer-settings.js';
import { RateBound } from './rate-bound.js';
import { requestHead } from './request-head.js';
import type { HttpRequestHead } from './request-head.js';
import { ResponseHeaders } from './response-headers.js';

/** Calls in flight on one connection. */
const STREAMS_MAX = 1_000;
const HEADER_LIST_BYTES_MAX = 16 * 1_024;
/** Of one header block, in all its frames: more than a list within the bound can need. */
const HEADER_BLOCK_BYTES_MAX = 32 * 1_024;
const HEADER_FRAMES_MAX = 16;
/** Request bytes that may be on their way on one connection, and those that may wait for the rest of their message. */
const CONNECTION_WINDOW_BYTES = 16 * 1_024 * 1_024;
const HELD_BYTES_MAX = 64 * 1_024 * 1_024;
/** A client that has this much to read is not read itself; streams wait long before that. */
const UNREAD_BYTES_MAX = 4 * 1_024 * 1_024;
const BEHIND_BYTES = 256 * 1_024;
/** Resets, pings and the like, which cost the client nothing. */
const NUISANCE_BURST = 5_000;
const NUISANCES_PER_SECOND = 1_000;
const PREFACE_MS = 10_000;
const LINGER_MS = 500;
const HANG_UP_MS = 30_000;

export interface ConnectionEvents {
  /** A well-formed request. The exchange has to be given a listener, or an end, before this returns. */
  request(exchange: Http2Exchange, head: HttpRequestHead, tooLargeHead: boolean): void;
  /** Once, when the connection is gone. */
  closed(): void;
  /** An error that is none of the client's. */
  bug(error: unknown): void;
}

/** The server's side of one HTTP/2 connection (RFC 9113): frames, windows, header tables, and bounds on all that a client can make it do. */
export class Http2Connection {
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  readonly #reader = new FrameReader((type, flags, stream, payload) => this.#frame(type, flags, stream, payload));
  readonly #writer = new FrameWriter();
  readonly #decoder = new HeaderDecoder(HEADER_LIST_BYTES_MAX);
  readonly #responses = new ResponseHeaders();
  readonly #settings = new PeerSettings();
  readonly #nuisances = new RateBound(NUISANCE_BURST, NUISANCES_PER_SECOND);
  readonly #streams = new Map<number, Http2Exchange>();
  readonly #prefaceTimer: NodeJS.Timeout;
  #hasSettings = false;
  #lastStream = 0;
  #sendWindow = WINDOW_BYTES_DEFAULT;
  #receiveWindow = CONNECTION_WINDOW_BYTES;
  #block: { readonly stream: number; readonly flags: number; readonly parts: Buffer[]; bytes: number } | undefined;
  #isFlushing = false;
  #isBacked = false;
  /** Some stream was told to wait for room in the window or in the socket. */
  #hasWaiting = false;
  #isLeaving = false;
  #isClosed = false;
  /** Request bytes of all streams that nobody has taken yet; streams keep it. */
  heldBytes = 0;

  constructor(socket: Socket, events: ConnectionEvents) {
    this.#socket = socket;
    this.#events = events;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('drain', () => this.#drained());
    socket.on('end', () => {
      this.#hangUp(LINGER_MS);
      this.#close();
    });
    socket.on('error', () => this.#close());
    socket.on('close', () => this.#close());
    this.#prefaceTimer = setTimeout(() => this.#fail(new ConnectionError(ERROR.PROTOCOL_ERROR, 'no SETTINGS came in time')), PREFACE_MS);
    this.#writeSettings();
  }

  get peer(): string {
    const { remoteAddress, remotePort } = this.#socket;
    return remoteAddress === undefined ? 'unknown' : `${remoteAddress}:${remotePort}`;
  }

  /** The client reads more slowly than it is written to. */
  get isBehind(): boolean {
    const isBehind = this.#isBacked || this.#writer.pendingBytes > BEHIND_BYTES;
    if (isBehind) this.#hasWaiting = true;
    return isBehind;
  }

  /** Takes no more requests; the connection closes when those in flight have been answered. */
  leave(): void {
    if (this.#isLeaving || this.#isClosed) return;
    this.#isLeaving = true;
    this.#writeGoAway(ERROR.NO_ERROR);
    if (this.#streams.size === 0) this.#hangUp();
  }

  /** Cancels what is in flight and closes. */
  cut(): void {
    for (const id of this.#streams.keys()) this.writeReset(id, ERROR.CANCEL);
    this.#writeGoAway(ERROR.CANCEL);
    this.#hangUp(LINGER_MS);
    this.#close();
  }

  writeHeaders(stream: number, metadata: Metadata | undefined): void {
    this.#writeBlock(stream, this.#responses.headers(metadata), 0);
  }

  /** Writes one message whole; false if the connection has no room for it, or it needs several frames. */
  writeMessage(stream: number, message: Uint8Array): boolean {
    const length = PREFIX_BYTES + message.length;
    if (length > this.#sendWindow || length > FRAME_BYTES_DEFAULT) return false;
    this.#sendWindow -= length;
    const at = this.#writer.begin(length, FRAME.DATA, 0, stream);
    const { slab } = this.#writer;
    slab[at] = 0;
    slab.writeUInt32BE(message.length, at + 1);
    slab.set(message, at + PREFIX_BYTES);
    this.#flushSoon();
    return true;
  }

  /** Writes as much of `bytes` from `from` on as one frame and the windows take, which may be nothing. */
  writePart(stream: number, bytes: Buffer, from: number, streamWindow: number): number {
    const length = Math.min(bytes.length - from, streamWindow, this.#sendWindow, FRAME_BYTES_DEFAULT);
    if (this.isBehind) return 0;
    if (length <= 0) {
      this.#hasWaiting ||= this.#sendWindow <= 0;
      return 0;
    }
    this.#sendWindow -= length;
    this.#writer.frame(FRAME.DATA, 0, stream, bytes.subarray(from, from + length));
    this.#flushSoon();
    return length;
  }

  writeStatus(stream: number, status: CallStatus, hasHeaders: boolean): void {
    const block = hasHeaders ? this.#responses.trailers(status) : this.#responses.trailersOnly(status);
    this.#writeBlock(stream, block, FLAG.END_STREAM);
  }

  /** Ends a stream that is no gRPC call. */
  refuseHttp(exchange: Http2Exchange, httpStatus: number): void {
    this.#writeBlock(exchange.id, this.#responses.httpStatus(httpStatus), FLAG.END_STREAM);
    if (!exchange.isRequestEnded) this.writeReset(exchange.id);
    this.ended(exchange);
  }

  writeReset(stream: number, code: number = ERROR.NO_ERROR): void {
    this.#writer.frame(FRAME.RST_STREAM, 0, stream, numbers(code));
    this.#flushSoon();
  }

  writeWindowUpdate(stream: number, bytes: number): void {
    this.#writer.frame(FRAME.WINDOW_UPDATE, 0, stream, numbers(bytes));
    this.#flushSoon();
  }

  ended(exchange: Http2Exchange): void {
    this.#streams.delete(exchange.id);
    if (this.#isLeaving && this.#streams.size === 0) this.#hangUp();
  }

  #receive(chunk: Buffer): void {
    if (this.#isClosed) return;
    try {
      this.#reader.read(chunk);
    } catch (error) {
      if (!(error instanceof ConnectionError)) this.#events.bug(error);
      this.#fail(error instanceof ConnectionError ? error : new ConnectionError(ERROR.INTERNAL_ERROR, 'something went wrong'));
    }
  }

  #frame(type: number, flags: number, stream: number, payload: Buffer): void {
    if (this.#isClosed) return;
    if (this.#block !== undefined && (type !== FRAME.CONTINUATION || stream !== this.#block.stream)) throw violation('a header block is interrupted');
    if (!this.#hasSettings && type !== FRAME.SETTINGS) throw violation('SETTINGS come first');
    switch (type) {
      case FRAME.DATA: return this.#onData(flags, stream, payload);
      case FRAME.HEADERS: return this.#onHeaders(flags, stream, payload);
      case FRAME.CONTINUATION: return this.#onContinuation(flags, payload);
      case FRAME.RST_STREAM: return this.#onReset(stream, payload);
      case FRAME.SETTINGS: return this.#onSettings(flags, stream, payload);
      case FRAME.PING: return this.#onPing(flags, stream, payload);
      case FRAME.WINDOW_UPDATE: return this.#onWindowUpdate(stream, payload);
      case FRAME.PRIORITY: return this.#onPriority(stream, payload);
      case FRAME.PUSH_PROMISE: throw violation('clients do not push');
      case FRAME.GOAWAY:
        if (stream !== 0) throw violation('GOAWAY is about the connection');
        return this.leave();
      default: return this.#nuisance();
    }
  }

  #onData(flags: number, id: number, payload: Buffer): void {
    this.#assertOpened(id);
    this.#receiveWindow -= payload.length;
    if (this.#receiveWindow < 0) throw new ConnectionError(ERROR.FLOW_CONTROL_ERROR, 'the client sent more than the connection takes');
    if (this.#receiveWindow < CONNECTION_WINDOW_BYTES / 2) {
      this.writeWindowUpdate(0, CONNECTION_WINDOW_BYTES - this.#receiveWindow);
      this.#receiveWindow = CONNECTION_WINDOW_BYTES;
    }
    const isLast = (flags & FLAG.END_STREAM) !== 0;
    const bytes = unpadded(flags, payload);
    if (bytes.length === 0 && !isLast) this.#nuisance();
    const exchange = this.#streams.get(id);
    if (exchange === undefined) return;
    if (!exchange.onData(bytes, payload.length, isLast)) return this.#reset(exchange, exchange.isRequestEnded ? ERROR.STREAM_CLOSED : ERROR.FLOW_CONTROL_ERROR);
    if (this.heldBytes > HELD_BYTES_MAX) exchange.overloaded();
  }

  #onHeaders(flags: number, id: number, payload: Buffer): void {
    if ((id & 1) === 0) throw violation('streams of clients have odd numbers');
    let block = unpadded(flags, payload);
    if ((flags & FLAG.PRIORITY) !== 0) {
      if (block.length < 5) throw new ConnectionError(ERROR.FRAME_SIZE_ERROR, 'HEADERS is too short');
      block = block.subarray(5);
    }
    if ((flags & FLAG.END_HEADERS) !== 0) return this.#onBlock(id, flags, block);
    this.#block = { stream: id, flags, parts: [block], bytes: block.length };
  }

  #onContinuation(flags: number, payload: Buffer): void {
    const block = this.#block;
    if (block === undefined) throw violation('CONTINUATION continues nothing');
    block.parts.push(payload);
    block.bytes += payload.length;
    if (block.bytes > HEADER_BLOCK_BYTES_MAX || block.parts.length > HEADER_FRAMES_MAX) throw new ConnectionError(ERROR.ENHANCE_YOUR_CALM, 'a header block is too large');
    if ((flags & FLAG.END_HEADERS) === 0) return;
    this.#block = undefined;
    this.#onBlock(block.stream, block.flags, Buffer.concat(block.parts));
  }

  #onBlock(id: number, flags: number, block: Buffer): void {
    const list = this.#decoder.decode(block);
    const isLast = (flags & FLAG.END_STREAM) !== 0;
    if (id <= this.#lastStream) return this.#onTrailers(id, isLast);
    this.#lastStream = id;
    if (this.#isLeaving || this.#streams.size >= STREAMS_MAX) return this.writeReset(id, ERROR.REFUSED_STREAM);
    const head = requestHead(list.fields);
    if (head === undefined && !list.isTooLarge) return this.writeReset(id, ERROR.PROTOCOL_ERROR);
    const exchange = new Http2Exchange(this, id, this.#settings.initialWindow);
    this.#streams.set(id, exchange);
    this.#events.request(exchange, head ?? NO_HEAD, list.isTooLarge);
    if (isLast) exchange.onData(NOTHING, 0, true);
  }

  /** What a client sends after its messages says nothing in gRPC. */
  #onTrailers(id: number, isLast: boolean): void {
    const exchange = this.#streams.get(id);
    if (exchange === undefined) return this.#nuisance();
    if (!isLast || !exchange.onData(NOTHING, 0, true)) this.#reset(exchange, ERROR.PROTOCOL_ERROR);
  }

  #onReset(id: number, payload: Buffer): void {
    assertLength(payload, 4);
    this.#assertOpened(id);
    this.#nuisance();
    this.#streams.get(id)?.onGone();
  }

  #onSettings(flags: number, id: number, payload: Buffer): void {
    if (id !== 0) throw violation('SETTINGS are the connection’s');
    if ((flags & FLAG.ACK) !== 0) return assertLength(payload, 0);
    if (payload.length % 6 !== 0) throw new ConnectionError(ERROR.FRAME_SIZE_ERROR, 'SETTINGS have six bytes each');
    if (this.#hasSettings) this.#nuisance();
    this.#hasSettings = true;
    clearTimeout(this.#prefaceTimer);
    const change = this.#settings.update(payload);
    if (this.#settings.hasSmallTable) this.#responses.forget();
    this.#writer.frame(FRAME.SETTINGS, FLAG.ACK, 0, NOTHING);
    this.#flushSoon();
    if (change === 0) return;
    for (const exchange of [...this.#streams.values()]) {
      if (!exchange.onWindow(change, WINDOW_BYTES_MAX)) throw new ConnectionError(ERROR.FLOW_CONTROL_ERROR, 'a window is too large');
    }
  }

  #onPing(flags: number, id: number, payload: Buffer): void {
    if (id !== 0) throw violation('PING is the connection’s');
    assertLength(payload, 8);
    if ((flags & FLAG.ACK) !== 0) return;
    this.#nuisance();
    this.#writer.frame(FRAME.PING, FLAG.ACK, 0, payload);
    this.#flushSoon();
  }

  #onWindowUpdate(id: number, payload: Buffer): void {
    assertLength(payload, 4);
    const increment = payload.readUInt32BE(0) & WINDOW_BYTES_MAX;
    if (id !== 0) {
      this.#assertOpened(id);
      const exchange = this.#streams.get(id);
      if (exchange === undefined) return;
      if (increment === 0) return this.#reset(exchange, ERROR.PROTOCOL_ERROR);
      if (!exchange.onWindow(increment, WINDOW_BYTES_MAX)) this.#reset(exchange, ERROR.FLOW_CONTROL_ERROR);
      return;
    }
    if (increment === 0) throw violation('a window grows by nothing');
    this.#sendWindow += increment;
    if (this.#sendWindow > WINDOW_BYTES_MAX) throw new ConnectionError(ERROR.FLOW_CONTROL_ERROR, 'the connection’s window is too large');
    this.#roomForAll();
  }

  #onPriority(id: number, payload: Buffer): void {
    if (id === 0) throw violation('PRIORITY is a stream’s');
    assertLength(payload, 5);
    this.#nuisance();
  }

  #assertOpened(id: number): void {
    if (id === 0 || id > this.#lastStream) throw violation(`stream ${id} was not opened`);
  }

  #nuisance(): void {
    if (!this.#nuisances.take()) throw new ConnectionError(ERROR.ENHANCE_YOUR_CALM, 'too many resets, pings or empty frames');
  }

  #reset(exchange: Http2Exchange, code: number): void {
    this.writeReset(exchange.id, code);
    exchange.onGone();
  }

  #roomForAll(): void {
    if (!this.#hasWaiting) return;
    this.#hasWaiting = false;
    for (const exchange of [...this.#streams.values()]) exchange.onRoom();
  }

  #writeBlock(stream: number, block: Buffer, flags: number): void {
    const bytesMax = FRAME_BYTES_DEFAULT;
    if (block.length <= bytesMax) {
      this.#writer.frame(FRAME.HEADERS, flags | FLAG.END_HEADERS, stream, block);
    } else {
      this.#writer.frame(FRAME.HEADERS, flags, stream, block.subarray(0, bytesMax));
      for (let at = bytesMax; at < block.length; at += bytesMax) {
        this.#writer.frame(FRAME.CONTINUATION, at + bytesMax >= block.length ? FLAG.END_HEADERS : 0, stream, block.subarray(at, at + bytesMax));
      }
    }
    this.#flushSoon();
  }

  #writeSettings(): void {
    const settings = [
      [SETTING.MAX_CONCURRENT_STREAMS, STREAMS_MAX], [SETTING.INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES], [SETTING.MAX_HEADER_LIST_SIZE, HEADER_LIST_BYTES_MAX],
    ] as const;
    const payload = Buffer.alloc(settings.length * 6);
    settings.forEach(([name, value], index) => {
      payload.writeUInt16BE(name, index * 6);
      payload.writeUInt32BE(value, index * 6 + 2);
    });
    this.#writer.frame(FRAME.SETTINGS, 0, 0, payload);
    this.writeWindowUpdate(0, CONNECTION_WINDOW_BYTES - WINDOW_BYTES_DEFAULT);
  }

  #writeGoAway(code: number): void {
    this.#writer.frame(FRAME.GOAWAY, 0, 0, numbers(this.#lastStream, code));
    this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushing = false;
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    const parts = this.#writer.take();
    if (parts.length === 0) return;
    const hasRoom = this.#socket.write(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
    if (hasRoom) return this.#roomForAll();
    this.#isBacked = true;
    if (this.#socket.writableLength > UNREAD_BYTES_MAX) this.#socket.pause();
  }

  #drained(): void {
    this.#isBacked = false;
    this.#socket.resume();
    this.#roomForAll();
  }

  /** The client broke a rule, which costs it the connection. */
  #fail(error: ConnectionError): void {
    if (this.#isClosed) return;
    this.#writeGoAway(error.code);
    this.#flush();
    // What it still sends is thrown away for a moment: closing on it would cost the client the reason.
    this.#socket.end().resume();
    this.#destroyIn(LINGER_MS);
    this.#close();
  }

  /** Closes once everything that was written has left, or the client has not read it in that time. */
  #hangUp(withinMs = HANG_UP_MS): void {
    this.#flush();
    this.#socket.destroySoon();
    this.#destroyIn(withinMs);
  }

  #destroyIn(ms: number): void {
    const timer = setTimeout(() => this.#socket.destroy(), ms).unref();
    this.#socket.once('close', () => clearTimeout(timer));
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#prefaceTimer);
    for (const exchange of [...this.#streams.values()]) exchange.onGone();
    this.#events.closed();
  }
}

const NOTHING = Buffer.alloc(0);
const NO_HEAD: HttpRequestHead = { method: '', path: '', authority: '', contentType: '', timeout: '', encoding: '', metadata: new RequestMetadata() };

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32BE(value, index * 4));
  return bytes;
}

function violation(message: string): ConnectionError {
  return new ConnectionError(ERROR.PROTOCOL_ERROR, message);
}

function assertLength(payload: Buffer, bytes: number): void {
  if (payload.length !== bytes) throw new ConnectionError(ERROR.FRAME_SIZE_ERROR, `a frame has ${payload.length} bytes instead of ${bytes}`);
}
