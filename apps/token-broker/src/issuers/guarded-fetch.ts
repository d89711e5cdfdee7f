import { lookup as dnsLookup } from 'node:dns';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { MintTrouble } from '#access-token';
import { isLoopbackAddress, isPublicAddress, urlProblem } from '#upstream';

/** Allows issuers on this machine. */
export const ISSUERS_ON_LOOPBACK = 'TOKEN_ISSUERS_ON_LOOPBACK';

/** An answer of an issuer, whole and cut to size. */
export interface IssuerAnswer {
  readonly status: number;
  header(name: string): string | undefined;
  readonly body: string;
  /** There was more than is held here. */
  readonly isCut: boolean;
}

export interface IssuerRequest {
  readonly method: 'POST' | 'GET';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** Asks an issuer. Rejects with FetchTrouble, which names neither the request nor its headers. */
export type IssuerFetch = (url: string, request: IssuerRequest) => Promise<IssuerAnswer>;

/** Why there is no answer. Has no cause on purpose: errors of HTTP clients tend to hold the request. */
export class FetchTrouble extends Error {
  readonly trouble: MintTrouble;

  constructor(trouble: MintTrouble) {
    super(`the issuer cannot be asked: ${trouble.kind === 'network' ? trouble.code : trouble.kind}`);
    this.name = 'FetchTrouble';
    this.trouble = trouble;
  }
}

export interface GuardedFetchOptions {
  /** For demonstrations and tests: loopback addresses, and plain HTTP to them. */
  readonly allowLoopback: boolean;
  /** Certificates trusted beside the system's. */
  readonly ca?: string | Buffer;
  readonly lookup?: typeof dnsLookup;
  readonly bodyBytesMax?: number;
}

/** An answer with a token has some hundred bytes; the largest JWTs have a few thousand. */
const BODY_BYTES_MAX = 64 * 1024;

/**
 * Requests to token endpoints: redirects are not followed, only https (http to a loopback address, if allowed), and only
 * addresses of the open internet. The address is judged when the connection is made, so a name that points elsewhere the
 * second time it is asked gains nothing. Every request has its own connection, and no proxy from the environment.
 */
export function guardedFetch({ allowLoopback, ca, lookup = dnsLookup, bodyBytesMax = BODY_BYTES_MAX }: GuardedFetchOptions): IssuerFetch {
  const isAllowed = (address: string, isPlain: boolean): boolean =>
    isLoopbackAddress(address) ? allowLoopback : !isPlain && isPublicAddress(address);

  const guardedLookup = (isPlain: boolean): typeof dnsLookup => ((name: string, options: object, done: (error: Error | null, ...found: unknown[]) => void) => {
    lookup(name, { ...options, all: true }, (error, found) => {
      if (error) return done(error);
      // One bad address among good ones is reason enough: which one is taken would be chance.
      if (found.length === 0 || found.some(({ address }) => !isAllowed(address, isPlain))) return done(new FetchTrouble({ kind: 'forbidden_address' }));
      if ((options as { all?: boolean }).all) return done(null, found);
      return done(null, found[0]!.address, found[0]!.family);
    });
  }) as typeof dnsLookup;

  return async (url, request) => {
    // An address in the URL is not looked up: judged here.
    if (urlProblem(url, allowLoopback, ISSUERS_ON_LOOPBACK) !== undefined) throw new FetchTrouble({ kind: 'forbidden_address' });
    const target = new URL(url);
    const isPlain = target.protocol === 'http:';
    return new Promise<IssuerAnswer>((resolve, reject) => {
      const fail = (error: unknown): void => reject(new FetchTrouble(troubleOf(error)));
      const options = {
        method: request.method, headers: { ...request.headers, ...(request.body !== undefined && { 'content-length': String(Buffer.byteLength(request.body)) }) },
        signal: request.signal, agent: false as const, lookup: guardedLookup(isPlain),
        // Whatever the environment says.
        rejectUnauthorized: true, ...(ca !== undefined && { ca }),
      };
      const outgoing = (isPlain ? httpRequest : httpsRequest)(target, options, (answer) => {
        readAnswer(answer, bodyBytesMax).then(resolve, fail);
      });
      outgoing.on('error', fail);
      outgoing.end(request.body);
    });
  };
}

async function readAnswer(answer: IncomingMessage, bytesMax: number): Promise<IssuerAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > bytesMax) break;
  }
  const isCut = bytes > bytesMax;
  if (isCut) answer.destroy();
  return {
    status: answer.statusCode ?? 0,
    header: (name) => {
      const value = answer.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    body: Buffer.concat(chunks).toString('utf8', 0, bytesMax),
    isCut,
  };
}

/** OpenSSL's verification results and Node's own, as they come in `error.code`. */
const TLS_CODES = /CERT|^UNABLE_TO_|^ERR_TLS_|SELF_SIGNED|^HOSTNAME_MISMATCH$|^INVALID_(?:CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$/;

function troubleOf(error: unknown): MintTrouble {
  if (error instanceof FetchTrouble) return error.trouble;
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (name === 'AbortError' || code === 'ETIMEDOUT') return { kind: 'network', code: 'timeout' };
  return typeof code === 'string' && TLS_CODES.test(code) ? { kind: 'tls' } : { kind: 'network', code: 'connection_failed' };
}
