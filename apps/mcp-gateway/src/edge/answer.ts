import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { errorMessage, type JsonObject, type RequestId, writeJson } from '#mcp';

/** Sends one JSON document; nothing if the answer has begun or its reader is gone. */
export function sendJson(response: ServerResponse, status: number, body: JsonObject | string, headers: OutgoingHttpHeaders = {}): void {
  if (response.headersSent || response.destroyed) return;
  // A connection that is closed while its request still arrives is reset, and the answer lost on the way: the client closes it.
  if (!response.req.complete) response.shouldKeepAlive = true;
  const text = typeof body === 'string' ? body : writeJson(body);
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', 'content-length': Buffer.byteLength(text), ...headers });
  response.end(text);
}

/** An HTTP error whose body is a JSON-RPC error, for clients that read it. */
export function sendError(response: ServerResponse, status: number, code: number, message: string, headers: OutgoingHttpHeaders = {}, id: RequestId | null = null): void {
  sendJson(response, status, errorMessage(id, { code, message }), headers);
}

export function sendEmpty(response: ServerResponse, status: number, headers: OutgoingHttpHeaders = {}): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { 'content-length': 0, ...headers });
  response.end();
}
