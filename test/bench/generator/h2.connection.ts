import { connect as connectSocket, type Socket } from 'node:net';
import { encodeRepeatedHeaders, HeaderDecoder, type Header } from './hpack.js';

/**
 * A gRPC client that does nothing but HTTP/2 framing over a plain socket: about a tenth of the CPU of node:http2 or
 * grpc-js, so that on a small machine the load generator does not eat what it is meant to measure. One implementation
 * for every peer. It trusts its servers: any protocol violation ends the connection with an error.
 */
const DATA = 0, HEADERS = 1, RST_STREAM = 3, SETTINGS = 4, PING = 6, GOAWAY = 7, WINDOW_UPDATE = 8, CONTINUATION = 9;
const END_STREAM = 0x1, ACK = 0x1, END_HEADERS = 0x4, PADDED = 0x8, PRIORITY = 0x20;
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const RECEIVE_WINDOW = 0x3fffffff;
const FRAME_BYTES_MAX = 16_384;
const CANCELLED = 1; // gRPC's: what a stream that was reset is counted as.

export interface CallEvents {
  /** One gRPC message, without its 5-byte prefix; valid only during the call. */
  message(bytes: Buffer): void;
  /** gRPC status code; `detail` is grpc-message, for reports. */
  end(status: number, detail: string): void;
}

interface Stream {
  readonly id: number;
  readonly events: CallEvents;
  sendWindow: number;
  readonly queue: { bytes: Buffer; end: boolean }[];
  received: Buffer | undefined;
  consumed: number;
}

export interface ClientStream {
  send(framed: Buffer): void;
  finish(): void;
}

/** A message with its gRPC prefix (uncompressed). */
export function frameMessage(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(5 + message.length);
  framed[0] = 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, 5);
  return framed;
}

function frameHeader(length: number, type: number, flags: number, stream: number): Buffer {
  return writeFrameHeader(Buffer.allocUnsafe(9), length, type, flags, stream);
}

function writeFrameHeader(into: Buffer, length: number, type: number, flags: number, stream: number): Buffer {
  into.writeUIntBE(length, 0, 3);
  into[3] = type;
  into[4] = flags;
  into.writeUInt32BE(stream, 5);
  return into;
}

export class H2Connection {
  private readonly streams = new Map<number, Stream>();
  private readonly decoder = new HeaderDecoder();
  private readonly headers: { first: Buffer; later: Buffer };
  private readonly out: Buffer[] = [];
  private flushing = false;
  private rest: Buffer | undefined;
  private nextId = 1;
  private sendWindow = 65_535;
  private initialWindow = 65_535;
  private received = 0;
  private headerBlock: { id: number; flags: number; parts: Buffer[] } | undefined;
  private failed: Error | undefined;

