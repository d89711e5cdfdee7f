import { readFileSync } from 'node:fs';
import { credentials, Metadata, status, type ChannelCredentials, type ServiceError } from '@grpc/grpc-js';
import { bearer, connectionClient, decodeStatus, STATUS_DETAILS_KEY, tokenClient } from '#contracts';
import { DocketError, type ErrorKind } from '#errors';
import { ERROR_STATUS } from '#platform';
import { HOPS_KEY, type Onward } from '../api/caller.js';

type Services = { readonly token: ReturnType<typeof tokenClient>; readonly connection: ReturnType<typeof connectionClient> };
type Unary = (request: object, metadata: Metadata, options: { deadline: number }, done: (error: ServiceError | null, answer?: object) => void) => unknown;

/** For calls that name no deadline: longer than a mint may take. */
const DEADLINE_MS = 15_000;
/** A call is handed on once: two nodes that take each other for the owner would play ping-pong. */
const HOPS_MAX = 1;

export interface PeersOptions {
  /** Nodes speak TLS among themselves when they do to others; their certificates are judged by this authority, or the system's. */
  readonly tls: boolean;
  readonly caFile?: string | undefined;
  readonly wallMs: () => number;
}

/** The other nodes, by address: calls about partitions that they own are handed on to them, with the caller's credential. */
export class Peers {
  readonly #options: PeersOptions;
  readonly #clients = new Map<string, Services>();
  readonly #channel: ChannelCredentials;

  constructor(options: PeersOptions) {
    this.#options = options;
    this.#channel = !options.tls ? credentials.createInsecure() : credentials.createSsl(options.caFile === undefined ? null : readFileSync(options.caFile));
  }

  /** Hands a call on. Rejects with the DocketError that the other node answered, or unavailable if it could not be asked. */
  async call<A>(address: string, service: keyof Services, method: string, request: object, onward: Onward): Promise<A> {
    if (onward.hops >= HOPS_MAX) throw ownerUnknown();
    const client = this.#clientOf(address)[service] as unknown as Record<string, Unary>;
    const metadata = bearer(onward.credential);
    metadata.set(HOPS_KEY, String(onward.hops + 1));
    if (onward.traceparent !== '') metadata.set('traceparent', onward.traceparent);
    const deadline = Math.min(onward.deadlineMs, this.#options.wallMs() + DEADLINE_MS);
    return new Promise<A>((resolve, reject) => {
      client[method]!.call(client, request, metadata, { deadline }, (error, answer) => {
        if (error) reject(asDocketError(error, address));
        else resolve(answer as A);
      });
    });
  }

  close(): void {
    for (const { token, connection } of this.#clients.values()) {
      token.close();
      connection.close();
    }
    this.#clients.clear();
  }

  #clientOf(address: string): Services {
    const known = this.#clients.get(address);
    if (known) return known;
    // A node that comes back is found at once, not after a pause that has grown to minutes.
    const options = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 1_000 };
    const made = { token: tokenClient(address, this.#channel, options), connection: connectionClient(address, this.#channel, options) };
    this.#clients.set(address, made);
    return made;
  }
}

/** Nobody is known to own the partition, or the one who was does not: it is being moved. */
export function ownerUnknown(): DocketError {
  return new DocketError('unavailable', { reason: 'NO_OWNER', message: 'the connection’s partition has no owner just now', retryAfterMs: 200 });
}

const KINDS = new Map<number, ErrorKind>(Object.entries(ERROR_STATUS).map(([kind, { code }]) => [code, kind as ErrorKind]));

function asDocketError(error: ServiceError, address: string): DocketError {
  const [bytes] = error.metadata?.get(STATUS_DETAILS_KEY) ?? [];
  const kind = KINDS.get(error.code);
  if (bytes instanceof Uint8Array && kind !== undefined) {
    const { reason, message, metadata, violations, retryAfterMs } = decodeStatus(bytes);
    return new DocketError(kind, { reason, message, metadata, violations, ...(retryAfterMs !== null && { retryAfterMs }) });
  }
  if (error.code === status.DEADLINE_EXCEEDED) return new DocketError('deadline_exceeded', { reason: 'OWNER_SILENT', message: `the owner at ${address} has not answered in time`, metadata: { outcome: 'unknown' }, retryAfterMs: 500 });
  return new DocketError('unavailable', { reason: 'OWNER_UNREACHABLE', message: `the owner at ${address} cannot be reached`, metadata: { outcome: 'unknown' }, retryAfterMs: 500 });
}
