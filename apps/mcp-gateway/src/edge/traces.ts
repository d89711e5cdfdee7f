import type { IncomingMessage } from 'node:http';
import type { JsonObject } from '#mcp';
import type { Exchange } from '../ports.js';
import { single } from './http-rules.js';

const NAMES = ['traceparent', 'tracestate', 'baggage'] as const;
const LENGTH_MAX = 8_192;

/** The trace that a request is part of, by its `_meta` or else by its headers. */
export function traceOf(request: IncomingMessage, meta: JsonObject): Pick<Exchange, (typeof NAMES)[number]> {
  const found: { -readonly [K in (typeof NAMES)[number]]?: string } = {};
  for (const name of NAMES) {
    const value = typeof meta[name] === 'string' ? meta[name] : single(request, name);
    if (value !== undefined && value.length <= LENGTH_MAX) found[name] = value;
  }
  return found;
}

/** The token that progress is to be reported for; undefined if there is none, or it is none. */
export function progressTokenOf(meta: JsonObject): string | number | undefined {
  const token = meta['progressToken'];
  return (typeof token === 'string' && token.length <= 256) || Number.isSafeInteger(token) ? token as string | number : undefined;
}
