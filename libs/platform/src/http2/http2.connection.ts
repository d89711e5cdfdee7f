import type { Socket } from 'node:net';
import { RequestMetadata } from '../fast-grpc/request-metadata.js';
import { FrameReader } from './frame-reader.js';
import { ConnectionError, ERROR, FLAG, FRAME, SETTING, unpadded, WINDOW_BYTES_DEFAULT, WINDOW_BYTES_MAX } from './frames.js';
import { HeaderDecoder } from './header-decoder.js';
import { Http2Budget } from './http2.budget.js';
import { Http2Exchange, STREAM_WINDOW_BYTES } from './http2-exchange.js';
import { LAST_ANSWERS_MS, Outbox } from './outbox.js';
import { PeerSettings } from './peer-settings.js';
import { RateBound } from './rate-bound.js';
import { requestHead } from './request-head.js';
import type { HttpRequestHead } from './request-head.js';

/** Calls in flight on one connection. */
const STREAMS_MAX = 1_000;
const HEADER_LIST_BYTES_MAX = 16 * 1_024;
/** Of one header block, in all its frames: more than a list within the bound can need. */
const HEADER_BLOCK_BYTES_MAX = 32 * 1_024;
const HEADER_FRAMES_MAX = 16;
/** Request bytes that may be on their way on one connection. */
const CONNECTION_WINDOW_BYTES = 16 * 1_024 * 1_024;
/** Resets, pings and the like, which cost the client nothing. */
const NUISANCE_BURST = 5_000;
const NUISANCES_PER_SECOND = 1_000;
const STREAMS_PER_NUISANCE = 50;
const PREFACE_MS = 10_000;

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
  readonly budget: Http2Budget;
  readonly #outbox: Outbox;
  readonly #reader = new FrameReader((type, flags, stream, payload) => this.#frame(type, flags, stream, payload));
  readonly #decoder = new HeaderDecoder(HEADER_LIST_BYTES_MAX);
  readonly #settings = new PeerSettings();
  readonly #nuisances = new RateBound(NUISANCE_BURST, NUISANCES_PER_SECOND);
  readonly #streams = new Map<number, Http2Exchange>();
  readonly #prefaceTimer: NodeJS.Timeout;
  #hasSettings = false;
  #lastStream = 0;
  #receiveWindow = CONNECTION_WINDOW_BYTES;
  #block: { readonly stream: number; readonly flags: number; readonly parts: Buffer[]; bytes: number } | undefined;
  #isLeaving = false;
  #isClosed = false;
  /** Request bytes of all streams that nobody has taken yet; streams keep it. */
  heldBytes = 0;

  /** `budget`: shared with the server's other connections. */
  constructor(socket: Socket, events: ConnectionEvents, budget = new Http2Budget(Infinity, Infinity)) {
    this.budget = budget;
    this.#socket = socket;
    this.#events = events;
    this.#outbox = new Outbox(socket, () => this.#exchanges().forEach((exchange) => exchange.onRoom()));
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('end', () => {
      this.#outbox.hangUp();
      this.#close();
    });
    socket.on('error', () => this.#close());
    socket.on('close', () => this.#close());
    this.#prefaceTimer = setTimeout(() => this.#fail(new ConnectionError(ERROR.PROTOCOL_ERROR, 'no SETTINGS came in time')), PREFACE_MS);
    this.#outbox.settings([
      [SETTING.MAX_CONCURRENT_STREAMS, STREAMS_MAX], [SETTING.INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES], [SETTING.MAX_HEADER_LIST_SIZE, HEADER_LIST_BYTES_MAX],
    ]);
    this.#outbox.windowUpdate(0, CONNECTION_WINDOW_BYTES - WINDOW_BYTES_DEFAULT);
  }

  get peer(): string {
    const { remoteAddress, remotePort } = this.#socket;
    return remoteAddress === undefined ? 'unknown' : `${remoteAddress}:${remotePort}`;
  }

  /** Takes no more requests; the connection closes when those in flight have been answered. */
  leave(): void {
    if (this.#isLeaving || this.#isClosed) return;
    this.#isLeaving = true;
    this.#outbox.goAway(this.#lastStream, ERROR.NO_ERROR);
    if (this.#streams.size === 0) this.#outbox.linger(LAST_ANSWERS_MS);
  }

  /** Cancels what is in flight and closes. */
  cut(): void {
    for (const id of this.#streams.keys()) this.#outbox.reset(id, ERROR.CANCEL);
    this.#outbox.goAway(this.#lastStream, ERROR.CANCEL);
    this.#outbox.hangUp();
    this.#close();
  }

  /** Ends a stream that is no gRPC call. */
  refuseHttp(exchange: Http2Exchange, httpStatus: number): void {
    this.#outbox.httpStatus(exchange.id, httpStatus);
    if (!exchange.isRequestEnded) this.#outbox.reset(exchange.id);
    this.ended(exchange);
  }

  ended(exchange: Http2Exchange): void {
    if (this.#streams.delete(exchange.id)) this.budget.streams -= 1;
    if (this.#isLeaving && this.#streams.size === 0) this.#outbox.linger(LAST_ANSWERS_MS);
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
      this.#outbox.windowUpdate(0, CONNECTION_WINDOW_BYTES - this.#receiveWindow);
      this.#receiveWindow = CONNECTION_WINDOW_BYTES;
    }
    const isLast = (flags & FLAG.END_STREAM) !== 0;
    const bytes = unpadded(flags, payload);
    if (bytes.length === 0 && !isLast) this.#nuisance();
    const exchange = this.#streams.get(id);
    if (exchange === undefined) return;
    if (!exchange.onData(bytes, payload.length, isLast)) this.#reset(exchange, exchange.isRequestEnded ? ERROR.STREAM_CLOSED : ERROR.FLOW_CONTROL_ERROR);
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
    if (this.#isLeaving || this.#streams.size >= STREAMS_MAX) return this.#outbox.reset(id, ERROR.REFUSED_STREAM);
    const head = requestHead(list.fields);
    if (head === undefined && !list.isTooLarge) return this.#outbox.reset(id, ERROR.PROTOCOL_ERROR);
    const exchange = new Http2Exchange(this, this.#outbox, id, this.#settings.initialWindow);
    this.#streams.set(id, exchange);
    this.budget.streams += 1;
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
    if (this.#settings.hasSmallTable) this.#outbox.forgetTable();
    this.#outbox.acknowledgeSettings();
    if (change === 0) return;
    // All streams are gone through.
    this.#nuisance(this.#streams.size / STREAMS_PER_NUISANCE);
    for (const exchange of this.#exchanges()) {
      if (!exchange.onWindow(change, WINDOW_BYTES_MAX)) throw new ConnectionError(ERROR.FLOW_CONTROL_ERROR, 'a window is too large');
    }
  }

  #onPing(flags: number, id: number, payload: Buffer): void {
    if (id !== 0) throw violation('PING is the connection’s');
    assertLength(payload, 8);
    if ((flags & FLAG.ACK) !== 0) return;
    this.#nuisance();
    this.#outbox.acknowledgePing(payload);
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
    if (!this.#outbox.open(increment)) throw new ConnectionError(ERROR.FLOW_CONTROL_ERROR, 'the connection’s window is too large');
  }

  #onPriority(id: number, payload: Buffer): void {
    if (id === 0) throw violation('PRIORITY is a stream’s');
    assertLength(payload, 5);
    this.#nuisance();
  }

  /** Those that are open now, whatever closes while they are gone through. */
  #exchanges(): Http2Exchange[] {
    return [...this.#streams.values()];
  }

  #assertOpened(id: number): void {
    if (id === 0 || id > this.#lastStream) throw violation(`stream ${id} was not opened`);
  }

  #nuisance(cost = 1): void {
    if (!this.#nuisances.take(cost)) throw new ConnectionError(ERROR.ENHANCE_YOUR_CALM, 'too many resets, pings or empty frames');
  }

  /** The client broke a rule of one stream. That frees it as a reset of its own does, so it counts as one. */
  #reset(exchange: Http2Exchange, code: number): void {
    this.#outbox.reset(exchange.id, code);
    exchange.onGone();
    this.#nuisance();
  }

  /** The client broke a rule, which costs it the connection. */
  #fail(error: ConnectionError): void {
    if (this.#isClosed) return;
    this.#outbox.goAway(this.#lastStream, error.code);
    this.#outbox.linger();
    this.#close();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#prefaceTimer);
    for (const exchange of this.#exchanges()) exchange.onGone();
    this.#events.closed();
  }
}

const NOTHING = Buffer.alloc(0);
const NO_HEAD: HttpRequestHead = { method: '', path: '', authority: '', contentType: '', timeout: '', encoding: '', metadata: new RequestMetadata() };

function violation(message: string): ConnectionError {
  return new ConnectionError(ERROR.PROTOCOL_ERROR, message);
}

function assertLength(payload: Buffer, bytes: number): void {
  if (payload.length !== bytes) throw new ConnectionError(ERROR.FRAME_SIZE_ERROR, `a frame has ${payload.length} bytes instead of ${bytes}`);
}
