import { RequestMetadata } from '../fast-grpc/request-metadata.js';
import type { RequestHead } from '../fast-grpc/exchange.js';
import { KIND } from './header-field.js';
import type { HeaderField } from './header-field.js';

/** A request's headers with what only HTTP asks for. */
export interface HttpRequestHead extends RequestHead {
  readonly method: string;
  readonly contentType: string;
}

/** Undefined: it is no well-formed request (RFC 9113, section 8.3). */
export function requestHead(fields: readonly HeaderField[]): HttpRequestHead | undefined {
  const metadata = new RequestMetadata();
  let method: string | undefined;
  let scheme: string | undefined;
  let path: string | undefined;
  let authority = '', contentType = '', timeout = '', encoding = '';
  let isInBody = false;
  for (const { name, value, kind } of fields) {
    if (kind >= KIND.METHOD && kind <= KIND.AUTHORITY && isInBody) return undefined;
    switch (kind) {
      case KIND.METHOD:
        if (method !== undefined) return undefined;
        method = value;
        continue;
      case KIND.SCHEME:
        if (scheme !== undefined) return undefined;
        scheme = value;
        continue;
      case KIND.PATH:
        if (path !== undefined) return undefined;
        path = value;
        continue;
      case KIND.AUTHORITY:
        authority = value;
        continue;
      case KIND.CONTENT_TYPE: contentType = value; break;
      case KIND.TIMEOUT: timeout = value; break;
      case KIND.ENCODING: encoding = value === 'identity' ? '' : value; break;
      case KIND.METADATA: metadata.put(name, value); break;
      case KIND.FORBIDDEN: return undefined;
    }
    isInBody = true;
  }
  if (method === undefined || scheme === undefined || path === undefined || path === '') return undefined;
  return { method, path, authority, contentType, timeout, encoding, metadata };
}
