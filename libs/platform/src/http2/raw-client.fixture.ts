import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { FLAG, FRAME, PREFACE, writeFrameHeader } from './frames.js';
import { HeaderDecoder } from './header-decoder.js';
import { literalFields } from './header-encoder.js';

export interface ReceivedFrame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.alloc(9 + payload.length);
  writeFrameHeader(bytes, 0, payload.length, type, flags, stream);
  bytes.set(payload, 9);
  return bytes;
}

export function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32BE(value >>> 0, index * 4));
  return bytes;
}

export function setting(name: number, value: number): Buffer {
  return Buffer.concat([Buffer.from([name >> 8, name & 0xff]), uint32(value)]);
}

/** An uncompressed gRPC message. */
export function message(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0]), uint32(bytes.length), bytes]);
}

export const REQUEST = { ':method': 'POST', ':scheme': 'http', ':path': '/spec.Kinds/Unary', ':authority': 'x', 'content-type': 'application/grpc', te: 'trailers' };

export function request(stream: number, headers: Record<string, string> = REQUEST, flags: number = FLAG.END_HEADERS): Buffer {
  return frame(FRAME.HEADERS, flags, stream, literalFields(headers));
}

export const data = (stream: number, bytes: Uint8Array, flags: number = FLAG.END_STREAM): Buffer => frame(FRAME.DATA, flags, stream, bytes);

/** A whole unary call. */
export const call = (stream: number, text: string): Buffer => Buffer.concat([request(stream), data(stream, message(Buffer.from(text)))]);

/** A client that sends any bytes, frames or not, and keeps what comes back. */
export class RawClient {
  readonly frames: ReceivedFrame[] = [];
  isClosed = false;
  readonly #socket: Socket;
  readonly #decoder = new HeaderDecoder(1 << 20);
  #rest = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('close', () => (this.isClosed = true));
    socket.on('error', () => (this.isClosed = true));
  }

  /** With the preface and these settings already sent, unless `isBare`. */
  static async connect(port: number, { settings = Buffer.alloc(0), isBare = false }: { settings?: Buffer; isBare?: boolean } = {}): Promise<RawClient> {
    const socket = connect({ host: '127.0.0.1', port });
    await once(socket, 'connect');
    const client = new RawClient(socket);
    if (!isBare) client.send(PREFACE, frame(FRAME.SETTINGS, 0, 0, settings));
    return client;
  }

  send(...parts: readonly Uint8Array[]): void {
    this.#socket.write(Buffer.concat(parts));
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  /** Resolves to the first frame, already come or still to come, that it looks for; throws if the connection ends before. */
  async next(type: number, stream?: number): Promise<ReceivedFrame> {
    for (;;) {
      const found = this.frames.findIndex((one) => one.type === type && (stream === undefined || one.stream === stream) && !(type === FRAME.SETTINGS && one.flags === FLAG.ACK));
      if (found >= 0) return this.frames.splice(found, 1)[0]!;
      if (this.isClosed) throw new Error(`the connection ended before a frame of type ${type}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The error code of the server's goodbye, once the connection is closed. */
  async goodbye(): Promise<number> {
    const { payload } = await this.next(FRAME.GOAWAY);
    while (!this.isClosed) await new Promise((resolve) => setImmediate(resolve));
    return payload.readUInt32BE(4);
  }

  async resetCode(stream: number): Promise<number> {
    return (await this.next(FRAME.RST_STREAM, stream)).payload.readUInt32BE(0);
  }

  /** Header blocks are decoded in the order in which they came, so all of them have to be asked for in that order. */
  async headers(stream: number): Promise<Record<string, string>> {
    const { payload } = await this.next(FRAME.HEADERS, stream);
    return Object.fromEntries(this.#decoder.decode(payload).fields.map(({ name, value }) => [name, value]));
  }

  /** The text of the answer to a unary call, which is to be OK. */
  async answer(stream: number): Promise<string> {
    const head = await this.headers(stream);
    const { payload } = await this.next(FRAME.DATA, stream);
    const trailers = await this.headers(stream);
    if (head['content-type'] !== 'application/grpc+proto' || trailers['grpc-status'] !== '0') throw new Error(`answered with ${JSON.stringify({ head, trailers })}`);
    return String(payload.subarray(5));
  }

  ask(stream: number, text = 'still here'): Promise<string> {
    this.send(call(stream, text));
    return this.answer(stream);
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 9) {
      const end = 9 + this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < end) return;
      this.frames.push({ type: this.#rest[3]!, flags: this.#rest[4]!, stream: this.#rest.readUInt32BE(5), payload: this.#rest.subarray(9, end) });
      this.#rest = this.#rest.subarray(end);
    }
  }
}
