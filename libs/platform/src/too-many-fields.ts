import type { MessageTypeDefinition } from '@grpc/proto-loader';

/** More than any request has. A field of two bytes may become an object of hundreds. */
const FIELDS_MAX = 10_000;
/** Of a tag or a length, as every encoder writes it. */
const VARINT_BYTES_MAX = 5;

/**
 * Whether a protobuf message has so many fields, those of its parts not counted, that it is not worth parsing: it would
 * cost far more than its size, before anybody knows who sent it. What is malformed otherwise is the parser's affair.
 * `packed` are the numbers of the fields that may hold many values, each of them a field here.
 */
export function hasTooManyFields(bytes: Uint8Array, packed: ReadonlySet<number>): boolean {
  if (bytes.length <= 2 * FIELDS_MAX) return false;
  let at = 0;
  let fields = 0;
  for (; at < bytes.length; fields += 1) {
    if (fields >= FIELDS_MAX) return true;
    const kind = bytes[at]! & 7;
    const tagEnd = varintEnd(bytes, at);
    if (tagEnd - at > VARINT_BYTES_MAX) return true;
    const number = uint32(bytes, at, tagEnd) >>> 3;
    at = tagEnd;
    if (kind === 0) at = varintEnd(bytes, at);
    else if (kind === 1) at += 8;
    else if (kind === 5) at += 4;
    else if (kind === 2) {
      const end = varintEnd(bytes, at);
      if (end - at > VARINT_BYTES_MAX) return true;
      const length = uint32(bytes, at, end);
      if (packed.has(number)) fields += length;
      at = end + length;
    } else if (kind > 5) return false;
  }
  return fields >= FIELDS_MAX;
}

function varintEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at]! >= 0x80) at += 1;
  return at + 1;
}

function uint32(bytes: Uint8Array, from: number, end: number): number {
  let value = 0;
  for (let at = end - 1; at >= from; at -= 1) value = (value << 7) | (bytes[at]! & 0x7f);
  return value >>> 0;
}

const NEVER_PACKED = new Set(['TYPE_STRING', 'TYPE_BYTES', 'TYPE_MESSAGE', 'TYPE_GROUP']);

/** The numbers of a type's repeated numbers and enums: one field may hold any number of them. */
export function packedFields({ type }: MessageTypeDefinition<object, object>): ReadonlySet<number> {
  const { field } = type as { readonly field: readonly { readonly number: number; readonly label: string; readonly type: string }[] };
  return new Set(field.filter((one) => one.label === 'LABEL_REPEATED' && !NEVER_PACKED.has(one.type)).map(({ number }) => number));
}
