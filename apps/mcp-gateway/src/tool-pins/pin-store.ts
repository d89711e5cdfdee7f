import { status, type ChannelCredentials, type ClientUnaryCall, type ServiceError } from '@grpc/grpc-js';
import { bearer, registryClient, type registry } from '#contracts';
import { DocketError } from '#errors';
import type { Secret } from '#platform';

export interface PinStoreOptions {
  readonly addresses: readonly string[];
  readonly channel: ChannelCredentials;
  readonly credential: Secret;
}

/** Where pins are kept: the registry, through its API. */
export interface PinStore {
  /** Rejects with a DocketError. */
  report(request: registry.ReportToolsRequest): Promise<registry.ReportToolsResponse__Output>;
  list(request: registry.ListToolsRequest): Promise<registry.ListToolsResponse__Output>;
  close(): void;
}

const CALL_MS = 30_000;
const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;
const UNREACHED: readonly number[] = [status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.CANCELLED];

/** Asks the deciders, whichever of them answers: each hands a question on to the registry's owner. */
export function pinStore({ addresses, channel, credential }: PinStoreOptions): PinStore {
  const clients = addresses.map((address) => registryClient(address, channel, { 'grpc.max_receive_message_length': MESSAGE_BYTES_MAX, 'grpc.max_send_message_length': MESSAGE_BYTES_MAX }));
  let current = 0;
  /** A question may wait for news for a while: whoever closes does not, and the decider that is asked shall not wait for it when it stops. */
  const pending = new Set<ClientUnaryCall>();
  const ask = async <A>(waitMs: number, call: (client: typeof clients[number], deadline: number, done: (error: ServiceError | null, answer?: A) => void) => ClientUnaryCall): Promise<A> => {
    for (let tried = 1; ; tried += 1) {
      const client = clients[current % clients.length]!;
      const { error, answer } = await new Promise<{ error: ServiceError | null; answer: A | undefined }>((resolve) => {
        const asked = call(client, Date.now() + waitMs + CALL_MS, (failed, got) => {
          pending.delete(asked);
          resolve({ error: failed, answer: got });
        });
        pending.add(asked);
      });
      if (error === null && answer !== undefined) return answer;
      if (error !== null && !UNREACHED.includes(error.code)) throw refused(error);
      // Both questions may be asked again: a report that was taken already changes nothing.
      current += 1;
      if (tried >= clients.length) throw new DocketError('unavailable', { reason: 'PINS_UNAVAILABLE', message: 'the pins of tools cannot be reached', retryAfterMs: 1_000, cause: error });
    }
  };
  const metadata = (): ReturnType<typeof bearer> => bearer(credential.reveal());
  return {
    report: (request) => ask(0, (client, deadline, done) => client.ReportTools(request, metadata(), { deadline }, done)),
    list: (request) => ask(request.waitMs ?? 0, (client, deadline, done) => client.ListTools(request, metadata(), { deadline }, done)),
    close: () => {
      for (const asked of pending) asked.cancel();
      clients.forEach((client) => client.close());
    },
  };
}

function refused(error: ServiceError): DocketError {
  const kind = error.code === status.NOT_FOUND ? 'not_found' : error.code === status.PERMISSION_DENIED ? 'permission_denied' : error.code === status.UNAUTHENTICATED ? 'unauthenticated'
    : error.code === status.INVALID_ARGUMENT ? 'invalid_argument' : error.code === status.RESOURCE_EXHAUSTED ? 'resource_exhausted' : 'internal';
  // The service's own words: they name no value of a definition.
  return new DocketError(kind, { reason: 'PINS_REFUSED', message: error.details.slice(0, 500) });
}
