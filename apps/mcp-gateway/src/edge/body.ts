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

/** Reads one JSON value. What arrives counts in `buffered` for its owner until it is read. Throws BodyError. */
export async function readJsonBody(request: IncomingMessage, bytesMax: number, buffered: Budget, owner: string): Promise<Json> {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) throw tooLarge(bytesMax);
  const held = { chunks: [] as Buffer[], bytes: 0 };
  try {
    await read(request, held, bytesMax, buffered, owner);
    return parseJson(held.chunks.length === 1 ? held.chunks[0]! : Buffer.concat(held.chunks), { ...MESSAGE_LIMITS, bytesMax });
  } catch (error) {
    if (error instanceof JsonError) throw new BodyError(400, error.reason === 'malformed' || error.reason === 'not_utf8' ? RPC.parseError : RPC.invalidRequest, error.message);
    throw error;
  } finally {
    if (held.bytes > 0) buffered.give(owner, held.bytes);
  }
}

/** By events: an iterator that is left early would take the connection along, and with it the answer. */
function read(request: IncomingMessage, held: { chunks: Buffer[]; bytes: number }, bytesMax: number, buffered: Budget, owner: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (error: BodyError): void => {
      request.off('data', take);
      // The rest is let go by unread, until the time for a body is over.
      request.resume();
      reject(error);
    };
    const take = (chunk: Buffer): void => {
      if (held.bytes + chunk.length > bytesMax) return stop(tooLarge(bytesMax));
      if (!buffered.take(owner, chunk.length)) return stop(new BodyError(503, RPC.busy, 'too much is under way: try again in a moment'));
      held.bytes += chunk.length;
      held.chunks.push(chunk);
    };
    request.on('data', take);
    let isRead = false;
    request.once('end', () => {
      isRead = true;
      resolve();
    });
    request.once('close', () => {
      // It comes after every request: an error that nobody sees costs more than reading most bodies does.
      if (!isRead) reject(new BodyError(400, RPC.parseError, 'the body ended before it was complete'));
    });
  });
}

function tooLarge(bytesMax: number): BodyError {
  return new BodyError(413, RPC.invalidRequest, `expected a body of at most ${bytesMax} bytes`);
}
