import type { BadRequest, BadRequest__Output } from './generated/google/rpc/BadRequest.js';
import type { ErrorInfo, ErrorInfo__Output } from './generated/google/rpc/ErrorInfo.js';
import type { RetryInfo, RetryInfo__Output } from './generated/google/rpc/RetryInfo.js';
import type { Status, Status__Output } from './generated/google/rpc/Status.js';
import { messageType } from './loader.js';
import { durationOf, msOf } from './time.js';

const statusType = messageType<Status, Status__Output>('google.rpc.Status');
const errorInfoType = messageType<ErrorInfo, ErrorInfo__Output>('google.rpc.ErrorInfo');
const badRequestType = messageType<BadRequest, BadRequest__Output>('google.rpc.BadRequest');
const retryInfoType = messageType<RetryInfo, RetryInfo__Output>('google.rpc.RetryInfo');

/** The rich error model of the API, decoded: what `grpc-status-details-bin` says. */
export interface StatusDetails {
  /** gRPC status code. */
  readonly code: number;
  readonly message: string;
  /** Stable, UPPER_SNAKE_CASE. */
  readonly reason: string;
  readonly domain: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly { readonly field: string; readonly description: string }[];
  /** Milliseconds from now after which trying again may help; null if nothing is said. */
  readonly retryAfterMs: number | null;
}

const TYPE_URL_PREFIX = 'type.googleapis.com/';

/** The details as a google.rpc.Status message. Empty parts are left out. */
export function statusMessage(details: StatusDetails): Status {
  const { reason, domain, metadata, violations, retryAfterMs } = details;
  const any = [pack('google.rpc.ErrorInfo', errorInfoType.serialize({ reason, domain, metadata: { ...metadata } }))];
  if (violations.length > 0) {
    any.push(pack('google.rpc.BadRequest', badRequestType.serialize({ fieldViolations: [...violations] })));
  }
  if (retryAfterMs !== null) {
    any.push(pack('google.rpc.RetryInfo', retryInfoType.serialize({ retryDelay: durationOf(retryAfterMs) })));
  }
  return { code: details.code, message: details.message, details: any };
}

/** A google.rpc.Status as bytes, for `grpc-status-details-bin`. */
export function encodeStatus(details: StatusDetails): Buffer {
  return statusType.serialize(statusMessage(details));
}

/** Reads the bytes of `grpc-status-details-bin`. Unknown details are skipped; throws on bytes that are no Status. */
export function decodeStatus(bytes: Uint8Array): StatusDetails {
  return readStatus(statusType.deserialize(Buffer.from(bytes)));
}

/** Reads a google.rpc.Status message, such as the error of one item of a stream. */
export function readStatus(status: Status__Output): StatusDetails {
  const info = unpack(status.details, 'google.rpc.ErrorInfo', errorInfoType.deserialize);
  const bad = unpack(status.details, 'google.rpc.BadRequest', badRequestType.deserialize);
  const retry = unpack(status.details, 'google.rpc.RetryInfo', retryInfoType.deserialize);
  return {
    code: status.code,
    message: status.message,
    reason: info?.reason ?? '',
    domain: info?.domain ?? '',
    metadata: info?.metadata ?? {},
    violations: bad?.fieldViolations ?? [],
    retryAfterMs: retry?.retryDelay ? msOf(retry.retryDelay) : null,
  };
}

function pack(name: string, value: Buffer): { type_url: string; value: Buffer } {
  return { type_url: TYPE_URL_PREFIX + name, value };
}

function unpack<T>(details: Status__Output['details'], name: string, deserialize: (bytes: Buffer) => T): T | undefined {
  // proto-loader resolves an Any only in its JSON mode, which is off: what arrives is the type's URL and bytes.
  const any = (details as readonly { type_url?: string; value: Buffer }[]).find((detail) => detail.type_url === TYPE_URL_PREFIX + name);
  return any === undefined ? undefined : deserialize(any.value);
}
