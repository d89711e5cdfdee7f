import { RPC } from './error-codes.js';
import { isObject, type Json, type JsonObject } from './json.js';

export type RequestId = string | number;

export type Message =
  | { readonly kind: 'request'; readonly id: RequestId; readonly method: string; readonly params: JsonObject }
  | { readonly kind: 'notification'; readonly method: string; readonly params: JsonObject }
  | { readonly kind: 'response'; readonly id: RequestId; readonly answer: { readonly result: JsonObject } | { readonly error: RpcErrorObject } };

export interface RpcErrorObject { readonly code: number; readonly message: string; readonly data?: Json }

/** What is no single JSON-RPC message; `id` is the request's where it has a usable one. */
export class MessageError extends Error {
  constructor(readonly code: number, message: string, readonly id: RequestId | null = null) {
    super(message);
    this.name = 'MessageError';
  }
}

export const ID_LENGTH_MAX = 256;
export const METHOD_LENGTH_MAX = 128;

/** Reads exactly one JSON-RPC 2.0 message (H9: never a batch). Throws MessageError. */
export function readMessage(value: Json): Message {
  if (Array.isArray(value)) throw new MessageError(RPC.invalidRequest, 'expected one JSON-RPC message, not a batch');
  if (!isObject(value)) throw new MessageError(RPC.invalidRequest, 'expected a JSON-RPC message, an object');
  const id = isRequestId(value['id']) ? value['id'] : null;
  if (value['jsonrpc'] !== '2.0') throw new MessageError(RPC.invalidRequest, 'expected "jsonrpc": "2.0"', id);
  if ('id' in value && id === null) throw new MessageError(RPC.invalidRequest, `expected an id that is a string of at most ${ID_LENGTH_MAX} characters or a whole number`);
  if ('method' in value) return readCall(value, id);
  if (id === null) throw new MessageError(RPC.invalidRequest, 'expected a method, or the id of a request that this answers');
  if ('result' in value === 'error' in value) throw new MessageError(RPC.invalidRequest, 'expected a method, or either a result or an error', id);
  if ('result' in value) {
    if (!isObject(value['result'])) throw new MessageError(RPC.invalidRequest, 'expected a result that is an object', id);
    return { kind: 'response', id, answer: { result: value['result'] } };
  }
  return { kind: 'response', id, answer: { error: readError(value['error'], id) } };
}

function readCall(value: JsonObject, id: RequestId | null): Message {
  const { method, params = {} } = value;
  if (typeof method !== 'string' || method === '' || method.length > METHOD_LENGTH_MAX) throw new MessageError(RPC.invalidRequest, `expected a method of 1 to ${METHOD_LENGTH_MAX} characters`, id);
  if ('result' in value || 'error' in value) throw new MessageError(RPC.invalidRequest, 'expected a request or an answer, not both', id);
  if (!isObject(params)) throw new MessageError(RPC.invalidRequest, 'expected params that are an object', id);
  const meta = params['_meta'];
  if (meta !== undefined && !isObject(meta)) throw new MessageError(RPC.invalidParams, 'expected _meta that is an object', id);
  return id === null ? { kind: 'notification', method, params } : { kind: 'request', id, method, params };
}

function readError(error: Json | undefined, id: RequestId): RpcErrorObject {
  if (!isObject(error) || !Number.isSafeInteger(error['code']) || typeof error['message'] !== 'string') throw new MessageError(RPC.invalidRequest, 'expected an error with a code and a message', id);
  return { code: error['code'] as number, message: error['message'], ...(error['data'] !== undefined && { data: error['data'] }) };
}

/** A string or a whole number that a double holds; never null. */
export function isRequestId(value: unknown): value is RequestId {
  return typeof value === 'string' ? value.length <= ID_LENGTH_MAX : Number.isSafeInteger(value);
}

/** `_meta` of a message's params; empty if it has none. */
export function metaOf(params: JsonObject): JsonObject {
  const meta = params['_meta'];
  return isObject(meta) ? meta : {};
}

export function resultMessage(id: RequestId, result: JsonObject): JsonObject {
  return { jsonrpc: '2.0', id, result };
}

export function errorMessage(id: RequestId | null, { code, message, data }: RpcErrorObject): JsonObject {
  return { jsonrpc: '2.0', id, error: { code, message, ...(data !== undefined && { data }) } };
}

export function requestMessage(id: RequestId, method: string, params: JsonObject): JsonObject {
  return { jsonrpc: '2.0', id, method, params };
}

export function notificationMessage(method: string, params: JsonObject): JsonObject {
  return { jsonrpc: '2.0', method, params };
}
