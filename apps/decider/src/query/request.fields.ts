import { msOf } from '#contracts';
import type { decision } from '#contracts';
import { DocketError } from '#errors';
import type { FieldViolation } from '#errors';
import { readCallId } from '../call-ids.js';

export const PAGE_SIZE_DEFAULT = 100;
export const PAGE_SIZE_MAX = 1_000;
const TEXT_LENGTH_MAX = 256;
/** A rule is a JSON pointer into a policy of at most 256 KiB, with a tool's name in it. */
const RULE_LENGTH_MAX = 1_024;
const CHOICES_MAX = 8;
const GRANT_ID = /^[0-9a-f]{32}$/;
/** No business in a name, and PostgreSQL text cannot hold NUL. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
/** What PostgreSQL and Date both take, with room. */
const TIME_MS_MAX = Date.UTC(9999, 0, 1);
const HASH_BYTES = 32;

/** A receipt as the caller holds it; `hash` in hex, undefined if he has none. */
export interface ReceiptInput {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly hash: string | undefined;
}

type Timestamp = { readonly seconds: unknown; readonly nanos: number } | null;

/** Reads the fields of one request and collects what is wrong with them. What is read is only of use after `done`. */
export class RequestFields {
  readonly #violations: FieldViolation[] = [];

  text(field: string, value: string, lengthMax = TEXT_LENGTH_MAX): string {
    if (value.length > lengthMax) this.refuse(field, `found ${value.length} characters, expected at most ${lengthMax}`);
    else if (CONTROL.test(value)) this.refuse(field, 'found a control character, expected none');
    return value;
  }

  rule(field: string, value: string): string {
    return this.text(field, value, RULE_LENGTH_MAX);
  }

  /** A token is refused without being repeated. */
  grantId(field: string, value: string, isNeeded = false): string {
    if (value === '' ? isNeeded : !GRANT_ID.test(value)) this.refuse(field, `found ${value === '' ? 'nothing' : 'something else'}, expected a grant id: 32 lower-case hex characters`);
    return value;
  }

  callId(field: string, value: string): string {
    const id = readCallId(value);
    if (id === undefined) this.refuse(field, `found ${value === '' ? 'nothing' : 'something else'}, expected a UUID version 7`);
    return id?.callId ?? '';
  }

  /** One of an enum's names, or '' for its zero; numbers that the enum does not know come as such. */
  oneOf(field: string, value: unknown, zero: string, names: readonly string[]): string {
    if (value === zero) return '';
    if (typeof value === 'string' && names.includes(value)) return value;
    this.refuse(field, `found ${typeof value === 'number' ? value : 'something else'}, expected ${names.join(', ')}, or none`);
    return '';
  }

  /** Several names of an enum; repetitions count once. */
  someOf(field: string, values: readonly unknown[], names: readonly string[]): string[] {
    if (values.length > CHOICES_MAX) this.refuse(field, `found ${values.length}, expected at most ${CHOICES_MAX}`);
    else {
      values.forEach((value, index) => {
        if (typeof value !== 'string' || !names.includes(value)) this.refuse(`${field}[${index}]`, `expected ${names.join(', ')}`);
      });
    }
    return [...new Set(values.slice(0, CHOICES_MAX).map(String))].sort();
  }

  /** A range of time, `from` inclusive, `to` exclusive. */
  range(from: Timestamp, to: Timestamp): { readonly from: Date | undefined; readonly to: Date | undefined } {
    const range = { from: this.#time('from', from), to: this.#time('to', to) };
    if (range.from !== undefined && range.to !== undefined && range.from >= range.to) this.refuse('to', 'found a time that is not after `from`, expected a later one');
    return range;
  }

  pageSize(value: number): number {
    if (value < 0) this.refuse('page_size', `found ${value}, expected a whole number from 0 to ${PAGE_SIZE_MAX}`);
    return value === 0 ? PAGE_SIZE_DEFAULT : Math.min(value, PAGE_SIZE_MAX);
  }

  /** A receipt of the topic that the rows are made from. */
  receipt(field: string, receipt: decision.Receipt__Output | null, topic: string): ReceiptInput | undefined {
    if (receipt === null) return undefined;
    const { partition, offset, hash } = receipt;
    if (receipt.topic !== topic) this.refuse(`${field}.topic`, `expected ${topic}, which these rows are made from`);
    if (partition < 0) this.refuse(`${field}.partition`, `found ${partition}, expected a partition of ${topic}`);
    if (!Number.isSafeInteger(offset) || offset < 0) this.refuse(`${field}.offset`, 'expected an offset, 0 or more');
    if (hash.length !== 0 && hash.length !== HASH_BYTES) this.refuse(`${field}.hash`, `found ${hash.length} bytes, expected ${HASH_BYTES}, or none`);
    return { topic, partition, offset, hash: hash.length === 0 ? undefined : Buffer.from(hash).toString('hex') };
  }

  refuse(field: string, description: string): void {
    this.#violations.push({ field, description });
  }

  /** Throws invalid_argument with everything that is wrong. */
  done(): void {
    if (this.#violations.length === 0) return;
    const fields = this.#violations.slice(0, 5).map(({ field, description }) => `${field}: ${description}`).join('; ');
    throw new DocketError('invalid_argument', { reason: 'INVALID_REQUEST', message: `the request is not acceptable: ${fields}`, violations: this.#violations });
  }

  #time(field: string, value: Timestamp): Date | undefined {
    if (value === null) return undefined;
    const ms = value.nanos < 0 || value.nanos > 999_999_999 ? NaN : msOf(value);
    if (!(ms >= 0 && ms <= TIME_MS_MAX)) {
      this.refuse(field, 'expected a time between the years 1970 and 9999, with 0 to 999999999 nanoseconds');
      return undefined;
    }
    // Event times are whole milliseconds: both bounds move up to the next one.
    return new Date(Math.ceil(ms));
  }
}
