import { lookup as dnsLookup } from 'node:dns';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isLoopbackAddress, isPublicAddress, urlProblem } from '#upstream';
import { UPSTREAMS_ON_LOOPBACK } from '../servers-file.js';
import { responseOf } from './pieces.js';
import { UpstreamTrouble } from './upstream-trouble.js';

export interface GuardedTransportOptions {
  /** For demonstrations and tests: loopback addresses, and plain HTTP to them. */
  readonly allowLoopback: boolean;
  /** Certificates trusted beside the system's. */
  readonly ca?: string | Buffer;
  readonly lookup?: typeof dnsLookup;
  /** Connections to one host at once; what is more waits. */
  readonly socketsPerHostMax?: number;
}

/** Shorter than servers keep idle connections (Node's own: 5 s): one that they are about to close is not used for a call. */
const IDLE_MS = 4_000;
const SOCKETS_PER_HOST_MAX = 256;
const IDLE_SOCKETS_MAX = 64;
/** One that connects no sooner is not there. */
const CONNECT_MS = 10_000;

/**
 * A `fetch` for upstreams (A8): https only (http to a loopback address, where allowed), to addresses of the open internet only. The
 * address is judged in the very lookup that the connection is made from, so that a name which points elsewhere the second time gains
 * nothing; redirects are handed back, not followed; no proxy from the environment; compressed answers are neither asked for nor taken.
 * Connections are kept. Rejects with an UpstreamTrouble: `not_sent` where no connection was there to send on.
 */
export class GuardedTransport {
  readonly #o: GuardedTransportOptions;
  readonly #agents: { readonly plain: HttpAgent; readonly tls: HttpsAgent };

  constructor(options: GuardedTransportOptions) {
    this.#o = options;
    const kept = { keepAlive: true, timeout: IDLE_MS, maxSockets: options.socketsPerHostMax ?? SOCKETS_PER_HOST_MAX, maxFreeSockets: IDLE_SOCKETS_MAX };
    // Whatever the environment says.
    this.#agents = { plain: new HttpAgent(kept), tls: new HttpsAgent({ ...kept, rejectUnauthorized: true, ...(options.ca !== undefined && { ca: options.ca }) }) };
  }

  readonly fetch: typeof fetch = async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (urlProblem(url.href, this.#o.allowLoopback, UPSTREAMS_ON_LOOPBACK) !== undefined) throw refusedAddress();
    const isPlain = url.protocol === 'http:';
    const body = init.body as string | undefined;
    const headers: Record<string, string> = { ...Object.fromEntries(new Headers(init.headers)), 'accept-encoding': 'identity', ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }) };
    return new Promise<Response>((resolve, reject) => {
      let isConnected = false;
      const outgoing = (isPlain ? httpRequest : httpsRequest)(url, {
        method: init.method ?? 'GET', headers, agent: isPlain ? this.#agents.plain : this.#agents.tls, lookup: this.#lookup(isPlain), ...(init.signal && { signal: init.signal }),
      }, (answer) => {
        try {
          resolve(responseOf(answer));
        } catch {
          answer.destroy();
          reject(new UpstreamTrouble('unknown', 'UPSTREAM_MALFORMED', 'the server answered with something that is no HTTP answer'));
        }
      });
      outgoing.on('socket', (socket) => {
        if (!socket.connecting) return void (isConnected = true);
        const late = setTimeout(() => socket.destroy(new UpstreamTrouble('not_sent', 'UPSTREAM_UNREACHABLE', 'the server did not accept a connection in time')), CONNECT_MS);
        socket.once(isPlain ? 'connect' : 'secureConnect', () => {
          isConnected = true;
          clearTimeout(late);
        }).once('close', () => clearTimeout(late));
      });
      outgoing.on('error', (error) => reject(init.signal?.aborted ? init.signal.reason as Error : troubleOf(error, isConnected)));
      outgoing.end(body);
    });
  };

  close(): void {
    this.#agents.plain.destroy();
    this.#agents.tls.destroy();
  }

  #lookup(isPlain: boolean): typeof dnsLookup {
    const isAllowed = (address: string): boolean => (isLoopbackAddress(address) ? this.#o.allowLoopback : !isPlain && isPublicAddress(address));
    return ((name: string, options: object, done: (error: Error | null, ...found: unknown[]) => void) => {
      (this.#o.lookup ?? dnsLookup)(name, { ...options, all: true }, (error, found) => {
        if (error) return done(error);
        // One bad address among good ones is reason enough: which one is taken would be chance.
        if (found.length === 0 || !found.every(({ address }) => isAllowed(address))) return done(refusedAddress());
        if ((options as { all?: boolean }).all) return done(null, found);
        return done(null, found[0]!.address, found[0]!.family);
      });
    }) as typeof dnsLookup;
  }
}

function refusedAddress(): UpstreamTrouble {
  return new UpstreamTrouble('not_sent', 'UPSTREAM_ADDRESS_REFUSED', 'the server\'s address is not one that requests may go to: expected https and the open internet');
}

/** OpenSSL's verification results and Node's own, as they come in `error.code`. */
const TLS_CODES = /CERT|^UNABLE_TO_|^ERR_TLS_|^ERR_SSL_|^EPROTO$|SELF_SIGNED|^HOSTNAME_MISMATCH$|^INVALID_(?:CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$/;

function troubleOf(error: unknown, isConnected: boolean): UpstreamTrouble {
  if (error instanceof UpstreamTrouble) return error;
  const { code } = error as { code?: unknown };
  if (!isConnected && typeof code === 'string' && TLS_CODES.test(code)) return new UpstreamTrouble('not_sent', 'UPSTREAM_NOT_TRUSTED', 'the server\'s certificate is not one to be trusted');
  if (!isConnected) return new UpstreamTrouble('not_sent', 'UPSTREAM_UNREACHABLE', 'the server cannot be reached');
  if (typeof code === 'string' && code.startsWith('HPE_')) return new UpstreamTrouble('unknown', 'UPSTREAM_MALFORMED', 'the server answered with something that is no HTTP answer');
  return new UpstreamTrouble('unknown', 'UPSTREAM_LOST', 'the connection to the server was lost before it answered');
}
