import { status } from '@grpc/grpc-js';
import type { MethodDefinition, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';

export type Answer = (error: unknown, value?: object | null, trailer?: unknown) => void;

/** One method that the server has. */
export interface Method {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly deserialize: (bytes: Buffer) => object;
  readonly serialize: (message: object) => Uint8Array;
  readonly handle: (call: object, answer: Answer) => void;
}

/** The methods of a service, by path, bound to their implementation; those without one answer UNIMPLEMENTED. */
export function methodsOf(service: ServiceDefinition, implementation: UntypedServiceImplementation): Method[] {
  return Object.entries(service).map(([name, definition]) => {
    const { path, requestStream, responseStream, requestDeserialize, responseSerialize, originalName } = definition as MethodDefinition<object, object>;
    const found = implementation[name] ?? (originalName === undefined ? undefined : implementation[originalName]);
    const handle = (found?.bind(implementation) as Method['handle'] | undefined) ?? unimplemented(path, responseStream);
    return { path, requestStream, responseStream, deserialize: requestDeserialize, serialize: responseSerialize, handle };
  });
}

/** Of a path that the client made up, this much is said back: in a header block a few bytes can stand for thousands, and each may be escaped. */
const PATH_LENGTH_MAX = 200;

/** What grpc-js says for a method that is not there. */
export function unimplementedStatus(path: string): { code: number; details: string } {
  const shown = path.length <= PATH_LENGTH_MAX ? path : `${path.slice(0, PATH_LENGTH_MAX)}…`;
  return { code: status.UNIMPLEMENTED, details: `The server does not implement the method ${shown}` };
}

function unimplemented(path: string, responseStream: boolean): Method['handle'] {
  return (call, answer) => {
    if (responseStream) (call as NodeJS.EventEmitter).emit('error', unimplementedStatus(path));
    else answer(unimplementedStatus(path));
  };
}
