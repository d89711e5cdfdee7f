import type { PackageDefinition, ServiceDefinition } from '@grpc/proto-loader';
import { DocketError } from '#errors';
import { hasTooManyFields, packedFields } from './too-many-fields.js';

/** Stands for a request whose bytes are no message of its type, or of far too many parts. */
export const MALFORMED_REQUEST: object = Object.freeze({ malformed: true });

/**
 * The package definition with deserialisers that never throw: grpc-js would answer a malformed message with INTERNAL
 * and no details, where the fault is the caller's. Descriptors are kept, so reflection is not touched.
 */
export function markMalformedRequests(definition: PackageDefinition): PackageDefinition {
  const entries = Object.entries(definition).map(([name, entry]) => {
    if ('fileDescriptorProtos' in entry) return [name, entry] as const;
    const methods = Object.entries(entry as ServiceDefinition).map(([method, found]) => {
      const deserialize = found.requestDeserialize;
      const packed = packedFields(found.requestType);
      const requestDeserialize = (bytes: Buffer): object => {
        try {
          return hasTooManyFields(bytes, packed) ? MALFORMED_REQUEST : deserialize(bytes);
        } catch {
          return MALFORMED_REQUEST;
        }
      };
      return [method, { ...found, requestDeserialize }] as const;
    });
    return [name, Object.fromEntries(methods)] as const;
  });
  return Object.fromEntries(entries) as PackageDefinition;
}

/** The error of a request whose bytes are no message of its type. */
export function malformedRequest(): DocketError {
  return new DocketError('invalid_argument', {
    reason: 'MALFORMED_MESSAGE', message: 'the request is no message of the type that this method takes',
  });
}
