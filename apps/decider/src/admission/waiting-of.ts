import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import { HOPS_KEY } from '#platform';

/** What counts for a unary call's turn: whether another node has handed it on, and whether anybody still waits for its answer. */
export function waitingOf(metadata: Metadata, call: Partial<Pick<ServerUnaryCall<unknown, unknown>, 'cancelled'>>): { readonly isBegun: boolean; readonly isGone: () => boolean } {
  return { isBegun: metadata.get(HOPS_KEY).length > 0, isGone: () => call.cancelled === true };
}
