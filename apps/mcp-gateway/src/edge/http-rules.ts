import type { IncomingMessage } from 'node:http';
import { isLoopback, parseAddress } from '#platform';

export interface Doors {
  readonly listen: string;
  readonly publicUrl: string | undefined;
  readonly allowedOrigins: readonly string[];
}

/**
 * Whether a web page of this origin may call (H1). A request without an origin is no web page's. A listener that only this machine can
 * reach lets pages of this machine in, whatever their port; others must be named.
 */
export function isOriginAllowed(origin: string | undefined, { listen, publicUrl, allowedOrigins }: Doors): boolean {
  if (origin === undefined) return true;
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  if (url === undefined || url.origin !== origin || !/^https?:$/.test(url.protocol)) return false;
  if (publicUrl !== undefined && new URL(publicUrl).origin === origin) return true;
  if (allowedOrigins.includes(origin)) return true;
  return isLoopback(hostOf(listen)) && isLoopback(unbracketed(url.hostname));
}

/** Whether a listener that only this machine can reach was meant: a name that a stranger's DNS points here is refused (H1). */
export function isHostAllowed(host: string | undefined, { listen, publicUrl }: Doors): boolean {
  if (!isLoopback(hostOf(listen))) return true;
  if (host === undefined || !URL.canParse(`http://${host}`)) return false;
  const { hostname, host: shown } = new URL(`http://${host}`);
  return isLoopback(unbracketed(hostname)) || (publicUrl !== undefined && new URL(publicUrl).host === shown);
}

function hostOf(listen: string): string {
  return parseAddress(listen)?.host ?? '';
}

function unbracketed(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

/** Whether the client takes each of these media types; a wildcard names none, nor does one that it does not want: `q=0` (H12). */
export function accepts(request: IncomingMessage, ...types: readonly string[]): boolean {
  const wanted = (request.headers.accept ?? '').split(',').filter((part) => !/;\s*q\s*=\s*0(?:\.0{0,3})?\s*(?:;|$)/i.test(part));
  const listed = new Set(wanted.map((part) => mediaType(part)));
  return types.every((type) => listed.has(type));
}

/** A content type without its parameters, in lower case. */
export function mediaType(value: string | undefined): string {
  return (value ?? '').split(';')[0]!.trim().toLowerCase();
}

/** Whether a body is said to be JSON as JSON is written: in UTF-8, whose name may be left out. */
export function isJson(contentType: string | undefined): boolean {
  const charset = /;\s*charset\s*=\s*("?)([^";\s]*)\1/i.exec(contentType ?? '')?.[2];
  return mediaType(contentType) === 'application/json' && (charset === undefined || /^utf-?8$/i.test(charset));
}

/** The token of `Authorization: Bearer …`; undefined if there is none, or it is none. */
export function bearerOf(request: IncomingMessage): string | undefined {
  return /^Bearer +([A-Za-z0-9._~+/-]{1,512}=*) *$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** A header that is sent once; of several nothing is believed. */
export function single(request: IncomingMessage, name: string): string | undefined {
  const values = request.headersDistinct[name];
  return values === undefined ? undefined : values.length === 1 ? values[0] : values.join(', ');
}

/** `Mcp-Param-…` by lower-case name; undefined if there are none. */
export function paramHeadersOf(request: IncomingMessage): Record<string, string> | undefined {
  const found = Object.keys(request.headersDistinct).filter((name) => name.startsWith('mcp-param-'));
  return found.length === 0 ? undefined : Object.fromEntries(found.map((name) => [name, single(request, name)!]));
}
