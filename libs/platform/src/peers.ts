import { readFileSync } from 'node:fs';
import { Client, credentials, Metadata, status, type ChannelCredentials, type MethodDefinition, type ServiceError } from '@grpc/grpc-js';
import { decodeStatus, EPOCH_KEY, packageDefinition, STATUS_DETAILS_KEY } from '#contracts';
import { DocketError, type ErrorKind } from '#errors';
import { bearerToken } from './bearer-token.js';
import { NODE_DNS_NAME } from './node-tls/certificate.js';
import type { NodeTls } from './node-tls/node-tls.js';
import { ERROR_STATUS } from './error-status.js';
import { epochIn, ownerIn } from './owner-trailers.js';
import { laneOf, LANES, PeerLane } from './peer-lane.js';
import { putTraceContext, traceContextOf, type TraceContext } from './tracing/trace-context.js';
import type { Tracing } from './tracing/tracing.js';

/** Metadata that a node adds to a call it hands on: how many have handed it on. */
export const HOPS_KEY = 'docket-hops';
/** For calls that name no deadline. */
const DEADLINE_MS = 15_000;
/** How grpc-js and OpenSSL speak of connections that fail for a certificate, or for want of TLS. */
const TLS_TROUBLE = /certificate|self-signed|altname|SSL|TLS|issuer|EPROTO/i;
const ASK_AGAIN_MS = 60_000;

/** What goes along when a call is handed on: the caller's own credential, and where the call has been. */
export interface Onward {
  readonly credential: string;
  readonly traceparent: string;
  /** What of the caller's tracing goes along with the traceparent. */
  readonly tracestate?: string;
  readonly baggage?: string;
  readonly hops: number;
  /** Wall clock, ms since the epoch; Infinity: none was named. */
  readonly deadlineMs: number;
  /** The newest epoch of the partition that a node on the way has heard of; 0: none. An owner of an older one has been deposed without knowing. */
  readonly epoch: number;
}

/** @param deadline of the call, as gRPC gives it: a Date, ms since the epoch, or Infinity */
export function onwardOf(metadata: Metadata, deadline: Date | number): Onward {
  return {
    credential: bearerToken(metadata), ...traceContextOf(metadata),
    hops: Number(metadata.get(HOPS_KEY)[0] ?? 0) || 0, deadlineMs: Number(deadline), epoch: epochIn(metadata),
  };
}

export interface PeersOptions {
  /** Nodes speak TLS among themselves when they do to others; their certificates are judged by this authority, or the system's. */
  readonly tls: boolean;
  readonly caFile?: string | undefined;
  /** How nodes show each other that they are nodes; then the two above do not matter. */
  readonly nodes?: NodeTls | undefined;
  readonly wallMs: () => number;
  /** undefined: calls make no spans. */
  readonly tracing?: Tracing | undefined;
  /** Told, at most once a minute for each address, why whoever listens there is not accepted as a node. */
  readonly onTrouble?: (message: string) => void;
}

/** What an answer says of its partition's owner: the epoch, 0 if it names none, and the address. */
export type Heard = (epoch: number, owner: string | undefined) => void;

/** The other nodes, by address: calls that they have to answer are handed on to them, with the caller's credential, once. */
export class Peers {
  readonly #options: PeersOptions;
  readonly #clients = new Map<string, { readonly client: Client; readonly channel: ChannelCredentials }>();
  readonly #channel: ChannelCredentials;
  readonly #lanes = new Map<string, PeerLane>();
  readonly #refused = new Map<string, { readonly atMs: number; readonly why: Promise<string> }>();

  constructor(options: PeersOptions) {
    this.#options = options;
    this.#channel = !options.tls || options.nodes !== undefined ? credentials.createInsecure() : credentials.createSsl(options.caFile === undefined ? null : readFileSync(options.caFile));
  }

