import type { ColumnType, ColumnValue } from './binary-array.js';
import type { Column } from './database.js';

/**
 * Rows in the binary form of COPY: the cheapest way into a table, since nothing is parsed on either side. Source: "Binary
 * Format" in PostgreSQL's documentation of COPY, and the receive functions of the types.
 */
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
/** 2000-01-01, which PostgreSQL counts from. */
const EPOCH_MS = 946_684_800_000;
const FIRST_BYTES = 64 * 1024;

export function binaryRows<T>(columns: readonly Column<T>[], items: readonly T[]): Buffer {
  const out = new Outgoing();
  out.bytes(SIGNATURE);
  for (const item of items) {
    out.int16(columns.length);
    for (const { type, of } of columns) write(out, type, of(item));
  }
  out.int16(-1);
  return out.taken();
}

function write(out: Outgoing, type: ColumnType, value: ColumnValue): void {
  if (value === null) return out.int32(-1);
  switch (type) {
    case 'int4':
      out.int32(4);
      return out.int32(value as number);
    case 'int8':
      out.int32(8);
      return out.int64(value as number);
    case 'timestamptz':
      out.int32(8);
      return out.int64(((value as number) - EPOCH_MS) * 1000);
    case 'bool':
      out.int32(1);
      return out.int8(value === true ? 1 : 0);
    case 'uuid': return out.uuid(value as string);
    case 'numeric': return out.numeric(value as string);
    case 'text': return out.text(value as string);
  }
}

class Outgoing {
  #buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #at = 0;

  taken(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  bytes(bytes: Buffer): void {
    this.#need(bytes.length);
    this.#at += bytes.copy(this.#buffer, this.#at);
  }

  int8(value: number): void {
    this.#need(1);
    this.#buffer[this.#at++] = value;
  }

  int16(value: number): void {
    this.#need(2);
    this.#at = this.#buffer.writeInt16BE(value, this.#at);
  }

  int32(value: number): void {
    this.#need(4);
    this.#at = this.#buffer.writeInt32BE(value, this.#at);
  }

  /** Whole numbers up to 2^53, without the cost of a BigInt. */
  int64(value: number): void {
    this.#need(8);
    const high = Math.floor(value / 0x1_0000_0000);
    this.#at = this.#buffer.writeInt32BE(high, this.#at);
    this.#at = this.#buffer.writeUInt32BE(value - high * 0x1_0000_0000, this.#at);
  }

  text(value: string): void {
    // UTF-8 has at most three bytes for each of JavaScript's units.
    this.#need(4 + value.length * 3);
    const length = this.#buffer.write(value, this.#at + 4);
    this.#at = this.#buffer.writeInt32BE(length, this.#at) + length;
  }

  uuid(value: string): void {
    if (!UUID.test(value)) throw new Error('expected a UUID');
    this.#need(20);
    this.#at = this.#buffer.writeInt32BE(16, this.#at);
    this.#at += this.#buffer.write(value.replaceAll('-', ''), this.#at, 'hex');
  }

  numeric(value: string): void {
    const { negative, weight, scale, digits } = numericOf(value);
    this.#need(12 + digits.length * 2);
    this.#at = this.#buffer.writeInt32BE(8 + digits.length * 2, this.#at);
    for (const part of [digits.length, weight, negative ? 0x4000 : 0, scale]) this.int16(part);
    for (const digit of digits) this.int16(digit);
  }

  #need(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#at + bytes));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i;
/** PostgreSQL's own bounds of numeric without a declared precision. */
const SCALE_MAX = 16_383;
const WHOLE_DIGITS_MAX = 131_072;

/** An exact decimal as PostgreSQL holds it: base 10,000 digits, the first of weight 10,000^weight. Source: numeric_recv. */
export function numericOf(text: string): { readonly negative: boolean; readonly weight: number; readonly scale: number; readonly digits: readonly number[] } {
  const match = DECIMAL.exec(text);
  if (match === null) throw new Error('expected an exact decimal');
  const [, sign, whole = '', fraction = '', exponentText = '0'] = match;
  const exponent = Number(exponentText);
  // All its digits, with the point after the first `point` of them.
  let all = whole + fraction;
  let point = whole.length + exponent;
  const scale = Math.max(0, fraction.length - exponent);
  if (scale > SCALE_MAX || point > WHOLE_DIGITS_MAX) throw new Error('expected a decimal that PostgreSQL can hold');
  if (point < 0) {
    all = '0'.repeat(-point) + all;
    point = 0;
  }
  if (point > all.length) all = all.padEnd(point, '0');
  const lead = (4 - (point % 4)) % 4;
  all = '0'.repeat(lead) + all;
  all = all.padEnd(Math.ceil(all.length / 4) * 4, '0');
  const digits: number[] = [];
  for (let at = 0; at < all.length; at += 4) digits.push(Number(all.slice(at, at + 4)));
  let weight = (point + lead) / 4 - 1;
  while (digits.length > 0 && digits[0] === 0) {
    digits.shift();
    weight -= 1;
  }
  while (digits.length > 0 && digits.at(-1) === 0) digits.pop();
  return { negative: sign === '-' && digits.length > 0, weight: digits.length === 0 ? 0 : weight, scale, digits };
}
