/** Small parts of gRPC over HTTP/2 (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). */

export const CONTENT_TYPE = 'application/grpc+proto';
export const ACCEPT_ENCODING = 'identity,deflate,gzip';
/** One byte that says whether the message is compressed, four with its length. */
export const PREFIX_BYTES = 5;

const MS_OF_UNIT: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };
const TIMEOUT = /^(\d{1,8})([HMSmun])$/;

/** Milliseconds of a `grpc-timeout`, rounded down; undefined if it is none. */
export function timeoutMs(header: string): number | undefined {
  const match = TIMEOUT.exec(header);
  return match === null ? undefined : Math.floor(Number(match[1]) * MS_OF_UNIT[match[2]!]!);
}

/** `grpc-message`: UTF-8 in which everything but printable ASCII, and the percent sign, is escaped. */
export function encodeStatusMessage(text: string): string {
  if (/^[ -$&-~]*$/.test(text)) return text;
  let encoded = '';
  for (const byte of Buffer.from(text)) {
    encoded += byte >= 0x20 && byte <= 0x7e && byte !== 0x25 ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

/** True for the content type of gRPC with protobuf messages, or with none named. */
export function isGrpc(contentType: string): boolean {
  return contentType.startsWith('application/grpc') && !contentType.startsWith('application/grpc-web');
}
