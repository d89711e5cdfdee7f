import type { Socket } from 'node:net';
import type { Metadata } from '@grpc/grpc-js';
import type { CallStatus } from '../fast-grpc/exchange.js';
import { PREFIX_BYTES } from '../fast-grpc/grpc-wire.js';
import { FrameWriter } from './frame-writer.js';
import { ERROR, FLAG, FRAME, FRAME_BYTES_DEFAULT, WINDOW_BYTES_DEFAULT, WINDOW_BYTES_MAX } from './frames.js';
import { ResponseHeaders } from './response-headers.js';

/** A client that has this much to read is not read itself; streams wait long before that. */
const UNREAD_BYTES_MAX = 4 * 1_024 * 1_024;
const BEHIND_BYTES = 256 * 1_024;
/** How long a client that is cut off has to close its side. */
const LINGER_MS = 500;
/** How long one that is not has to read its last answers, and then, once the system has taken them all, to close its side. */
export const LAST_ANSWERS_MS = 30_000;
const LAST_CLOSE_MS = 5_000;
const NOTHING = Buffer.alloc(0);

/** What one connection sends: all frames of one turn of the event loop in one write, within the client's windows. */
export class Outbox {
  readonly #socket: Socket;
  readonly #onRoom: () => void;
  readonly #writer = new FrameWriter();
  readonly #responses = new ResponseHeaders();
  #window = WINDOW_BYTES_DEFAULT;
  #isFlushing = false;
  #isBacked = false;
  /** Some stream was told to wait for room in the window or in the socket. */
  #hasWaiting = false;

  /** `onRoom` is called when streams that were told to wait may go on. */
  constructor(socket: Socket, onRoom: () => void) {
    this.#socket = socket;
    this.#onRoom = onRoom;
    socket.on('drain', () => {
      this.#isBacked = false;
      socket.resume();
      this.#room();
    });
  }

  /** The client reads more slowly than it is written to. Who asks and hears so is called when there is room. */
  get isBehind(): boolean {
    const isBehind = this.#isBacked || this.#writer.pendingBytes > BEHIND_BYTES;
    if (isBehind) this.#hasWaiting = true;
    return isBehind;
  }

  headers(stream: number, metadata: Metadata | undefined): void {
    this.#block(stream, this.#responses.headers(metadata), 0);
  }

