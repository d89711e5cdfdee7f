/**
 * PostgreSQL's binary form of one-dimensional arrays: as text, `bytea[]` would double in size and cost an escape pass on
 * both sides. Source: array_recv in PostgreSQL's src/backend/utils/adt/arrayfuncs.c.
 */
const HEADER_BYTES = 20;
const OID_INT4 = 23;
const OID_BYTEA = 17;

export function int4Array(values: readonly number[]): Buffer {
  const out = Buffer.allocUnsafe(HEADER_BYTES + values.length * 8);
  let at = writeHeader(out, OID_INT4, values.length, false);
  for (const value of values) {
    at = out.writeInt32BE(4, at);
    at = out.writeInt32BE(value, at);
  }
  return out.subarray(0, at);
}

export function byteaArray(values: readonly (Uint8Array | null)[]): Buffer {
  let bytes = HEADER_BYTES;
  let hasNull = false;
  for (const value of values) {
    bytes += 4 + (value?.length ?? 0);
    hasNull ||= value === null;
  }
  const out = Buffer.allocUnsafe(bytes);
  let at = writeHeader(out, OID_BYTEA, values.length, hasNull);
  for (const value of values) {
    at = out.writeInt32BE(value?.length ?? -1, at);
    if (value === null) continue;
    out.set(value, at);
    at += value.length;
  }
  return out.subarray(0, at);
}

function writeHeader(out: Buffer, elementOid: number, length: number, hasNull: boolean): number {
  let at = out.writeInt32BE(length === 0 ? 0 : 1, 0);
  at = out.writeInt32BE(hasNull ? 1 : 0, at);
  at = out.writeInt32BE(elementOid, at);
  if (length === 0) return at;
  at = out.writeInt32BE(length, at);
  return out.writeInt32BE(1, at);
}
