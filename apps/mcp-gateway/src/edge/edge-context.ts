import type { IncomingMessage, ServerResponse } from 'node:http';
import { type JsonObject, modernErrorCode, RPC, errorMessage, type RequestId, resultMessage } from '#mcp';
import type { Logger } from '#platform';
import type { Caller, McpHandler, RpcAnswer } from '../ports.js';
import type { Budget } from './budget.js';
import type { Outlet } from './event-sink.js';
import type { Sessions } from './sessions.js';

/** What serving a request needs of the edge. */
export interface EdgeContext {
  readonly handler: McpHandler;
  readonly outlet: Outlet;
  readonly sessions: Sessions;
  /** Streams without an end. */
  readonly streams: Budget;
  readonly logger: Logger;
  /** Aborts when the gateway stops taking requests: streams end then. */
  readonly stopping: AbortSignal;
  /** Aborts when what is still under way is given up. */
  readonly giveUp: AbortSignal;
}

/** One HTTP request of somebody who was let in. */
export interface Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly caller: Caller;
}

const FAILED: RpcAnswer = { error: { code: RPC.internalError, message: 'the gateway failed to handle this request' } };

/** The handler's answer; what it throws is an internal error, in the log without the request. */
export async function answered(context: EdgeContext, method: string, ask: () => Promise<RpcAnswer>): Promise<RpcAnswer> {
  try {
    return await ask();
  } catch (err) {
    context.logger.error({ err, method }, 'a request could not be handled');
    return FAILED;
  }
}

/** An answer as clients with sessions get it. */
export function legacyMessage(id: RequestId, answer: RpcAnswer): JsonObject {
  return 'error' in answer ? errorMessage(id, answer.error) : resultMessage(id, answer.result);
}

/** An answer as modern clients get it, and its HTTP status: no code that is not theirs (R1, R2), no result without a type (C4). */
export function modernMessage(id: RequestId, answer: RpcAnswer): { readonly message: JsonObject; readonly status: number } {
  if (!('error' in answer)) {
    const result = answer.result['resultType'] === undefined ? { resultType: 'complete', ...answer.result } : answer.result;
    return { message: resultMessage(id, result), status: 200 };
  }
  const code = modernErrorCode(answer.error.code);
  const status = code === RPC.methodNotFound ? 404 : code === RPC.missingClientCapability || code === RPC.headerMismatch ? 400 : 200;
  return { message: errorMessage(id, { ...answer.error, code }), status };
}
