import { isObject, isRawNumber, type Json, type JsonObject } from './json.js';

const PREFIX = '=?base64?';
const SUFFIX = '?=';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** What an HTTP field value can hold as it is: visible ASCII and blanks within. */
const PLAIN = /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A mirrored header's value with `=?base64?…?=` undone; undefined if that is not base64 of UTF-8 (H5). */
export function decodeHeaderValue(value: string): string | undefined {
  const trimmed = value.replace(/^[ \t]+|[ \t]+$/g, '');
  if (!trimmed.startsWith(PREFIX) || !trimmed.endsWith(SUFFIX) || trimmed.length < PREFIX.length + SUFFIX.length) return trimmed;
  const base64 = trimmed.slice(PREFIX.length, -SUFFIX.length);
  if (!BASE64.test(base64)) return undefined;
  try {
    return decoder.decode(Buffer.from(base64, 'base64'));
  } catch {
    return undefined;
  }
}

/** Any text as the value of a header: as it is, or in base64 where it could not be read back otherwise. */
export function encodeHeaderValue(text: string): string {
  const looksEncoded = text.startsWith(PREFIX) && text.endsWith(SUFFIX);
  return PLAIN.test(text) && !looksEncoded ? text : `${PREFIX}${Buffer.from(text, 'utf8').toString('base64')}${SUFFIX}`;
}

/** The body's field that `Mcp-Name` mirrors, by method. */
const NAMED: Readonly<Record<string, string>> = {
  'tools/call': 'name', 'prompts/get': 'name', 'resources/read': 'uri', 'tasks/get': 'taskId', 'tasks/update': 'taskId', 'tasks/cancel': 'taskId', 'tasks/result': 'taskId',
};

/** What `Mcp-Name` says of a request; undefined for methods that have none. */
export function nameOf(method: string, params: JsonObject): { readonly field: string; readonly value: string | undefined } | undefined {
  const field = Object.hasOwn(NAMED, method) ? NAMED[method]! : undefined;
  if (field === undefined) return undefined;
  const value = params[field];
  return { field, value: typeof value === 'string' ? value : undefined };
}

/** The first disagreement between a modern request and its mirrored headers; undefined if there is none (H4). No value is quoted. */
export function headerMismatch(headers: { readonly version: string | undefined; readonly method: string | undefined; readonly name: string | undefined }, method: string, version: string, params: JsonObject): string | undefined {
  if (headers.version === undefined) return 'the header MCP-Protocol-Version is missing';
  if (headers.version.trim() !== version) return 'the header MCP-Protocol-Version and the protocol version in _meta differ';
  if (headers.method === undefined) return 'the header Mcp-Method is missing';
  if (decodeHeaderValue(headers.method) !== method) return 'the header Mcp-Method and the method of the body differ';
  const named = nameOf(method, params);
  if (named === undefined) return undefined;
  if (headers.name === undefined) return named.value === undefined ? undefined : `the header Mcp-Name is missing: expected params.${named.field}`;
  const name = decodeHeaderValue(headers.name);
  if (name === undefined) return 'the header Mcp-Name is not valid base64 of UTF-8';
  return named.value === undefined || name === named.value ? undefined : `the header Mcp-Name and params.${named.field} differ`;
}

/** The text that a header carries for a primitive argument; undefined for what cannot be mirrored. */
export function headerText(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (isRawNumber(value)) return value.rawJSON;
  return typeof value === 'number' ? String(value) : undefined;
}

/** Whether a decoded header says the same as the body's value; numbers by their value, all else by its text. */
export function saysTheSame(decoded: string, value: Json): boolean {
  const text = headerText(value);
  if (text === undefined) return false;
  if (decoded === text) return true;
  if (typeof value !== 'number' && !isRawNumber(value)) return false;
  return NUMERIC.test(decoded) && plainDecimal(decoded) === plainDecimal(text);
}

const NUMERIC = /^-?\d{1,400}(?:\.\d{1,400})?$/;

/** A decimal without leading and trailing zeros, so that 42, 42.0 and 042 compare alike, of any length. With an exponent: as it is. */
function plainDecimal(text: string): string {
  if (!NUMERIC.test(text)) return text;
  const [whole = '', fraction = ''] = text.replace('-', '').split('.');
  const digits = `${whole.replace(/^0+(?=\d)/, '')}.${fraction}`.replace(/\.?0*$/, (zeros) => (zeros.startsWith('.') ? '' : zeros)).replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
  return digits === '0' ? '0' : `${text.startsWith('-') ? '-' : ''}${digits}`;
}

/** The value at a path of keys; undefined if there is none. */
export function valueAt(root: Json | undefined, path: readonly string[]): Json | undefined {
  let value: Json | undefined = root;
  for (const key of path) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}