  /** Writes one message whole; false if the connection has no room for it, or it needs several frames. */
  message(stream: number, message: Uint8Array): boolean {
    const length = PREFIX_BYTES + message.length;
    if (length > this.#window || length > FRAME_BYTES_DEFAULT) return false;
    this.#window -= length;
    const at = this.#writer.begin(length, FRAME.DATA, 0, stream);
    const { slab } = this.#writer;
    slab[at] = 0;
    slab.writeUInt32BE(message.length, at + 1);
    slab.set(message, at + PREFIX_BYTES);
    this.#flushSoon();
    return true;
  }

  /** Writes as much of `bytes` from `from` on as one frame and the windows take, which may be nothing. */
  part(stream: number, bytes: Buffer, from: number, streamWindow: number): number {
    if (this.isBehind) return 0;
    // Larger frames than the default would only make other streams wait.
    const length = Math.min(bytes.length - from, streamWindow, this.#window, FRAME_BYTES_DEFAULT);
    if (length <= 0) {
      this.#hasWaiting ||= this.#window <= 0;
      return 0;
    }
    this.#window -= length;
    this.#frame(FRAME.DATA, 0, stream, bytes.subarray(from, from + length));
    return length;
  }

  /** Ends a response with trailers, or with headers that are all of it. */
  status(stream: number, status: CallStatus, hasHeaders: boolean): void {
    const block = hasHeaders ? this.#responses.trailers(status) : this.#responses.trailersOnly(status);
    this.#block(stream, block, FLAG.END_STREAM);
  }

  /** Ends the response to something that is no gRPC call. */
  httpStatus(stream: number, code: number): void {
    this.#block(stream, this.#responses.httpStatus(code), FLAG.END_STREAM);
  }

  reset(stream: number, code: number = ERROR.NO_ERROR): void {
    this.#frame(FRAME.RST_STREAM, 0, stream, numbers(code));
  }

  windowUpdate(stream: number, bytes: number): void {
    this.#frame(FRAME.WINDOW_UPDATE, 0, stream, numbers(bytes));
  }

  settings(values: readonly (readonly [name: number, value: number])[]): void {
    const payload = Buffer.alloc(values.length * 6);
    values.forEach(([name, value], index) => {
      payload.writeUInt16BE(name, index * 6);
      payload.writeUInt32BE(value, index * 6 + 2);
    });
    this.#frame(FRAME.SETTINGS, 0, 0, payload);
  }

  acknowledgeSettings(): void {
    this.#frame(FRAME.SETTINGS, FLAG.ACK, 0, NOTHING);
  }

  acknowledgePing(payload: Buffer): void {
    this.#frame(FRAME.PING, FLAG.ACK, 0, payload);
  }

  goAway(lastStream: number, code: number): void {
    this.#frame(FRAME.GOAWAY, 0, 0, numbers(lastStream, code));
  }

  /** The client's header table is smaller than it is by default: it is not used at all. */
  forgetTable(): void {
    this.#responses.forget();
  }

  /** The connection's window opens; false: further than it can. */
  open(bytes: number): boolean {
    this.#window += bytes;
    if (this.#window > WINDOW_BYTES_MAX) return false;
    // Once in a turn, however many small openings come: all streams that wait are gone through.
    if (this.#hasWaiting) this.#flushSoon();
    return true;
  }

  /** Closes once everything that was written has left, or the client has not taken it soon. */
  hangUp(): void {
    this.#flush();
    this.#socket.destroySoon();
    this.#destroyIn(LINGER_MS);
  }

  /**
   * The same to a client that may still send: that is thrown away until it closes its side too, as closing on it would
   * reset the connection, and cost the client the answers that it has not read yet.
   */
  linger(withinMs = LINGER_MS): void {
    this.#flush();
    this.#socket.once('finish', () => this.#destroyIn(Math.min(withinMs, LAST_CLOSE_MS)));
    this.#socket.end().resume();
    this.#destroyIn(withinMs);
  }

  #destroyIn(ms: number): void {
    const timer = setTimeout(() => this.#socket.destroy(), ms).unref();
    this.#socket.once('close', () => clearTimeout(timer));
  }

  #block(stream: number, block: Buffer, flags: number): void {
    const bytesMax = FRAME_BYTES_DEFAULT;
    if (block.length <= bytesMax) return this.#frame(FRAME.HEADERS, flags | FLAG.END_HEADERS, stream, block);
    this.#frame(FRAME.HEADERS, flags, stream, block.subarray(0, bytesMax));
    for (let at = bytesMax; at < block.length; at += bytesMax) {
      this.#frame(FRAME.CONTINUATION, at + bytesMax >= block.length ? FLAG.END_HEADERS : 0, stream, block.subarray(at, at + bytesMax));
    }
  }

  #frame(type: number, flags: number, stream: number, payload: Uint8Array): void {
    this.#writer.frame(type, flags, stream, payload);
    this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushing = false;
    const parts = this.#writer.take();
    // Nobody will read what is still written while the last bytes leave; it is not kept either.
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    if (parts.length > 0 && !this.#socket.write(parts.length === 1 ? parts[0]! : Buffer.concat(parts))) {
      this.#isBacked = true;
      if (this.#socket.writableLength > UNREAD_BYTES_MAX) this.#socket.pause();
    }
    if (!this.#isBacked) this.#room();
  }

  #room(): void {
    if (!this.#hasWaiting) return;
    this.#hasWaiting = false;
    this.#onRoom();
  }
}

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32BE(value, index * 4));
  return bytes;
}
