/**
 * PostgreSQL's binary form of one-dimensional arrays, one for each column of a batch: as text every value would cost an
 * escape pass here and a parse there. Source: array_recv in PostgreSQL's src/backend/utils/adt/arrayfuncs.c, and the
 * receive functions of the element types.
 */
export type ColumnType = 'text' | 'int4' | 'int8' | 'bool' | 'uuid' | 'timestamptz' | 'numeric';
/** `timestamptz` takes milliseconds since the epoch, `uuid` and `numeric` their text. */
export type ColumnValue = string | number | boolean | null;

const ELEMENT_OID: Record<ColumnType, number> = { text: 25, int4: 23, int8: 20, bool: 16, uuid: 25, timestamptz: 1184, numeric: 25 };
/** 0: the value's own length. An exact decimal and a UUID go as text, which the statement casts: PostgreSQL is quicker at it. */
const ELEMENT_BYTES: Record<ColumnType, number> = { text: 0, int4: 4, int8: 8, bool: 1, uuid: 0, timestamptz: 8, numeric: 0 };
const HEADER_BYTES = 20;
/** 2000-01-01, which PostgreSQL counts from. */
const EPOCH_MS = 946_684_800_000;

export function binaryArray<T>(type: ColumnType, items: readonly T[], valueOf: (item: T) => ColumnValue): Buffer {
  const values: ColumnValue[] = new Array(items.length);
  const fixed = ELEMENT_BYTES[type];
  let bytes = HEADER_BYTES + 4 * items.length;
  let hasNull = false;
  for (let i = 0; i < items.length; i++) {
    const value = valueOf(items[i]!);
    values[i] = value;
    if (value === null) hasNull = true;
    else bytes += fixed === 0 ? Buffer.byteLength(value as string) : fixed;
  }
  const out = Buffer.allocUnsafe(bytes);
  let at = writeHeader(out, ELEMENT_OID[type], items.length, hasNull);
  for (const value of values) {
    if (value === null) at = out.writeInt32BE(-1, at);
    else if (fixed === 0) {
      const length = out.write(value as string, at + 4);
      out.writeInt32BE(length, at);
      at += 4 + length;
    } else {
      at = out.writeInt32BE(fixed, at);
      writeFixed(out, type, value, at);
      at += fixed;
    }
  }
  return out;
}

function writeFixed(out: Buffer, type: ColumnType, value: Exclude<ColumnValue, null>, at: number): void {
  switch (type) {
    case 'int4': out.writeInt32BE(value as number, at); return;
    case 'int8': writeInt64(out, value as number, at); return;
    case 'timestamptz': writeInt64(out, ((value as number) - EPOCH_MS) * 1000, at); return;
    case 'bool': out[at] = value === true ? 1 : 0; return;
    default: throw new Error(`${type} has no fixed size`);
  }
}

/** Whole numbers up to 2^53, without the cost of a BigInt. */
function writeInt64(out: Buffer, value: number, at: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  out.writeInt32BE(high, at);
  out.writeUInt32BE(value - high * 0x1_0000_0000, at + 4);
}

function writeHeader(out: Buffer, elementOid: number, length: number, hasNull: boolean): number {
  let at = out.writeInt32BE(1, 0);
  at = out.writeInt32BE(hasNull ? 1 : 0, at);
  at = out.writeInt32BE(elementOid, at);
  at = out.writeInt32BE(length, at);
  return out.writeInt32BE(1, at);
}
