import { readFileSync } from 'node:fs';
import { Client, credentials, Metadata, status, type ChannelCredentials, type MethodDefinition, type ServiceError } from '@grpc/grpc-js';
import { decodeStatus, EPOCH_KEY, packageDefinition, STATUS_DETAILS_KEY } from '#contracts';
import { DocketError, type ErrorKind } from '#errors';
import { bearerToken } from './bearer-token.js';
import { ERROR_STATUS } from './error-status.js';
import { epochIn } from './owner-trailers.js';

/** Metadata that a node adds to a call it hands on: how many have handed it on. */
export const HOPS_KEY = 'docket-hops';
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
/** For calls that name no deadline. */
const DEADLINE_MS = 15_000;

/** What goes along when a call is handed on: the caller's own credential, and where the call has been. */
export interface Onward {
  readonly credential: string;
  readonly traceparent: string;
  readonly hops: number;
  /** Wall clock, ms since the epoch; Infinity: none was named. */
  readonly deadlineMs: number;
  /** The newest epoch of the partition that a node on the way has heard of; 0: none. An owner of an older one has been deposed without knowing. */
  readonly epoch: number;
}

/** @param deadline of the call, as gRPC gives it: a Date, ms since the epoch, or Infinity */
export function onwardOf(metadata: Metadata, deadline: Date | number): Onward {
  const [trace] = metadata.get('traceparent');
  return {
    credential: bearerToken(metadata), traceparent: typeof trace === 'string' && TRACEPARENT.test(trace) ? trace : '',
    hops: Number(metadata.get(HOPS_KEY)[0] ?? 0) || 0, deadlineMs: Number(deadline), epoch: epochIn(metadata),
  };
}

export interface PeersOptions {
  /** Nodes speak TLS among themselves when they do to others; their certificates are judged by this authority, or the system's. */
  readonly tls: boolean;
  readonly caFile?: string | undefined;
  readonly wallMs: () => number;
}

/** The other nodes, by address: calls that they have to answer are handed on to them, with the caller's credential, once. */
export class Peers {
  readonly #options: PeersOptions;
  readonly #clients = new Map<string, Client>();
  readonly #channel: ChannelCredentials;

  constructor(options: PeersOptions) {
    this.#options = options;
    this.#channel = !options.tls ? credentials.createInsecure() : credentials.createSsl(options.caFile === undefined ? null : readFileSync(options.caFile));
  }

  /**
   * Hands a call on. Rejects with the DocketError that the other node answered, or unavailable / deadline_exceeded if it could not be asked.
   * `heard` is told the partition's epoch that the other node names, before the promise settles.
   */
  call<A>(address: string, service: string, method: string, request: object, onward: Onward, heard?: (epoch: number) => void): Promise<A> {
    const definition = (packageDefinition[service] as unknown as Record<string, MethodDefinition<object, A>>)[method]!;
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${onward.credential}`);
    metadata.set(HOPS_KEY, String(onward.hops + 1));
    if (onward.epoch > 0) metadata.set(EPOCH_KEY, String(onward.epoch));
    if (onward.traceparent !== '') metadata.set('traceparent', onward.traceparent);
    const deadline = Math.min(onward.deadlineMs, this.#options.wallMs() + DEADLINE_MS);
    return new Promise<A>((resolve, reject) => {
      const call = this.#clientOf(address).makeUnaryRequest(definition.path, definition.requestSerialize, definition.responseDeserialize, request, metadata, { deadline }, (error, answer) => {
        if (error) reject(asDocketError(error, address));
        else resolve(answer as A);
      });
      // Emitted right after the answer, before whoever waits for the promise goes on.
      if (heard !== undefined) call.on('status', ({ metadata: trailers }) => heard(epochIn(trailers)));
    });
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }

  #clientOf(address: string): Client {
    const known = this.#clients.get(address);
    if (known) return known;
    // A node that comes back is found at once, not after a pause that has grown to minutes.
    const made = new Client(address, this.#channel, { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 1_000 });
    this.#clients.set(address, made);
    return made;
  }
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
