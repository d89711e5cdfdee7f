import type { IncomingMessage } from 'node:http';
import { JsonError, MESSAGE_LIMITS, parseJson, RPC, type Json } from '#mcp';
import type { Budget } from './budget.js';

/** Why a body is not read further; `status` is HTTP's. */
export class BodyError extends Error {
  constructor(readonly status: number, readonly code: number, message: string) {
    super(message);
    this.name = 'BodyError';
  }
}

/** Reads one JSON value. What arrives counts in `buffered` for its owner until `use` is done with it. Throws BodyError. */
export async function readJsonBody(request: IncomingMessage, bytesMax: number, buffered: Budget, owner: string): Promise<Json> {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) throw tooLarge(bytesMax);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      if (bytes + chunk.length > bytesMax) throw tooLarge(bytesMax);
      if (!buffered.take(owner, chunk.length)) throw new BodyError(503, RPC.busy, 'too much is under way: try again in a moment');
      bytes += chunk.length;
      chunks.push(chunk);
    }
    return parseJson(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks), { ...MESSAGE_LIMITS, bytesMax });
  } catch (error) {
    if (error instanceof BodyError) throw error;
    if (error instanceof JsonError) throw new BodyError(400, error.reason === 'malformed' || error.reason === 'not_utf8' ? RPC.parseError : RPC.invalidRequest, error.message);
    throw new BodyError(400, RPC.parseError, 'the body ended before it was complete');
  } finally {
    if (bytes > 0) buffered.give(owner, bytes);
  }
}

function tooLarge(bytesMax: number): BodyError {
  return new BodyError(413, RPC.invalidRequest, `expected a body of at most ${bytesMax} bytes`);
}