  private constructor(private readonly socket: Socket, headers: readonly Header[]) {
    this.headers = encodeRepeatedHeaders(headers);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('the server closed the connection')));
    const settings = Buffer.alloc(6);
    settings.writeUInt16BE(0x4, 0);
    settings.writeUInt32BE(RECEIVE_WINDOW, 2);
    this.write(Buffer.from(PREFACE), frameHeader(6, SETTINGS, 0, 0), settings, windowUpdate(0, RECEIVE_WINDOW - 65_535));
  }

  /** `path` is `/package.Service/Method`: a connection makes calls of one method only. */
  static connect(host: string, port: number, path: string, metadata: Readonly<Record<string, string>>): Promise<H2Connection> {
    const headers = [
      { name: ':method', value: 'POST' }, { name: ':scheme', value: 'http' }, { name: ':path', value: path },
      { name: ':authority', value: `${host}:${port}` }, { name: 'content-type', value: 'application/grpc' },
      { name: 'te', value: 'trailers' },
      ...Object.entries(metadata).map(([name, value]) => ({ name, value })),
    ];
    return new Promise((resolve, reject) => {
      const socket = connectSocket({ host, port });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new H2Connection(socket, headers));
      });
    });
  }

  /** One unary call; `framed` may be changed after this returns. */
  unary(framed: Buffer, events: CallEvents): void {
    const stream = this.open(events);
    if (!stream) return;
    if (framed.length <= this.sendWindow && framed.length <= stream.sendWindow && framed.length <= FRAME_BYTES_MAX) {
      const frame = Buffer.allocUnsafe(9 + framed.length);
      writeFrameHeader(frame, framed.length, DATA, END_STREAM, stream.id);
      framed.copy(frame, 9);
      this.sendWindow -= framed.length;
      this.write(frame);
    } else {
      this.enqueue(stream, Buffer.from(framed), true);
    }
  }

  stream(events: CallEvents): ClientStream {
    const stream = this.open(events);
    return {
      send: (framed) => stream && this.enqueue(stream, framed, false),
      finish: () => stream && this.enqueue(stream, Buffer.alloc(0), true),
    };
  }

  close(): void {
    this.failed ??= new Error('closed');
    this.streams.clear();
    this.socket.destroy();
  }

  private open(events: CallEvents): Stream | undefined {
    if (this.failed) {
      const detail = this.failed.message;
      queueMicrotask(() => events.end(CANCELLED, detail));
      return undefined;
    }
    const id = this.nextId;
    this.nextId += 2;
    const block = id === 1 ? this.headers.first : this.headers.later;
    const frame = Buffer.allocUnsafe(9 + block.length);
    writeFrameHeader(frame, block.length, HEADERS, END_HEADERS, id);
    block.copy(frame, 9);
    this.write(frame);
    const stream: Stream = { id, events, sendWindow: this.initialWindow, queue: [], received: undefined, consumed: 0 };
    this.streams.set(id, stream);
    return stream;
  }

  private enqueue(stream: Stream, bytes: Buffer, end: boolean): void {
    stream.queue.push({ bytes, end });
    this.drain(stream);
  }

  private drain(stream: Stream): void {
    for (let next = stream.queue[0]; next; next = stream.queue[0]) {
      const size = Math.min(next.bytes.length, this.sendWindow, stream.sendWindow, FRAME_BYTES_MAX);
      if (size <= 0 && next.bytes.length > 0) return;
      const last = size === next.bytes.length;
      this.write(frameHeader(size, DATA, last && next.end ? END_STREAM : 0, stream.id), next.bytes.subarray(0, size));
      this.sendWindow -= size;
      stream.sendWindow -= size;
      if (last) stream.queue.shift();
      else next.bytes = next.bytes.subarray(size);
    }
  }

  private write(...chunks: Buffer[]): void {
    this.out.push(...chunks);
    if (this.flushing) return;
    this.flushing = true;
    queueMicrotask(() => this.flush());
  }

  private flush(): void {
    this.flushing = false;
    if (this.out.length === 0 || this.failed) return;
    this.socket.write(this.out.length === 1 ? (this.out[0] as Buffer) : Buffer.concat(this.out));
    this.out.length = 0;
  }

  private receive(chunk: Buffer): void {
    let bytes = this.rest ? Buffer.concat([this.rest, chunk]) : chunk;
    this.rest = undefined;
    try {
      while (bytes.length >= 9) {
        const end = 9 + bytes.readUIntBE(0, 3);
        if (bytes.length < end) break;
        this.frame(bytes[3] as number, bytes[4] as number, bytes.readUInt32BE(5) & 0x7fffffff, bytes.subarray(9, end));
        bytes = bytes.subarray(end);
      }
    } catch (error) {
      this.fail(error as Error);
      return;
    }
    if (bytes.length > 0) this.rest = bytes;
  }

  private frame(type: number, flags: number, id: number, payload: Buffer): void {
    switch (type) {
      case DATA: return this.onData(id, flags, payload);
      case HEADERS: {
        const body = unpad(flags, payload).subarray(flags & PRIORITY ? 5 : 0);
        this.headerBlock = { id, flags, parts: [body] };
        return flags & END_HEADERS ? this.onHeaders() : undefined;
      }
      case CONTINUATION:
        this.headerBlock?.parts.push(payload);
        return flags & END_HEADERS ? this.onHeaders() : undefined;
      case RST_STREAM: return this.end(id, CANCELLED, `stream reset with code ${payload.readUInt32BE(0)}`);
      case SETTINGS: return flags & ACK ? undefined : this.onSettings(payload);
      case PING: return flags & ACK ? undefined : this.write(frameHeader(8, PING, ACK, 0), Buffer.from(payload));
      case GOAWAY: return this.fail(new Error(`the server said goodbye with code ${payload.readUInt32BE(4)}`));
      case WINDOW_UPDATE: return this.onWindowUpdate(id, payload.readUInt32BE(0));
    }
  }

  private onSettings(payload: Buffer): void {
    for (let at = 0; at + 6 <= payload.length; at += 6) {
      if (payload.readUInt16BE(at) !== 0x4) continue;
      const change = payload.readUInt32BE(at + 2) - this.initialWindow;
      this.initialWindow += change;
      for (const stream of this.streams.values()) stream.sendWindow += change;
    }
    this.write(frameHeader(0, SETTINGS, ACK, 0));
    for (const stream of this.streams.values()) this.drain(stream);
  }

  private onWindowUpdate(id: number, increment: number): void {
    if (id === 0) {
      this.sendWindow += increment;
      for (const stream of this.streams.values()) if (stream.queue.length > 0) this.drain(stream);
      return;
    }
    const stream = this.streams.get(id);
    if (!stream) return;
    stream.sendWindow += increment;
    this.drain(stream);
  }

  private onHeaders(): void {
    const { id, flags, parts } = this.headerBlock as { id: number; flags: number; parts: Buffer[] };
    this.headerBlock = undefined;
    const headers = this.decoder.decode(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts));
    if (!(flags & END_STREAM)) return;
    const status = headers.find((header) => header.name === 'grpc-status')?.value;
    const detail = headers.find((header) => header.name === 'grpc-message')?.value ?? '';
    this.end(id, status === undefined ? 2 : Number(status), detail);
  }

  private onData(id: number, flags: number, payload: Buffer): void {
    this.received += payload.length;
    if (this.received > RECEIVE_WINDOW / 4) {
      this.write(windowUpdate(0, this.received));
      this.received = 0;
    }
    const stream = this.streams.get(id);
    if (!stream) return;
    stream.consumed += payload.length;
    if (stream.consumed > RECEIVE_WINDOW / 4) {
      this.write(windowUpdate(id, stream.consumed));
      stream.consumed = 0;
    }
    const data = unpad(flags, payload);
    let bytes = stream.received ? Buffer.concat([stream.received, data]) : data;
    stream.received = undefined;
    while (bytes.length >= 5) {
      const end = 5 + bytes.readUInt32BE(1);
      if (bytes.length < end) break;
      stream.events.message(bytes.subarray(5, end));
      bytes = bytes.subarray(end);
    }
    if (bytes.length > 0) stream.received = bytes;
    if (flags & END_STREAM) this.end(id, 2, 'the server ended the stream without a status');
  }

  private end(id: number, status: number, detail: string): void {
    const stream = this.streams.get(id);
    if (!stream) return;
    this.streams.delete(id);
    stream.events.end(status, detail);
  }

  private fail(error: Error): void {
    if (this.failed) return;
    this.failed = error;
    this.socket.destroy();
    for (const id of [...this.streams.keys()]) this.end(id, CANCELLED, error.message);
  }
}

function unpad(flags: number, payload: Buffer): Buffer {
  return flags & PADDED ? payload.subarray(1, payload.length - (payload[0] as number)) : payload;
}

function windowUpdate(id: number, increment: number): Buffer {
  const frame = Buffer.allocUnsafe(13);
  writeFrameHeader(frame, 4, WINDOW_UPDATE, 0, id);
  frame.writeUInt32BE(increment, 9);
  return frame;
}
