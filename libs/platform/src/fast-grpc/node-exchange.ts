import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Metadata } from '@grpc/grpc-js';
import type { CallStatus, Exchange, ExchangeListener, RequestHead } from './exchange.js';
import { ACCEPT_ENCODING, CONTENT_TYPE, encodeStatusMessage, PREFIX_BYTES } from './grpc-wire.js';
import { RequestMetadata } from './request-metadata.js';

const RESPONSE: OutgoingHttpHeaders = Object.freeze({ ':status': 200, 'content-type': CONTENT_TYPE, 'grpc-accept-encoding': ACCEPT_ENCODING });
const OK_TRAILERS: OutgoingHttpHeaders = Object.freeze({ 'grpc-status': '0', 'grpc-message': 'OK' });
const NOTHING = Buffer.alloc(0);

/** An exchange over a stream of node:http2. */
export class NodeExchange implements Exchange {
  readonly #stream: ServerHttp2Stream;
  #listener: ExchangeListener | undefined;
  #trailers = OK_TRAILERS;
  #isWanted = true;

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream;
  }

  listen(listener: ExchangeListener): void {
    const stream = this.#stream;
    this.#listener = listener;
    stream.on('data', (bytes: Buffer) => {
      this.#isWanted = false;
      listener.data(bytes, false);
      if (!this.#isWanted) stream.pause();
    });
    stream.on('end', () => listener.data(NOTHING, true));
    stream.on('drain', () => listener.writable());
    stream.on('close', () => listener.gone());
    stream.on('error', () => undefined);
  }

  peer(): string {
    const { remoteAddress, remotePort } = this.#stream.session?.socket ?? {};
    return remoteAddress === undefined ? 'unknown' : `${remoteAddress}:${remotePort}`;
  }

  sendHeaders(metadata: Metadata | undefined): void {
    if (this.#stream.headersSent || this.#stream.destroyed) return;
    this.#stream.respond(metadata === undefined ? RESPONSE : { ...RESPONSE, ...metadata.toHttp2Headers() }, { waitForTrailers: true });
    this.#stream.once('wantTrailers', () => this.#stream.sendTrailers(this.#trailers));
  }

  send(message: Uint8Array): boolean {
    this.sendHeaders(undefined);
    const framed = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
    framed[0] = 0;
    framed.writeUInt32BE(message.length, 1);
    framed.set(message, PREFIX_BYTES);
    return this.#stream.write(framed);
  }

  finish(status: CallStatus): void {
    const stream = this.#stream;
    if (stream.destroyed) return;
    const trailers = { 'grpc-status': status.code, 'grpc-message': encodeStatusMessage(status.details), ...status.metadata?.toHttp2Headers() };
    if (stream.headersSent) {
      this.#trailers = trailers;
      stream.end();
    } else {
      stream.respond({ ...RESPONSE, ...trailers }, { endStream: true });
    }
    // What the client still sends is read and thrown away.
    stream.resume();
  }

  wantMore(): void {
    this.#isWanted = true;
    this.#stream.resume();
  }
}

/** A request's headers as calls read them. */
export function headOf(headers: IncomingHttpHeaders): RequestHead {
  const metadata = new RequestMetadata();
  for (const name in headers) {
    const value = headers[name];
    if (name.charCodeAt(0) !== 0x3a && value !== undefined) metadata.put(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const encoding = headers['grpc-encoding'] as string | undefined ?? '';
  return {
    path: headers[':path'] as string, authority: headers[':authority'] as string | undefined ?? '', timeout: headers['grpc-timeout'] as string | undefined ?? '',
    encoding: encoding === 'identity' ? '' : encoding, metadata,
  };
}
