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
const UNANSWERED: readonly number[] = [grpc.status.UNAVAILABLE, grpc.status.DEADLINE_EXCEEDED, grpc.status.CANCELLED];

/** The gRPC API with messages in proto's JSON form. */
export class Api {
  readonly #connection: Connection;
  readonly #address: string;
  readonly #client: grpc.Client;
  readonly #methods = new Map<string, Method>();

  constructor(connection: Connection, address = connection.address) {
    this.#connection = connection;
    this.#address = address;
    const credentials = connection.tlsTo(address) ? grpc.credentials.createSsl(connection.ca ?? null) : grpc.credentials.createInsecure();
    this.#client = new grpc.Client(address, credentials, { 'grpc.max_receive_message_length': 16 * 1024 * 1024 });
  }

  /** One call; rejects with CliError only. */
  async call(service: keyof typeof SERVICES, name: string, role: RoleName, request: JsonObject): Promise<JsonObject> {
    const known = this.#method(SERVICES[service], name);
    const deadline = Date.now() + this.#connection.timeoutMs;
    const metadata = bearer(this.#connection.credential(role));
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(known.path, known.encode, known.decode, request, metadata, { deadline }, (error, answer) => {
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
    this.#client.close();
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
    const text = error.code === grpc.status.UNAVAILABLE ? `cannot reach ${this.#address} (${oneLine})`
      : error.code === grpc.status.DEADLINE_EXCEEDED ? `no answer from ${this.#address} within ${this.#connection.timeoutMs / 1000} s`
      : oneLine;
    return new CliError(text, { code, exitCode });
  }
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
