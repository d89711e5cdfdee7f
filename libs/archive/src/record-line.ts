import type { LogRecord } from '#ledger';
import { LINE_BYTES_MAX, damaged } from './log-file.format.js';

const [ZERO, NINE, QUOTE, CLOSE] = [0x30, 0x39, 0x22, 0x7d];
const START = Buffer.from('{"o":');
const TIME = Buffer.from(',"t":');
const KEY = Buffer.from(',"k":');
const NULL = Buffer.from('null');
const VALUE = Buffer.from(',"v":');
const BASE64 = Buffer.from(',"b":"');
const BASE64_ALPHABET = /^[A-Za-z0-9+/]*={0,2}$/;

/** Whether a line says that it is a record's; otherwise it can only be the trailer. */
export function isRecordLine(lines: Buffer, start: number): boolean {
  return startsWith(lines, START, start);
}

/**
 * The record on the line from `start` to `end`, whose offset must be `offset`. By hand, since every byte of a log goes
 * through here: the value is cut out, not parsed. Undefined if it is not wanted; its offset is checked all the same.
 */
export function parseRecordLine(file: string, number: number, lines: Buffer, start: number, end: number, offset: number, wanted: boolean): LogRecord | undefined {
  const wrong = (what: string) => damaged(file, number, what);
  if (end - start > LINE_BYTES_MAX) throw wrong(`the line has ${end - start} bytes, at most ${LINE_BYTES_MAX} are read`);
  let at = start + START.length;
  const digits = (): number => {
    const from = at;
    let value = 0;
    for (let byte = lines[at]!; byte >= ZERO && byte <= NINE; byte = lines[at]!) {
      value = value * 10 + byte - ZERO;
      at += 1;
    }
    if (at === from || !Number.isSafeInteger(value)) throw wrong(`expected a whole number at character ${from - start + 1}`);
    return value;
  };
  const expect = (text: Buffer): void => {
    if (!startsWith(lines, text, at)) throw wrong(`expected ${text.toString()} at character ${at - start + 1}`);
    at += text.length;
  };
  const found = digits();
  if (found !== offset) throw wrong(`found the record at offset ${found}, expected offset ${offset}`);
  if (!wanted) return undefined;
  expect(TIME);
  const timestampMs = digits();
  expect(KEY);
  let key: Buffer | null = null;
  if (startsWith(lines, NULL, at)) at += NULL.length;
  else {
    if (lines[at] !== QUOTE) throw wrong(`expected a key in base64, or null, at character ${at - start + 1}`);
    const close = lines.indexOf(QUOTE, at + 1);
    if (close === -1 || close >= end) throw wrong('the key does not end');
    key = keyOf(lines.toString('latin1', at + 1, close)) ?? fail(wrong('the key is not base64'));
    at = close + 1;
  }
  if (lines[end - 1] !== CLOSE) throw wrong('expected } at the end of the line');
  if (startsWith(lines, VALUE, at)) {
    at += VALUE.length;
    if (at >= end - 1) throw wrong('the value is missing');
    return { offset, timestampMs, key, value: lines.subarray(at, end - 1) };
  }
  expect(BASE64);
  if (lines[end - 2] !== QUOTE || at > end - 2) throw wrong('the value does not end');
  return { offset, timestampMs, key, value: base64(lines.toString('latin1', at, end - 2)) ?? fail(wrong('the value is not base64')) };
}

function startsWith(lines: Buffer, text: Buffer, at: number): boolean {
  for (let i = 0; i < text.length; i += 1) if (lines[at + i] !== text[i]) return false;
  return true;
}

/** Keys come back all the time: decoded once, as long as they are not too many. */
const keys = new Map<string, Buffer>();
const KEYS_MAX = 10_000;
const KEY_CHARS_MAX = 256;

function keyOf(text: string): Buffer | undefined {
  const known = keys.get(text);
  if (known !== undefined || text.length > KEY_CHARS_MAX) return known ?? base64(text);
  const key = base64(text);
  if (keys.size >= KEYS_MAX) keys.clear();
  if (key !== undefined) keys.set(text, key);
  return key;
}

function base64(text: string): Buffer | undefined {
  return text.length % 4 === 0 && BASE64_ALPHABET.test(text) ? Buffer.from(text, 'base64') : undefined;
}

function fail(error: Error): never {
  throw error;
}
