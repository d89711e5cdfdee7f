import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSync } from '@grpc/proto-loader';
import type { MessageTypeDefinition, Options, PackageDefinition } from '@grpc/proto-loader';

/** The folder of the .proto files: beside `src`, in the sources as in the build. */
export const PROTO_DIRECTORY = join(dirname(fileURLToPath(import.meta.url)), '..', 'proto');

export const PROTO_FILES = [
  'docket/approval/v1/approval.proto',
  'docket/cluster/v1/cluster.proto',
  'docket/decision/v1/decision.proto',
  'docket/node/v1/node.proto',
  'docket/query/v1/query.proto',
  'docket/registry/v1/registry.proto',
  'docket/token/v1/connection.proto',
  'docket/token/v1/token.proto',
  'google/rpc/error_details.proto',
  'google/rpc/status.proto',
] as const;

/** Fields in camelCase, 64-bit integers as numbers (offsets stay below 2^53), enums as strings, absent fields as defaults. */
export const LOADER_OPTIONS: Options = { keepCase: false, longs: Number, enums: String, defaults: true, oneofs: true, includeDirs: [PROTO_DIRECTORY] };

/** The one place that loads the protos, so that every server and client sees the same messages. */
export const packageDefinition: PackageDefinition = loadSync([...PROTO_FILES], LOADER_OPTIONS);

/** A message type by its full name, with `serialize` and `deserialize`. Throws if there is none. */
export function messageType<In extends object, Out extends object>(name: string): MessageTypeDefinition<In, Out> {
  const found = packageDefinition[name];
  if (found === undefined || !('serialize' in found)) throw new Error(`the protos define no message ${name}`);
  return found as unknown as MessageTypeDefinition<In, Out>;
}
