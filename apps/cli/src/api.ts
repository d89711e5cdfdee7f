import * as grpc from '@grpc/grpc-js';
import type { JsonObject } from '@bufbuild/protobuf';
import {
  APPROVAL_SERVICE, bearer, CLUSTER_SERVICE, CONNECTION_SERVICE, DECISION_SERVICE, decodeStatus, QUERY_SERVICE, REGISTRY_SERVICE, STATUS_DETAILS_KEY, TOKEN_SERVICE, type StatusDetails,
} from '#contracts';
import { CliError } from './cli-error.js';
import type { Connection, RoleName } from './connection.js';
import { EXIT } from './exit-codes.js';
import { method, type Method } from './proto-json.js';

const SERVICES = {
  approval: APPROVAL_SERVICE, cluster: CLUSTER_SERVICE, connection: CONNECTION_SERVICE, decision: DECISION_SERVICE, query: QUERY_SERVICE, registry: REGISTRY_SERVICE, token: TOKEN_SERVICE,
} as const;
/** For one of several addresses; a stopped process takes connections and says nothing. */
const CONNECT_MS = 3_000;
const UNANSWERED: readonly number[] = [grpc.status.UNAVAILABLE, grpc.status.DEADLINE_EXCEEDED, grpc.status.CANCELLED];

/** The gRPC API with messages in proto's JSON form. */
export class Api {
  readonly #connection: Connection;
  readonly #addresses: readonly string[];
  /** In the order in which they are tried; the first one is the one that was reached last. */
  readonly #clients: grpc.Client[];
  #reaching: Promise<grpc.Client> | undefined;
  readonly #methods = new Map<string, Method>();

  constructor(connection: Connection, addresses = connection.addresses) {
    this.#connection = connection;
    this.#addresses = addresses;
    this.#clients = addresses.map((address) => {
      const credentials = connection.tlsTo(address) ? grpc.credentials.createSsl(connection.ca ?? null) : grpc.credentials.createInsecure();
      return new grpc.Client(address, credentials, { 'grpc.max_receive_message_length': 16 * 1024 * 1024 });
    });
  }

  /** One call; rejects with CliError only. */
  async call(service: keyof typeof SERVICES, name: string, role: RoleName, request: JsonObject): Promise<JsonObject> {
    const known = this.#method(SERVICES[service], name);
    const deadline = Date.now() + this.#connection.timeoutMs;
    const metadata = bearer(this.#connection.credential(role));
    const client = await this.#reached(deadline);
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(known.path, known.encode, known.decode, request, metadata, { deadline }, (error, answer) => {
        if (error) reject(this.#explain(error));
        else resolve(answer ?? {});
      });
    });
  }

  /** All pages of a List call, joined. */
  async list(service: keyof typeof SERVICES, name: string, role: RoleName, field: string, request: JsonObject = {}): Promise<JsonObject[]> {
    const all: JsonObject[] = [];
    let pageToken = '';
    do {
      const page = await this.call(service, name, role, { ...request, pageToken });
      all.push(...(page[field] as JsonObject[]));
      pageToken = String(page['nextPageToken'] ?? '');
    } while (pageToken !== '');
    return all;
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  /** The first one that can be connected to. Only a connection is tried again elsewhere, never a call: it may have had its effect. */
  #reached(deadline: number): Promise<grpc.Client> {
    // Once for all calls of a moment: each would turn the list.
    this.#reaching ??= this.#firstReachable(deadline).finally(() => { this.#reaching = undefined; });
    return this.#reaching;
  }

  async #firstReachable(deadline: number): Promise<grpc.Client> {
    for (let tries = 1; tries < this.#clients.length; tries += 1) {
      if (await isReachable(this.#clients[0]!, Math.min(deadline, Date.now() + CONNECT_MS))) break;
      this.#clients.push(this.#clients.shift()!);
    }
    return this.#clients[0]!;
  }

  #method(service: string, name: string): Method {
    const path = `${service}/${name}`;
    const known = this.#methods.get(path) ?? method(service, name);
    this.#methods.set(path, known);
    return known;
  }

  #explain(error: grpc.ServiceError): CliError {
    const code = grpc.status[error.code] ?? String(error.code);
    const exitCode = UNANSWERED.includes(error.code) ? EXIT.unavailable : EXIT.error;
    const details = readDetails(error);
    if (details !== undefined) return new CliError(details.message, { code, exitCode, details });
    const oneLine = (/Last error: (?:Error: )?(.*?)\.? Resolution note/s.exec(error.details)?.[1] ?? error.details).split('\n', 1)[0] ?? '';
    // Without details the service did not speak: it is this side's own library that reports.
    const text = error.code === grpc.status.UNAVAILABLE ? `cannot reach ${this.#addresses.join(', ')} (${oneLine})`
      : error.code === grpc.status.DEADLINE_EXCEEDED ? `no answer from ${this.#addresses.join(', ')} within ${this.#connection.timeoutMs / 1000} s`
      : oneLine;
    return new CliError(text, { code, exitCode });
  }
}

/** Connects; false as soon as that has failed, or takes too long. */
function isReachable(client: grpc.Client, deadline: number): Promise<boolean> {
  const channel = client.getChannel();
  return new Promise((resolve) => {
    const look = (error?: Error): void => {
      const state = channel.getConnectivityState(true);
      if (state === grpc.connectivityState.READY) resolve(true);
      else if (error !== undefined || state === grpc.connectivityState.TRANSIENT_FAILURE || state === grpc.connectivityState.SHUTDOWN) resolve(false);
      else channel.watchConnectivityState(state, deadline, look);
    };
    look();
  });
}

function readDetails(error: grpc.ServiceError): StatusDetails | undefined {
  const [bytes] = error.metadata?.get(STATUS_DETAILS_KEY) ?? [];
  if (!(bytes instanceof Uint8Array)) return undefined;
  try {
    return decodeStatus(bytes);
  } catch {
    return undefined;
  }
}