  /**
   * Hands a call on. Rejects with the DocketError that the other node answered, or unavailable / deadline_exceeded if it could not be asked.
   * `heard` is told the partition's epoch and owner that the other node names, before the promise settles. Beyond the bounds of what one node
   * is handed at a time: resource_exhausted.
   */
  call<A>(address: string, service: string, method: string, request: object, onward: Onward, heard?: Heard): Promise<A> {
    const kind = laneOf(service, method);
    const key = `${address} ${kind}`;
    let lane = this.#lanes.get(key);
    if (lane === undefined) this.#lanes.set(key, lane = new PeerLane(LANES[kind], this.#options.wallMs));
    return lane.run(roughBytes(request), onward.deadlineMs, () => this.#send<A>(address, service, method, request, onward, heard));
  }

  /** Calls that were handed on and are not answered, and those that wait for that. */
  get load(): { readonly calls: number; readonly bytes: number } {
    const all = [...this.#lanes.values()].map(({ load }) => load);
    return { calls: all.reduce((sum, { calls }) => sum + calls, 0), bytes: all.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  /** Connects to nodes that it is not connected to, so that the first call that goes there does not wait for that. */
  warm(addresses: readonly string[]): void {
    for (const address of addresses) this.#clientOf(address).getChannel().getConnectivityState(true);
  }

  #send<A>(address: string, service: string, method: string, request: object, onward: Onward, heard?: Heard): Promise<A> {
    const definition = (packageDefinition[service] as unknown as Record<string, MethodDefinition<object, A>>)[method]!;
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${onward.credential}`);
    metadata.set(HOPS_KEY, String(onward.hops + 1));
    if (onward.epoch > 0) metadata.set(EPOCH_KEY, String(onward.epoch));
    const from: TraceContext = { traceparent: onward.traceparent, tracestate: onward.tracestate ?? '', baggage: onward.baggage ?? '' };
    const span = this.#options.tracing?.open(`${service}/${method}`, 'client', from, { 'rpc.system': 'grpc', 'rpc.service': service, 'rpc.method': method, 'server.address': address, 'docket.hops': onward.hops + 1 });
    putTraceContext(metadata, span?.context ?? from);
    const deadline = Math.min(onward.deadlineMs, this.#options.wallMs() + DEADLINE_MS);
    return new Promise<A>((resolve, reject) => {
      const call = this.#clientOf(address).makeUnaryRequest(definition.path, definition.requestSerialize, definition.responseDeserialize, request, metadata, { deadline }, (error, answer) => {
        span?.end({ 'rpc.grpc.status_code': error?.code ?? status.OK }, error === null ? undefined : status[error.code]);
        if (error) void this.#explained(asDocketError(error, address), error, address).then(reject);
        else resolve(answer as A);
      });
      // Emitted right after the answer, before whoever waits for the promise goes on.
      if (heard !== undefined) call.on('status', ({ metadata: trailers }) => heard(epochIn(trailers), ownerIn(trailers)));
    });
  }

  close(): void {
    for (const { client } of this.#clients.values()) client.close();
    this.#clients.clear();
  }

  #clientOf(address: string): Client {
    const { nodes } = this.#options;
    const channel = nodes?.channel ?? this.#channel;
    const known = this.#clients.get(address);
    if (known?.channel === channel) return known.client;
    // Its calls in flight end as they would have; new ones go with the renewed certificate.
    known?.client.close();
    // A node that comes back is found at once, not after a pause that has grown to minutes.
    const options = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 1_000 };
    const client = new Client(address, channel, nodes === undefined ? options : { ...options, 'grpc.ssl_target_name_override': NODE_DNS_NAME });
    this.#clients.set(address, { client, channel });
    return client;
  }

  /** The same error; where certificates are the reason, with what is wrong with which. */
  async #explained(error: DocketError, { details }: ServiceError, address: string): Promise<DocketError> {
    const { nodes, wallMs, onTrouble } = this.#options;
    if (nodes === undefined || error.reason !== 'OWNER_UNREACHABLE' || !TLS_TROUBLE.test(details)) return error;
    const nowMs = wallMs();
    let refused = this.#refused.get(address);
    if (refused === undefined || Math.abs(nowMs - refused.atMs) > ASK_AGAIN_MS) {
      refused = { atMs: nowMs, why: nodes.whyRefused(address) };
      this.#refused.set(address, refused);
      void refused.why.then((why) => onTrouble?.(`the node at ${address} cannot be used: ${why}`));
    }
    return unreachable(address, `: ${await refused.why}`);
  }
}

/** What a request takes on the wire, as far as its size matters. */
function roughBytes(request: object): number {
  let bytes = 256;
  for (const value of Object.values(request)) if (typeof value === 'string' || value instanceof Uint8Array) bytes += value.length;
  return bytes;
}

const KINDS = new Map<number, ErrorKind>(Object.entries(ERROR_STATUS).map(([kind, { code }]) => [code, kind as ErrorKind]));

function asDocketError(error: ServiceError, address: string): DocketError {
  const [bytes] = error.metadata?.get(STATUS_DETAILS_KEY) ?? [];
  const kind = KINDS.get(error.code);
  if (bytes instanceof Uint8Array && kind !== undefined) {
    const { reason, message, metadata, violations, retryAfterMs } = decodeStatus(bytes);
    // It is this node's certificate that the other one refuses, not the caller's credential.
    if (reason === 'NOT_A_NODE') return new DocketError('unavailable', { reason: 'NOT_A_NODE', message: `the owner at ${address} does not take this node for one: ${message}`, metadata: { outcome: 'not_decided' }, retryAfterMs: 1_000 });
    return new DocketError(kind, { reason, message, metadata, violations, ...(retryAfterMs !== null && { retryAfterMs }) });
  }
  if (error.code === status.DEADLINE_EXCEEDED) return new DocketError('deadline_exceeded', { reason: 'OWNER_SILENT', message: `the owner at ${address} has not answered in time`, metadata: { outcome: 'unknown' }, retryAfterMs: 500 });
  return unreachable(address);
}

function unreachable(address: string, why = ''): DocketError {
  return new DocketError('unavailable', { reason: 'OWNER_UNREACHABLE', message: `the owner at ${address} cannot be reached${why}`, metadata: { outcome: 'unknown' }, retryAfterMs: 500 });
}
