import { status, type ServiceError } from '@grpc/grpc-js';
import { decodeStatus, STATUS_DETAILS_KEY } from '#contracts';

type Code = keyof typeof status;

/** What a service refused, or that none could be asked. */
export class Refusal extends Error {
  constructor(readonly code: Code, readonly reason: string, message: string, readonly metadata: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'Refusal';
  }

  /** Nobody knows whether it was done: asking again finds out. */
  get isUnanswered(): boolean {
    return this.code === 'UNAVAILABLE' || this.code === 'DEADLINE_EXCEEDED' || this.code === 'CANCELLED' || this.code === 'RESOURCE_EXHAUSTED';
  }
}

/** The service's own words where it spoke; of the library's nothing is repeated, since they name addresses. */
export function refusalOf(error: ServiceError): Refusal {
  const code = (status[error.code] ?? 'UNKNOWN') as Code;
  const [bytes] = error.metadata?.get(STATUS_DETAILS_KEY) ?? [];
  if (bytes instanceof Uint8Array) {
    try {
      const { reason, message, metadata } = decodeStatus(bytes);
      return new Refusal(code, reason, message.slice(0, 1_000), metadata);
    } catch {
      // Not of this service: told as the rest.
    }
  }
  return new Refusal(code, code, 'Docket did not answer.');
}
