import { type JsonObject, RPC } from '#mcp';
import type { RpcAnswer, UpstreamCall } from '../ports.js';
import type { SentTokens } from './sent-tokens.js';

/** What an upstream may ask a client for, by the capability that the client must have declared (I4). */
const CAPABILITY: Readonly<Record<string, string>> = { 'elicitation/create': 'elicitation', 'sampling/createMessage': 'sampling', 'roots/list': 'roots' };
/** In one call: who asks more gets no more answers. */
const QUESTIONS_MAX = 64;

/** Counts what an upstream asks in the course of one call. */
export class Questions {
  #left = QUESTIONS_MAX;

  constructor(private readonly call: UpstreamCall | undefined, private readonly sent: SentTokens) {}

  /** Never rejects. What the client did not declare is refused here: it is not even asked. */
  async answer(method: string, params: JsonObject, signal: AbortSignal): Promise<RpcAnswer> {
    if (method === 'ping') return { result: {} };
    const capability = Object.hasOwn(CAPABILITY, method) ? CAPABILITY[method]! : undefined;
    if (capability === undefined || this.call?.onRequest === undefined || this.call.clientCapabilities[capability] === undefined) {
      return { error: { code: RPC.methodNotFound, message: 'the client of this call cannot be asked for that' } };
    }
    this.#left -= 1;
    if (this.#left < 0) return { error: { code: RPC.invalidRequest, message: 'too many requests in one call' } };
    return this.call.onRequest(method, this.sent.mask(params), signal);
  }
}
