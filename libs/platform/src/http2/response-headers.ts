import type { Metadata } from '@grpc/grpc-js';
import type { CallStatus } from '../fast-grpc/exchange.js';
import { ACCEPT_ENCODING, CONTENT_TYPE, encodeStatusMessage } from '../fast-grpc/grpc-wire.js';
import { FORGET_TABLE, indexedField, literalFields, NEWEST_INDEX, rememberedFields } from './header-encoder.js';

const STATUS_200 = Buffer.from([indexedField(8)]);
const HEADERS = { 'content-type': CONTENT_TYPE, 'grpc-accept-encoding': ACCEPT_ENCODING };
const OK_TRAILERS = { 'grpc-status': '0', 'grpc-message': 'OK' };

const PLAIN_HEADERS = Buffer.concat([STATUS_200, literalFields(HEADERS)]);
const PLAIN_TRAILERS = literalFields(OK_TRAILERS);
const FIRST_HEADERS = Buffer.concat([STATUS_200, rememberedFields(HEADERS)]);
const FIRST_TRAILERS = rememberedFields(OK_TRAILERS);
const TRAILERS = Buffer.from([indexedField(NEWEST_INDEX + 1), indexedField(NEWEST_INDEX)]);
/** The headers before the trailers were remembered, and after. */
const NEWEST_HEADERS = Buffer.from([indexedField(8), indexedField(NEWEST_INDEX + 1), indexedField(NEWEST_INDEX)]);
const OLDER_HEADERS = Buffer.from([indexedField(8), indexedField(NEWEST_INDEX + 3), indexedField(NEWEST_INDEX + 2)]);

/**
 * The header blocks of one connection's responses, to be sent in the order in which they were asked for. The client
 * remembers those of a plain answer, which later cost three bytes and two.
 */
export class ResponseHeaders {
  #hasHeaders = false;
  #hasTrailers = false;
  #mayRemember = true;
  #mustForget = false;

  /** The client's table is smaller than it is by default: it is not used at all. */
  forget(): void {
    this.#mayRemember = false;
    this.#mustForget = true;
  }

  headers(metadata: Metadata | undefined): Buffer {
    const more = metadata === undefined ? undefined : literalFields(fieldsOf(metadata));
    return this.#block(more === undefined ? this.#headers() : Buffer.concat([this.#headers(), more]));
  }

  trailers(status: CallStatus): Buffer {
    if (status.code === 0 && status.details === 'OK') return this.#block(status.metadata ? okTrailersWith(status.metadata) : this.#okTrailers());
    return this.#block(literalFields(trailersOf(status)));
  }

  trailersOnly(status: CallStatus): Buffer {
    let block = SHARED.get(status);
    if (block === undefined) {
      block = Buffer.concat([PLAIN_HEADERS, literalFields(trailersOf(status))]);
      if (Object.isFrozen(status)) SHARED.set(status, block);
    }
    return this.#block(block);
  }

  /** Of an answer to something that is no gRPC. */
  httpStatus(code: number): Buffer {
    return this.#block(literalFields({ ':status': String(code) }));
  }

  #headers(): Buffer {
    if (!this.#mayRemember) return PLAIN_HEADERS;
    if (this.#hasHeaders) return this.#hasTrailers ? OLDER_HEADERS : NEWEST_HEADERS;
    this.#hasHeaders = true;
    return FIRST_HEADERS;
  }

  #okTrailers(): Buffer {
    if (!this.#mayRemember) return PLAIN_TRAILERS;
    if (this.#hasTrailers) return TRAILERS;
    this.#hasTrailers = true;
    return FIRST_TRAILERS;
  }

  #block(block: Buffer): Buffer {
    if (!this.#mustForget) return block;
    this.#mustForget = false;
    return Buffer.concat([FORGET_TABLE, block]);
  }
}

/** Of refusals that are the same for many calls, which their makers have frozen: each is written once. */
const SHARED = new WeakMap<CallStatus, Buffer>();

/** Answers share their trailing metadata, which nobody changes any more: it is written once. */
const WRITTEN = new WeakMap<Metadata, Buffer>();

function okTrailersWith(metadata: Metadata): Buffer {
  let written = WRITTEN.get(metadata);
  if (written === undefined) {
    written = literalFields({ ...OK_TRAILERS, ...fieldsOf(metadata) });
    WRITTEN.set(metadata, written);
  }
  return written;
}

function trailersOf({ code, details, metadata }: CallStatus): Record<string, string | readonly string[]> {
  return { 'grpc-status': String(code), 'grpc-message': encodeStatusMessage(details), ...(metadata ? fieldsOf(metadata) : undefined) };
}

function fieldsOf(metadata: Metadata): Record<string, string | readonly string[]> {
  return metadata.toHttp2Headers() as Record<string, string | readonly string[]>;
}
