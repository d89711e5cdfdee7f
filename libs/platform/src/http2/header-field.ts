/** What a header field is to a request. */
export const KIND = {
  METADATA: 0, METHOD: 1, SCHEME: 2, PATH: 3, AUTHORITY: 4, CONTENT_TYPE: 5, TIMEOUT: 6, ENCODING: 7, TRANSPORT: 8, FORBIDDEN: 9,
} as const;

/** One field of a header list. It is looked at once, when it is decoded; the connection's table then holds it. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
  readonly kind: number;
  /** What it counts in a header list. */
  readonly listBytes: number;
}

/** What a field counts beside its text. */
export const FIELD_OVERHEAD_BYTES = 32;

const KIND_BY_NAME: ReadonlyMap<string, number> = new Map([
  [':method', KIND.METHOD], [':scheme', KIND.SCHEME], [':path', KIND.PATH], [':authority', KIND.AUTHORITY], ['content-type', KIND.CONTENT_TYPE],
  ['grpc-timeout', KIND.TIMEOUT], ['grpc-encoding', KIND.ENCODING], ['grpc-accept-encoding', KIND.TRANSPORT], ['accept-encoding', KIND.TRANSPORT], ['host', KIND.TRANSPORT],
  ['connection', KIND.FORBIDDEN], ['keep-alive', KIND.FORBIDDEN], ['proxy-connection', KIND.FORBIDDEN], ['transfer-encoding', KIND.FORBIDDEN], ['upgrade', KIND.FORBIDDEN],
]);
/** Lower-case tokens (RFC 9110, section 5.6.2). */
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
/** No control characters but the tab (RFC 9113, section 8.2.1). */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const ASCII = /^[\t\x20-\x7e]*$/;

export function headerField(name: string, value: string): HeaderField {
  const bytes = name.length + value.length + FIELD_OVERHEAD_BYTES;
  return { name, value, kind: kindOf(name, value), listBytes: name.endsWith('-bin') ? bytes + FIELD_OVERHEAD_BYTES * commasIn(value) : bytes };
}

/** Each of them divides two values (see RequestMetadata), which are fields of their own then: a few bytes could stand for thousands of them. */
function commasIn(value: string): number {
  let commas = 0;
  for (let at = value.indexOf(','); at >= 0; at = value.indexOf(',', at + 1)) commas += 1;
  return commas;
}

function kindOf(name: string, value: string): number {
  if (!VALUE.test(value)) return KIND.FORBIDDEN;
  if (name === 'te') return value === 'trailers' ? KIND.TRANSPORT : KIND.FORBIDDEN;
  const known = KIND_BY_NAME.get(name);
  if (known !== undefined) return known;
  if (!NAME.test(name)) return KIND.FORBIDDEN;
  // Metadata is ASCII; what is not is left out, as grpc-js does.
  return ASCII.test(value) ? KIND.METADATA : KIND.TRANSPORT;
}
